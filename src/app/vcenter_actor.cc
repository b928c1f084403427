#include "app/vcenter_actor.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "app/logging.h"
#include "app/vcenter_setup.h"

namespace syncer {

namespace {

constexpr std::chrono::seconds kPatience{30}; // with what may pass by itself

ReconcilerOptions reconciler_options(const Settings& settings) {
  ReconcilerOptions options;
  options.max_in_flight = settings.max_in_flight;
  options.bulk_rate = settings.bulk_rate;
  options.settle_delay = settings.settle_delay;
  options.late_task_window = settings.late_task_window;
  options.upsert_only = settings.upsert_only;
  options.dry_run = settings.dry_run;
  return options;
}

FullSyncOptions full_sync_options(const Settings& settings) {
  FullSyncOptions options;
  options.interval = settings.full_sync_interval;
  options.on_start = settings.full_sync_on_start;
  options.once = settings.once || settings.dry_run;
  options.read_again_after = settings.late_task_window + std::chrono::seconds(1);
  return options;
}

// Those that have failed longest, the longest first.
std::vector<FailureStatus> worst_of(const Reconciler& reconciler) {
  std::vector<const std::pair<const VolumeId, VolumeFailure>*> all;
  all.reserve(reconciler.failures().size());
  for (const auto& one : reconciler.failures()) all.push_back(&one);
  const std::size_t most = std::min(all.size(), ProcessStatus::kMostFailures);
  std::partial_sort(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(most), all.end(),
                    [](const auto* a, const auto* b) {
                      const auto key = [](const auto& one) {
                        return std::pair(one.second.since, one.first.view());
                      };
                      return key(*a) < key(*b);
                    });
  std::vector<FailureStatus> worst;
  worst.reserve(most);
  for (std::size_t k = 0; k < most; ++k) {
    const auto& [id, failure] = *all[k];
    worst.push_back({id.str(), reconciler.pv_of(id), failure.detail, failure.since, failure.reason,
                     failure.attempts, reconciler.next_try(id), failure.trace});
  }
  return worst;
}

} // namespace

Outcome<std::unique_ptr<VCenterActor>> VCenterActor::create(const SharedParts& shared, Links links,
                                                            const VCenterConfig& config,
                                                            const ClusterIdentity& identity) {
  Outcome<std::unique_ptr<HttpClient>> http = make_vcenter_client(shared.executor, config);
  if (!http) return http.error();
  if (config.insecure) {
    shared.log.warn("vcenter={} insecure-flag=true: its certificate is not checked", config.host);
  }
  return std::unique_ptr<VCenterActor>(
      new VCenterActor(shared, std::move(links), config, identity, std::move(*http)));
}

VCenterActor::VCenterActor(const SharedParts& shared, Links links, const VCenterConfig& config,
                           const ClusterIdentity& identity, std::unique_ptr<HttpClient> http)
    : told_cycle_(links.cycle_ended),
      shared_(shared),
      host_(config.host),
      observer_(shared.observer.vcenter(config.host)),
      log_(vcenter_logger(shared.log, config.host)),
      http_(std::move(http)),
      cns_(cns_deps(config), cns_options(config, identity, shared.settings)),
      inventory_(cns_.inventory()),
      router_(links.router),
      view_(links.cluster, links.router, config.host),
      departures_(departures_deps(links), departures_options()),
      reconciler_(reconciler_deps(links), reconciler_options(shared.settings)),
      drift_({view_, reconciler_, shared_.clock, inventory_, links.failed_paths},
             shared.settings.drift_min_age),
      full_sync_(full_sync_deps(links), full_sync_options(shared.settings)) {}

SoapCnsApi::Deps VCenterActor::cns_deps(const VCenterConfig& config) {
  SoapCnsApi::Deps deps{shared_.executor,   *http_, shared_.clock, observer_,
                        shared_.leadership, *log_,  shared_.random};
  deps.latch = shared_.credentials.latch(host_, {config.user, config.password});
  deps.privileges_told = [this](const auto& missing) { privileges_told(missing); };
  return deps;
}

// Work goes on: what is not allowed fails by itself, with vCenter's own words.
void VCenterActor::privileges_told(const std::vector<MissingPrivilege>& missing) {
  missing_privileges_.clear();
  for (const MissingPrivilege& one : missing) missing_privileges_.insert(one.privilege);
  if (missing.empty()) {
    shared_.conditions.clear(Condition::kMissingPrivileges, host_);
  } else {
    shared_.conditions.raise(Condition::kMissingPrivileges, host_,
                             "vCenter's user lacks " + describe(missing));
  }
}

Departures::Deps VCenterActor::departures_deps(const Links& links) {
  Departures::Deps deps{view_,         shared_.quorum,     cns_,           shared_.leadership,
                        shared_.clock, shared_.conditions, shared_.events, *log_,
                        shared_.random};
  deps.named = links.named_otherwise;
  deps.in_doubt = [this](const VolumeId& id) { return reconciler_.in_doubt(id); };
  // Whatever a host name led to before: nothing is taken away from a vCenter of which not all was
  // seen yet.
  deps.allowed = [this, allowed = links.may_take_away] { return seen_whole_ && allowed(); };
  return deps;
}

// What takes something away for good needs to know that nobody else works at the same time: without
// an election the books only record and show what they would do.
DepartureOptions VCenterActor::departures_options() const {
  DepartureOptions options;
  options.vcenter = host_;
  options.upsert_only = shared_.settings.upsert_only;
  options.late_task_window = shared_.settings.late_task_window;
  options.missing.enabled = shared_.settings.election.on;
  options.missing.min_age = shared_.settings.missing_min_age;
  options.unregister.enabled = shared_.settings.election.on;
  options.unregister.grace = shared_.settings.unregister_grace;
  return options;
}

Reconciler::Deps VCenterActor::reconciler_deps(const Links& links) {
  Reconciler::Deps deps{shared_.executor,   view_, cns_,          shared_.clock, observer_,
                        shared_.leadership, *log_, shared_.random};
  deps.events = &shared_.events;
  deps.endings = &departures_;
  deps.present = [this](const VolumeId& id) { router_.present(id, host_); };
  deps.lost_claim_may_go = [this](Clock::time_point lost_at) { return calm_since(lost_at); };
  deps.inline_rest_may_go = [this, seen = links.inline_removal_observed](
                                const VolumeId& id, const InternedString& path) {
    if (seen(path)) {
      inline_lost_.erase(id);
      return true;
    }
    const auto [lost, fresh] = inline_lost_.try_emplace(id, shared_.clock.now());
    return calm_since(lost->second);
  };
  deps.unregistered_here = [this](const VolumeId& id) { return departures_.unregistered_here(id); };
  deps.difference = links.difference;
  return deps;
}

FullSync::Deps VCenterActor::full_sync_deps(const Links& links) {
  FullSync::Deps deps{shared_.executor, view_, cns_,           shared_.clock,
                      observer_,        *log_, shared_.random, reconciler_};
  deps.leadership = &shared_.leadership;
  deps.named_otherwise = links.named_otherwise;
  deps.other_failures = links.other_failures;
  deps.ended = [this](const CycleFindings& findings) { cycle_ended(findings); };
  deps.drift = &drift_;
  return deps;
}

void VCenterActor::start(TaskGroup& followers, TaskGroup& workers) {
  followers.spawn(cns_.run());
  workers.spawn(reconciler_.run());
}

void VCenterActor::judge_troubles() const {
  std::optional<Trouble> outage = reconciler_.outage();
  const std::deque<FullSync::Ended>& syncs = full_sync_.history();
  const bool refused = shared_.conditions.stands(Condition::kCredentialsRejected, host_);
  if (!outage && !refused && !syncs.empty() && syncs.back().result == CycleResult::kFailure) {
    outage = Trouble{syncs.back().began, syncs.back().error};
  }
  shared_.conditions.judge(Condition::kVCenterUnavailable, host_, outage, kPatience);
  std::optional<Trouble> slow;
  if (const auto oldest = reconciler_.oldest_in_flight()) {
    const auto waits = std::chrono::floor<std::chrono::seconds>(shared_.clock.now() - *oldest);
    slow = Trouble{*oldest, "an update waits for vCenter for " + std::to_string(waits.count()) +
                                " s, " + std::to_string(reconciler_.counts().in_flight) +
                                " are under way"};
  }
  shared_.conditions.judge(Condition::kCnsSlow, host_, slow, kPatience);
}

Router::VCenter VCenterActor::routed() {
  return {host_, &cns_, [this](const VolumeId& id, ChangeKind kind) { touched(id, kind); }};
}

void VCenterActor::touched(const VolumeId& id, ChangeKind kind) {
  const VolumeFacts facts = view_.facts(id);
  if (!facts.volumes.empty() || !facts.inline_pods.empty()) inline_lost_.erase(id);
  departures_.touched(id);
  reconciler_.touched(id, kind);
}

void VCenterActor::credentials_accepted() {
  if (full_sync_.status().last_result == CycleResult::kFailure) full_sync_.request();
}

void VCenterActor::deleted(const VolumeId& id, const BoundVolume& last, bool observed) {
  const auto when = departures_.volume_deleted(id, last, observed);
  if (when) reconciler_.look_at(id, *when);
}

void VCenterActor::cycle_ended(const CycleFindings& findings) {
  departures_.cycle(findings);
  seen_whole_ = seen_whole_ || findings.complete;
  if (findings.complete && !departures_.mass_missing()) calm_since_ = findings.began;
  look_at_agenda();
  if (told_cycle_) told_cycle_(host_, findings.complete);
  const ConflictBook& conflicts = reconciler_.conflicts();
  if (conflicts.negative_decisions_allowed()) {
    shared_.conditions.clear(Condition::kClusterIdConflict, host_);
  } else {
    shared_.conditions.raise(Condition::kClusterIdConflict, host_, conflicts.detail());
  }
}

void VCenterActor::look_at_agenda() {
  for (const auto& [id, when] : departures_.agenda()) reconciler_.look_at(id, when);
}

std::size_t VCenterActor::confirm_missing() {
  const std::size_t count = departures_.confirm_missing();
  look_at_agenda();
  return count;
}

std::size_t VCenterActor::confirm_unregister() {
  const std::size_t count = departures_.confirm_unregister();
  look_at_agenda();
  return count;
}

// What was left alone is written again by the full sync that looks at it.
std::size_t VCenterActor::confirm_conflict() {
  const std::size_t count = reconciler_.conflicts().confirm();
  shared_.conditions.clear(Condition::kClusterIdConflict, host_);
  if (count > 0) full_sync_.request();
  return count;
}

std::uint64_t VCenterActor::join_full_sync() {
  const FullSync::Status& now = full_sync_.status();
  if (now.running) return now.begun;
  if (now.begun == 0 && shared_.settings.full_sync_on_start) return 1;
  return request_full_sync();
}

bool VCenterActor::knows(const VolumeId& id) const {
  return reconciler_.knows(id) || departures_.standing(id).known();
}

VCenterStatus VCenterActor::status() const {
  VCenterStatus status;
  status.host = host_;
  status.numbers = snapshot(shared_.clock.now());
  status.full_sync = full_sync_.status();
  status.full_syncs = full_sync_.history();
  status.lag = shared_.observer.recent_lag(host_);
  status.cycle = reconciler_.tally().counts();
  status.endings = departures_.counts();
  status.drift = drift_.report()->counts;
  status.failures = worst_of(reconciler_);
  for (const auto& [id, failure] : reconciler_.failures()) {
    ++status.failures_by_reason[failure.reason];
  }
  return status;
}

MetricsSnapshot VCenterActor::snapshot(Clock::time_point now) const {
  const Reconciler::Counts counts = reconciler_.counts();
  const FullSync::Status& sync = full_sync_.status();
  const std::size_t volumes = view_.volume_count();
  const auto rest = [](std::size_t all, std::size_t part) { return all > part ? all - part : 0; };
  MetricsSnapshot snapshot;
  snapshot.volumes_failed = counts.failed;
  snapshot.volumes_pending = rest(counts.pending, counts.failed);
  snapshot.volumes_unknown = rest(volumes, counts.known);
  snapshot.volumes_in_sync =
      rest(volumes, snapshot.volumes_failed + snapshot.volumes_pending + snapshot.volumes_unknown);
  snapshot.queue_depth = counts.pending;
  snapshot.in_flight = counts.in_flight;
  snapshot.flight_limit = counts.flight_limit;
  snapshot.queue_ready = counts.ready;
  snapshot.queue_adds = counts.adds;
  snapshot.queue_retries = counts.retries;
  const auto seconds = [](Clock::duration time) {
    return std::chrono::duration<double>(time).count();
  };
  snapshot.work_seconds = seconds(counts.work.sum);
  snapshot.longest_work_seconds = seconds(counts.work.longest);
  snapshot.throttled = counts.throttled;
  snapshot.breaker_open = reconciler_.outage_until() > now;
  snapshot.credentials_latched = shared_.conditions.stands(Condition::kCredentialsRejected, host_);
  snapshot.missing_privileges = missing_privileges_;
  snapshot.labels_limited = counts.labels_limited;
  snapshot.cns_volumes = sync.cns_volumes;
  snapshot.cns_without_pv = sync.cns_without_pv;
  snapshot.drift = drift_.report()->counts;
  const Departures::Counts endings = departures_.counts();
  snapshot.labels_held = endings.missing.held;
  snapshot.unregisters_held = endings.unregister.held;
  if (const auto until = http_->certificate_expiry()) {
    snapshot.certificate_expiry = std::chrono::duration<double>(until->time_since_epoch()).count();
  }
  if (const auto oldest = reconciler_.oldest_pending()) {
    snapshot.oldest_pending_seconds = seconds(now - *oldest);
  }
  return snapshot;
}

} // namespace syncer

#include "reconcile/full_sync.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "reconcile/volume_reads.h"

namespace syncer {

namespace {

// A vCenter that cannot answer a page may answer a smaller one.
constexpr std::size_t kSmallestPage = 50;
// The provisioner names a volume after the uid of its claim.
constexpr std::string_view kNameOfDynamic = "pvc-";

bool is_labelled(const CnsVolume& volume) {
  return std::any_of(volume.entities.begin(), volume.entities.end(), [](const CnsEntity& entity) {
    return entity.ref.kind == EntityKind::kVolume &&
           std::any_of(entity.labels.begin(), entity.labels.end(), [](const auto& label) {
             return label.first.view() == "pv_missing" && label.second.view() == "true";
           });
  });
}

std::size_t lost_claims(const VolumeFacts& facts) {
  return static_cast<std::size_t>(
      std::count_if(facts.volumes.begin(), facts.volumes.end(), [](const BoundVolume& volume) {
        return volume.claim_gone_since && !volume.claim_removal_observed;
      }));
}

} // namespace

const char* to_string(CycleResult result) {
  switch (result) {
    case CycleResult::kSuccess:
      return "success";
    case CycleResult::kPartial:
      return "partial";
    case CycleResult::kFailure:
      return "failure";
  }
  return "";
}

FullSync::FullSync(Deps deps, FullSyncOptions options)
    : deps_(std::move(deps)),
      options_(options),
      page_(options.page),
      wake_(deps_.executor, 1),
      drained_(deps_.executor, 1) {
  deps_.reconciler.tally().on_drained = [this] { drained_.try_send(boost::system::error_code()); };
}

void FullSync::request() {
  requested_ = true;
  wake_.try_send(boost::system::error_code());
}

// A channel whose last receiver was cancelled takes nothing until there is another one (Boost 1.81,
// channel_service::cancel_by_key): what is asked for during a cycle that no request began would be
// lost without the flag.
asio::awaitable<void> FullSync::wait_for(Clock::duration pause) {
  using namespace asio::experimental::awaitable_operators;
  if (requested_) {
    wake_.try_receive([](boost::system::error_code) {});
    co_return;
  }
  auto woken = wake_.async_receive(asio::as_tuple(asio::use_awaitable));
  auto slept = deps_.clock.sleep_until(deps_.clock.now() + pause);
  co_await (std::move(woken) || std::move(slept));
}

asio::awaitable<void> FullSync::run() {
  while (!deps_.view.synced()) {
    co_await wake_.async_receive(asio::as_tuple(asio::use_awaitable));
  }
  // Clusters that start together shall not load their vCenter together for ever.
  const auto jittered = [this] {
    return options_.interval + std::chrono::duration_cast<Clock::duration>(
                                   options_.interval * options_.jitter * deps_.random());
  };
  if (!options_.on_start && !options_.once) {
    const Clock::duration first_pause = jittered();
    co_await wait_for(first_pause);
  }
  std::optional<Clock::time_point> again;
  if (options_.read_again_after) again = deps_.clock.now() + *options_.read_again_after;
  while (true) {
    const bool late_enough = again && deps_.clock.now() >= *again;
    const CycleResult result = co_await cycle();
    if (options_.once) co_return;
    Clock::duration pause = jittered();
    if (late_enough) again.reset();
    if (again) {
      // What a long cycle read at its beginning was read too early, too.
      const Clock::duration left = *again - deps_.clock.now();
      pause = std::min(pause, std::max(left, Clock::duration::zero()));
    }
    if (result == CycleResult::kFailure) {
      pause = std::min(pause, options_.backoff.after(failures_, deps_.random()));
    }
    co_await wait_for(pause);
  }
}

asio::awaitable<CycleResult> FullSync::cycle() {
  const Clock::time_point begun = deps_.clock.now();
  status_.running = true;
  ++status_.begun;
  requested_ = false;
  Cycle cycle;
  cycle.began = begun;
  cycle.complete = deps_.view.complete();
  if (deps_.leadership != nullptr) cycle.term = deps_.leadership->term();
  for (const Uid& uid : deps_.view.pending_claims()) cycle.pending_claims.insert(uid);
  deps_.reconciler.begin_cycle();
  if (deps_.drift != nullptr) deps_.drift->begin();
  co_await read_ids(cycle);
  co_await read_pages(cycle);
  co_await wait_until_drained();
  if (deps_.drift != nullptr) {
    co_await deps_.drift->read_datastores();
  }
  conclude(cycle);
  const CycleResult result = result_of(cycle);
  status_.running = false;
  ++status_.ended;
  report(cycle, result);
  remember(cycle, result);
  const bool idle =
      result == CycleResult::kSuccess && deps_.reconciler.tally().counts().queued == 0;
  deps_.observer.full_sync_finished(to_string(result), deps_.clock.now() - begun, idle);
  co_return result;
}

asio::awaitable<void> FullSync::read_ids(Cycle& cycle) {
  Outcome<std::vector<VolumeId>> ids = co_await deps_.cns.query_ids();
  if (ids) {
    cycle.cns_ids = std::move(*ids);
  } else {
    cycle.error = in_context("read of all ids", ids.error());
  }
}

// Those that Kubernetes names, and those that only CNS still has for us.
std::vector<VolumeId> FullSync::volumes_to_read(const Cycle& cycle) const {
  std::vector<VolumeId> volumes = deps_.view.volumes();
  const std::unordered_set<VolumeId> named(volumes.begin(), volumes.end());
  for (const VolumeId& id : cycle.cns_ids) {
    if (!named.contains(id)) volumes.push_back(id);
  }
  return volumes;
}

asio::awaitable<void> FullSync::read_pages(Cycle& cycle) {
  const std::vector<VolumeId> volumes = volumes_to_read(cycle);
  status_.volumes_read = volumes.size();
  for (std::size_t from = 0; from < volumes.size();) {
    const std::size_t to = std::min(volumes.size(), from + page_);
    std::vector<VolumeId> page(volumes.begin() + static_cast<std::ptrdiff_t>(from),
                               volumes.begin() + static_cast<std::ptrdiff_t>(to));
    const Clock::time_point asked_at = deps_.clock.now();
    const std::uint64_t mark = deps_.reconciler.read_mark();
    const VolumesRead read = co_await read_volumes(deps_.cns, std::move(page));
    deps_.reconciler.learned(read.asked, read.found, asked_at, mark);
    for (const auto& [id, why] : read.bad) deps_.reconciler.unreadable(id, why);
    cycle.refused += read.bad.size();
    for (const CnsVolume& volume : read.found) note_missing(volume, cycle);
    // Page by page: all at once would hold up everybody else.
    std::unordered_map<VolumeId, const CnsVolume*> answers;
    for (const CnsVolume& volume : read.found) answers.emplace(volume.id, &volume);
    for (const VolumeId& id : read.asked) {
      const VolumeFacts facts = deps_.view.facts(id);
      cycle.claims_lost += lost_claims(facts);
      if (deps_.drift == nullptr) continue;
      const auto answer = answers.find(id);
      deps_.drift->page(id, facts, answer == answers.end() ? nullptr : answer->second);
    }
    if (read.failed) {
      cycle.error = in_context("read of a page of volumes", *read.failed);
      co_return;
    }
    from = to;
  }
}

asio::awaitable<void> FullSync::wait_until_drained() {
  while (deps_.reconciler.tally().open() > 0) {
    co_await drained_.async_receive(asio::as_tuple(asio::use_awaitable));
  }
}

bool FullSync::named(const VolumeId& id) const {
  const VolumeFacts facts = deps_.view.facts(id);
  if (!facts.volumes.empty() || !facts.inline_pods.empty()) return true;
  return deps_.named_otherwise && deps_.named_otherwise(id);
}

void FullSync::note_missing(const CnsVolume& volume, Cycle& cycle) const {
  if (!volume.has_our_cluster || named(volume.id)) return;
  if (deps_.reconciler.in_doubt(volume.id)) return;
  if (std::string_view name = volume.name; name.starts_with(kNameOfDynamic)) {
    name.remove_prefix(kNameOfDynamic.size());
    if (cycle.pending_claims.contains(Uid::parse(name))) return;
  }
  cycle.missing.push_back({volume.id, volume.name, is_labelled(volume)});
}

bool FullSync::may_conclude(const Cycle& cycle) const {
  if (!cycle.complete || cycle.error || cycle.refused > 0 || !deps_.view.complete()) return false;
  if (deps_.leadership == nullptr) return true;
  return deps_.leadership->may_write({}) && deps_.leadership->term() == cycle.term;
}

void FullSync::conclude(Cycle& cycle) {
  CycleFindings findings;
  findings.complete = may_conclude(cycle);
  findings.began = cycle.began;
  findings.cns_volumes = cycle.cns_ids.size();
  // What came back while the cycle ran is not missing.
  std::erase_if(cycle.missing, [&](const MissingVolume& volume) { return named(volume.id); });
  findings.missing = cycle.missing;
  findings.absent = deps_.reconciler.absent_in_cycle();
  findings.claims_lost_in_relist = cycle.claims_lost;
  deps_.reconciler.end_cycle(findings.complete);
  if (deps_.ended) deps_.ended(findings);
  if (deps_.drift != nullptr) deps_.drift->end(findings);
}

CycleResult FullSync::result_of(const Cycle& cycle) const {
  if (cycle.error) return CycleResult::kFailure;
  const bool others = deps_.other_failures && deps_.other_failures() > 0;
  const bool failed = deps_.reconciler.tally().counts().failed > 0 || cycle.refused > 0 ||
                      deps_.reconciler.counts().failed > 0 || others;
  return failed ? CycleResult::kPartial : CycleResult::kSuccess;
}

void FullSync::report(const Cycle& cycle, CycleResult result) {
  status_.last_result = result;
  if (result == CycleResult::kFailure) {
    ++failures_;
    page_ = std::max(kSmallestPage, page_ / 2);
    if (status_.last_error != cycle.error->detail) {
      deps_.log.warn("full sync failed{}: {}", trace_of(*cycle.error), cycle.error->detail);
    }
    status_.last_error = cycle.error->detail;
    return;
  }
  failures_ = 0;
  page_ = options_.page;
  ++status_.cycles;
  status_.last_error.clear();
  status_.cns_volumes = cycle.cns_ids.size();
  status_.cns_without_pv = cycle.missing.size();
  const CycleTally::Counts& counts = deps_.reconciler.tally().counts();
  const std::size_t failing =
      deps_.reconciler.counts().failed + (deps_.other_failures ? deps_.other_failures() : 0);
  deps_.log.info(
      "full sync result={} volumes={} cns_volumes={} cns_without_pv={} differed={} synced={} "
      "failing={}",
      to_string(result), status_.volumes_read, status_.cns_volumes, status_.cns_without_pv,
      counts.queued, counts.synced, failing);
}

void FullSync::remember(const Cycle& cycle, CycleResult result) {
  Ended ended;
  ended.began = cycle.began;
  ended.took = deps_.clock.now() - cycle.began;
  ended.result = result;
  ended.volumes_read = status_.volumes_read;
  ended.found = deps_.reconciler.tally().counts();
  if (cycle.error) ended.error = cycle.error->detail;
  history_.push_back(std::move(ended));
  if (history_.size() > kRemembered) history_.pop_front();
}

} // namespace syncer

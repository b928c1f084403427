#include "process.h"

#include <spdlog/sinks/stdout_sinks.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

namespace syncer::model {

namespace {

spdlog::logger make_log(bool verbose) {
  if (!verbose) {
    spdlog::logger silent("model");
    silent.set_level(spdlog::level::off);
    return silent;
  }
  spdlog::logger loud("model", std::make_shared<spdlog::sinks::stdout_sink_st>());
  loud.set_level(spdlog::level::debug);
  loud.set_pattern("    [%l] %v");
  return loud;
}

DepartureOptions departure_options() {
  DepartureOptions options;
  options.vcenter = kHost;
  // Off in production until there is a Lease and a way to confirm; here both exist.
  options.missing.enabled = true;
  options.unregister.enabled = true;
  return options;
}

ReconcilerOptions reconciler_options(const ProcessOptions& given) {
  ReconcilerOptions options;
  options.bulk_rate = given.bulk_rate;
  options.max_in_flight = given.max_in_flight;
  return options;
}

FullSyncOptions full_sync_options(const ProcessOptions& given) {
  FullSyncOptions options;
  options.interval = given.full_sync_interval;
  options.page = given.page;
  return options;
}

double half() { return 0.5; }

} // namespace

asio::awaitable<Outcome<bool>> Quorum::volume_exists(std::string name) {
  const bool exists = truth_.objects().pvs.contains({InternedString(), InternedString(name)});
  const bool fails = chance_.read_fails("quorum");
  const Time done = clock_.now() + chance_.weather.read_time;
  co_await clock_.sleep_until(done);
  if (fails) co_return Error{ErrorKind::kTransient, "no answer"};
  co_return exists;
}

asio::awaitable<Outcome<std::vector<std::string>>> Quorum::attached_volumes() {
  std::vector<std::string> names;
  for (const InternedString& name : truth_.attached) names.push_back(name.str());
  const bool fails = chance_.read_fails("attachments");
  const Time done = clock_.now() + chance_.weather.read_time;
  co_await clock_.sleep_until(done);
  if (fails) co_return Error{ErrorKind::kTransient, "no answer"};
  co_return std::move(names);
}

Process::Process(const Truth& truth, VCenter& vcenter, CallWatch& watch, Time now,
                 std::uint64_t term, const std::vector<MigrationRecord>& links,
                 ProcessOptions options)
    : started_(now),
      options_(options),
      log_(make_log(options.verbose)),
      session_(vcenter, clock_, watch),
      quorum_(truth, vcenter, clock_),
      cache_(clock_, observer_, view_callbacks()),
      feed_(truth, cache_, clock_),
      linked_(cache_, migrations_),
      router_({io_.get_executor(), cache_, infos_, topology_, clock_, leadership_, events_,
               conditions_, log_, half},
              RouterOptions()),
      view_(linked_, router_, kHost),
      departures_(departures_deps(), departure_options()),
      reconciler_(reconciler_deps(), reconciler_options(options)),
      drift_({view_, reconciler_, clock_, inventory_, [this] { return failed_paths(); }},
             kDriftMinAge),
      full_sync_(full_sync_deps(), full_sync_options(options)),
      registrar_(InTreeRegistrar::Deps{io_.get_executor(), cache_, migrations_, session_,
                                       inventory_, clock_, leadership_, events_, log_, half},
                 registrar_callbacks(), InTreeOptions()),
      cleanup_(MigrationCleanup::Deps{io_.get_executor(), linked_, migrations_, session_, clock_,
                                      leadership_, log_},
               MigrationCleanupOptions()) {
  clock_.advance(now - clock_.now());
  leadership_.number = term;
  inventory_.add("ds", "/DC0");
  for (const MigrationRecord& record : links) migrations_.link(record);
  start();
}

void Process::start() {
  feed_.linked = [this](const InternedString& path) { return migrations_.find(path).has_value(); };
  router_.set_vcenters({{kHost, &session_, [this](const VolumeId& id, ChangeKind kind) {
                           touched_at_[id] = clock_.now();
                           departures_.touched(id);
                           reconciler_.touched(id, kind);
                         }}});
  asio::co_spawn(io_, full_sync_.run(), asio::detached);
  asio::co_spawn(io_, reconciler_.run(), asio::detached);
  asio::co_spawn(io_, registrar_.run(), asio::detached);
  asio::co_spawn(io_, cleanup_.run(), asio::detached);
  clock_.settle();
}

ViewCallbacks Process::view_callbacks() {
  ViewCallbacks told;
  told.touched = [this](const VolumeKey& key, ChangeKind kind) { touched(key, kind); };
  told.on_deleted = [this](const BoundVolume& last, bool observed) { deleted(last, observed); };
  told.on_synced = [this] { view_synced(); };
  return told;
}

Departures::Deps Process::departures_deps() {
  Departures::Deps deps{view_,       quorum_, session_, leadership_, clock_,
                        conditions_, events_, log_,     half};
  deps.named = [this](const VolumeId& id) { return named_otherwise(id); };
  deps.in_doubt = [this](const VolumeId& id) { return reconciler_.in_doubt(id); };
  deps.allowed = [this] { return reconciler_.conflicts().negative_decisions_allowed(); };
  return deps;
}

Reconciler::Deps Process::reconciler_deps() {
  Reconciler::Deps deps{io_.get_executor(), view_,       session_, clock_,
                        observer_,          leadership_, log_,     half};
  deps.events = &events_;
  deps.endings = &departures_;
  deps.present = [this](const VolumeId& id) { router_.present(id, kHost); };
  deps.lost_claim_may_go = [this](Time lost_at) { return calm_since(lost_at); };
  deps.inline_rest_may_go = [this](const VolumeId& id, const InternedString& path) {
    if (cache_.inline_removal_observed(path)) {
      inline_lost_.erase(id);
      return true;
    }
    return calm_since(inline_lost_.try_emplace(id, clock_.now()).first->second);
  };
  deps.unregistered_here = [this](const VolumeId& id) { return departures_.unregistered_here(id); };
  return deps;
}

FullSync::Deps Process::full_sync_deps() {
  FullSync::Deps deps{io_.get_executor(), view_, session_, clock_,
                      observer_,          log_,  half,     reconciler_};
  deps.leadership = &leadership_;
  deps.named_otherwise = [this](const VolumeId& id) { return named_otherwise(id); };
  deps.other_failures = [this] { return registrar_.failures().size(); };
  deps.ended = [this](const CycleFindings& findings) { cycle_ended(findings); };
  deps.drift = &drift_;
  return deps;
}

InTreeRegistrar::Callbacks Process::registrar_callbacks() {
  InTreeRegistrar::Callbacks told;
  told.linked = [this](const InternedString&, const VolumeId& id) {
    router_.touched(id, ChangeKind::kVolume);
  };
  told.doubtful = [this](const VolumeId& id, Time posted_at) {
    reconciler_.doubtful(id, posted_at);
  };
  return told;
}

void Process::touched(const VolumeKey& key, ChangeKind kind) {
  if (!key.id.empty()) {
    router_.touched(key.id, kind);
  } else if (const auto id = migrations_.find(key.in_tree_path)) {
    router_.touched(*id, kind);
  } else {
    if (cache_.in_tree_path_named(key.in_tree_path)) departures_.path_named(key.in_tree_path);
    registrar_.touched(key.in_tree_path);
  }
}

void Process::path_changed(const InternedString& path, const VolumeId& id) {
  router_.touched(id, ChangeKind::kVolume);
  registrar_.touched(path);
  clock_.settle();
}

void Process::deleted(const BoundVolume& last, bool observed) {
  std::optional<VolumeId> id = last.pv.handle;
  if (last.pv.handle.empty()) id = migrations_.find(last.pv.in_tree_path);
  if (!id) return;
  const auto when = departures_.volume_deleted(*id, last, observed);
  if (when) reconciler_.look_at(*id, *when);
}

void Process::view_synced() {
  full_sync_.request();
  for (const InternedString& path : cache_.in_tree_paths()) registrar_.touched(path);
}

bool Process::named_otherwise(const VolumeId& id) const {
  for (const InternedString& path : migrations_.paths_of(id)) {
    if (cache_.in_tree_path_named(path)) return true;
  }
  return registrar_.awaits_link(id);
}

std::vector<std::pair<InternedString, std::string>> Process::failed_paths() const {
  std::vector<std::pair<InternedString, std::string>> failed;
  for (const auto& [path, failure] : registrar_.failures()) {
    failed.emplace_back(path, failure.detail);
  }
  return failed;
}

void Process::cycle_ended(const CycleFindings& findings) {
  if (findings.complete) complete_cycles_.push_back(clock_.now());
  departures_.cycle(findings);
  if (findings.complete && !departures_.mass_missing()) calm_since_ = findings.began;
  for (const auto& [id, when] : departures_.agenda()) reconciler_.look_at(id, when);
}

Time Process::touched_at(const VolumeId& id) const {
  const auto found = touched_at_.find(id);
  return found == touched_at_.end() ? started_ : found->second;
}

} // namespace syncer::model

#include "app/sync_world.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/experimental/awaitable_operators.hpp>

namespace syncer {

namespace {

constexpr std::chrono::milliseconds kRoutesPoll{100};
constexpr std::chrono::seconds kTopologyBudget{35};

CrDeps cr_deps(const SyncWorld::Deps& deps) {
  return {deps.kube, deps.shared.clock, deps.shared.leadership, deps.shared.log,
          deps.shared.random};
}

RouterOptions router_options(const Settings& settings) {
  RouterOptions options;
  options.late_task_window = settings.late_task_window;
  return options;
}

} // namespace

Outcome<std::unique_ptr<SyncWorld>> SyncWorld::create(const Deps& deps, const VSphereConfig& config,
                                                      const ClusterIdentity& identity) {
  std::unique_ptr<SyncWorld> world(new SyncWorld(deps));
  if (Outcome<> built = world->build(config, identity); !built) return built.error();
  deps.shared.credentials.keep_only(config);
  return world;
}

SyncWorld::SyncWorld(const Deps& deps)
    : deps_(deps),
      followers_(deps.shared.executor),
      workers_(deps.shared.executor),
      migrations_(cr_deps(deps), [this](const InternedString& path,
                                        const VolumeId& id) { path_changed(path, id); }),
      infos_(cr_deps(deps), deps.shared.settings.csi_namespace,
             [this](const VolumeId& id) { router_.changed(id); }),
      topology_(
          cr_deps(deps), deps.shared.executor,
          [this](std::string uuid) { return vcenter_of_node(std::move(uuid)); },
          [this] { router_.topology_changed(); }),
      linked_(deps.cluster, migrations_),
      router_({deps.shared.executor, deps.cluster, infos_, topology_, deps.shared.clock,
               deps.shared.leadership, deps.shared.events, deps.shared.conditions, deps.shared.log,
               deps.shared.random},
              router_options(deps.shared.settings)),
      node_search_(deps.shared.executor, followers_, actors_),
      features_({cr_deps(deps), deps_.shared, deps.cluster, actors_,
                 [this](Crd crd) { nodes_->install(crd, followers_); }}) {}

Outcome<> SyncWorld::build(const VSphereConfig& config, const ClusterIdentity& identity) {
  const bool one = config.vcenters.size() == 1;
  for (const VCenterConfig& vcenter : config.vcenters) {
    VCenterActor::Links links{
        one ? static_cast<const ClusterView&>(linked_) : deps_.cluster,
        router_,
        [this](const VolumeId& id) { return named_otherwise(id); },
        [this] { return other_failures(); },
        deps_.inline_removal_observed,
        [this] { return may_take_away(); },
        [this](const std::string& host, bool complete) { cycle_ended(host, complete); },
        [this, host = vcenter.host](const VolumeId& id, const std::string& what) {
          std::string text = "volume ";
          text.append(id.view()).append(" at ").append(host).append(": ").append(what);
          deps_.difference(text);
        },
        [this] { return failed_paths(); }};
    auto actor = VCenterActor::create(deps_.shared, std::move(links), vcenter, identity);
    if (!actor) return actor.error();
    actors_.push_back(std::move(*actor));
  }
  std::vector<Router::VCenter> routed;
  routed.reserve(actors_.size());
  for (const auto& actor : actors_) routed.push_back(actor->routed());
  router_.set_vcenters(routed);
  nodes_ = std::make_unique<NodeDuties>(
      NodeDuties::Deps{cr_deps(deps_), deps_.shared.executor, deps_.shared.events,
                       deps_.shared.conditions,
                       [this](std::string uuid) { return inventory_of_node(std::move(uuid)); },
                       deps_.shared.rights},
      config, one ? nullptr : &topology_);
  if (one) {
    build_in_tree(config);
  } else {
    unsupported_ =
        std::make_unique<InTreeUnsupported>(deps_.cluster, deps_.shared.events, deps_.shared.log);
  }
  return Done{};
}

void SyncWorld::build_in_tree(const VSphereConfig& config) {
  const SharedParts& shared = deps_.shared;
  VCenterActor& actor = *actors_.front();
  InTreeOptions options;
  options.datacenters = config.vcenters.front().datacenters;
  options.settle_delay = shared.settings.settle_delay;
  InTreeRegistrar::Callbacks told;
  told.linked = [this](const InternedString&, const VolumeId& id) {
    router_.touched(id, ChangeKind::kVolume);
  };
  told.doubtful = [&actor](const VolumeId& id, Clock::time_point posted_at) {
    actor.reconciler().doubtful(id, posted_at);
  };
  registrar_ = std::make_unique<InTreeRegistrar>(
      InTreeRegistrar::Deps{shared.executor, deps_.cluster, migrations_, actor.cns(),
                            actor.inventory(), shared.clock, shared.leadership, shared.events,
                            shared.log, shared.random},
      std::move(told), options);
  MigrationCleanupOptions cleanup;
  cleanup.interval = config.migration_cleanup_interval;
  cleanup_ = std::make_unique<MigrationCleanup>(
      MigrationCleanup::Deps{shared.executor, linked_, migrations_, actor.cns(), shared.clock,
                             shared.leadership, shared.log},
      cleanup);
}

asio::awaitable<void> SyncWorld::begin_registering() {
  co_await deps_.shared.rights.granted(Duty::kInTree);
  workers_.spawn(registrar_->run());
  workers_.spawn(cleanup_->run());
}

void SyncWorld::start() {
  for (const auto& actor : actors_) {
    actor->start(followers_, workers_);
    if (!several()) actor->start_full_sync(followers_);
  }
  if (registrar_) {
    followers_.spawn(migrations_.run());
    if (!deps_.shared.settings.dry_run) {
      followers_.spawn(begin_registering());
    }
  } else {
    followers_.spawn(infos_.run());
    followers_.spawn(topology_.run());
    followers_.spawn(wait_for_routes());
  }
  if (!deps_.shared.settings.dry_run && !deps_.shared.settings.once) {
    nodes_->start(followers_);
    features_.start(followers_);
  } else if (several()) {
    nodes_->only_watch(followers_);
  }
  if (!deps_.shared.settings.dry_run) workers_.spawn(router_.run());
  if (deps_.cluster.synced()) look_at_everything();
}

// A full sync that begins before volumes have a vCenter would list little. The topology is worth
// waiting for, but not for ever: a node whose vCenter does not answer holds up its own volumes
// only.
asio::awaitable<void> SyncWorld::wait_for_routes() {
  Clock& clock = deps_.shared.clock;
  while (!infos_.synced() || !deps_.cluster.synced()) {
    co_await clock.sleep_until(clock.now() + kRoutesPoll);
  }
  const Clock::time_point deadline = clock.now() + kTopologyBudget;
  while (!topology_.synced() && clock.now() < deadline) {
    co_await clock.sleep_until(clock.now() + kRoutesPoll);
  }
  router_.topology_changed();
  look_at_everything();
  for (const auto& actor : actors_) actor->start_full_sync(followers_);
}

void SyncWorld::cycle_ended(const std::string& host, bool complete) {
  const auto infos = info_syncs_.find(host);
  if (infos == info_syncs_.end() || deps_.shared.settings.dry_run) return;
  followers_.spawn(sync_infos(*infos->second, complete));
}

asio::awaitable<void> SyncWorld::sync_infos(VolumeInfoSync& infos, bool complete) {
  const Outcome<> done = co_await infos.after_cycle(complete);
  if (!done) deps_.shared.log.warn("CNSVolumeInfo objects: {}", done.error().detail);
}

asio::awaitable<void> SyncWorld::end(Clock::time_point deadline) {
  using namespace asio::experimental::awaitable_operators;
  for (const auto& actor : actors_) actor->stop();
  if (registrar_) registrar_->stop();
  if (cleanup_) cleanup_->stop();
  nodes_->stop();
  router_.stop();
  co_await workers_.join(deps_.shared.clock, deadline);
  TaskGroup logouts(deps_.shared.executor);
  for (const auto& actor : actors_) logouts.spawn(actor->logout());
  const Clock::time_point logged_out = deps_.shared.clock.now() + std::chrono::seconds(4);
  co_await logouts.join(deps_.shared.clock, logged_out);
  followers_.cancel();
  workers_.cancel();
  const Clock::time_point cancelled = deps_.shared.clock.now() + std::chrono::seconds(1);
  co_await followers_.join(deps_.shared.clock, cancelled);
}

void SyncWorld::touched(const VolumeKey& key, ChangeKind kind) {
  if (!key.id.empty()) {
    router_.touched(key.id, kind);
  } else if (unsupported_) {
    unsupported_->touched(key.in_tree_path);
  } else if (const auto id = migrations_.find(key.in_tree_path)) {
    router_.touched(*id, kind);
  } else {
    if (deps_.cluster.in_tree_path_named(key.in_tree_path)) {
      for (const auto& actor : actors_) actor->path_named(key.in_tree_path);
    }
    registrar_->touched(key.in_tree_path);
  }
}

void SyncWorld::path_changed(const InternedString& path, const VolumeId& id) {
  if (!registrar_) return;
  router_.touched(id, ChangeKind::kVolume);
  registrar_->touched(path);
}

VCenterActor* SyncWorld::actor_of(const VolumeId& id) {
  const auto number = router_.route(id);
  if (!number) return nullptr;
  for (const auto& actor : actors_) {
    if (router_.number_of(actor->host()) == number) return actor.get();
  }
  return nullptr;
}

void SyncWorld::deleted(const BoundVolume& last, bool observed) {
  std::optional<VolumeId> id;
  if (!last.pv.handle.empty()) {
    id = last.pv.handle;
  } else if (registrar_) {
    id = migrations_.find(last.pv.in_tree_path);
  }
  if (!id) return;
  if (VCenterActor* const actor = actor_of(*id)) actor->deleted(*id, last, observed);
}

void SyncWorld::view_synced() {
  if (several()) return; // wait_for_routes goes on
  for (const auto& actor : actors_) actor->view_synced();
  look_at_everything();
}

void SyncWorld::look_at_everything() {
  if (unsupported_) unsupported_->look_at_all();
  if (registrar_) {
    for (const InternedString& path : deps_.cluster.in_tree_paths()) registrar_->touched(path);
  }
  if (several()) {
    for (const VolumeId& id : deps_.cluster.volumes()) router_.route(id);
  }
}

void SyncWorld::set_credentials(const VSphereConfig& config) {
  for (const VCenterConfig& vcenter : config.vcenters) {
    for (const auto& actor : actors_) {
      if (actor->host() == vcenter.host) actor->set_credentials(vcenter);
    }
  }
}

void SyncWorld::credentials_accepted(const std::string& host) {
  for (const auto& actor : actors_) {
    if (actor->host() == host) actor->credentials_accepted();
  }
  if (deps_.cluster.synced()) look_at_everything();
}

// In-tree volumes are reached by path; the view by id shows only those that are ours.
bool SyncWorld::named_otherwise(const VolumeId& id) const {
  if (!registrar_) return false;
  const std::vector<InternedString> paths = migrations_.paths_of(id);
  const bool named = std::any_of(paths.begin(), paths.end(), [&](const InternedString& path) {
    return deps_.cluster.in_tree_path_named(path);
  });
  return named || registrar_->awaits_link(id);
}

bool SyncWorld::may_take_away() const {
  return std::none_of(actors_.begin(), actors_.end(),
                      [](const auto& actor) { return actor->in_conflict(); });
}

std::size_t SyncWorld::other_failures() const {
  return registrar_ ? registrar_->failures().size() : router_.failures().size();
}

void SyncWorld::tell_unregistered_paths() {
  for (const InternedString& path : deps_.cluster.in_tree_paths()) {
    if (migrations_.find(path)) continue;
    std::string text = "in-tree volume ";
    text.append(path.view());
    text += registrar_ ? ": is not linked to a CNS volume and would be registered"
                       : ": is not supported with several vCenters";
    deps_.difference(text);
  }
}

asio::awaitable<Outcome<std::optional<std::string>>> SyncWorld::vcenter_of_node(std::string uuid) {
  const Outcome<VCenterActor*> found = co_await node_search_.find(std::move(uuid));
  if (!found) co_return found.error();
  if (*found == nullptr) co_return std::optional<std::string>();
  co_return std::optional<std::string>((*found)->host());
}

asio::awaitable<Outcome<NodeInventory*>> SyncWorld::inventory_of_node(std::string uuid) {
  const Outcome<VCenterActor*> found = co_await node_search_.find(std::move(uuid));
  if (!found) co_return found.error();
  co_return *found == nullptr ? nullptr : &(*found)->cns().nodes();
}

void SyncWorld::judge_troubles() const {
  for (const auto& actor : actors_) actor->judge_troubles();
}

void SyncWorld::fill(ProcessSnapshot& snapshot) const {
  for (const auto& actor : actors_) {
    snapshot.vcenters[actor->host()] = actor->snapshot(deps_.shared.clock.now());
  }
  if (registrar_) snapshot.in_tree_failed = registrar_->failures().size();
  if (unsupported_) snapshot.in_tree_unsupported = unsupported_->count();
  snapshot.unrouted = router_.failures().size();
  snapshot.migrations_evicted = migrations_.evicted();
}

std::vector<VCenterStatus> SyncWorld::status() const {
  std::vector<VCenterStatus> all;
  all.reserve(actors_.size());
  for (const auto& actor : actors_) all.push_back(actor->status());
  return all;
}

std::vector<std::pair<std::string, std::uint64_t>> SyncWorld::request_full_sync(
    const std::string& host) {
  std::vector<std::pair<std::string, std::uint64_t>> begun;
  for (const auto& actor : actors_) {
    if (host.empty() || actor->host() == host) {
      begun.emplace_back(actor->host(), actor->request_full_sync());
    }
  }
  return begun;
}

std::size_t SyncWorld::confirm(Condition condition) {
  std::size_t count = 0;
  for (const auto& actor : actors_) {
    if (condition == Condition::kMassMissing) count += actor->confirm_missing();
    if (condition == Condition::kMassUnregister) count += actor->confirm_unregister();
    if (condition == Condition::kClusterIdConflict) count += actor->confirm_conflict();
  }
  return count;
}

// Everything that the first looks led to has ended, well or not.
bool SyncWorld::settled() const {
  if (registrar_) {
    const std::vector<InternedString> paths = deps_.cluster.in_tree_paths();
    const bool open = std::any_of(paths.begin(), paths.end(), [&](const InternedString& path) {
      return !migrations_.find(path) && !registrar_->failures().contains(path);
    });
    if (open) return false;
  }
  const Router::Counts routes = router_.counts();
  if (routes.pending > routes.failed) return false;
  return std::all_of(actors_.begin(), actors_.end(),
                     [](const auto& actor) { return actor->settled(); });
}

std::optional<CycleResult> SyncWorld::result() const {
  CycleResult worst = CycleResult::kSuccess;
  for (const auto& actor : actors_) {
    const std::optional<CycleResult> result = actor->result();
    if (!result) return std::nullopt;
    worst = std::max(worst, *result);
  }
  if (deps_.shared.settings.dry_run) return worst;
  if (!settled()) return std::nullopt;
  const bool failed = std::any_of(actors_.begin(), actors_.end(),
                                  [](const auto& actor) { return !actor->failures().empty(); });
  if (failed || other_failures() > 0) worst = std::max(worst, CycleResult::kPartial);
  return worst;
}

} // namespace syncer

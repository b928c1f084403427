#include "app/world_keeper.h"

#include <spdlog/spdlog.h>

#include <boost/asio/co_spawn.hpp>

#include "app/vcenter_setup.h"
#include "kube/cluster_facts.h"

namespace syncer {

namespace {

constexpr std::chrono::seconds kStartRetry{5};
// Calls of a world that was given up end by themselves within their own deadlines.
constexpr std::chrono::minutes kAfterlife{10};

void rethrow(const std::exception_ptr& failure) {
  if (failure) std::rethrow_exception(failure);
}

} // namespace

WorldKeeper::WorldKeeper(Deps deps)
    : deps_(std::move(deps)),
      vsphere_(deps_.settings.vsphere_config, deps_.settings.vsphere_environment,
               [executor = deps_.executor](const VSphereConfig& config) {
                 return check_connections(executor, config);
               }) {}

bool WorldKeeper::load_config() {
  Conditions& conditions = deps_.conditions;
  if (const Outcome<> loaded = vsphere_.load(); !loaded) {
    const std::string& problem = loaded.error().detail;
    if (conditions.stands(Condition::kConfigInvalid)) deps_.log.warn("{}", problem);
    conditions.raise(Condition::kConfigInvalid, "", problem);
    return false;
  }
  for (const std::string& warning : vsphere_.config().warnings) deps_.log.warn("{}", warning);
  conditions.clear(Condition::kConfigInvalid, "");
  return true;
}

asio::awaitable<void> WorldKeeper::wait_for_config() {
  while (!stopped_ && !vsphere_.loaded()) {
    co_await deps_.clock.sleep_until(deps_.clock.now() + deps_.settings.config_poll);
    if (vsphere_.changed()) load_config();
  }
}

asio::awaitable<ClusterIdentity> WorldKeeper::find_identity(KubeClient& kube) {
  ClusterFactsReader reader({kube, deps_.clock, deps_.log, deps_.random},
                            deps_.settings.csi_namespace);
  ClusterIdentity found;
  ClusterFactsReader::Accept accept = [&](const ClusterFacts& facts) -> Outcome<> {
    if (vsphere_.changed()) load_config();
    const VSphereConfig& config = vsphere_.config();
    Outcome<ClusterIdentity> identity =
        cluster_identity({config.cluster_id, config.cluster_distribution},
                         {facts.map_name, facts.map_id, facts.git_version});
    if (!identity) {
      deps_.conditions.raise(Condition::kClusterIdUnknown, "", identity.error().detail);
      return identity.error();
    }
    found = std::move(*identity);
    return Done{};
  };
  co_await reader.run(std::move(accept));
  deps_.conditions.clear(Condition::kClusterIdUnknown, "");
  co_return found;
}

Outcome<> WorldKeeper::new_world(const ClusterIdentity& identity) {
  auto made = SyncWorld::create(deps_.world_deps(), vsphere_.config(), identity);
  if (!made) return made.error();
  world_ = std::move(*made);
  world_->start();
  return Done{};
}

asio::awaitable<void> WorldKeeper::make_world(KubeClient& kube) {
  const ClusterIdentity identity = co_await find_identity(kube);
  deps_.log.info("cluster id {} from {}, distribution {}", identity.cluster_id,
                 to_string(identity.source), identity.distribution);
  while (!stopped_) {
    const Outcome<> made = new_world(identity);
    if (made) co_return;
    deps_.conditions.raise(Condition::kConfigInvalid, "", made.error().detail);
    co_await deps_.clock.sleep_until(deps_.clock.now() + kStartRetry);
    if (vsphere_.changed()) load_config();
  }
}

asio::awaitable<void> WorldKeeper::follow_config(KubeClient& kube) {
  while (!stopped_) {
    co_await deps_.clock.sleep_until(deps_.clock.now() + deps_.settings.config_poll);
    if (!vsphere_.changed()) continue;
    const VSphereConfig before = vsphere_.config();
    if (!load_config() || before == vsphere_.config()) continue;
    if (only_credentials_differ(before, vsphere_.config())) {
      deps_.log.info("configuration changed: credentials");
      world_->set_credentials(vsphere_.config());
    } else {
      deps_.log.info("configuration changed: vcenters={}", vsphere_.config().vcenters.size());
      co_await retire_world();
      co_await make_world(kube);
    }
  }
}

asio::awaitable<void> WorldKeeper::retire_world() {
  const Clock::time_point deadline = deps_.clock.now() + deps_.settings.shutdown_budget;
  former_worlds_.push_back(std::move(world_));
  co_await former_worlds_.back()->end(deadline);
  // What the old world found wrong is for the new one to find again.
  deps_.conditions.clear_all_vcenters();
  asio::co_spawn(deps_.executor, forget_oldest(), rethrow);
}

asio::awaitable<void> WorldKeeper::forget_oldest() {
  co_await deps_.clock.sleep_until(deps_.clock.now() + kAfterlife);
  former_worlds_.erase(former_worlds_.begin());
}

} // namespace syncer

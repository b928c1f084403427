#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <memory>
#include <vector>

#include "app/sync_world.h"
#include "app/vsphere_files.h"
#include "config/cluster_identity.h"

namespace syncer {

// Has the world that follows from the files in force: makes the first one, hands it new
// credentials, and puts another in its place when more than that has changed. Files that cannot be
// used leave the world as it is, with the condition ConfigInvalid.
class WorldKeeper {
 public:
  struct Deps {
    asio::any_io_executor executor;
    Clock& clock;
    spdlog::logger& log;
    Random random;
    Conditions& conditions;
    const Settings& settings;
    std::function<SyncWorld::Deps()> world_deps;
  };
  explicit WorldKeeper(Deps deps);

  // False: what the files say cannot be used, and what was in force stays so.
  bool load_config();
  bool config_loaded() const { return vsphere_.loaded(); }
  const VSphereConfig& config() const { return vsphere_.config(); }
  bool several_vcenters() const { return vsphere_.config().vcenters.size() > 1; }
  // To end would only delay the cure: a pod that crashes again and again is started ever later.
  asio::awaitable<void> wait_for_config();

  // Returns when there is a world; however long that takes.
  asio::awaitable<void> make_world(KubeClient& kube);
  // Looks for changed files until the end.
  asio::awaitable<void> follow_config(KubeClient& kube);
  // No other world any more; for `SyncWorld::end` when there is one.
  void stop() { stopped_ = true; }

  SyncWorld* world() const { return world_.get(); }

 private:
  asio::awaitable<ClusterIdentity> find_identity(KubeClient& kube);
  Outcome<> new_world(const ClusterIdentity& identity);
  asio::awaitable<void> retire_world();
  asio::awaitable<void> forget_oldest();

  Deps deps_;
  VSphereFiles vsphere_;
  std::unique_ptr<SyncWorld> world_;
  std::vector<std::unique_ptr<SyncWorld>> former_worlds_;
  bool stopped_ = false;
};

} // namespace syncer

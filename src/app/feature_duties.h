#pragma once

#include <list>
#include <memory>
#include <string>
#include <vector>

#include "app/feature_gate.h"
#include "app/feature_watch.h"
#include "app/full_sync_run.h"
#include "app/task_group.h"
#include "app/vcenter_actor.h"
#include "operators/backing_disk_mapper.h"
#include "operators/crd_manifests.h"
#include "operators/trigger_controller.h"

namespace syncer {

// What is done only when the feature-state ConfigMap says so, switched on and off while the
// process runs.
class FeatureDuties {
 public:
  struct Deps {
    CrDeps cr;
    const SharedParts& shared;
    const ClusterView& cluster;
    const std::vector<std::unique_ptr<VCenterActor>>& vcenters;
    std::function<void(Crd)> install; // sees to it that the definition is there
  };

  explicit FeatureDuties(Deps deps);

  void start(TaskGroup& tasks);
  // What the annotation vsphere-syncer/last-run is to say; empty: the feature is off, or there was
  // no run yet.
  std::string last_run() const;

 private:
  void changed(const FeatureStates& states);
  TriggerController::Runs runs();
  void begin_run(bool may_join);
  std::vector<RunAtVCenter> progress();
  asio::awaitable<void> answer_triggers();
  asio::awaitable<void> map_backing_disks(VCenterActor& vcenter);

  Deps deps_;
  FeatureWatch watch_;
  FeatureGate trigger_gate_;
  std::list<FeatureGate> disk_gates_; // one per vCenter: none waits for another
  FullSyncRun run_;
  std::unique_ptr<TriggerController> trigger_; // of the last time it was on
};

} // namespace syncer

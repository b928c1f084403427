#pragma once

#include <memory>

#include "app/rights_review.h"
#include "app/task_group.h"
#include "config/vsphere_config.h"
#include "core/conditions.h"
#include "core/events.h"
#include "operators/cr_topology.h"
#include "operators/crd_installer.h"
#include "operators/node_topology_controller.h"
#include "operators/object_fan_out.h"

namespace syncer {

// What the cluster needs of this process beside the volumes: the definitions of the custom
// resources, and an answer to every CSINodeTopology object.
class NodeDuties {
 public:
  struct Deps {
    CrDeps cr;
    asio::any_io_executor executor;
    EventSink& events;
    Conditions& conditions;
    NodeTopologyController::FindNode find;
    RightsReview& rights;
  };

  // `topology`, if any, hears of the objects too.
  NodeDuties(const Deps& deps, const VSphereConfig& config, CrTopology* topology);

  void start(TaskGroup& tasks);
  // Nothing is answered and nothing installed.
  void only_watch(TaskGroup& tasks) { tasks.spawn(watch_.run()); }
  void stop() { controller_.stop(); }
  // One more definition.
  void install(Crd crd, TaskGroup& tasks) {
    if (installer_.want(crd)) tasks.spawn(when_granted(rights_, Duty::kCrds, installer_.run()));
  }

 private:
  RightsReview& rights_;
  CrdInstaller installer_;
  NodeTopologyController controller_;
  ObjectFanOut sinks_;
  ObjectWatch watch_;
};

} // namespace syncer

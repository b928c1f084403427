#include "app/node_duties.h"

namespace syncer {

namespace {

std::vector<Crd> crds_of(const VSphereConfig& config) {
  return {Crd::kNodeTopology,
          config.vcenters.size() == 1 ? Crd::kVolumeMigration : Crd::kVolumeInfo};
}

TopologySettings settings_of(const VSphereConfig& config) {
  TopologySettings settings;
  settings.categories = config.topology_categories;
  settings.zone = config.zone;
  settings.region = config.region;
  settings.labels = config.category_labels;
  return settings;
}

std::vector<ObjectSink*> with(ObjectSink& first, ObjectSink* second) {
  std::vector<ObjectSink*> sinks{&first};
  if (second != nullptr) sinks.push_back(second);
  return sinks;
}

} // namespace

NodeDuties::NodeDuties(const Deps& deps, const VSphereConfig& config, CrTopology* topology)
    : rights_(deps.rights),
      installer_(deps.cr, deps.conditions, crds_of(config)),
      controller_({deps.cr, deps.executor, deps.events, deps.find}, settings_of(config)),
      sinks_(with(controller_, topology)),
      watch_(deps.cr.watch(), kNodeTopologies, sinks_) {}

void NodeDuties::start(TaskGroup& tasks) {
  tasks.spawn(when_granted(rights_, Duty::kCrds, installer_.run()));
  tasks.spawn(watch_.run());
  tasks.spawn(when_granted(rights_, Duty::kNodeTopology, controller_.run()));
}

} // namespace syncer

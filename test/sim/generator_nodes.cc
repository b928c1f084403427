#include <cstdio>

#include "sim/generator_build.h"

namespace syncer::sim {

namespace {

std::string node_uuid(std::size_t node) {
  char out[40];
  std::snprintf(out, sizeof out, "42110000-51e5-4c0d-9a7e-%012zx", node);
  return out;
}

std::string region_of_vcenter(std::size_t vcenter) {
  return "region-" + std::to_string(vcenter + 1);
}

json topology_object(std::size_t node, const GeneratorOptions& options) {
  const std::size_t vcenter = vcenter_of_node(node, options);
  const json region = {{"key", "topology.csi.vmware.com/k8s-region"},
                       {"value", region_of_vcenter(vcenter)}};
  const json zone = {{"key", "topology.csi.vmware.com/k8s-zone"},
                     {"value", zone_of_node(node, options)}};
  return {{"metadata", {{"name", node_name(node)}}},
          {"spec", {{"nodeID", node_name(node)}, {"nodeuuid", node_uuid(node)}}},
          {"status", {{"status", "Success"}, {"topologyLabels", json::array({region, zone})}}}};
}

} // namespace

std::string node_name(std::size_t node) {
  return "worker-" + std::to_string(100 + node) + ".prod.example.com";
}

std::size_t vcenter_of_node(std::size_t node, const GeneratorOptions& options) {
  return options.vcenters.size() < 2 ? 0 : node % options.vcenters.size();
}

// No zone reaches over two vCenters.
std::string zone_of_node(std::size_t node, const GeneratorOptions& options) {
  if (options.vcenters.size() < 2) {
    return "zone-" + std::string(1, static_cast<char>('a' + node % 3));
  }
  const std::size_t vcenters = options.vcenters.size();
  return "zone-" + std::to_string(node % vcenters + 1) +
         std::string(1, static_cast<char>('a' + node / vcenters % 3));
}

void add_nodes(ClusterBuild& build) {
  for (std::size_t node = 0; node < kNodes; ++node) {
    const std::size_t vcenter = vcenter_of_node(node, build.options);
    build.world.vcenters[vcenter].nodes.push_back({node_name(node), node_uuid(node),
                                                   region_of_vcenter(vcenter),
                                                   zone_of_node(node, build.options)});
    if (build.options.vcenters.size() > 1) {
      build.put("csinodetopologies", topology_object(node, build.options));
    }
  }
}

} // namespace syncer::sim

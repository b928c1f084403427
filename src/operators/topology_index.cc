#include "operators/topology_index.h"

namespace syncer {

void TopologyIndex::count(const Node& node, int by) {
  if (!node.vcenter) return;
  for (const auto& label : node.labels) {
    auto& hosts = hosts_[label];
    auto& nodes = hosts[*node.vcenter];
    nodes += by;
    if (nodes <= 0) hosts.erase(*node.vcenter);
    if (hosts.empty()) hosts_.erase(label);
  }
}

bool TopologyIndex::put(const std::string& name, NodeLabels labels,
                        std::optional<std::string> vcenter) {
  Node node{std::move(labels), std::move(vcenter)};
  Node& old = nodes_[name];
  if (old == node) return false;
  // First up, then down: the host of an unchanged label is never gone in between.
  count(node, 1);
  count(old, -1);
  old = std::move(node);
  return true;
}

bool TopologyIndex::remove(const std::string& name) {
  const auto old = nodes_.find(name);
  if (old == nodes_.end()) return false;
  count(old->second, -1);
  nodes_.erase(old);
  return true;
}

std::vector<std::string> TopologyIndex::vcenters(const InternedString& key,
                                                 const InternedString& value) const {
  std::vector<std::string> found;
  const auto hosts = hosts_.find({key, value});
  if (hosts == hosts_.end()) return found;
  for (const auto& [host, nodes] : hosts->second) found.push_back(host);
  return found;
}

} // namespace syncer

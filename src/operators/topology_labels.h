// Which labels a node gets from the tags above its VM. Pure.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "cns/node_inventory.h"
#include "core/outcome.h"

namespace syncer {

// What csi-vsphere.conf says about topology.
struct TopologySettings {
  std::vector<std::string> categories;
  std::string zone, region;                  // categories, the older form
  std::map<std::string, std::string> labels; // key of the label by category; for the older form
};

struct WantedLabel {
  std::string key;
  std::string category;
  bool operator==(const WantedLabel&) const = default;
};
// Empty: no topology is configured. kRejected: only one of zone and region.
Outcome<std::vector<WantedLabel>> wanted_labels(const TopologySettings& settings);

struct TopologyLabel {
  std::string key;
  std::string value;
  bool operator==(const TopologyLabel&) const = default;
};
// `above` begins with the host. A tag higher up goes before one further down, as long as another
// category still has none; kNotFound names every category without a tag.
Outcome<std::vector<TopologyLabel>> topology_labels(const std::vector<WantedLabel>& wanted,
                                                    const std::vector<ObjectTags>& above);

} // namespace syncer

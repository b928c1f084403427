// CSINodeTopology objects as JSON. Pure.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "operators/topology_labels.h"

namespace syncer {

inline constexpr const char* kNodeTopologies =
    "/apis/cns.vmware.com/v1alpha1/csinodetopologies"; // collection

struct NodeTopology {
  enum class Status { kNone, kSuccess, kError };
  std::string uuid; // of the VM; empty as long as the node plugin has not said it
  std::string uid;  // of the object
  Status status = Status::kNone;
  bool has_labels = false;
};
NodeTopology decode_node_topology(const nlohmann::json& object);

// What is written. An error leaves the labels as they are.
void set_success(nlohmann::json& object, const std::vector<TopologyLabel>& labels);
void set_error(nlohmann::json& object, const std::string& message);

} // namespace syncer

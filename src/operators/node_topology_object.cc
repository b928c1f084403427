#include "operators/node_topology_object.h"

#include <nlohmann/json.hpp>

#include "operators/cr_fields.h"

namespace syncer {

namespace {

using nlohmann::json;

constexpr const char* kSuccess = "Success";
constexpr const char* kError = "Error";

json& status_of(json& object) {
  json& status = object["status"];
  if (!status.is_object()) status = json::object();
  return status;
}

} // namespace

NodeTopology decode_node_topology(const json& object) {
  NodeTopology topology;
  topology.uuid = text_or_empty(json_member(object, "spec"), "nodeuuid");
  topology.uid = text_or_empty(json_member(object, "metadata"), "uid");
  const json* status = json_member(object, "status");
  const std::string word = text_or_empty(status, "status");
  if (word == kSuccess) topology.status = NodeTopology::Status::kSuccess;
  if (word == kError) topology.status = NodeTopology::Status::kError;
  const json* labels = status == nullptr ? nullptr : json_member(*status, "topologyLabels");
  topology.has_labels = labels != nullptr && labels->is_array() && !labels->empty();
  return topology;
}

void set_success(json& object, const std::vector<TopologyLabel>& labels) {
  json& status = status_of(object);
  status["status"] = kSuccess;
  status["topologyLabels"] = json::array();
  for (const TopologyLabel& label : labels) {
    json one;
    one["key"] = label.key;
    one["value"] = label.value;
    status["topologyLabels"].push_back(std::move(one));
  }
  status.erase("errorMessage");
}

void set_error(json& object, const std::string& message) {
  json& status = status_of(object);
  status["status"] = kError;
  status["errorMessage"] = message;
}

} // namespace syncer

#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace syncer::sim {

using json = nlohmann::json;

// One kind of application. The bulky parts of its objects are fillers: placeholders for data that
// all its objects share.
struct AppTemplate {
  std::string name;
  std::string mount_path;
  std::string revision; // of its StatefulSet
  std::string set_uid;
  std::string pod_managed_fields;
  std::string containers;
  std::string container_statuses;
  std::string conditions;
  std::string tolerations;
  std::string api_access; // the volume with the service account token
  std::string volume_managed_fields;
  std::string claim_managed_fields;
};

// The applications of every generated cluster, always the same ones.
const std::vector<AppTemplate>& app_templates();

} // namespace syncer::sim

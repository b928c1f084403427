#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sim/kube_protobuf.h"

namespace syncer::sim {

// One kind of object the API server keeps.
struct KubeResource {
  std::string group; // "" for the core group
  std::string version;
  std::string plural;
  std::string kind;
  bool namespaced = false;
  bool has_status = false;                // served at /status, ignored elsewhere on writes
  const ProtoMessage* protobuf = nullptr; // none: JSON only

  std::string api_version() const { return group.empty() ? version : group + "/" + version; }
};

// All resources; a pointer into it is the identity of a resource.
const std::vector<KubeResource>& kube_resources();

const KubeResource* find_resource(std::string_view group, std::string_view version,
                                  std::string_view plural);
// By plural alone, for commands and tests: "pods". Null if unknown.
const KubeResource* find_resource(std::string_view plural);

} // namespace syncer::sim

#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "sim/kube_request.h"
#include "sim/kube_status.h"
#include "sim/kube_store.h"

namespace syncer::sim {

// Custom resources are served only while their CustomResourceDefinition is in the store.
bool is_custom(const KubeResource& resource);
bool is_served(const KubeStore& store, const KubeResource& resource);

// The definition that makes `resource` served, with the published schema, established already.
json definition_of(const KubeResource& resource);
// The custom resource a definition object is about; null for one that the simulator lacks.
const KubeResource* defined_by(const json& definition);

// What a server with the published schema does to a written object. A member the schema lacks is
// refused, as with fieldValidation=Strict: it is a mistake of the writer. With an explicit Ignore
// or Warn it is dropped instead. Missing and mistyped members are refused either way.
std::optional<KubeStatus> check_custom(const KubeRequest& request, json& object);
// What the definition in the store does to it: members that an older schema lacks are lost.
void prune_custom(const KubeStore& store, const KubeResource& resource, json& object);

} // namespace syncer::sim

// What an existing CustomResourceDefinition lacks. Pure.
#pragma once

#include <nlohmann/json_fwd.hpp>

namespace syncer {

// Adds to `existing` the properties and printer columns of `manifest` that it does not have,
// version by version. Nothing is removed, changed or made stricter: what is there stays as it is, a
// schema that takes any content is left alone, and what is added requires nothing.
void add_missing(nlohmann::json& existing, const nlohmann::json& manifest);

// The API server serves its objects.
bool is_established(const nlohmann::json& definition);

} // namespace syncer

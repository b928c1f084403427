#pragma once

#include <string>
#include <string_view>

#include "informers/resource.h"

namespace syncer {

// All objects of a resource in all namespaces.
std::string collection_path(Resource resource);
std::string object_path(Resource resource, std::string_view ns, std::string_view name);

} // namespace syncer

#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace syncer::sim {

// Version strings of the namespace urn:vsan, oldest first. Their order is the order of features;
// the strings themselves do not compare.
const std::vector<std::string_view>& vsan_versions();

// Place in that order; the newest for a string that is not in it.
std::size_t vsan_rank(std::string_view version);
bool is_vsan_version(std::string_view version);

// The vSAN version of a vCenter of this API version ("8.0.2.0"); the newest for one not known.
std::string_view vsan_version_of(std::string_view api_version);

} // namespace syncer::sim

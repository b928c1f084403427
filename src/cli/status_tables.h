#pragma once

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "cli/terminal.h"

// The sections of `vsphere-syncer status` about `vcenters` of /statusz; empty: nothing to say.
// Whose vCenter something is stands there only if there are several.
namespace syncer {

// Volumes, queue, lag and last full sync: one table, or two where one is too wide.
std::string volumes_text(const nlohmann::json& vcenters, const Terminal& terminal);
// The last hour, a mark per minute.
std::string lag_text(const nlohmann::json& vcenters, const Terminal& terminal);
std::string reasons_text(const nlohmann::json& vcenters, const Terminal& terminal);
// Those that have failed longest, `most` of them.
std::string failures_text(const nlohmann::json& vcenters, const Terminal& terminal,
                          std::size_t most);
// What left Kubernetes without leaving CNS.
std::string endings_text(const nlohmann::json& vcenters, const Terminal& terminal);
std::string drift_text(const nlohmann::json& vcenters, const Terminal& terminal);
// The last ones of all vCenters, the newest first.
std::string full_syncs_text(const nlohmann::json& vcenters, const Terminal& terminal);

} // namespace syncer

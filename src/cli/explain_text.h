#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "cli/terminal.h"

namespace syncer {

// "PV pv-1", "PVC shop/data", "POD shop/web-0": an entity of an answer.
std::string entity_text(const nlohmann::json& entity);

// The whole answer of GET /explain for people.
std::string explain_text(const nlohmann::json& answer, const Terminal& terminal);

// A verdict in the colour of what it means.
std::string verdict_text(const std::string& verdict, const Terminal& terminal);

} // namespace syncer

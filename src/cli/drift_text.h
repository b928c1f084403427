#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "cli/terminal.h"

namespace syncer {

// The answer of GET /drift for people: a table per vCenter, and below it, for each row, lines for a
// shell that only look. What else is below it is a comment, so that all of it may be copied.
std::string drift_report_text(const nlohmann::json& report, const Terminal& terminal);

} // namespace syncer

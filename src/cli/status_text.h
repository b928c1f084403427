#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "cli/display_text.h"
#include "cli/json_values.h"
#include "cli/terminal.h"

namespace syncer {

inline constexpr std::size_t kUsualFailures = 10;

// The whole of /statusz for people, as wide as the terminal; what has nothing to say is left out.
// Of the volumes that fail, those that have failed longest.
std::string status_text(const nlohmann::json& status, const Terminal& terminal,
                        std::size_t most_failures = kUsualFailures);
// "for 3 s", "for 5 min", "for 2 h", "for 4 d".
std::string for_how_long(double seconds);

} // namespace syncer

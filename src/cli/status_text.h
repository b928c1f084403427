#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "cli/display_text.h"

namespace syncer {

// A value of an answer, as printable text; "-" if it is not there.
std::string value_of(const nlohmann::json& object, const char* key);

// The whole of /statusz for people.
std::string status_text(const nlohmann::json& status);
// "for 3 s", "for 5 min", "for 2 h", "for 4 d".
std::string for_how_long(double seconds);

} // namespace syncer

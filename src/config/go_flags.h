#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/clock.h"
#include "core/outcome.h"

namespace syncer {

// Arguments by the rules of Go's flag package, rewritten for a parser of GNU style.
struct GoFlags {
  std::vector<std::string> flags; // --name=value, or --name and "", or --name that lacks a value
  std::vector<std::string> rest;  // from the first argument that is no flag, or behind "--"
};

// One or two dashes, `-name=value` or `-name value`; a boolean takes a value only behind `=` and
// alone means true.
GoFlags rewrite_go_flags(const std::vector<std::string>& arguments,
                         const std::vector<std::string>& booleans);

// As Go's strconv.ParseBool: 1, t, T, TRUE, true, True and their opposites.
std::optional<bool> parse_go_boolean(std::string_view text);

// "1h15m30.5s", "300ms", "-2s", "0". kRejected for anything else.
Outcome<Clock::duration> parse_go_duration(std::string_view text);

} // namespace syncer

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/clock.h"
#include "core/outcome.h"

namespace syncer {

// Arguments by the rules of Go's flag package, rewritten for a parser of GNU style: one or two
// dashes,
// `-name=value` or `-name value`; a boolean takes a value only behind `=` and alone means true; the
// first argument that is no flag, or "--", ends the flags.
std::vector<std::string> rewrite_go_flags(const std::vector<std::string>& arguments,
                                          const std::vector<std::string>& booleans);

// "1h15m30.5s", "300ms", "-2s", "0". kRejected for anything else.
Outcome<Clock::duration> parse_go_duration(std::string_view text);

} // namespace syncer

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace syncer {

// How gcfg reads a value that is no string; no value: it refuses the text.

// true, yes, on, 1, false, no, off, 0 in any case.
std::optional<bool> gcfg_boolean(std::string_view text);

// Decimal with a sign, or hexadecimal behind 0x or -0x, where digits may be grouped by underscores;
// blanks around it do not count.
std::optional<std::int64_t> gcfg_integer(std::string_view text);

// One word; blanks around it do not count, line breaks are refused.
std::optional<std::string> gcfg_word(std::string_view text);

} // namespace syncer

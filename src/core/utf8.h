#pragma once

#include <cstddef>
#include <string_view>

namespace syncer {

// Length of the well-formed UTF-8 sequence that begins at `position`, 0 if there is none.
std::size_t utf8_length(std::string_view text, std::size_t position);

// The character of one well-formed sequence.
char32_t utf8_character(std::string_view sequence);

} // namespace syncer

#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace syncer {

// Text from elsewhere without what a terminal would take for a command.
std::string printable(const std::string& text);

// How many columns of a terminal the text takes; it must be printable, without colours.
std::size_t display_width(std::string_view text);

// The text in `width` columns: cut between characters, with `ellipsis` at its end, if it is wider.
std::string cut_to_width(const std::string& text, std::size_t width, const std::string& ellipsis);

// Lines of `width` columns at most, broken between words, and within a word that is wider than a
// line. 0: one line.
std::vector<std::string> wrapped(const std::string& text, std::size_t width);

} // namespace syncer

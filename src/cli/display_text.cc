#include "cli/display_text.h"

#include <algorithm>
#include <array>

#include "core/utf8.h"

namespace syncer {

namespace {

struct Range {
  char32_t first;
  char32_t last;
};

// Of East Asian Width "wide" and emoji, in blocks.
constexpr std::array<Range, 10> kWide = {{{0x1100, 0x115F},
                                          {0x2E80, 0xA4CF},
                                          {0xAC00, 0xD7A3},
                                          {0xF900, 0xFAFF},
                                          {0xFE30, 0xFE6F},
                                          {0xFF00, 0xFF60},
                                          {0xFFE0, 0xFFE6},
                                          {0x1F300, 0x1F64F},
                                          {0x1F680, 0x1F9FF},
                                          {0x20000, 0x3FFFD}}};
// Drawn onto the character before, or not at all.
constexpr std::array<Range, 6> kNoWidth = {{{0x0300, 0x036F},
                                            {0x1AB0, 0x1AFF},
                                            {0x200B, 0x200F},
                                            {0x20D0, 0x20FF},
                                            {0xFE00, 0xFE0F},
                                            {0xFEFF, 0xFEFF}}};

template <std::size_t N>
bool is_among(const std::array<Range, N>& ranges, char32_t character) {
  return std::any_of(ranges.begin(), ranges.end(), [&](const Range& range) {
    return character >= range.first && character <= range.last;
  });
}

struct Character {
  std::size_t bytes;
  std::size_t columns;
};

Character character_at(std::string_view text, std::size_t position) {
  const std::size_t length = utf8_length(text, position);
  if (length <= 1) return {1, 1};
  const char32_t character = utf8_character(text.substr(position, length));
  if (is_among(kNoWidth, character)) return {length, 0};
  return {length, is_among(kWide, character) ? std::size_t{2} : std::size_t{1}};
}

// Bytes of the longest beginning that fits.
std::size_t fitting(std::string_view text, std::size_t width) {
  std::size_t at = 0;
  std::size_t columns = 0;
  while (at < text.size()) {
    const Character next = character_at(text, at);
    if (columns + next.columns > width) break;
    columns += next.columns;
    at += next.bytes;
  }
  return at;
}

} // namespace

std::string printable(const std::string& text) {
  std::string result;
  result.reserve(text.size());
  for (std::size_t at = 0; at < text.size(); ++at) {
    const auto byte = static_cast<unsigned char>(text[at]);
    // The second half of the control characters is two bytes long.
    const bool high = byte == 0xC2 && at + 1 < text.size() &&
                      (static_cast<unsigned char>(text[at + 1]) & 0xE0U) == 0x80;
    if (high) ++at;
    result += high || byte < 0x20 || byte == 0x7F ? '?' : text[at];
  }
  return result;
}

std::size_t display_width(std::string_view text) {
  std::size_t columns = 0;
  for (std::size_t at = 0; at < text.size();) {
    const Character next = character_at(text, at);
    columns += next.columns;
    at += next.bytes;
  }
  return columns;
}

std::string cut_to_width(const std::string& text, std::size_t width, const std::string& ellipsis) {
  if (display_width(text) <= width) return text;
  const std::size_t taken = display_width(ellipsis);
  if (taken > width) return text.substr(0, fitting(text, width));
  return text.substr(0, fitting(text, width - taken)) + ellipsis;
}

std::vector<std::string> wrapped(const std::string& text, std::size_t width) {
  std::vector<std::string> lines;
  std::string_view rest = text;
  while (width > 0 && display_width(rest) > width) {
    // A word at least, and a character of it at least.
    const std::size_t most = std::max(fitting(rest, width), character_at(rest, 0).bytes);
    const std::size_t space = rest.rfind(' ', most);
    const bool between = space != std::string_view::npos && space > 0;
    lines.emplace_back(rest.substr(0, between ? space : most));
    rest.remove_prefix(between ? space + 1 : most);
  }
  if (!rest.empty() || lines.empty()) lines.emplace_back(rest);
  return lines;
}

} // namespace syncer

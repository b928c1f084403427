#include "config/gcfg_values.h"

#include <algorithm>
#include <charconv>
#include <limits>

#include "core/utf8.h"

namespace syncer {

namespace {

bool is_space(char32_t c) {
  return (c >= 0x09 && c <= 0x0d) || c == 0x20 || c == 0x85 || c == 0xa0 || c == 0x1680 ||
         (c >= 0x2000 && c <= 0x200a) || c == 0x2028 || c == 0x2029 || c == 0x202f || c == 0x205f ||
         c == 0x3000;
}

std::size_t leading_spaces(std::string_view text) {
  std::size_t size = 0;
  while (size < text.size()) {
    const std::size_t length = utf8_length(text, size);
    if (length == 0 || !is_space(utf8_character(text.substr(size, length)))) break;
    size += length;
  }
  return size;
}

// Up to the first space.
std::size_t word_size(std::string_view text) {
  std::size_t size = 0;
  while (size < text.size()) {
    const std::size_t length = std::max<std::size_t>(utf8_length(text, size), 1);
    if (leading_spaces(text.substr(size, length)) > 0) break;
    size += length;
  }
  return size;
}

// The one word of the text, if it has just one.
std::optional<std::string_view> only_word(std::string_view text) {
  text.remove_prefix(leading_spaces(text));
  const std::size_t size = word_size(text);
  if (size == 0 || leading_spaces(text.substr(size)) != text.size() - size) return std::nullopt;
  return text.substr(0, size);
}

bool grouped_well(std::string_view digits) {
  return digits.back() != '_' && digits.find("__") == std::string_view::npos;
}

} // namespace

std::optional<bool> gcfg_boolean(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  if (lower == "true" || lower == "yes" || lower == "on" || lower == "1") return true;
  if (lower == "false" || lower == "no" || lower == "off" || lower == "0") return false;
  return std::nullopt;
}

std::optional<std::int64_t> gcfg_integer(std::string_view text) {
  const std::optional<std::string_view> word = only_word(text);
  if (!word) return std::nullopt;
  std::string digits(*word);
  const bool negative = digits.starts_with('-');
  if (negative || digits.starts_with('+')) digits.erase(0, 1);
  int base = 10;
  if (!word->starts_with('+') && digits.starts_with("0x")) {
    base = 16;
    digits.erase(0, 2);
    if (digits.empty() || !grouped_well(digits)) return std::nullopt;
    std::erase(digits, '_');
  }
  std::uint64_t value = 0;
  const char* const last = digits.data() + digits.size();
  const auto [end, code] = std::from_chars(digits.data(), last, value, base);
  const auto limit = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  if (code != std::errc() || end != last || value > limit + (negative ? 1 : 0)) {
    return std::nullopt;
  }
  return static_cast<std::int64_t>(negative ? std::uint64_t{0} - value : value);
}

std::optional<std::string> gcfg_word(std::string_view text) {
  if (text.find('\n') != std::string_view::npos) return std::nullopt;
  const std::optional<std::string_view> word = only_word(text);
  if (!word) return std::nullopt;
  return std::string(*word);
}

} // namespace syncer

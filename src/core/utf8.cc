#include "core/utf8.h"

namespace syncer {

std::size_t utf8_length(std::string_view text, std::size_t position) {
  const auto byte = [&](std::size_t k) { return static_cast<unsigned char>(text[position + k]); };
  std::size_t length = 0;
  if (byte(0) < 0x80) return 1;
  if (byte(0) >= 0xc2 && byte(0) < 0xe0) length = 2;
  if (byte(0) >= 0xe0 && byte(0) < 0xf0) length = 3;
  if (byte(0) >= 0xf0 && byte(0) < 0xf5) length = 4;
  if (length == 0 || position + length > text.size()) return 0;
  for (std::size_t k = 1; k < length; ++k) {
    if ((byte(k) & 0xc0) != 0x80) return 0;
  }
  const unsigned char second = byte(1);
  const bool overlong = (byte(0) == 0xe0 && second < 0xa0) || (byte(0) == 0xf0 && second < 0x90);
  const bool beyond = (byte(0) == 0xed && second > 0x9f) || (byte(0) == 0xf4 && second > 0x8f);
  return overlong || beyond ? 0 : length;
}

char32_t utf8_character(std::string_view sequence) {
  const auto first = static_cast<unsigned char>(sequence.front());
  if (sequence.size() == 1) return first;
  char32_t character = first & (0xffU >> (sequence.size() + 1));
  for (const char c : sequence.substr(1)) {
    character = character << 6 | (static_cast<unsigned char>(c) & 0x3fU);
  }
  return character;
}

} // namespace syncer

#include "core/fingerprint.h"

namespace syncer {

namespace {
__extension__ using Wide = unsigned __int128;
} // namespace

void Fingerprint::add_byte(std::uint8_t byte) {
  const Wide prime = Wide{1} << 88 | Wide{0x13b};
  const Wide product = (Wide{high_} << 64 | Wide{low_ ^ byte}) * prime;
  high_ = static_cast<std::uint64_t>(product >> 64);
  low_ = static_cast<std::uint64_t>(product);
}

void Fingerprint::add(std::string_view text) {
  for (const char c : text) add_byte(static_cast<std::uint8_t>(c));
  for (std::size_t size = text.size(), i = 0; i < 4; ++i, size >>= 8) {
    add_byte(static_cast<std::uint8_t>(size));
  }
}

} // namespace syncer

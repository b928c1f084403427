#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace syncer {

// 128-bit FNV-1a over a sequence of texts; the borders between texts count, too.
class Fingerprint {
 public:
  void add(std::string_view text);
  bool operator==(const Fingerprint&) const = default;

 private:
  void add_byte(std::uint8_t byte);
  std::uint64_t high_ = 0x6c62272e07bb0142ULL;
  std::uint64_t low_ = 0x62b821756295c58dULL;
};

} // namespace syncer

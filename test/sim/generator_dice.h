#pragma once

#include <cstdint>
#include <cstdio>
#include <random>
#include <string>

namespace syncer::sim {

// The values of the standard engine are the same everywhere; those of its distributions are not.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : engine_(seed) {}

  std::size_t below(std::size_t end) { return static_cast<std::size_t>(engine_() % end); }
  std::string uuid() {
    const std::uint64_t high = engine_();
    const std::uint64_t low = engine_();
    char out[40];
    std::snprintf(out, sizeof out, "%08x-%04x-4%03x-8%03x-%012llx",
                  static_cast<unsigned>(high >> 32U), static_cast<unsigned>(high >> 16U & 0xffffU),
                  static_cast<unsigned>(high & 0xfffU), static_cast<unsigned>(low >> 52U),
                  static_cast<unsigned long long>(low & 0xffffffffffffULL));
    return out;
  }

 private:
  std::mt19937_64 engine_;
};

} // namespace syncer::sim

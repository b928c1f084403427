#include "cli/number_text.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace syncer {

std::string grouped(std::uint64_t number) {
  std::string text = std::to_string(number);
  for (std::size_t at = text.size(); at > 3;) {
    at -= 3;
    text.insert(at, ",");
  }
  return text;
}

std::string duration_text(double seconds) {
  if (seconds < 1) return std::to_string(std::lround(seconds * 1000)) + " ms";
  if (seconds >= 10) return std::to_string(std::lround(seconds)) + " s";
  const long tenths = std::lround(seconds * 10);
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " s";
}

std::string age_text(double seconds) {
  constexpr std::array<std::pair<double, const char*>, 3> kUnits = {
      {{86'400, " d"}, {3'600, " h"}, {60, " min"}}};
  for (const auto& [size, name] : kUnits) {
    if (seconds >= 2 * size) return std::to_string(std::lround(std::floor(seconds / size))) + name;
  }
  return std::to_string(std::lround(std::floor(std::max(0.0, seconds)))) + " s";
}

} // namespace syncer

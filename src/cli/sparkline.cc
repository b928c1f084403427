#include "cli/sparkline.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace syncer {

namespace {
constexpr std::array<const char*, 8> kBlocks = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
constexpr std::array<const char*, 8> kAscii = {"_", ".", "-", "=", "+", "*", "%", "#"};
} // namespace

std::string sparkline(const std::vector<std::optional<double>>& values, bool unicode) {
  double most = 0;
  for (const auto& value : values) most = std::max(most, value.value_or(0));
  const auto& marks = unicode ? kBlocks : kAscii;
  std::string line;
  for (const auto& value : values) {
    if (!value) {
      line += ' ';
      continue;
    }
    const double share = most > 0 ? std::clamp(*value / most, 0.0, 1.0) : 0;
    const auto level =
        static_cast<std::size_t>(std::ceil(share * static_cast<double>(marks.size())));
    line += marks[level == 0 ? 0 : level - 1];
  }
  return line;
}

const char* sparkline_top(bool unicode) { return unicode ? kBlocks.back() : kAscii.back(); }

} // namespace syncer

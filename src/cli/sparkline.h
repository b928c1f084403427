#pragma once

#include <optional>
#include <string>
#include <vector>

namespace syncer {

// One character per value, as high as its share of the greatest, which is `sparkline_top`; a blank
// where there is none.
std::string sparkline(const std::vector<std::optional<double>>& values, bool unicode);
// The highest character.
const char* sparkline_top(bool unicode);

} // namespace syncer

#pragma once

#include <cstdint>
#include <string>

namespace syncer {

// "25,000".
std::string grouped(std::uint64_t number);

// "38 ms", "1.2 s", "61 s": how long something took.
std::string duration_text(double seconds);

// "3 s", "5 min", "2 h", "4 d", rounded down: how long something has lasted.
std::string age_text(double seconds);

} // namespace syncer

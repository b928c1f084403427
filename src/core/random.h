#pragma once

#include <functional>

namespace syncer {

// Chance as a parameter: each call gives the next value of [0, 1). Seeded in daemon.cc, scripted in
// tests.
using Random = std::function<double()>;

} // namespace syncer

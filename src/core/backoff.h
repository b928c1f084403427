#pragma once

#include <algorithm>
#include <cstdint>

#include "core/clock.h"

namespace syncer {

// Exponential delays. `jitter` in [0, 1) is the caller's, so that tests can foretell the result.
struct Backoff {
  Clock::duration first = std::chrono::milliseconds(500);
  Clock::duration cap = std::chrono::minutes(5);

  // The delay after `failures` failures in a row (1 for the first): between the step and 1.5 times
  // it.
  Clock::duration after(std::uint32_t failures, double jitter) const {
    Clock::duration step = first;
    for (std::uint32_t i = 1; i < failures && step < cap; ++i) step *= 2;
    step = std::min(step, cap);
    return step + std::chrono::duration_cast<Clock::duration>(step * 0.5 * jitter);
  }
};

} // namespace syncer

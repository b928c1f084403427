#pragma once

#include <algorithm>
#include <optional>

#include "core/clock.h"

namespace syncer {

// Lets at most `rate` writes a second through, with bursts of a tenth of a second's worth (at least
// one). Rate 0 means no limit. Time is passed in.
class Pacer {
 public:
  explicit Pacer(double rate) : rate_(rate), burst_(std::max(1.0, rate / 10)), tokens_(burst_) {}

  bool ready(Clock::time_point now) {
    refill(now);
    return rate_ <= 0 || tokens_ >= 1;
  }
  void spend(Clock::time_point now) {
    refill(now);
    tokens_ -= 1;
  }
  // When `ready` turns true if nothing is spent; nothing if it is now.
  std::optional<Clock::time_point> ready_at(Clock::time_point now) {
    if (ready(now)) return std::nullopt;
    const std::chrono::duration<double> missing((1 - tokens_) / rate_);
    return now + std::chrono::ceil<Clock::duration>(missing);
  }

 private:
  void refill(Clock::time_point now) {
    if (rate_ <= 0) return;
    if (last_) {
      const std::chrono::duration<double> passed = now - *last_;
      tokens_ = std::min(burst_, tokens_ + passed.count() * rate_);
    }
    last_ = now;
  }

  double rate_;
  double burst_;
  double tokens_;
  std::optional<Clock::time_point> last_;
};

} // namespace syncer

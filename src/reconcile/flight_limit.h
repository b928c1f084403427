#pragma once

#include <array>
#include <cstdint>

#include "core/clock.h"

namespace syncer {

// How many writes may be under way at once. Starts at half of `max`, grows by one for each limit's
// worth of acknowledged writes, halves on a failure of vCenter, on a lost call, and when the
// smoothed latency exceeds twice the median of the last 10 minutes and 100 ms. Never below 1. Time
// is passed in.
class FlightLimit {
 public:
  explicit FlightLimit(std::size_t max);

  std::size_t limit() const { return limit_; }
  void acknowledged(Clock::duration latency, Clock::time_point now);
  void failed(Clock::time_point now);
  std::uint64_t halvings() const { return halvings_; } // ever

 private:
  static constexpr std::size_t kMinutes = 10;
  static constexpr std::size_t kBuckets = 64;
  using Histogram = std::array<std::uint32_t, kBuckets>;

  void halve(Clock::time_point now);
  void record(double seconds, Clock::time_point now);
  double median() const; // 0 while there are too few samples to tell

  std::size_t max_;
  std::size_t limit_;
  std::size_t since_growth_ = 0;
  double smoothed_ = 0;
  std::uint64_t halvings_ = 0;
  Clock::time_point last_halved_{};
  std::int64_t minute_ = 0;
  std::array<Histogram, kMinutes> minutes_{};
};

} // namespace syncer

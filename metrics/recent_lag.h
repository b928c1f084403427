#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <optional>

namespace syncer {

// How long changes took to reach CNS in the last hour, minute by minute. Of constant size: a
// percentile is the upper edge of a bucket, a quarter above the true value at most.
class RecentLag {
 public:
  static constexpr std::size_t kMinutes = 60;
  struct Minute {
    std::uint64_t changes = 0;
    double p50 = 0; // seconds; 0 without changes
    double p99 = 0;
  };

  void add(double seconds);
  // To be called once a minute, also when nothing happened.
  void close_minute();
  // The oldest first; without the one that runs.
  const std::deque<Minute>& minutes() const { return minutes_; }
  // Of the change that reached CNS last.
  std::optional<double> last() const { return last_; }

 private:
  // Buckets whose edges grow by 2^(1/3): from 0.1 ms to about 20 minutes.
  static constexpr std::size_t kBuckets = 72;
  double percentile(double share) const;

  std::array<std::uint32_t, kBuckets> buckets_{};
  std::uint64_t count_ = 0;
  std::deque<Minute> minutes_;
  std::optional<double> last_;
};

} // namespace syncer

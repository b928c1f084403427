#include "reconcile/flight_limit.h"

#include <algorithm>
#include <cmath>

namespace syncer {

namespace {

// One bad moment fails many calls at once: it counts once.
constexpr std::chrono::seconds kHalvingPause{1};
constexpr std::uint64_t kEnoughSamples = 100;
constexpr double kSmoothing = 1.0 / 32;
// Of a quick vCenter twice the usual latency is chance, and no burden.
constexpr double kNeverSlow = 0.1;
// Buckets grow by a factor of 1.25 from 0.1 ms: the last one begins at about two minutes.
constexpr double kFirstBucket = 1e-4;
constexpr double kGrowth = 1.25;

std::size_t bucket(double seconds, std::size_t count) {
  if (seconds <= kFirstBucket) return 0;
  const double index = std::log(seconds / kFirstBucket) / std::log(kGrowth);
  return std::min(count - 1, static_cast<std::size_t>(index));
}

} // namespace

FlightLimit::FlightLimit(std::size_t max)
    : max_(std::max<std::size_t>(1, max)), limit_(std::max<std::size_t>(1, max / 2)) {}

void FlightLimit::halve(Clock::time_point now) {
  since_growth_ = 0;
  if (now - last_halved_ < kHalvingPause) return;
  last_halved_ = now;
  ++halvings_;
  limit_ = std::max<std::size_t>(1, limit_ / 2);
}

void FlightLimit::record(double seconds, Clock::time_point now) {
  const auto minute =
      std::chrono::duration_cast<std::chrono::minutes>(now.time_since_epoch()).count();
  constexpr auto kKept = static_cast<std::int64_t>(kMinutes);
  minute_ = std::max(minute_, minute - kKept);
  while (minute_ < minute) minutes_[static_cast<std::size_t>(++minute_) % kMinutes].fill(0);
  ++minutes_[static_cast<std::size_t>(minute_) % kMinutes][bucket(seconds, kBuckets)];
}

double FlightLimit::median() const {
  Histogram sum{};
  std::uint64_t total = 0;
  for (const Histogram& minute : minutes_) {
    for (std::size_t i = 0; i < kBuckets; ++i) {
      sum[i] += minute[i];
      total += minute[i];
    }
  }
  if (total < kEnoughSamples) return 0;
  std::uint64_t seen = 0;
  std::size_t index = 0;
  while (index < kBuckets && (seen += sum[index]) * 2 < total) ++index;
  return kFirstBucket * std::pow(kGrowth, static_cast<double>(index) + 0.5);
}

void FlightLimit::acknowledged(Clock::duration latency, Clock::time_point now) {
  const double seconds = std::chrono::duration<double>(latency).count();
  smoothed_ = smoothed_ == 0 ? seconds : smoothed_ + kSmoothing * (seconds - smoothed_);
  record(seconds, now);
  if (++since_growth_ < limit_) return;
  since_growth_ = 0;
  const double normal = median();
  if (normal > 0 && smoothed_ > std::max(2 * normal, kNeverSlow)) {
    halve(now);
  } else if (limit_ < max_) {
    ++limit_;
  }
}

void FlightLimit::failed(Clock::time_point now) { halve(now); }

} // namespace syncer

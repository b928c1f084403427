#include "metrics/recent_lag.h"

#include <algorithm>
#include <cmath>

namespace syncer {

namespace {

constexpr double kFirstEdge = 0.0001; // seconds
constexpr double kPerDoubling = 3;

double edge(std::size_t bucket) {
  return kFirstEdge * std::exp2(static_cast<double>(bucket) / kPerDoubling);
}

} // namespace

void RecentLag::add(double seconds) {
  last_ = seconds;
  std::size_t bucket = 0;
  while (bucket + 1 < kBuckets && seconds > edge(bucket)) ++bucket;
  ++buckets_[bucket];
  ++count_;
}

double RecentLag::percentile(double share) const {
  if (count_ == 0) return 0;
  const auto wanted = static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(count_)));
  std::uint64_t seen = 0;
  for (std::size_t bucket = 0; bucket < kBuckets; ++bucket) {
    seen += buckets_[bucket];
    if (seen >= wanted) return edge(bucket);
  }
  return edge(kBuckets - 1);
}

void RecentLag::close_minute() {
  minutes_.push_back({count_, percentile(0.5), percentile(0.99)});
  if (minutes_.size() > kMinutes) minutes_.pop_front();
  buckets_.fill(0);
  count_ = 0;
}

} // namespace syncer

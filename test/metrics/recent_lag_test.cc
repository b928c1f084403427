#include "metrics/recent_lag.h"

#include <gtest/gtest.h>

namespace syncer {
namespace {

TEST(RecentLag, PercentilesAreAtMostAQuarterTooHigh) {
  RecentLag lag;
  for (int i = 1; i <= 1000; ++i) lag.add(i * 0.001);

  lag.close_minute();

  const RecentLag::Minute& minute = lag.minutes().back();
  EXPECT_EQ(minute.changes, 1000u);
  EXPECT_GE(minute.p50, 0.5);
  EXPECT_LE(minute.p50, 0.5 * 1.27);
  EXPECT_GE(minute.p99, 0.99);
  EXPECT_LE(minute.p99, 0.99 * 1.27);
}

TEST(RecentLag, AMinuteKnowsNothingOfTheOneBefore) {
  RecentLag lag;
  lag.add(100);
  lag.close_minute();
  lag.add(0.01);
  lag.close_minute();
  lag.close_minute();

  ASSERT_EQ(lag.minutes().size(), 3u);
  EXPECT_LT(lag.minutes()[1].p99, 0.02);
  EXPECT_EQ(lag.minutes()[2].changes, 0u);
  EXPECT_EQ(lag.minutes()[2].p50, 0);
}

TEST(RecentLag, AnHourIsKeptAndNoMore) {
  RecentLag lag;
  for (std::size_t i = 0; i < 2 * RecentLag::kMinutes; ++i) {
    lag.add(static_cast<double>(i));
    lag.close_minute();
  }

  EXPECT_EQ(lag.minutes().size(), RecentLag::kMinutes);
  EXPECT_GE(lag.minutes().front().p50, 60);
}

TEST(RecentLag, WhatIsBeyondTheLastBucketIsCountedThere) {
  RecentLag lag;
  lag.add(1e9);
  lag.add(0);
  lag.close_minute();

  EXPECT_EQ(lag.minutes().back().changes, 2u);
  EXPECT_EQ(lag.last(), 0);
}

} // namespace
} // namespace syncer

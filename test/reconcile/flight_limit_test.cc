#include "reconcile/flight_limit.h"

#include <gtest/gtest.h>

namespace syncer {
namespace {

using namespace std::chrono_literals;

class FlightLimitTest : public testing::Test {
 protected:
  void acknowledge(int times, Clock::duration latency = 100ms) {
    for (int i = 0; i < times; ++i) limit.acknowledged(latency, now);
  }
  void fail() { limit.failed(now); }

  Clock::time_point now{std::chrono::hours(1000)};
  FlightLimit limit{64};
};

TEST_F(FlightLimitTest, StartsAtHalf) { EXPECT_EQ(limit.limit(), 32u); }

TEST_F(FlightLimitTest, GrowsByOneForEachLimitsWorthOfWrites) {
  acknowledge(31);
  EXPECT_EQ(limit.limit(), 32u);
  acknowledge(1);
  EXPECT_EQ(limit.limit(), 33u);
  acknowledge(32);
  EXPECT_EQ(limit.limit(), 33u);
  acknowledge(1);
  EXPECT_EQ(limit.limit(), 34u);
}

TEST_F(FlightLimitTest, NeverExceedsTheMaximum) {
  acknowledge(10'000);

  EXPECT_EQ(limit.limit(), 64u);
}

TEST_F(FlightLimitTest, HalvesOnAFailure) {
  fail();

  EXPECT_EQ(limit.limit(), 16u);
}

TEST_F(FlightLimitTest, OneBadMomentCountsOnce) {
  for (int i = 0; i < 30; ++i) fail();
  EXPECT_EQ(limit.limit(), 16u);

  now += 999ms;
  fail();
  EXPECT_EQ(limit.limit(), 16u);

  now += 1ms;
  fail();
  EXPECT_EQ(limit.limit(), 8u);
}

TEST_F(FlightLimitTest, NeverGoesBelowOne) {
  for (int i = 0; i < 20; ++i, now += 2s) fail();

  EXPECT_EQ(limit.limit(), 1u);
  acknowledge(1);
  EXPECT_EQ(limit.limit(), 2u);
}

TEST_F(FlightLimitTest, AFailureStartsTheCountForGrowthAgain) {
  acknowledge(31);
  fail();
  acknowledge(15);

  EXPECT_EQ(limit.limit(), 16u);
}

TEST_F(FlightLimitTest, SlownessOfTwiceTheMedianHalves) {
  acknowledge(3000);
  const std::size_t before = limit.limit();
  now += 2s;

  acknowledge(200, 250ms);

  EXPECT_LT(limit.limit(), before);
}

TEST_F(FlightLimitTest, SlownessBelowTwiceTheMedianDoesNot) {
  acknowledge(3000);
  now += 2s;

  acknowledge(200, 170ms);

  EXPECT_EQ(limit.limit(), 64u);
}

TEST_F(FlightLimitTest, AQuickVCenterIsNeverSlow) {
  acknowledge(3000, 2ms);
  now += 2s;

  acknowledge(500, 50ms);

  EXPECT_EQ(limit.limit(), 64u);
}

TEST_F(FlightLimitTest, OneSlowWriteIsNotSlowness) {
  acknowledge(3000);
  now += 2s;

  acknowledge(1, 1000ms);
  acknowledge(63);

  EXPECT_EQ(limit.limit(), 64u);
}

TEST_F(FlightLimitTest, TenMinutesMakeTheSlowOneNormal) {
  acknowledge(3000);
  for (int minute = 0; minute < 12; ++minute, now += 1min) acknowledge(500, 400ms);

  acknowledge(5000, 400ms);

  EXPECT_EQ(limit.limit(), 64u);
}

TEST_F(FlightLimitTest, LatencyFarBeyondTheScaleIsStillCounted) {
  acknowledge(100);
  now += 2s;

  acknowledge(200, 1h);

  EXPECT_LT(limit.limit(), 32u);
}

TEST(FlightLimit, OfOneOrNoneIsOne) {
  EXPECT_EQ(FlightLimit(1).limit(), 1u);
  EXPECT_EQ(FlightLimit(0).limit(), 1u);
}

} // namespace
} // namespace syncer

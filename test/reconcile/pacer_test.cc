#include "reconcile/pacer.h"

#include <gtest/gtest.h>

namespace syncer {
namespace {

using namespace std::chrono_literals;

constexpr Clock::time_point kStart{std::chrono::hours(1000)};

// How many writes get through in `time` if each is made as soon as the pacer allows.
int let_through(Pacer& pacer, Clock::duration time) {
  int count = 0;
  Clock::time_point now = kStart;
  while (now < kStart + time) {
    if (const auto wait = pacer.ready_at(now)) {
      EXPECT_GT(*wait, now);
      now = *wait;
      continue;
    }
    pacer.spend(now);
    ++count;
  }
  return count;
}

TEST(Pacer, BeginsWithABurstOfATenthOfASecond) {
  Pacer pacer(100);
  for (int i = 0; i < 10; ++i) {
    EXPECT_TRUE(pacer.ready(kStart));
    pacer.spend(kStart);
  }

  EXPECT_FALSE(pacer.ready(kStart));
  EXPECT_EQ(pacer.ready_at(kStart), kStart + 10ms);
}

TEST(Pacer, KeepsTheRate) {
  Pacer pacer(20);

  const int count = let_through(pacer, 10s);

  EXPECT_GE(count, 200);
  EXPECT_LE(count, 203);
}

TEST(Pacer, RateBelowOnePerSecondStillLetsOneThrough) {
  Pacer pacer(0.5);
  EXPECT_TRUE(pacer.ready(kStart));
  pacer.spend(kStart);

  EXPECT_EQ(pacer.ready_at(kStart), kStart + 2s);
  EXPECT_FALSE(pacer.ready(kStart + 1999ms));
  EXPECT_TRUE(pacer.ready(kStart + 2s));
}

TEST(Pacer, SavesUpNoMoreThanOneBurst) {
  Pacer pacer(100);
  pacer.spend(kStart);
  int count = 0;
  for (; pacer.ready(kStart + 1h); ++count) pacer.spend(kStart + 1h);

  EXPECT_EQ(count, 10);
}

TEST(Pacer, RateZeroIsNoLimit) {
  Pacer pacer(0);
  for (int i = 0; i < 1000; ++i) pacer.spend(kStart);

  EXPECT_TRUE(pacer.ready(kStart));
  EXPECT_FALSE(pacer.ready_at(kStart));
}

} // namespace
} // namespace syncer

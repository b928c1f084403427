#include "reconcile/outage.h"

#include <gtest/gtest.h>

namespace syncer {
namespace {

using namespace std::chrono_literals;

const Clock::time_point kStart{1h};

TEST(Outage, TheFirstFailureIsNewsAndPausesAll) {
  Outage outage;

  EXPECT_TRUE(outage.failed(kStart, 0));
  EXPECT_EQ(outage.until(), kStart + 500ms);
}

TEST(Outage, WhatFailsWithinThePauseCountsOnce) {
  Outage outage;
  outage.failed(kStart, 0);

  EXPECT_FALSE(outage.failed(kStart + 100ms, 0));
  EXPECT_EQ(outage.until(), kStart + 500ms);
}

TEST(Outage, PausesGrowUpToFiveSeconds) {
  Outage outage;
  Clock::time_point now = kStart;
  for (const auto pause : {500ms, 1000ms, 2000ms, 4000ms, 5000ms, 5000ms}) {
    EXPECT_TRUE(outage.failed(now, 0));
    EXPECT_EQ(outage.until(), now + pause);
    now = outage.until();
  }
}

TEST(Outage, AnAnswerEndsItOnce) {
  Outage outage;
  outage.failed(kStart, 0);

  EXPECT_TRUE(outage.answered());
  EXPECT_FALSE(outage.answered());
  EXPECT_LE(outage.until(), kStart);
}

TEST(Outage, WithoutASessionThePauseIsShortAndItIsNewsOnce) {
  Outage outage;
  Clock::time_point now = kStart;

  EXPECT_TRUE(outage.without_session(now));
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(outage.until(), now + 1s);
    EXPECT_FALSE(outage.without_session(now + 999ms));
    now += 1s;
    EXPECT_FALSE(outage.without_session(now));
  }
  EXPECT_TRUE(outage.answered());
  EXPECT_TRUE(outage.without_session(now));
}

} // namespace
} // namespace syncer

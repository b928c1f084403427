#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <initializer_list>
#include <sstream>

#include "core/asio_clock.h"
#include "core/backoff.h"
#include "core/fingerprint.h"
#include "core/leadership.h"
#include "core/secret.h"

namespace syncer {
namespace {

using namespace std::chrono_literals;

Fingerprint of(std::initializer_list<std::string_view> texts) {
  Fingerprint result;
  for (const std::string_view text : texts) result.add(text);
  return result;
}

TEST(Fingerprint, EqualTextsAreEqual) {
  EXPECT_EQ(of({"app", "db"}), of({"app", "db"}));
  EXPECT_EQ(of({}), Fingerprint());
}

TEST(Fingerprint, BordersBetweenTextsCount) {
  const Fingerprint whole = of({"ab", "c"});

  EXPECT_FALSE(whole == of({"a", "bc"}));
  EXPECT_FALSE(whole == of({"abc"}));
  EXPECT_FALSE(whole == of({"ab", "c", ""}));
  EXPECT_FALSE(whole == of({"", "ab", "c"}));
  EXPECT_FALSE(of({}) == of({""}));
  EXPECT_FALSE(of({""}) == of({"", ""}));
}

TEST(Fingerprint, OrderCounts) { EXPECT_FALSE(of({"a", "b"}) == of({"b", "a"})); }

TEST(Fingerprint, LengthOfALongTextCountsBeyondOneByte) {
  // The border is made of the length: a text that imitates it must not pass for two.
  const std::string zeros(256, '\0');
  EXPECT_FALSE(of({zeros}) == of({zeros.substr(0, 0)}));
  EXPECT_FALSE(of({zeros, ""}) == of({"", zeros}));
}

TEST(Backoff, DoublesUpToTheCap) {
  const Backoff backoff{500ms, 8s};

  EXPECT_EQ(backoff.after(1, 0), 500ms);
  EXPECT_EQ(backoff.after(2, 0), 1s);
  EXPECT_EQ(backoff.after(3, 0), 2s);
  EXPECT_EQ(backoff.after(5, 0), 8s);
  EXPECT_EQ(backoff.after(6, 0), 8s);
  EXPECT_EQ(backoff.after(4'000'000'000, 0), 8s);
}

TEST(Backoff, JitterAddsAtMostHalf) {
  const Backoff backoff{500ms, 8s};

  EXPECT_EQ(backoff.after(1, 0.5), 625ms);
  EXPECT_EQ(backoff.after(2, 1.0), 1500ms);
  EXPECT_EQ(backoff.after(9, 1.0), 12s);
}

TEST(Backoff, FirstBeyondTheCapIsTheCap) {
  const Backoff backoff{1min, 10s};

  EXPECT_EQ(backoff.after(1, 0), 10s);
}

TEST(Secret, IsNeverPrinted) {
  const Secret secret("hunter2");
  std::ostringstream out;
  out << secret << ' ' << testing::PrintToString(secret);

  EXPECT_EQ(out.str(), "*** ***");
  EXPECT_EQ(secret.reveal(), "hunter2");
}

TEST(Secret, EmptyOneLooksLikeAnyOther) {
  std::ostringstream out;
  out << Secret();

  EXPECT_EQ(out.str(), "***");
  EXPECT_TRUE(Secret().empty());
  EXPECT_EQ(Secret("a"), Secret("a"));
  EXPECT_FALSE(Secret("a") == Secret("b"));
}

TEST(Moments, WhatPassedIsTheLargerAdvanceOfTheTwoClocks) {
  const Clock::Moment start{100s, 5000s};

  EXPECT_EQ(passed(start, {103s, 5003s}), 3s);
  EXPECT_EQ(passed(start, {103s, 5060s}), 60s);
  EXPECT_EQ(passed(start, {103s, 1000s}), 3s);
}

TEST(Moments, TheRealOnesCountWhatTheMachineSlept) {
  asio::io_context io;
  const AsioClock clock(io.get_executor());
  const Clock::time_point running = clock.now();

  EXPECT_GE(clock.moment().since_boot, running.time_since_epoch());
}

TEST(AlwaysLeader, MayWriteForAnyTimeInTermOne) {
  const AlwaysLeader leader;

  EXPECT_TRUE(leader.may_write(24h));
  EXPECT_EQ(leader.term(), 1u);
  EXPECT_EQ(leader.write_budget(), 10s);
}

} // namespace
} // namespace syncer

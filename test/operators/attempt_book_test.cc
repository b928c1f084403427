#include "operators/attempt_book.h"

#include <gmock/gmock.h>

namespace syncer {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr Backoff kBackoff{1s, 5min};

class AttemptBookTest : public testing::Test {
 protected:
  AttemptBook book{kBackoff, {3, 2}};
  Clock::time_point now{1000h};
};

TEST_F(AttemptBookTest, WhatIsWantedStartsOnceAndSuccessEndsIt) {
  book.want("a", now);
  book.want("a", now);
  EXPECT_THAT(book.start_due(now), ElementsAre("a"));
  EXPECT_THAT(book.start_due(now), IsEmpty());

  book.succeeded("a", now);

  EXPECT_THAT(book.start_due(now + 1h), IsEmpty());
  EXPECT_EQ(book.next_due(now), Clock::time_point::max());
}

TEST_F(AttemptBookTest, FailuresAreOneSecondApartThenTwiceAsMuchUpToFiveMinutes) {
  book.want("a", now);
  for (const Clock::duration pause :
       std::vector<Clock::duration>{1s, 2s, 4s, 8s, 16s, 32s, 64s, 128s, 256s, 300s, 300s}) {
    ASSERT_THAT(book.start_due(now), ElementsAre("a"));
    book.failed("a", now, 0.0);
    ASSERT_EQ(book.next_due(now), now + pause);
    EXPECT_THAT(book.start_due(now + pause - 1ms), IsEmpty());
    now += pause;
  }
}

TEST_F(AttemptBookTest, WantedWhileItRunsMeansOnceMoreAtOnce) {
  book.want("a", now);
  book.start_due(now);
  book.want("a", now);
  EXPECT_THAT(book.start_due(now), IsEmpty());

  book.failed("a", now, 0.0);

  EXPECT_THAT(book.start_due(now), ElementsAre("a"));
  EXPECT_EQ(book.failures("a"), 1u);
  book.want("a", now);
  book.succeeded("a", now);
  EXPECT_EQ(book.failures("a"), 0u);
  EXPECT_THAT(book.start_due(now), ElementsAre("a"));
}

TEST_F(AttemptBookTest, LimitHoldsAndRetriesLeaveRoom) {
  for (const char* key : {"a", "b", "c", "d"}) book.want(key, now);
  EXPECT_THAT(book.start_due(now), ElementsAre("a", "b", "c"));
  for (const char* key : {"a", "b", "c"}) book.failed(key, now, 0.0);

  now += 1s;

  EXPECT_THAT(book.start_due(now), ElementsAre("a", "b", "d"));
  book.failed("a", now, 0.0);
  EXPECT_THAT(book.start_due(now), ElementsAre("c"));
}

TEST_F(AttemptBookTest, ForgottenAttemptChangesNothing) {
  book.want("a", now);
  book.start_due(now);
  book.forget("a");
  EXPECT_TRUE(book.running("a"));

  book.failed("a", now, 0.0);

  EXPECT_THAT(book.start_due(now + 1h), IsEmpty());
}

TEST_F(AttemptBookTest, ForgottenAndWantedAnewWaitsForTheOldAttemptOnly) {
  book.want("a", now);
  book.start_due(now);
  book.forget("a");
  book.want("a", now);
  EXPECT_THAT(book.start_due(now), IsEmpty());

  book.failed("a", now, 0.0);

  EXPECT_EQ(book.failures("a"), 0u);
  EXPECT_THAT(book.start_due(now), ElementsAre("a"));
}

TEST_F(AttemptBookTest, PostponedIsNoFailure) {
  book.want("a", now);
  book.start_due(now);

  book.postponed("a", now + 7s);

  EXPECT_EQ(book.next_due(now), now + 7s);
  EXPECT_EQ(book.failures("a"), 0u);
  EXPECT_THAT(book.start_due(now + 7s), ElementsAre("a"));
}

} // namespace
} // namespace syncer

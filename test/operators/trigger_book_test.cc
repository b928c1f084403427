#include "operators/trigger_book.h"

#include <gtest/gtest.h>

#include <limits>

namespace syncer {
namespace {

using Verdict = TriggerBook::Verdict;

TriggerObject object(std::int64_t id, std::int64_t last, bool in_progress = false) {
  TriggerObject made;
  made.id = id;
  made.status.last_id = last;
  made.status.in_progress = in_progress;
  return made;
}

// Triggered n times, all of them done.
TriggerBook done(std::int64_t last) {
  TriggerBook book;
  EXPECT_EQ(book.look(object(last, last)), Verdict::kNothing);
  return book;
}

TEST(TriggerBook, TheIdAfterTheLastIsARequest) {
  TriggerBook book = done(4);

  EXPECT_EQ(book.look(object(5, 4)), Verdict::kAccepted);

  EXPECT_TRUE(book.due());
  EXPECT_TRUE(book.status().in_progress);
  EXPECT_EQ(book.status().last_id, 5);
}

TEST(TriggerBook, ZeroAndTheLastIdAreNoRequest) {
  TriggerBook book = done(4);

  EXPECT_EQ(book.look(object(0, 4)), Verdict::kNothing);
  EXPECT_EQ(book.look(object(4, 4)), Verdict::kNothing);

  EXPECT_TRUE(book.idle());
}

TEST(TriggerBook, AnyOtherIdIsInvalidAndChangesNothing) {
  for (const std::int64_t id : {std::int64_t{1}, std::int64_t{3}, std::int64_t{6}, std::int64_t{-1},
                                std::numeric_limits<std::int64_t>::max()}) {
    TriggerBook book = done(4);

    EXPECT_EQ(book.look(object(id, 4)), Verdict::kInvalid) << id;

    EXPECT_TRUE(book.idle()) << id;
    EXPECT_EQ(book.status().last_id, 4) << id;
  }
}

TEST(TriggerBook, ARightIdIsTakenAfterAWrongOne) {
  TriggerBook book = done(4);
  EXPECT_EQ(book.look(object(9, 4)), Verdict::kInvalid);

  EXPECT_EQ(book.look(object(5, 4)), Verdict::kAccepted);
}

TEST(TriggerBook, OurOwnRequestTakesTheNextId) {
  TriggerBook book = done(4);

  EXPECT_EQ(book.request(), 5);

  EXPECT_TRUE(book.due());
}

TEST(TriggerBook, ThereIsAnIdAfterTheLargest) {
  TriggerBook book = done(std::numeric_limits<std::int64_t>::max());

  EXPECT_EQ(book.request(), 1);
}

TEST(TriggerBook, ASuccessHasAllTimesAndNoError) {
  TriggerBook book = done(4);
  book.request();
  book.began("t1");

  book.ended("t2", "");

  const TriggerStatus& status = book.status();
  EXPECT_FALSE(status.in_progress);
  EXPECT_EQ(status.run_start + status.run_end, "t1t2");
  EXPECT_EQ(status.succeeded_start + status.succeeded_end, "t1t2");
  EXPECT_EQ(status.error, "");
}

TEST(TriggerBook, AFailureKeepsTheTimesOfTheLastSuccess) {
  TriggerBook book = done(4);
  book.request();
  book.began("t1");
  book.ended("t2", "");
  book.request();
  book.began("t3");

  book.ended("t4", "vc-1: down");

  const TriggerStatus& status = book.status();
  EXPECT_EQ(status.succeeded_start + status.succeeded_end, "t1t2");
  EXPECT_EQ(status.run_start + status.run_end, "t3t4");
  EXPECT_EQ(status.error, "Full sync failed for triggerSyncID: 6 with error: vc-1: down");
}

TEST(TriggerBook, ASuccessClearsTheErrorBefore) {
  TriggerBook book = done(4);
  book.request();
  book.began("t1");
  book.ended("t2", "down");
  book.request();
  book.began("t3");

  book.ended("t4", "");

  EXPECT_EQ(book.status().error, "");
}

TEST(TriggerBook, RequestsDuringARunLeadToOneMore) {
  TriggerBook book = done(4);
  book.request();
  book.began("t1");

  EXPECT_EQ(book.look(object(6, 5)), Verdict::kAccepted);
  EXPECT_EQ(book.look(object(7, 6)), Verdict::kAccepted);
  EXPECT_FALSE(book.due());
  book.ended("t2", "");

  EXPECT_TRUE(book.status().in_progress);
  EXPECT_TRUE(book.due());
  book.began("t3");
  EXPECT_EQ(book.run_id(), 7);
  book.ended("t4", "");
  EXPECT_TRUE(book.idle());
}

TEST(TriggerBook, ARunThatSomebodyElseBeganIsBegunAgain) {
  TriggerBook book;

  EXPECT_EQ(book.look(object(4, 4, true)), Verdict::kNothing);

  EXPECT_TRUE(book.due());
  EXPECT_EQ(book.status().last_id, 4);
}

TEST(TriggerBook, WhatOthersSayInTheStatusCountsOnlyTheFirstTime) {
  TriggerBook book = done(4);

  EXPECT_EQ(book.look(object(4, 2, true)), Verdict::kNothing);

  EXPECT_EQ(book.status().last_id, 4);
  EXPECT_FALSE(book.status().in_progress);
}

TEST(TriggerBook, AnObjectMadeAnewBeginsAnew) {
  TriggerBook book = done(4);

  book.forget();
  EXPECT_FALSE(book.idle());
  EXPECT_EQ(book.look(object(1, 0)), Verdict::kAccepted);

  EXPECT_EQ(book.status().last_id, 1);
}

} // namespace
} // namespace syncer

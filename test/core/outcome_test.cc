#include "core/outcome.h"

#include <gtest/gtest.h>

#include <memory>
#include <set>

namespace syncer {
namespace {

Error not_found() { return Error{ErrorKind::kNotFound, "no such volume", true}; }

TEST(Outcome, HoldsAValue) {
  const Outcome<std::string> outcome("answer");

  ASSERT_TRUE(outcome);
  EXPECT_EQ(*outcome, "answer");
  EXPECT_EQ(outcome->size(), 6u);
}

TEST(Outcome, HoldsAnError) {
  const Outcome<std::string> outcome(not_found());

  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(outcome.error().detail, "no such volume");
  EXPECT_TRUE(outcome.error().unsent);
}

TEST(Outcome, WithoutAValueTypeMeansDone) { EXPECT_TRUE(Outcome<>()); }

TEST(Outcome, GivesAwayWhatCanOnlyBeMoved) {
  Outcome<std::unique_ptr<int>> outcome(std::make_unique<int>(7));

  const std::unique_ptr<int> moved = std::move(*outcome);

  EXPECT_EQ(*moved, 7);
}

TEST(OutcomeDeathTest, ReadingTheMissingSideAborts) {
  const Outcome<int> failed(not_found());
  const Outcome<int> good(1);

  EXPECT_DEATH(static_cast<void>(failed.value()), "");
  EXPECT_DEATH(static_cast<void>(good.error()), "");
}

TEST(Error, MayHaveHappenedUnlessSaidOtherwise) { EXPECT_FALSE(Error().unsent); }

TEST(Error, ContextGoesInFrontAndKeepsTheRest) {
  const Error error = in_context("update vol-1", in_context("login", not_found()));

  EXPECT_EQ(error.detail, "update vol-1: login: no such volume");
  EXPECT_EQ(error.kind, ErrorKind::kNotFound);
  EXPECT_TRUE(error.unsent);
}

TEST(Error, EveryKindHasItsOwnName) {
  std::set<std::string> names;
  for (const ErrorKind kind :
       {ErrorKind::kTransient, ErrorKind::kUnauthenticated, ErrorKind::kStale, ErrorKind::kNotFound,
        ErrorKind::kRejected, ErrorKind::kCancelled}) {
    names.insert(to_string(kind));
  }

  EXPECT_EQ(names, (std::set<std::string>{"transient", "unauthenticated", "stale", "not_found",
                                          "rejected", "cancelled"}));
}

} // namespace
} // namespace syncer

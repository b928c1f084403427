#include "reconcile/conflict.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fakes/kube_builders.h"

namespace syncer {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr Clock::time_point kStart{hours(1000)};

const std::vector<EntityRef> kOurs{pv_ref("pv-1"), claim_ref("data")};
const std::vector<CnsEntity> kOurEntities{pv_entity("pv-1"), claim_entity("data", "pv-1")};
const std::vector<CnsEntity> kTheirEntities{pv_entity("pv-theirs"), claim_entity("data", "pv-1")};

// -- whose names

TEST(ForeignNames, WhatWeNeitherWroteNorWantIsAnotherWriters) {
  EXPECT_THAT(foreign_names(kTheirEntities, kOurs, kOurs), ElementsAre(pv_ref("pv-theirs")));
  EXPECT_THAT(foreign_names({claim_entity("theirs", "pv-1")}, kOurs, kOurs),
              ElementsAre(claim_ref("theirs")));
}

TEST(ForeignNames, WithoutAnAcknowledgedWriteNothingCanBeTold) {
  EXPECT_THAT(foreign_names(kTheirEntities, {}, kOurs), IsEmpty());
}

TEST(ForeignNames, ARenamedPvIsDrift) {
  EXPECT_THAT(foreign_names(kOurEntities, kOurs, {pv_ref("pv-renamed"), claim_ref("data")}),
              IsEmpty());
}

TEST(ForeignNames, ARestoredPvIsDrift) {
  // Another actor of this cluster, or a late task of ours, has written what is wanted by now.
  EXPECT_THAT(foreign_names({pv_entity("pv-restored")}, kOurs, {pv_ref("pv-restored")}), IsEmpty());
}

TEST(ForeignNames, MissingEntitiesAreDrift) {
  EXPECT_THAT(foreign_names({}, kOurs, kOurs), IsEmpty());
  EXPECT_THAT(foreign_names({pv_entity("pv-1")}, kOurs, kOurs), IsEmpty());
}

TEST(ForeignNames, OtherLabelsAreDrift) {
  EXPECT_THAT(foreign_names({pv_entity("pv-1", make_labels({{"a", "b"}}))}, kOurs, kOurs),
              IsEmpty());
}

TEST(ForeignNames, PodsComeAndGo) {
  EXPECT_THAT(foreign_names({pod_entity("web-9", "data")}, kOurs, kOurs), IsEmpty());
}

// -- conflicts. One cycle every half hour.

class Cycles {
 public:
  ConflictBook book;

  void theirs(bool rewritten, std::vector<CnsEntity> read = kTheirEntities) {
    next({std::move(read), kOurs, kOurs, rewritten});
  }
  void ours() { next({kOurEntities, kOurs, kOurs, false}); }
  // The ledger believes what it read.
  void theirs_believed() {
    next({kTheirEntities, {pv_ref("pv-theirs"), claim_ref("data")}, kOurs, false});
  }
  void skip() { advance(); }
  void next(const ConflictBook::ReadBack& back) {
    advance();
    book.read_back("vol-1", back, cycle, now);
  }
  void conflict() {
    theirs(false);
    theirs(true);
    ASSERT_FALSE(book.may_write("vol-1"));
  }
  void trial() {
    conflict();
    theirs(false);
    theirs(false);
    ASSERT_TRUE(book.may_write("vol-1"));
  }
  // Cycles until the next write is tried.
  int cycles_to_trial() {
    int count = 0;
    while (!book.may_write("vol-1") && count < 1'000) {
      theirs(false);
      ++count;
    }
    return count;
  }
  bool in_conflict() const { return !book.negative_decisions_allowed(); }

  std::uint64_t cycle = 0;
  Clock::time_point now = kStart;

 private:
  void advance() {
    ++cycle;
    now += minutes(30);
  }
};

TEST(ConflictBook, OnceIsNoConflict) {
  Cycles cycles;

  cycles.theirs(true);

  EXPECT_FALSE(cycles.in_conflict());
  EXPECT_TRUE(cycles.book.may_write("vol-1"));
}

TEST(ConflictBook, TwiceRunningAfterARewriteIsAConflict) {
  Cycles cycles;
  cycles.theirs(false);

  cycles.theirs(true);

  EXPECT_TRUE(cycles.in_conflict());
  EXPECT_FALSE(cycles.book.may_write("vol-1"));
  EXPECT_THAT(cycles.book.conflicts(), ElementsAre(VolumeId("vol-1")));
  EXPECT_THAT(cycles.book.detail(), HasSubstr("vol-1"));
}

TEST(ConflictBook, TwiceWithoutARewriteIsDriftThatNobodyRepairedYet) {
  Cycles cycles;
  cycles.theirs(false);
  cycles.theirs(false);

  EXPECT_FALSE(cycles.in_conflict());

  cycles.theirs(true);
  EXPECT_TRUE(cycles.in_conflict());
}

TEST(ConflictBook, TwiceWithAGoodCycleBetweenIsNoConflict) {
  Cycles cycles;
  cycles.theirs(false);
  cycles.ours();
  cycles.theirs(true);

  EXPECT_FALSE(cycles.in_conflict());
}

TEST(ConflictBook, TwiceWithAnUnreadCycleBetweenIsNoConflict) {
  Cycles cycles;
  cycles.theirs(false);
  cycles.skip();
  cycles.theirs(true);

  EXPECT_FALSE(cycles.in_conflict());
}

TEST(ConflictBook, TwoReadsInOneCycleAreOne) {
  Cycles cycles;
  cycles.theirs(false);

  cycles.book.read_back("vol-1", {kTheirEntities, kOurs, kOurs, true}, cycles.cycle, cycles.now);

  EXPECT_FALSE(cycles.in_conflict());
}

TEST(ConflictBook, AVolumeThatIsHandsOffIsNotJudged) {
  Cycles cycles;
  cycles.next({kTheirEntities, kOurs, {}, true});
  cycles.next({kTheirEntities, kOurs, {}, true});

  EXPECT_FALSE(cycles.in_conflict());
}

TEST(ConflictBook, HoldsOnlyThatVolumeBack) {
  Cycles cycles;
  cycles.conflict();

  EXPECT_TRUE(cycles.book.may_write("vol-2"));
  EXPECT_FALSE(cycles.book.negative_decisions_allowed());
}

TEST(ConflictBook, AfterTwoQuietCyclesOneWriteIsTried) {
  Cycles cycles;
  cycles.conflict();

  cycles.theirs(false);
  EXPECT_FALSE(cycles.book.may_write("vol-1"));

  cycles.theirs(false);
  EXPECT_TRUE(cycles.book.may_write("vol-1"));

  cycles.book.wrote("vol-1", kOurs);
  EXPECT_FALSE(cycles.book.may_write("vol-1"));
  EXPECT_TRUE(cycles.in_conflict());
}

TEST(ConflictBook, AWriterThatGoesOnWritingIsNotAnswered) {
  Cycles cycles;
  cycles.conflict();
  for (int i = 0; i < 10; ++i) {
    cycles.theirs(false, {pv_entity("pv-theirs-" + std::to_string(i))});
    EXPECT_FALSE(cycles.book.may_write("vol-1"));
  }
}

TEST(ConflictBook, ALabelThatTheOtherWriterChangesIsNotQuiet) {
  Cycles cycles;
  cycles.conflict();
  for (int i = 0; i < 10; ++i) {
    const std::string value = std::to_string(i);
    cycles.theirs(false, {pv_entity("pv-theirs", make_labels({{"a", value.c_str()}}))});
    EXPECT_FALSE(cycles.book.may_write("vol-1"));
  }
}

TEST(ConflictBook, TheOrderOfTheAnswerIsNoChange) {
  Cycles cycles;
  cycles.conflict();

  cycles.theirs(false, {kTheirEntities[1], kTheirEntities[0]});
  cycles.theirs(false);

  EXPECT_TRUE(cycles.book.may_write("vol-1"));
}

TEST(ConflictBook, WhatTheLedgerReadFromTheOtherWriterDoesNotBecomeOurs) {
  Cycles cycles;
  cycles.conflict();

  for (int i = 0; i < 4; ++i) cycles.theirs_believed();

  EXPECT_TRUE(cycles.in_conflict());
}

TEST(ConflictBook, ATrialThatIsNotUsedEndsWhenTheOtherWriterWritesAgain) {
  Cycles cycles;
  cycles.trial();

  cycles.theirs(false, {pv_entity("pv-again")});

  EXPECT_FALSE(cycles.book.may_write("vol-1"));
}

TEST(ConflictBook, AWriteThatSurvivesTwoCyclesEndsTheConflict) {
  Cycles cycles;
  cycles.trial();
  cycles.book.wrote("vol-1", kOurs);

  cycles.ours();
  EXPECT_TRUE(cycles.in_conflict());
  EXPECT_FALSE(cycles.book.may_write("vol-1"));

  cycles.ours();
  EXPECT_FALSE(cycles.in_conflict());
  EXPECT_TRUE(cycles.book.may_write("vol-1"));
}

TEST(ConflictBook, AWriteThatSurvivesOneCycleIsNotEnough) {
  Cycles cycles;
  cycles.trial();
  cycles.book.wrote("vol-1", kOurs);
  cycles.ours();

  cycles.theirs(false);
  cycles.ours();

  EXPECT_TRUE(cycles.in_conflict());
}

TEST(ConflictBook, ThePauseDoublesWithEveryOverwrittenTrialUpToADay) {
  Cycles cycles;
  cycles.trial(); // after two cycles, one hour
  std::vector<int> waits;
  for (int i = 0; i < 7; ++i) {
    cycles.book.wrote("vol-1", kOurs);
    cycles.theirs(true);
    waits.push_back(cycles.cycles_to_trial());
  }

  EXPECT_THAT(waits, ElementsAre(4, 8, 16, 32, 48, 48, 48));
}

TEST(ConflictBook, AWriteThatNobodyToldOfCountsAsTheTrial) {
  Cycles cycles;
  cycles.trial();

  cycles.theirs(true);

  EXPECT_FALSE(cycles.book.may_write("vol-1"));
  EXPECT_EQ(cycles.cycles_to_trial(), 4);
}

TEST(ConflictBook, APvRenamedDuringTheConflictIsStillOurs) {
  Cycles cycles;
  cycles.trial();
  cycles.book.wrote("vol-1", {pv_ref("pv-renamed")});
  const ConflictBook::ReadBack renamed_again{
      {pv_entity("pv-renamed")}, {pv_ref("pv-renamed")}, {pv_ref("pv-third")}, false};

  cycles.next(renamed_again);
  cycles.next(renamed_again);

  EXPECT_FALSE(cycles.in_conflict());
}

TEST(ConflictBook, ConfirmStartsOver) {
  Cycles cycles;
  cycles.conflict();

  EXPECT_EQ(cycles.book.confirm(), 1u);

  EXPECT_FALSE(cycles.in_conflict());
  EXPECT_TRUE(cycles.book.may_write("vol-1"));
  cycles.theirs(true);
  EXPECT_FALSE(cycles.in_conflict());
  cycles.theirs(true);
  EXPECT_TRUE(cycles.in_conflict());
}

TEST(ConflictBook, AVolumeThatIsGoneIsNoConflict) {
  Cycles cycles;
  cycles.conflict();

  cycles.book.forget("vol-1");

  EXPECT_FALSE(cycles.in_conflict());
}

} // namespace
} // namespace syncer

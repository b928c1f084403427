#include <gmock/gmock.h>

#include "reconciler_rig.h"

namespace syncer {
namespace {

using State = ResyncBook::State;
using testing::IsEmpty;
using testing::SizeIs;

class Resync : public testing::Test {
 protected:
  void resync() {
    number = rig.reconciler().resync("v");
    rig.clock.settle();
  }
  std::optional<ResyncBook::Look> look() { return rig.reconciler().report("v").resync; }
  State state() { return look() ? look()->state : State::kAsked; }

  ReconcilerRig rig;
  std::uint64_t number = 0;
};

TEST_F(Resync, ReadsWhatItBelievedToKnowAndWritesNothingThatIsRight) {
  rig.in_sync("v");
  rig.touch("v");
  const std::size_t reads = rig.cns.reads.size();

  resync();

  EXPECT_EQ(rig.cns.reads.size(), reads + 1);
  EXPECT_THAT(rig.cns.updates, IsEmpty());
  EXPECT_EQ(state(), State::kInSync);
  EXPECT_FALSE(look()->written);
}

TEST_F(Resync, WritesWhatSomebodyChanged) {
  rig.in_sync("v");
  rig.touch("v");
  rig.cns.store.set("v", {pv_entity("pv-v", make_labels({{"drifted", "yes"}}))});

  resync();

  EXPECT_TRUE(rig.agrees("v"));
  EXPECT_EQ(state(), State::kInSync);
  EXPECT_TRUE(look()->written);
}

TEST_F(Resync, TriesAtOnceWhatWaitsForItsNextTry) {
  rig.in_sync("v").pv.labels = make_labels({{"a", "b"}});
  rig.cns.weather = Mischief::kRefused;
  rig.touch("v");
  ASSERT_THAT(rig.cns.updates, SizeIs(1));
  rig.cns.weather = Mischief::kNone;

  resync();

  EXPECT_TRUE(rig.agrees("v"));
  EXPECT_EQ(state(), State::kInSync);
}

TEST_F(Resync, SaysThatItFailed) {
  rig.in_sync("v").pv.labels = make_labels({{"a", "b"}});
  rig.cns.weather = Mischief::kRefused;

  resync();

  EXPECT_EQ(state(), State::kFailed);
  EXPECT_THAT(verdict_of(rig.reconciler().report("v")),
              testing::StartsWith("Not in sync: refused by the script"));
}

TEST_F(Resync, WakesWhatWasRefusedForGood) {
  rig.in_sync("v").pv.labels = make_labels({{"a", "b"}});
  rig.cns.weather = Mischief::kInvalidArgument;
  rig.touch("v");
  rig.quiet();
  ASSERT_TRUE(rig.reconciler().report("v").failure->parked);
  rig.cns.weather = Mischief::kNone;

  resync();

  EXPECT_TRUE(rig.agrees("v"));
}

TEST_F(Resync, OfAVolumeInDoubtWaitsForTheLostCall) {
  rig.in_sync("v").pv.labels = make_labels({{"a", "b"}});
  rig.touch("v");
  rig.view.volume("v").pv.labels = make_labels({{"a", "c"}});
  rig.cns.weather = Mischief::kLostNotApplied;
  rig.touch("v");
  rig.cns.weather = Mischief::kNone;
  const std::size_t reads = rig.cns.reads.size();

  resync();

  EXPECT_EQ(rig.cns.reads.size(), reads) << "it was read before the lost call can have arrived";
  EXPECT_EQ(state(), State::kRunning);
  rig.clock.advance(std::chrono::seconds(11));
  EXPECT_TRUE(rig.agrees("v"));
  EXPECT_EQ(state(), State::kInSync);
}

TEST_F(Resync, WhileAWriteIsUnderWayReadsAfterIt) {
  rig.in_sync("v").pv.labels = make_labels({{"a", "b"}});
  rig.cns.task_time = std::chrono::seconds(2);
  rig.touch("v");
  ASSERT_THAT(rig.cns.updates, SizeIs(1));
  const std::size_t reads = rig.cns.reads.size();

  resync();
  EXPECT_EQ(state(), State::kAsked);
  rig.quiet();

  EXPECT_EQ(rig.cns.reads.size(), reads + 1);
  EXPECT_THAT(rig.cns.updates, SizeIs(1));
  EXPECT_EQ(state(), State::kInSync);
}

TEST_F(Resync, WhatNobodyMayWriteIsLeftAlone) {
  rig.in_sync("v").pv.phase = VolumePhase::kReleased;

  resync();

  EXPECT_EQ(state(), State::kInSync);
  EXPECT_THAT(rig.cns.reads, IsEmpty());
}

TEST(ResyncBook, EveryLookHasItsOwnNumber) {
  ResyncBook book;
  const std::uint64_t first = book.ask("v");
  EXPECT_TRUE(book.begin("v"));
  EXPECT_FALSE(book.begin("v"));

  const std::uint64_t second = book.ask("v");
  book.ended("v", true); // of the first look, which the second one took over

  EXPECT_GT(second, first);
  EXPECT_EQ(book.find("v")->state, State::kAsked);
  EXPECT_FALSE(book.begin("other"));
}

TEST(ResyncBook, ForgetsTheOldest) {
  ResyncBook book;
  for (std::size_t i = 0; i <= ResyncBook::kMost; ++i) book.ask("v" + std::to_string(i));

  EXPECT_EQ(book.find("v0"), nullptr);
  EXPECT_NE(book.find("v1"), nullptr);
}

} // namespace
} // namespace syncer

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "reconcile/label_limits.h"
#include "reconciler_rig.h"

namespace syncer {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class ReconcilerTest : public testing::Test {
 protected:
  // An edit of the claim's label that a user makes.
  void label(const VolumeId& id, const char* value) {
    rig.view.volume(id).claim->labels = make_labels({{"app", value}});
    rig.touch(id, ChangeKind::kClaim);
  }

  ReconcilerRig rig;
  StatefulCns& cns = rig.cns;
};

TEST_F(ReconcilerTest, UnknownVolumeIsReadBeforeItIsWritten) {
  rig.in_sync("1").claim->labels = make_labels({{"app", "db"}});
  cns.read_time = 1s;

  rig.touch("1");
  EXPECT_THAT(cns.reads, ElementsAre(ElementsAre(VolumeId("1"))));
  EXPECT_THAT(cns.updates, IsEmpty());

  rig.quiet();
  EXPECT_THAT(cns.updates, SizeIs(1));
  EXPECT_TRUE(rig.agrees("1"));
  EXPECT_TRUE(rig.reconciler().idle());
}

TEST_F(ReconcilerTest, VolumeThatAgreesIsReadOnceAndNotWritten) {
  rig.in_sync("1");

  rig.touch("1");
  rig.quiet();
  rig.touch("1");
  rig.quiet();

  EXPECT_THAT(cns.reads, SizeIs(1));
  EXPECT_THAT(cns.updates, IsEmpty());
}

TEST_F(ReconcilerTest, NewVolumeGetsAllItsEntitiesInOneCall) {
  rig.view.volume("1").pods = {running_pod("web-1")};
  cns.store.create("1");

  rig.touch("1");
  rig.quiet();

  EXPECT_THAT(cns.updates, SizeIs(1));
  EXPECT_TRUE(rig.agrees("1"));
}

TEST_F(ReconcilerTest, LabelEditOfAKnownVolumeIsOneUpdateAndNoRead) {
  rig.in_sync("1");
  rig.touch("1");
  rig.quiet();

  label("1", "db");
  rig.quiet();

  EXPECT_THAT(cns.reads, SizeIs(1));
  EXPECT_THAT(cns.updates, SizeIs(1));
  EXPECT_TRUE(rig.agrees("1"));
}

TEST_F(ReconcilerTest, TenEditsDuringAFlightMakeOneMoreUpdate) {
  rig.in_sync("1");
  cns.task_time = 5s;
  label("1", "0");
  rig.clock.advance(1s);
  ASSERT_THAT(cns.updates, SizeIs(1));

  for (const char* value : {"1", "2", "3", "4", "5", "6", "7", "8", "9", "10"}) label("1", value);
  rig.clock.advance(1min);

  EXPECT_THAT(cns.updates, SizeIs(2));
  EXPECT_TRUE(rig.agrees("1"));
}

TEST_F(ReconcilerTest, ReplacedPodTakesTwoUpdatesOneAfterTheOther) {
  rig.in_sync("1").pods = {running_pod("web-1")};
  rig.touch("1");
  rig.quiet();
  cns.task_time = 1s;
  cns.updates.clear();

  rig.view.volume("1").pods = {running_pod("web-2")};
  rig.touch("1", ChangeKind::kPod);
  rig.quiet();

  EXPECT_THAT(cns.updates, SizeIs(2));
  EXPECT_TRUE(rig.agrees("1"));
}

TEST_F(ReconcilerTest, WaitingVolumesShareOneRead) {
  cns.read_time = 1s;
  for (const char* id : {"1", "2", "3", "4"}) {
    rig.in_sync(id);
    rig.touch(id);
  }
  rig.quiet();

  // The first one went alone; the others waited for it and went together.
  EXPECT_THAT(cns.reads, ElementsAre(SizeIs(1), SizeIs(3)));
}

TEST_F(ReconcilerTest, LagIsReportedFromTheObservedChangeToTheAcknowledgement) {
  rig.in_sync("1");
  rig.touch("1");
  rig.quiet();
  cns.task_time = 2s;
  rig.view.volume("1").pv.labels = make_labels({{"tier", "gold"}});
  rig.touch("1", ChangeKind::kVolume);

  label("1", "db");
  rig.clock.advance(1s);
  EXPECT_THAT(rig.observer.acknowledged, IsEmpty());
  rig.quiet();

  EXPECT_THAT(rig.observer.acknowledged, ElementsAre(testing::Pair(EntityKind::kVolume, 2.0),
                                                     testing::Pair(EntityKind::kClaim, 4.0)));
  EXPECT_THAT(rig.observer.results, ElementsAre("acknowledged", "acknowledged"));
}

TEST_F(ReconcilerTest, ChangesBeforeTheFirstListsAreLeftToTheFirstFullSync) {
  rig.in_sync("1");
  rig.view.is_synced = false;

  label("1", "db");
  rig.quiet();

  EXPECT_THAT(cns.reads, IsEmpty());
  EXPECT_TRUE(rig.reconciler().idle());
}

TEST_F(ReconcilerTest, VolumeWithoutAnyPvIsForgottenAndNotWritten) {
  rig.in_sync("1");
  rig.touch("1");
  rig.quiet();
  EXPECT_EQ(rig.reconciler().counts().known, 1u);

  rig.view.remove("1");
  rig.touch("1");
  rig.quiet();

  EXPECT_EQ(rig.reconciler().counts().known, 0u);
  EXPECT_THAT(cns.updates, IsEmpty());
  EXPECT_THAT(cns.entities("1"), SizeIs(2));
}

TEST_F(ReconcilerTest, AbandonedVolumeOfTheControllerIsCleanedUpAfterItsGrace) {
  BoundVolume& volume = rig.in_sync("1");
  rig.touch("1");
  rig.quiet();
  lose_claim(volume, rig.clock.now());
  rig.touch("1", ChangeKind::kClaim);

  rig.clock.advance(59s);
  EXPECT_THAT(cns.updates, IsEmpty());
  rig.clock.advance(1s);

  EXPECT_THAT(cns.entities("1"), ElementsAre(pv_entity("pv-1")));
  EXPECT_TRUE(rig.reconciler().idle());
}

TEST_F(ReconcilerTest, SecondStartOnAnUnchangedClusterWritesNothing) {
  for (const char* id : {"1", "2", "3"}) {
    rig.view.volume(id).pods = {running_pod("web-1")};
    cns.store.create(id);
    rig.touch(id);
  }
  rig.quiet();
  ASSERT_THAT(cns.updates, SizeIs(3));
  cns.updates.clear();

  rig.restart();
  for (const char* id : {"1", "2", "3"}) rig.touch(id);
  rig.clock.advance(1h);

  EXPECT_THAT(cns.updates, IsEmpty());
}

// Lost replies.

TEST_F(ReconcilerTest, LostReplyWaitsThenReadsThenWrites) {
  rig.in_sync("1");
  rig.touch("1");
  rig.quiet();
  cns.update_mischief[0] = Mischief::kLostNotApplied;
  const Clock::time_point posted = rig.clock.now();
  label("1", "db");

  rig.clock.advance(9999ms);
  EXPECT_THAT(cns.reads, SizeIs(1));
  EXPECT_THAT(cns.updates, SizeIs(1));
  EXPECT_EQ(rig.reconciler().counts().failed, 1u);
  rig.clock.advance(1ms);

  EXPECT_THAT(cns.reads, SizeIs(2));
  EXPECT_THAT(cns.update_times, ElementsAre(posted, posted + 10s));
  EXPECT_TRUE(rig.agrees("1"));
  EXPECT_EQ(rig.reconciler().counts().failed, 0u);
}

TEST_F(ReconcilerTest, LostReplyOfADoneTaskIsNotSentAgain) {
  rig.in_sync("1");
  cns.update_mischief[0] = Mischief::kLostApplied;
  label("1", "db");

  rig.clock.advance(1min);

  EXPECT_THAT(cns.updates, SizeIs(1));
  EXPECT_TRUE(rig.agrees("1"));
}

TEST_F(ReconcilerTest, EventsDoNotShortenTheWaitAfterALostReply) {
  rig.in_sync("1");
  cns.update_mischief[0] = Mischief::kLostNotApplied;
  label("1", "0");

  for (const char* value : {"1", "2", "3", "4", "5", "6", "7", "8", "9"}) {
    rig.clock.advance(1s);
    label("1", value);
  }
  EXPECT_THAT(cns.updates, SizeIs(1));
  rig.clock.advance(1s);

  EXPECT_THAT(cns.updates, SizeIs(2));
  EXPECT_TRUE(rig.agrees("1"));
}

TEST_F(ReconcilerTest, PodOfALostUpdateIsStillRemoved) {
  BoundVolume& volume = rig.in_sync("1");
  cns.update_mischief[0] = Mischief::kLostApplied;
  volume.pods = {running_pod("web-1")};
  rig.touch("1", ChangeKind::kPod);

  volume.pods.clear();
  rig.touch("1", ChangeKind::kPod);
  rig.clock.advance(1min);

  EXPECT_TRUE(rig.agrees("1"));
  EXPECT_THAT(cns.updates.back().removals, ElementsAre(pod_ref("web-1")));
}

TEST_F(ReconcilerTest, TaskThatRunsAfterTheReadIsRepairedAfterTheLateTaskWindow) {
  rig.in_sync("1");
  rig.touch("1");
  rig.quiet();
  cns.update_mischief[0] = Mischief::kLostAppliedLate;
  cns.late = 299s;
  label("1", "first");
  label("1", "second");
  rig.clock.advance(1min);
  EXPECT_TRUE(rig.agrees("1"));
  EXPECT_FALSE(rig.reconciler().idle());

  rig.clock.advance(239s);
  EXPECT_FALSE(rig.agrees("1")) << "the late task should have run";
  rig.clock.advance(1s);

  EXPECT_TRUE(rig.agrees("1"));
  EXPECT_TRUE(rig.reconciler().idle());
}

TEST_F(ReconcilerTest, LateTaskOfAVolumeThatIsHandsOffByThenIsLeftAlone) {
  BoundVolume& volume = rig.in_sync("1");
  cns.update_mischief[0] = Mischief::kLostAppliedLate;
  label("1", "db");
  rig.clock.advance(1min);

  volume.pv.phase = VolumePhase::kReleased;
  rig.touch("1");
  cns.updates.clear();
  rig.clock.advance(1h);

  EXPECT_THAT(cns.updates, IsEmpty());
  EXPECT_TRUE(rig.reconciler().idle());
}

TEST_F(ReconcilerTest, LateTaskIsRepairedAlsoWhenThePvWasAwayMeanwhile) {
  BoundVolume volume = rig.in_sync("1");
  rig.touch("1");
  rig.quiet();
  cns.update_mischief[0] = Mischief::kLostAppliedLate;
  label("1", "late");

  rig.view.remove("1");
  rig.touch("1");
  rig.clock.advance(5s);
  rig.view.volume("1") = volume;
  rig.touch("1");
  rig.clock.advance(4s);
  EXPECT_THAT(cns.updates, SizeIs(1)) << "written while the lost task may still run";
  rig.clock.advance(10min);

  EXPECT_TRUE(rig.agrees("1"));
  EXPECT_TRUE(rig.reconciler().idle());
}

TEST_F(ReconcilerTest, DoubtAboutAVolumeWithoutPvIsForgottenAfterTheWindow) {
  rig.in_sync("1");
  cns.update_mischief[0] = Mischief::kLostNotApplied;
  label("1", "late");
  rig.view.remove("1");
  rig.touch("1");

  rig.clock.advance(10min);

  EXPECT_EQ(rig.reconciler().counts().known, 0u);
  EXPECT_TRUE(rig.reconciler().idle());
}

TEST_F(ReconcilerTest, LostSecondCallOfAReplacementIsResolvedByReading) {
  rig.in_sync("1").pods = {running_pod("web-1")};
  rig.touch("1");
  rig.quiet();
  rig.view.volume("1").pods = {running_pod("web-2")};
  cns.update_mischief[2] = Mischief::kLostNotApplied;
  rig.touch("1", ChangeKind::kPod);

  rig.clock.advance(1min);

  EXPECT_TRUE(rig.agrees("1"));
  EXPECT_THAT(cns.updates, SizeIs(4));
}

} // namespace
} // namespace syncer

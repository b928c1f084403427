// Volumes that Kubernetes names and CNS does not have.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "full_sync_rig.h"

namespace syncer {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using namespace std::chrono_literals;

class RegisteringTest : public testing::Test {
 protected:
  // A static PV whose disk exists and is not in CNS.
  BoundVolume& unregistered(const VolumeId& id) {
    BoundVolume& volume = rig.view.volume(id);
    volume.pv.dynamic = false;
    cns.store.add_disk(id);
    return volume;
  }

  FullSyncRig rig;
  StatefulCns& cns = rig.cns;
};

TEST_F(RegisteringTest, StaticVolumeIsRegisteredAtOnceWithItsEntities) {
  unregistered("1").pods = {running_pod("a")};

  rig.touch("1");

  ASSERT_THAT(cns.creates, SizeIs(1));
  EXPECT_EQ(cns.creates[0].backing, CnsCreate::Backing::kDiskId);
  EXPECT_EQ(cns.creates[0].backing_id, "1");
  EXPECT_EQ(cns.creates[0].name, "pv-1");
  EXPECT_THAT(cns.creates[0].entities, SizeIs(3));
  EXPECT_THAT(cns.updates, IsEmpty());
  EXPECT_TRUE(rig.agrees("1"));
  EXPECT_TRUE(rig.reconciler().idle());
}

TEST_F(RegisteringTest, StaticVolumeThatCnsHasIsUpdated) {
  unregistered("1");
  cns.store.create("1");

  rig.touch("1");

  EXPECT_THAT(cns.creates, IsEmpty());
  EXPECT_TRUE(rig.agrees("1"));
}

TEST_F(RegisteringTest, FileVolumeIsRegisteredByItsFileId) {
  BoundVolume& volume = rig.view.volume("file:1");
  volume.pv.dynamic = false;
  volume.pv.multi_access = true;
  volume.pods = {running_pod("a"), running_pod("b")};
  cns.store.add_share("file:1");

  rig.touch("file:1");

  ASSERT_THAT(cns.creates, SizeIs(1));
  EXPECT_EQ(cns.creates[0].backing, CnsCreate::Backing::kFileId);
  EXPECT_THAT(cns.creates[0].entities, SizeIs(4));
  EXPECT_TRUE(rig.agrees("file:1"));
}

TEST_F(RegisteringTest, DynamicVolumeIsRegisteredAfterTwoCompleteCycles) {
  rig.view.volume("1");
  cns.store.add_disk("1");

  rig.begin_full_sync();
  rig.clock.advance(10min);
  EXPECT_THAT(cns.creates, IsEmpty());
  EXPECT_EQ(rig.full_sync().status().last_result, CycleResult::kPartial);
  rig.full_sync().request();
  rig.clock.advance(10min);

  EXPECT_THAT(cns.creates, SizeIs(1));
  EXPECT_TRUE(rig.agrees("1"));
}

TEST_F(RegisteringTest, CyclesOfAPartialViewDoNotCount) {
  rig.view.volume("1");
  cns.store.add_disk("1");
  rig.view.is_complete = false;

  rig.begin_full_sync();
  for (int i = 0; i < 4; ++i) {
    rig.full_sync().request();
    rig.clock.advance(10min);
  }

  EXPECT_THAT(cns.creates, IsEmpty());
}

TEST_F(RegisteringTest, ACycleThatFoundItStartsTheCountAgain) {
  rig.view.volume("1");
  cns.store.add_disk("1");
  rig.begin_full_sync();
  rig.clock.advance(10min);
  cns.store.create("1");
  rig.full_sync().request();
  rig.clock.advance(10min);
  cns.store.drop("1");
  cns.store.add_disk("1");

  rig.full_sync().request();
  rig.clock.advance(10min);

  EXPECT_THAT(cns.creates, IsEmpty());
}

TEST_F(RegisteringTest, SomebodyElseWasFaster) {
  unregistered("1");
  cns.read_time = 1s;
  rig.touch("1");
  rig.clock.advance(500ms);
  // The answer under way says that it is not there.
  cns.store.create("1");
  rig.clock.advance(30s);

  EXPECT_THAT(cns.creates, SizeIs(1));
  EXPECT_TRUE(rig.agrees("1")) << "the entities were not written after AlreadyRegistered";
}

TEST_F(RegisteringTest, DiskThatDoesNotExistFailsAloneAndIsTriedAgain) {
  BoundVolume& broken = rig.view.volume("broken");
  broken.pv.dynamic = false;
  unregistered("1");

  rig.touch("broken");
  rig.touch("1");
  rig.clock.advance(1min);

  EXPECT_TRUE(rig.agrees("1"));
  EXPECT_TRUE(rig.reconciler().failures().contains("broken"));
  cns.store.add_disk("broken");
  rig.clock.advance(10min);
  EXPECT_TRUE(rig.agrees("broken"));
  EXPECT_THAT(rig.reconciler().failures(), IsEmpty());
}

TEST_F(RegisteringTest, LostReplyIsResolvedByReading) {
  unregistered("1");
  cns.create_mischief[0] = Mischief::kLostApplied;

  rig.touch("1");
  rig.clock.advance(1min);

  EXPECT_THAT(cns.creates, SizeIs(1));
  EXPECT_TRUE(rig.agrees("1"));
}

TEST_F(RegisteringTest, LateCreateWithOldEntitiesIsRepairedWithinTheWindow) {
  BoundVolume& volume = unregistered("1");
  cns.create_mischief[0] = Mischief::kLostAppliedLate;
  rig.touch("1");
  rig.clock.advance(5s);
  volume.pv.labels = make_labels({{"new", "label"}});

  rig.clock.advance(10min);

  EXPECT_FALSE(cns.late_tasks_outstanding());
  EXPECT_TRUE(rig.agrees("1"));
}

TEST_F(RegisteringTest, RefusedAndUnsentCreatesAreTriedAgain) {
  unregistered("1");
  cns.create_mischief[0] = Mischief::kUnsent;
  cns.create_mischief[1] = Mischief::kRefused;

  rig.touch("1");
  rig.clock.advance(2min);

  EXPECT_TRUE(rig.agrees("1"));
}

TEST_F(RegisteringTest, LabelsBeyondTheLimitAreCut) {
  unregistered("1").pv.labels = many_labels(40);
  cns.store.label_limit = 32;

  rig.touch("1");

  EXPECT_THAT(cns.creates, SizeIs(2));
  EXPECT_THAT(cns.entities("1").front().labels, SizeIs(32));
}

TEST_F(RegisteringTest, WithoutLeadershipNothingIsRegistered) {
  unregistered("1");
  rig.leader.held = false;
  rig.touch("1");
  rig.clock.advance(1min);
  EXPECT_THAT(cns.creates, IsEmpty());

  rig.leader.held = true;
  rig.clock.advance(1min);
  EXPECT_TRUE(rig.agrees("1"));
}

TEST_F(RegisteringTest, VolumeOfAnotherClusterOnlyGetsOurEntitiesOnce) {
  rig.view.volume("1");
  cns.store.create("1");
  cns.store.traits("1").ours = false;
  cns.store.traits("1").others = true;

  rig.begin_full_sync();
  rig.full_sync().request();
  rig.clock.advance(1min);

  EXPECT_TRUE(rig.agrees("1"));
  EXPECT_THAT(cns.updates, SizeIs(1));
  EXPECT_THAT(cns.creates, IsEmpty());
}

TEST_F(RegisteringTest, AChangedDistributionIsWrittenOncePerSecond) {
  for (const char* id : {"1", "2", "3"}) {
    rig.in_sync(id);
    cns.store.traits(id).distribution_current = false;
  }

  rig.begin_full_sync();
  EXPECT_THAT(cns.updates, SizeIs(1));
  EXPECT_EQ(rig.full_sync().status().last_result, CycleResult::kSuccess);
  rig.clock.advance(1s);
  EXPECT_THAT(cns.updates, SizeIs(2));
  rig.clock.advance(1s);
  EXPECT_THAT(cns.updates, SizeIs(3));
  rig.clock.advance(1h);
  EXPECT_THAT(cns.updates, SizeIs(3));
}

TEST_F(RegisteringTest, AServerThatDoesNotKeepTheDistributionIsToldThrice) {
  rig.in_sync("1");
  cns.store.traits("1").distribution_current = false;
  rig.begin_full_sync();
  rig.clock.advance(1s);
  EXPECT_THAT(cns.updates, SizeIs(1));

  for (int cycle = 0; cycle < 6; ++cycle) {
    cns.store.traits("1").distribution_current = false;
    rig.full_sync().request();
    rig.clock.advance(1min);
  }

  EXPECT_THAT(cns.updates, SizeIs(3));
}

TEST_F(RegisteringTest, ADistributionThatWasRightInBetweenIsWrittenAgain) {
  rig.in_sync("1");
  rig.begin_full_sync();
  for (int cycle = 0; cycle < 6; ++cycle) {
    cns.store.traits("1").distribution_current = false;
    rig.full_sync().request();
    rig.clock.advance(1min);
    rig.full_sync().request();
    rig.clock.advance(1min);
  }

  EXPECT_THAT(cns.updates, SizeIs(6));
}

} // namespace
} // namespace syncer

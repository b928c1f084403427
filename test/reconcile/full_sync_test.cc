#include "reconcile/full_sync.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "full_sync_rig.h"

namespace syncer {
namespace {

using namespace std::chrono_literals;
using testing::Each;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class FullSyncTest : public testing::Test {
 protected:
  void label(const VolumeId& id, const char* value) {
    rig.view.volume(id).claim->labels = make_labels({{"app", value}});
    rig.touch(id, ChangeKind::kClaim);
  }
  void known(const VolumeId& id) {
    rig.in_sync(id);
    rig.touch(id);
    rig.clock.advance(1ms);
  }
  void many(int count) {
    for (int i = 0; i < count; ++i) rig.in_sync("volume-" + std::to_string(1000 + i));
  }

  FullSyncRig rig;
  StatefulCns& cns = rig.cns;
};

TEST_F(FullSyncTest, FirstCycleBringsAllVolumesInSync) {
  for (const char* id : {"1", "2", "3"}) {
    rig.view.volume(id);
    cns.store.create(id);
  }

  rig.begin_full_sync();

  EXPECT_THAT(cns.reads, SizeIs(1));
  EXPECT_THAT(cns.updates, SizeIs(3));
  for (const char* id : {"1", "2", "3"}) EXPECT_TRUE(rig.agrees(id));
}

TEST_F(FullSyncTest, WaitsForTheFirstLists) {
  rig.in_sync("1");
  rig.view.is_synced = false;
  rig.begin_full_sync();
  rig.full_sync().request();
  rig.clock.advance(1h);
  EXPECT_THAT(cns.reads, IsEmpty());

  rig.view.is_synced = true;
  rig.full_sync().request();
  rig.clock.settle();

  EXPECT_EQ(rig.full_sync().status().cycles, 1u);
}

TEST_F(FullSyncTest, SecondStartOnAnUnchangedClusterWritesNothing) {
  many(20);
  rig.begin_full_sync();
  rig.clock.advance(2h);

  EXPECT_THAT(cns.updates, IsEmpty());
  EXPECT_THAT(rig.observer.full_syncs, Each("success"));
}

TEST_F(FullSyncTest, OnlyWhatDiffersIsWritten) {
  for (const char* id : {"1", "2", "3"}) known(id);
  cns.store.set("2", {pv_entity("pv-2", make_labels({{"somebody", "else"}}))});

  rig.begin_full_sync();

  EXPECT_THAT(cns.updates, SizeIs(1));
  EXPECT_EQ(cns.updates.front().id, VolumeId("2"));
  EXPECT_TRUE(rig.agrees("2"));
}

TEST_F(FullSyncTest, StaleRecordIsCorrectedSoThatForeignEntitiesGo) {
  known("1");
  auto entities = cns.store.entities("1");
  entities.push_back(pod_entity("left-over", "claim-1"));
  cns.store.set("1", entities);

  rig.begin_full_sync();

  EXPECT_TRUE(rig.agrees("1"));
  EXPECT_THAT(cns.updates.front().removals, ElementsAre(pod_ref("left-over")));
}

TEST_F(FullSyncTest, HandsOffVolumesAreNotQueued) {
  rig.in_sync("1").pv.phase = VolumePhase::kReleased;
  cns.store.set("1", {});

  rig.begin_full_sync();

  EXPECT_THAT(cns.updates, IsEmpty());
  EXPECT_TRUE(rig.reconciler().idle());
}

TEST_F(FullSyncTest, RunsOncePerInterval) {
  rig.in_sync("1");
  rig.begin_full_sync();
  EXPECT_THAT(cns.reads, SizeIs(1));

  rig.clock.advance(31min); // The interval and half of the jitter, as the rig's chance has it.
  EXPECT_THAT(cns.reads, SizeIs(1));
  rig.clock.advance(30s);
  EXPECT_THAT(cns.reads, SizeIs(2));
  EXPECT_EQ(rig.full_sync().status().cycles, 2u);
}

TEST_F(FullSyncTest, TheLastCyclesAreRememberedAndNoMore) {
  rig.view.volume("1");
  cns.store.create("1");
  rig.begin_full_sync();
  rig.clock.advance(1ms);
  ASSERT_EQ(rig.full_sync().history().size(), 1u);
  EXPECT_EQ(rig.full_sync().history().front().found.queued, 1u);
  EXPECT_EQ(rig.full_sync().history().front().found.synced, 1u);
  EXPECT_EQ(rig.full_sync().history().front().volumes_read, 1u);

  rig.clock.advance(std::chrono::hours(24));

  const std::deque<FullSync::Ended>& history = rig.full_sync().history();
  EXPECT_EQ(history.size(), FullSync::kRemembered);
  EXPECT_EQ(history.back().found.queued, 0u);
  EXPECT_GT(history.back().began, history.front().began);
}

TEST_F(FullSyncTest, RequestRunsACycleNow) {
  rig.in_sync("1");
  rig.begin_full_sync();

  rig.full_sync().request();
  rig.clock.settle();

  EXPECT_EQ(rig.full_sync().status().cycles, 2u);
}

TEST_F(FullSyncTest, RequestDuringACycleRunsOneMore) {
  rig.in_sync("1");
  cns.read_time = 1s;
  rig.begin_full_sync();

  for (int i = 0; i < 5; ++i) rig.full_sync().request();
  rig.clock.advance(1min);

  EXPECT_EQ(rig.full_sync().status().cycles, 2u);
}

TEST_F(FullSyncTest, RequestDuringACycleThatNobodyAskedForRunsOneMore) {
  rig.in_sync("1");
  cns.read_time = 1s;
  rig.begin_full_sync();
  while (rig.full_sync().status().begun < 2) rig.clock.advance(500ms);
  ASSERT_TRUE(rig.full_sync().status().running);

  const std::uint64_t wanted = rig.full_sync().request_cycle();
  rig.clock.advance(1min);

  EXPECT_EQ(wanted, 3u);
  EXPECT_EQ(rig.full_sync().status().ended, 3u);
}

TEST_F(FullSyncTest, CountsVolumesThatNoPvNames) {
  many(3);
  cns.store.create("orphan-1");
  cns.store.create("orphan-2");

  rig.begin_full_sync();

  EXPECT_EQ(rig.full_sync().status().volumes_read, 5u);
  EXPECT_EQ(rig.full_sync().status().cns_volumes, 5u);
  EXPECT_EQ(rig.full_sync().status().cns_without_pv, 2u);
  EXPECT_THAT(cns.updates, IsEmpty());
}

// Answers that are older than what happened since.

TEST_F(FullSyncTest, AnswerOlderThanAWriteIsIgnored) {
  known("1");
  cns.read_time = 5s;
  rig.begin_full_sync();
  label("1", "db");
  ASSERT_THAT(cns.updates, SizeIs(1));

  rig.clock.advance(1min);

  EXPECT_THAT(cns.updates, SizeIs(1));
  EXPECT_TRUE(rig.agrees("1"));
  EXPECT_EQ(rig.full_sync().status().cycles, 1u);
}

TEST_F(FullSyncTest, AnswerThatArrivesDuringAWriteDoesNotHideItsResult) {
  known("1");
  cns.read_time = 1s;
  cns.task_time = 5s;
  label("1", "db");
  rig.begin_full_sync();

  rig.clock.advance(1min);

  EXPECT_TRUE(rig.agrees("1"));
  EXPECT_THAT(cns.updates, SizeIs(1));
}

TEST_F(FullSyncTest, VolumeInDoubtIsNotJudgedByAPageAskedForTooEarly) {
  known("1");
  cns.update_mischief[0] = Mischief::kLostAppliedLate;
  cns.late = 8s;
  label("1", "db");
  rig.clock.advance(5s);
  rig.begin_full_sync();
  EXPECT_THAT(cns.updates, SizeIs(1)) << "the lost task may still run";

  rig.clock.advance(1min);

  EXPECT_THAT(cns.updates, SizeIs(1));
  EXPECT_TRUE(rig.agrees("1"));
}

TEST_F(FullSyncTest, VolumeWhosePvWentDuringTheReadLeavesNoRecord) {
  known("1");
  cns.read_time = 5s;
  rig.begin_full_sync();
  rig.view.remove("1");
  rig.touch("1");

  rig.clock.advance(1min);

  EXPECT_EQ(rig.reconciler().counts().known, 0u);
}

TEST_F(FullSyncTest, WhatAPathNamesBeforeTheCycleEndsIsNotMissing) {
  rig.view.volume("1");
  cns.store.create("1");
  cns.store.create("orphan-1");
  cns.store.create("orphan-2");
  cns.task_time = 5s;
  rig.begin_full_sync();
  ASSERT_THAT(rig.findings, IsEmpty()) << "a write of the cycle is under way";

  rig.named_by_path = {"orphan-1"};
  rig.clock.advance(1min);

  ASSERT_THAT(rig.findings, SizeIs(1));
  ASSERT_THAT(rig.findings.front().missing, SizeIs(1));
  EXPECT_EQ(rig.findings.front().missing.front().id, VolumeId("orphan-2"));
}

TEST_F(FullSyncTest, AbsenceFromAPageIsCheckedByIdBeforeAnythingElse) {
  rig.view.volume("1");
  rig.begin_full_sync();
  rig.clock.advance(1s);
  EXPECT_THAT(cns.updates, IsEmpty());
  EXPECT_GE(cns.reads.size(), 2u);

  cns.store.create("1");
  rig.clock.advance(1min);
  EXPECT_TRUE(rig.agrees("1"));
}

// Failures.

TEST_F(FullSyncTest, FailedCycleIsRetriedWithBackoff) {
  rig.in_sync("1");
  cns.reads_fail = true;
  rig.begin_full_sync();
  EXPECT_EQ(rig.full_sync().status().last_error, "read of a page of volumes: no answer");
  rig.clock.advance(10s);
  EXPECT_THAT(cns.reads, SizeIs(4)) << "at 0, 1.25, 3.75 and 8.75 s";

  cns.reads_fail = false;
  rig.clock.advance(20s);

  EXPECT_EQ(rig.full_sync().status().cycles, 1u);
  EXPECT_EQ(rig.full_sync().status().last_error, "");
  EXPECT_EQ(rig.observer.full_syncs.back(), "success");
}

TEST_F(FullSyncTest, FailedPagesAreRetriedSmallerDownToFifty) {
  many(400);
  cns.largest_read = 60;
  rig.begin_full_sync();
  rig.clock.advance(1min);

  EXPECT_EQ(rig.full_sync().status().cycles, 1u);
  EXPECT_THAT(cns.reads.back(), SizeIs(50));
  EXPECT_EQ(cns.reads.front().size(), 400u);
}

TEST_F(FullSyncTest, GoodCycleGoesBackToFullPages) {
  many(400);
  cns.failing_reads = {0};
  rig.begin_full_sync();
  rig.clock.advance(10s);
  ASSERT_EQ(rig.full_sync().status().cycles, 1u);
  EXPECT_THAT(cns.reads, ElementsAre(SizeIs(400), SizeIs(250), SizeIs(150)));

  rig.full_sync().request();
  rig.clock.settle();

  EXPECT_THAT(cns.reads.back(), SizeIs(400));
}

TEST_F(FullSyncTest, ParkedVolumeGetsAnotherTryPerCycle) {
  known("1");
  cns.weather = Mischief::kInvalidArgument;
  label("1", "db");
  rig.clock.advance(1min);
  cns.weather = Mischief::kNone;
  ASSERT_TRUE(rig.reconciler().failures().at("1").parked);

  rig.begin_full_sync();

  EXPECT_TRUE(rig.agrees("1"));
  EXPECT_THAT(rig.reconciler().failures(), IsEmpty());
}

TEST_F(FullSyncTest, DoesNotShortenTheBackoffOfAFailingVolume) {
  known("1");
  cns.weather = Mischief::kRefused;
  label("1", "db");
  rig.clock.advance(20s);
  const std::size_t before = cns.updates.size();

  rig.begin_full_sync();

  EXPECT_EQ(cns.updates.size(), before);
}

TEST(FullSyncStart, ReadsOnceMoreWhenTasksOfTheProcessBeforeHaveRun) {
  FullSyncOptions options;
  options.read_again_after = 301s;
  FullSyncRig rig(ReconcilerRig::unhurried(), options);
  rig.in_sync("1");

  rig.begin_full_sync();
  rig.clock.advance(300s);
  rig.cns.store.set("1", {pv_entity("what a late task left")});
  EXPECT_THAT(rig.cns.reads, SizeIs(1));
  rig.clock.advance(2s);
  EXPECT_THAT(rig.cns.reads, SizeIs(2));
  EXPECT_TRUE(rig.agrees("1"));

  rig.clock.advance(31min);
  EXPECT_THAT(rig.cns.reads, SizeIs(2));
  rig.clock.advance(1min);
  EXPECT_THAT(rig.cns.reads, SizeIs(3));
}

TEST(FullSyncStart, ReadsOnceMoreAlsoWhenTheFirstCycleLastedLonger) {
  FullSyncOptions options;
  options.read_again_after = 301s;
  FullSyncRig rig(ReconcilerRig::unhurried(), options);
  rig.in_sync("1");
  rig.cns.read_time = 200s; // of the ids, and of the volume

  rig.begin_full_sync();
  rig.clock.advance(400s);
  EXPECT_THAT(rig.cns.reads, SizeIs(1));
  rig.clock.advance(200s);
  EXPECT_THAT(rig.cns.reads, SizeIs(2));
  EXPECT_EQ(rig.cns.id_reads, 2u);

  rig.clock.advance(20min);
  EXPECT_EQ(rig.cns.id_reads, 2u);
}

TEST(FullSyncPages, AreReadOneAfterTheOther) {
  FullSyncOptions options;
  options.page = 2;
  FullSyncRig rig(ReconcilerRig::unhurried(), options);
  for (const char* id : {"1", "2", "3", "4", "5"}) rig.in_sync(id);
  rig.cns.read_time = 1s;

  rig.begin_full_sync();
  EXPECT_EQ(rig.cns.id_reads, 1u);
  EXPECT_THAT(rig.cns.reads, SizeIs(0));
  rig.clock.advance(1s);
  EXPECT_THAT(rig.cns.reads, ElementsAre(SizeIs(2)));
  rig.clock.advance(2s);
  EXPECT_THAT(rig.cns.reads, ElementsAre(SizeIs(2), SizeIs(2), SizeIs(1)));
}

} // namespace
} // namespace syncer

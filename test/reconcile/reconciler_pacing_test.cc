// How fast the reconciler goes: bulk work at its rate, live events at once, all within the limit.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "reconciler_rig.h"

namespace syncer {
namespace {

using namespace std::chrono_literals;
using testing::IsEmpty;
using testing::SizeIs;

class PacingTest : public testing::Test {
 protected:
  static ReconcilerOptions paced() {
    ReconcilerOptions options;
    options.bulk_rate = 20;
    options.max_in_flight = 8;
    return options;
  }
  // Volumes that differ, as a full sync finds them.
  void drifted(int count) {
    std::vector<VolumeId> ids;
    std::vector<CnsVolume> answers;
    for (int i = 0; i < count; ++i) {
      ids.emplace_back("bulk-" + std::to_string(i));
      rig.view.volume(ids.back());
      cns.store.create(ids.back());
      answers.push_back(*cns.store.answer(ids.back()));
    }
    rig.reconciler().learned(ids, answers, rig.clock.now(), rig.reconciler().read_mark());
    rig.clock.settle();
  }
  void known(const VolumeId& id) {
    rig.in_sync(id);
    rig.touch(id);
    rig.clock.advance(1ms);
  }
  void label(const VolumeId& id, const char* value) {
    rig.view.volume(id).claim->labels = make_labels({{"app", value}});
    rig.touch(id, ChangeKind::kClaim);
  }

  ReconcilerRig rig{paced()};
  StatefulCns& cns = rig.cns;
};

TEST_F(PacingTest, BulkWorkKeepsItsRate) {
  drifted(100);
  EXPECT_LE(cns.updates.size(), 2u) << "a tenth of a second's worth";

  rig.clock.advance(1s);
  EXPECT_GE(cns.updates.size(), 20u);
  EXPECT_LE(cns.updates.size(), 22u);
  rig.clock.advance(1s);
  EXPECT_GE(cns.updates.size(), 40u);
  EXPECT_LE(cns.updates.size(), 42u);

  rig.clock.advance(4s);
  EXPECT_THAT(cns.updates, SizeIs(100));
  EXPECT_TRUE(rig.reconciler().idle());
}

TEST_F(PacingTest, LiveEventsOvertakeBulkWorkAndAreNotPaced) {
  for (const char* id : {"live-1", "live-2", "live-3"}) known(id);
  drifted(100);
  rig.clock.advance(10ms);
  const std::size_t before = cns.updates.size();

  for (const char* id : {"live-1", "live-2", "live-3"}) label(id, "db");

  EXPECT_EQ(cns.updates.size(), before + 3);
  for (const char* id : {"live-1", "live-2", "live-3"}) EXPECT_TRUE(rig.agrees(id));
}

TEST_F(PacingTest, LiveEventTakesItsVolumeOutOfTheBulkQueue) {
  drifted(100);

  label("bulk-99", "db");

  EXPECT_TRUE(rig.agrees("bulk-99"));
  rig.clock.advance(6s);
  EXPECT_THAT(cns.updates, SizeIs(100));
}

TEST_F(PacingTest, BulkWorkHeldBackByLeadershipIsStillPacedAfterwards) {
  rig.leader.held = false;
  drifted(100);
  rig.clock.advance(10s);
  ASSERT_THAT(cns.updates, IsEmpty());

  rig.leader.held = true;
  rig.clock.advance(2s);

  EXPECT_GE(cns.updates.size(), 20u);
  EXPECT_LE(cns.updates.size(), 42u);
  rig.clock.advance(6s);
  EXPECT_THAT(cns.updates, SizeIs(100));
}

TEST_F(PacingTest, BulkWorkThatFailedIsStillPacedAfterwards) {
  cns.weather = Mischief::kRefused;
  drifted(60);
  rig.clock.advance(10s);
  cns.weather = Mischief::kNone;
  cns.updates.clear();

  rig.clock.advance(1s);

  EXPECT_LE(cns.updates.size(), 22u);
  rig.clock.advance(10min);
  EXPECT_TRUE(rig.reconciler().idle());
}

TEST_F(PacingTest, StartsWithHalfOfTheLimitInFlight) {
  cns.task_time = 1s;
  for (int i = 0; i < 20; ++i) known("live-" + std::to_string(i));
  for (int i = 0; i < 20; ++i) label("live-" + std::to_string(i), "db");

  EXPECT_THAT(cns.updates, SizeIs(4));
  EXPECT_EQ(rig.reconciler().counts().in_flight, 4u);
  EXPECT_EQ(rig.reconciler().counts().pending, 20u);
  rig.clock.advance(10s);

  EXPECT_THAT(cns.updates, SizeIs(20));
  EXPECT_GT(cns.most_in_flight, 4u);
  EXPECT_LE(cns.most_in_flight, 8u);
}

TEST_F(PacingTest, SlowVolumeDoesNotHoldUpOthers) {
  known("slow");
  known("fast");
  cns.task_time = 100s;
  label("slow", "db");
  cns.task_time = 0s;

  label("fast", "db");

  EXPECT_TRUE(rig.agrees("fast"));
  EXPECT_FALSE(rig.agrees("slow"));
}

TEST_F(PacingTest, FailuresOfVCenterHalveTheLimit) {
  known("1");
  cns.weather = Mischief::kRefused;
  label("1", "db");
  EXPECT_EQ(rig.reconciler().counts().flight_limit, 2u);

  rig.clock.advance(10s);
  EXPECT_EQ(rig.reconciler().counts().flight_limit, 1u);
  cns.weather = Mischief::kNone;
  rig.clock.advance(5min);

  EXPECT_TRUE(rig.agrees("1"));
}

TEST_F(PacingTest, LostReplyHalvesTheLimit) {
  known("1");
  cns.weather = Mischief::kLostApplied;

  label("1", "db");

  EXPECT_EQ(rig.reconciler().counts().flight_limit, 2u);
}

TEST_F(PacingTest, RefusalOfOneVolumeLeavesTheLimitAlone) {
  known("1");
  cns.weather = Mischief::kInvalidArgument;

  label("1", "db");

  EXPECT_EQ(rig.reconciler().counts().flight_limit, 4u);
}

TEST_F(PacingTest, OldestPendingChangeIsThatOfTheFirstOneNotAcknowledged) {
  known("1");
  cns.weather = Mischief::kUnsent;
  const Clock::time_point begun = rig.clock.now();
  label("1", "db");
  rig.clock.advance(1min);
  label("1", "web");
  EXPECT_EQ(rig.reconciler().oldest_pending(), begun);

  cns.weather = Mischief::kNone;
  rig.clock.advance(5min);
  EXPECT_FALSE(rig.reconciler().oldest_pending());
}

} // namespace
} // namespace syncer

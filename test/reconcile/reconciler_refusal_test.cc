// What the reconciler makes of refusals, of leadership and of its limits.
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

class RefusalTest : public testing::Test {
 protected:
  void label(const VolumeId& id, const char* value) {
    rig.view.volume(id).claim->labels = make_labels({{"app", value}});
    rig.touch(id, ChangeKind::kClaim);
  }
  // A volume that the reconciler knows already.
  void known(const VolumeId& id) {
    rig.in_sync(id);
    rig.touch(id);
    rig.quiet();
  }
  bool parked(const VolumeId& id) {
    const auto& failures = rig.reconciler().failures();
    const auto found = failures.find(id);
    return found != failures.end() && found->second.parked;
  }

  ReconcilerRig rig;
  StatefulCns& cns = rig.cns;
};

TEST_F(RefusalTest, TransientOneIsRetriedWithBackoff) {
  known("1");
  cns.weather = Mischief::kRefused;
  const Clock::time_point begun = rig.clock.now();
  label("1", "db");
  rig.clock.advance(8s);

  // 0.5 s, 1 s, 2 s, ... and a quarter more, as the jitter is one half.
  EXPECT_THAT(cns.update_times, ElementsAre(begun, begun + 625ms, begun + 1875ms, begun + 4375ms));
  cns.weather = Mischief::kNone;
  rig.clock.advance(5s);
  EXPECT_TRUE(rig.agrees("1"));
  EXPECT_THAT(rig.reconciler().failures(), IsEmpty());
}

TEST_F(RefusalTest, AFailureSaysItsReasonItsTriesAndTheNextOne) {
  known("1");
  EXPECT_EQ(rig.reconciler().next_try("1"), std::nullopt);
  cns.weather = Mischief::kRefused;
  const Clock::time_point begun = rig.clock.now();
  label("1", "db");
  rig.clock.advance(8s);

  const VolumeFailure& failure = rig.reconciler().failures().at("1");
  EXPECT_EQ(failure.reason, FailureReason::kOtherFault);
  EXPECT_EQ(failure.attempts, 4u);
  EXPECT_EQ(failure.since, begun);
  EXPECT_EQ(rig.reconciler().next_try("1"), begun + 9375ms);
}

TEST_F(RefusalTest, UnsentUpdateLeavesNoDoubt) {
  known("1");
  cns.update_mischief[0] = Mischief::kUnsent;

  label("1", "db");
  rig.quiet();

  EXPECT_THAT(cns.reads, SizeIs(1));
  EXPECT_THAT(cns.updates, SizeIs(1));
  EXPECT_TRUE(rig.reconciler().idle());
}

TEST_F(RefusalTest, VolumeThatCnsLacksIsReadAgainUntilItIsThere) {
  rig.view.volume("1");
  rig.touch("1");
  rig.clock.advance(10s);
  EXPECT_GE(cns.reads.size(), 4u);
  EXPECT_LE(cns.reads.size(), 5u);
  EXPECT_THAT(cns.updates, IsEmpty());
  EXPECT_EQ(rig.reconciler().failures().at("1").detail, "CNS does not know the volume");

  cns.store.create("1");
  rig.clock.advance(1min);

  EXPECT_TRUE(rig.agrees("1"));
  EXPECT_TRUE(rig.reconciler().idle());
}

TEST_F(RefusalTest, BackoffOfAVolumeThatCnsLacksIsCapped) {
  rig.view.volume("1");
  rig.touch("1");
  rig.clock.advance(1h);
  const std::size_t reads = cns.reads.size();

  rig.clock.advance(1h);

  EXPECT_GE(cns.reads.size() - reads, 9u);
  EXPECT_LE(cns.reads.size() - reads, 10u);
}

TEST_F(RefusalTest, FailedReadIsRetried) {
  rig.in_sync("1");
  cns.failing_reads = {0, 1};

  label("1", "db");
  rig.quiet();

  EXPECT_TRUE(rig.agrees("1"));
  EXPECT_THAT(cns.reads, SizeIs(3));
}

TEST_F(RefusalTest, RecordThatCnsContradictsIsReadAgainAndHealed) {
  known("1");
  cns.store.set("1", {pv_entity("pv-1"), pod_entity("somebody-elses", "claim-1")});

  rig.view.volume("1").pods = {running_pod("web-1")};
  rig.touch("1", ChangeKind::kPod);
  rig.quiet();

  EXPECT_TRUE(rig.agrees("1"));
  EXPECT_THAT(cns.reads, SizeIs(2));
  EXPECT_THAT(rig.reconciler().failures(), IsEmpty());
}

TEST_F(RefusalTest, SecondInvalidArgumentOnAFreshReadParks) {
  known("1");
  cns.weather = Mischief::kInvalidArgument;
  label("1", "db");
  rig.clock.advance(1h);

  EXPECT_THAT(cns.updates, SizeIs(2));
  EXPECT_THAT(cns.reads, SizeIs(2));
  EXPECT_TRUE(parked("1"));
  EXPECT_EQ(rig.reconciler().failures().at("1").reason, FailureReason::kInvalidArgument);
  EXPECT_EQ(rig.reconciler().failures().at("1").attempts, 2u);
  EXPECT_EQ(rig.reconciler().next_try("1"), std::nullopt);
  EXPECT_TRUE(rig.reconciler().idle());
}

TEST_F(RefusalTest, InvalidArgumentAfterAnotherFailureIsNotFinalYet) {
  known("1");
  cns.store.set("1", {pv_entity("pv-1"), pod_entity("somebody-elses", "claim-1")});
  cns.update_mischief[0] = Mischief::kUnsent;

  rig.view.volume("1").pods = {running_pod("web-1")};
  rig.touch("1", ChangeKind::kPod);
  rig.quiet();

  EXPECT_TRUE(rig.agrees("1"));
}

TEST_F(RefusalTest, ParkedVolumeIsRevivedByAChange) {
  known("1");
  cns.weather = Mischief::kInvalidArgument;
  label("1", "db");
  rig.clock.advance(1min);
  ASSERT_TRUE(parked("1"));
  cns.weather = Mischief::kNone;

  rig.clock.advance(1h);
  EXPECT_FALSE(rig.agrees("1"));
  label("1", "web");
  rig.quiet();

  EXPECT_TRUE(rig.agrees("1"));
  EXPECT_THAT(rig.reconciler().failures(), IsEmpty());
}

TEST_F(RefusalTest, ParkedVolumeIsLookedAtAgainWhenALateTaskMayHaveChangedIt) {
  known("1");
  cns.update_mischief[0] = Mischief::kLostAppliedLate;
  label("1", "late");
  label("1", "db");
  cns.weather = Mischief::kInvalidArgument;
  rig.clock.advance(1min);
  ASSERT_TRUE(parked("1"));
  cns.weather = Mischief::kNone;

  rig.clock.advance(5min);

  EXPECT_TRUE(rig.agrees("1"));
}

TEST_F(RefusalTest, LabelsBeyondTheLimitAreCutOnceAndThenRemembered) {
  cns.store.label_limit = kMaxLabels;
  known("1");
  known("2");
  rig.view.volume("1").claim->labels = many_labels(kMaxLabels + 5);
  rig.view.volume("2").claim->labels = many_labels(kMaxLabels + 5);

  rig.touch("1", ChangeKind::kClaim);
  rig.quiet();
  EXPECT_THAT(cns.updates, SizeIs(2));
  rig.touch("2", ChangeKind::kClaim);
  rig.quiet();
  EXPECT_THAT(cns.updates, SizeIs(3));
  rig.touch("1", ChangeKind::kClaim);
  rig.clock.advance(1h);

  EXPECT_THAT(cns.updates, SizeIs(3));
  for (const char* id : {"1", "2"}) {
    EXPECT_THAT(cns.entities(id),
                ElementsAre(pv_entity(std::string("pv-") + id),
                            claim_entity(std::string("claim-") + id, std::string("pv-") + id,
                                         many_labels(kMaxLabels))));
  }
  EXPECT_THAT(rig.reconciler().failures(), IsEmpty());
}

TEST_F(RefusalTest, LabelsAreCutInEveryCallOfAPlan) {
  cns.store.label_limit = kMaxLabels;
  rig.view.volume("1").pods = {running_pod("web-1")};
  known("1");
  rig.view.volume("1").claim->labels = many_labels(kMaxLabels + 5);
  rig.view.volume("1").pods = {running_pod("web-2")};

  rig.touch("1");
  rig.quiet();

  EXPECT_THAT(cns.updates, SizeIs(3)) << "full set refused, then two calls with the cut one";
  EXPECT_THAT(cns.reads, SizeIs(1));
  EXPECT_THAT(cns.entities("1"), SizeIs(3));
}

TEST_F(RefusalTest, CutThatDoesNotHelpIsNotRemembered) {
  known("1");
  known("2");
  cns.weather = Mischief::kInvalidArgument;
  rig.view.volume("1").claim->labels = many_labels(kMaxLabels + 5);
  rig.touch("1", ChangeKind::kClaim);
  rig.clock.advance(1min);
  ASSERT_TRUE(parked("1"));
  cns.weather = Mischief::kNone;

  rig.view.volume("2").claim->labels = many_labels(kMaxLabels + 5);
  rig.touch("2", ChangeKind::kClaim);
  rig.quiet();

  EXPECT_TRUE(rig.agrees("2")) << "all labels should have been sent";
}

TEST_F(RefusalTest, WithoutLeadershipNothingIsSentAndWithItWorkGoesOn) {
  known("1");
  rig.leader.held = false;
  label("1", "db");
  rig.clock.advance(1min);
  EXPECT_THAT(cns.updates, IsEmpty());
  EXPECT_THAT(rig.reconciler().failures(), IsEmpty());

  rig.leader.held = true;
  rig.clock.advance(1s);

  EXPECT_THAT(cns.updates, SizeIs(1));
  EXPECT_TRUE(rig.agrees("1"));
}

TEST_F(RefusalTest, LeadershipIsAskedBeforeEachCallOfAPlan) {
  rig.view.volume("1").pods = {running_pod("web-1")};
  known("1");
  cns.task_time = 1s;
  rig.view.volume("1").pods = {running_pod("web-2")};
  rig.touch("1", ChangeKind::kPod);
  ASSERT_THAT(cns.updates, SizeIs(1));

  rig.leader.held = false;
  rig.clock.advance(1min);
  EXPECT_THAT(cns.updates, SizeIs(1));
  rig.leader.held = true;
  rig.clock.advance(5s);

  EXPECT_TRUE(rig.agrees("1"));
  EXPECT_THAT(rig.reconciler().failures(), IsEmpty());
}

TEST_F(RefusalTest, LeadershipIsAskedBeforeTheCutSetIsSent) {
  cns.store.label_limit = kMaxLabels;
  known("1");
  cns.task_time = 1s;
  rig.view.volume("1").claim->labels = many_labels(kMaxLabels + 5);
  rig.touch("1", ChangeKind::kClaim);

  rig.leader.held = false;
  rig.clock.advance(1min);
  EXPECT_THAT(cns.updates, SizeIs(1));
  rig.leader.held = true;
  rig.clock.advance(10s);

  EXPECT_THAT(cns.entities("1").at(1).labels, SizeIs(kMaxLabels));
}

TEST_F(RefusalTest, StopEndsTheCallsInFlightAndBeginsNoOthers) {
  known("1");
  known("2");
  cns.task_time = 5s;
  label("1", "db");
  rig.clock.advance(1s);

  rig.reconciler().stop();
  label("2", "db");
  rig.clock.advance(1min);

  EXPECT_THAT(cns.updates, SizeIs(1));
  EXPECT_TRUE(rig.agrees("1"));
}

} // namespace
} // namespace syncer

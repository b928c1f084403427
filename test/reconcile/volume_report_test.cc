#include "reconcile/volume_report.h"

#include <gmock/gmock.h>

#include "fakes/kube_builders.h"
#include "reconciler_rig.h"

namespace syncer {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

class Report : public testing::Test {
 protected:
  std::string verdict() { return verdict_of(rig.reconciler().report("v")); }
  std::vector<std::string> held() { return held_by(rig.reconciler().report("v"), rig.clock.now()); }

  ReconcilerRig rig;
};

TEST_F(Report, InSync) {
  rig.in_sync("v");
  EXPECT_THAT(verdict(), StartsWith("Not compared yet"));
  rig.touch("v");

  EXPECT_EQ(verdict(), "In sync: what CNS told last is what Kubernetes says.");
  EXPECT_THAT(held(), IsEmpty());
  EXPECT_EQ(rig.reconciler().report("v").ledger->entities.size(), 2u);
}

TEST_F(Report, EveryReasonToLeaveItAloneIsASentence) {
  const auto left_alone = [&](const char* why) {
    EXPECT_THAT(verdict(), StartsWith("Left alone: "));
    EXPECT_THAT(verdict(), HasSubstr(why));
  };
  left_alone("no PersistentVolume and no pod names it");
  rig.in_sync("v").pv.phase = VolumePhase::kReleased;
  left_alone("belongs to the CSI controller");
  rig.view.volume("v").pv.phase = VolumePhase::kPending;
  left_alone("Pending or Failed");
  rig.view.all("v").marked = true;
  left_alone("cannot be decoded");
}

TEST_F(Report, AFailureSaysWhatAndWhen) {
  rig.in_sync("v").pv.labels = make_labels({{"a", "b"}});
  rig.cns.weather = Mischief::kRefused;
  rig.touch("v");

  const VolumeReport report = rig.reconciler().report("v");
  EXPECT_EQ(verdict(), "Not in sync: refused by the script.");
  EXPECT_EQ(report.queue.failures, 1u);
  ASSERT_TRUE(report.queue.delayed_until);
  EXPECT_GT(*report.queue.delayed_until, rig.clock.now());
  EXPECT_TRUE(report.queue.pending_since);
}

TEST_F(Report, ARefusalForGoodIsHeldUntilSomethingChanges) {
  rig.in_sync("v").pv.labels = make_labels({{"a", "b"}});
  rig.cns.weather = Mischief::kInvalidArgument;
  rig.touch("v");
  rig.quiet();

  EXPECT_THAT(held(), ElementsAre(HasSubstr("refused it for good")));
}

TEST_F(Report, ALostCallIsDoubt) {
  rig.in_sync("v");
  rig.touch("v");
  rig.view.volume("v").pv.labels = make_labels({{"a", "b"}});
  rig.cns.weather = Mischief::kLostNotApplied;
  rig.touch("v");

  EXPECT_EQ(rig.reconciler().report("v").ledger->state, LedgerEntry::State::kDoubt);
  EXPECT_THAT(held(), ElementsAre("a lost call may still arrive: CNS is read in 10 s"));
}

TEST_F(Report, AVCenterThatDoesNotAnswerAndALostLeaseHoldBack) {
  rig.in_sync("v").pv.labels = make_labels({{"a", "b"}});
  rig.cns.weather = Mischief::kUnsent;
  rig.touch("v");
  EXPECT_THAT(held(), ElementsAre(HasSubstr("vCenter does not answer")));

  rig.leader.held = false;
  EXPECT_THAT(held(), testing::Contains(HasSubstr("does not hold the Lease")));
}

TEST_F(Report, WhatIsNotInCnsIsSaid) {
  rig.view.volume("v");
  rig.touch("v");

  EXPECT_THAT(verdict(), HasSubstr("CNS does not know the volume"));
}

TEST(ChangesOf, NamesWhatIsMissingTooManyAndDifferent) {
  const CnsEntity held_pv = pv_entity("pv", make_labels({{"a", "1"}, {"old", "x"}}));
  const CnsEntity held_claim = claim_entity("c", "pv");
  const CnsEntity held_pod = pod_entity("gone", "c");
  CnsUpdate call;
  call.removals = {held_pod.ref};
  call.upserts = {pv_entity("pv", make_labels({{"a", "2"}, {"new", "y"}})), held_claim,
                  pod_entity("here", "c")};

  const auto changes = changes_of({call}, {held_pv, held_claim, held_pod});

  ASSERT_EQ(changes.size(), 3u);
  EXPECT_EQ(changes[0].sign, '-');
  EXPECT_EQ(changes[0].ref, held_pod.ref);
  EXPECT_EQ(changes[1].sign, '~');
  EXPECT_EQ(changes[1].detail,
            "label a is \"1\", not \"2\", label new is missing, label old is too many");
  EXPECT_EQ(changes[2].sign, '+');
  EXPECT_EQ(changes[2].ref, pod_ref("here"));
}

TEST(ChangesOf, ManyLabelsAreCounted) {
  CnsUpdate call;
  call.upserts = {pv_entity("pv", many_labels(12))};

  const auto changes = changes_of({call}, {pv_entity("pv")});

  ASSERT_EQ(changes.size(), 1u);
  EXPECT_THAT(changes[0].detail, HasSubstr("label k02 is missing and 9 more"));
  EXPECT_THAT(changes_of({}, {pv_entity("pv")}), IsEmpty());
}

TEST(ChangesOf, AReferenceIsContent) {
  CnsUpdate call;
  call.upserts = {claim_entity("c", "pv-new")};

  EXPECT_EQ(changes_of({call}, {claim_entity("c", "pv-old")}).at(0).detail,
            "refers to something else");
}

} // namespace
} // namespace syncer

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "departures_rig.h"

namespace syncer {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(Unregister, AVolumeWhosePvWasSeenToGoIsUnregisteredAfterTheGrace) {
  DeparturesRig rig;
  rig.in_cns("vol-1");

  const auto when = rig.departures->volume_deleted("vol-1", rig.retained("vol-1"), true);
  ASSERT_TRUE(when);
  EXPECT_EQ(*when, rig.clock.now() + minutes(5));
  EXPECT_FALSE(rig.departures->due("vol-1"));
  EXPECT_FALSE(rig.end("vol-1").again);
  EXPECT_THAT(rig.cns.unregistered, IsEmpty());

  rig.clock.advance(minutes(5));
  EXPECT_TRUE(rig.departures->due("vol-1"));
  const Endings::Result result = rig.end("vol-1");

  EXPECT_THAT(rig.cns.unregistered, ElementsAre(VolumeId("vol-1")));
  EXPECT_THAT(rig.cns.updates, IsEmpty());
  EXPECT_FALSE(result.again);
  EXPECT_FALSE(result.lost_at);
  EXPECT_FALSE(rig.departures->due("vol-1"));
  EXPECT_TRUE(rig.departures->unregistered_here("vol-1"));
  EXPECT_EQ(rig.departures->counts().unregistered, 1u);
}

TEST(Unregister, APodEntityThatIsLeftOverDoesNotWithholdABlockVolume) {
  DeparturesRig rig;
  rig.departed("vol-1");
  rig.cns.store.set("vol-1", {pv_entity("pv-vol-1"), pod_entity("web-1", "claim-vol-1")});

  rig.end("vol-1");

  EXPECT_THAT(rig.cns.unregistered, ElementsAre(VolumeId("vol-1")));
}

TEST(Unregister, AFinishedPodDoesNotWithholdIt) {
  DeparturesRig rig;
  rig.departed("vol-1");
  Pod succeeded = running_pod("job-1");
  succeeded.phase = PodPhase::kSucceeded;
  Pod failed = running_pod("job-2");
  failed.phase = PodPhase::kFailed;
  rig.view.claim_pods[{"shop", "claim-vol-1"}] = {succeeded, failed};

  rig.end("vol-1");

  EXPECT_THAT(rig.cns.unregistered, ElementsAre(VolumeId("vol-1")));
}

// -- each condition that withholds it for good

struct Condition53 {
  const char* name;
  std::function<void(DeparturesRig&)> spoil;
  const char* reason; // in the Event; null when there is no object to tell
};
void PrintTo(const Condition53& condition, std::ostream* out) { *out << condition.name; }

class UnregisterCondition : public testing::TestWithParam<Condition53> {};

TEST_P(UnregisterCondition, WithholdsItForGood) {
  DeparturesRig rig;
  rig.departed("vol-1");
  GetParam().spoil(rig);

  const Endings::Result result = rig.end("vol-1");

  EXPECT_THAT(rig.cns.unregistered, IsEmpty());
  EXPECT_THAT(rig.cns.updates, IsEmpty());
  EXPECT_FALSE(result.again);
  EXPECT_FALSE(rig.departures->due("vol-1"));
  EXPECT_EQ(rig.departures->counts().given_up, 1u);
  if (GetParam().reason != nullptr) {
    EXPECT_THAT(rig.events.warnings, ElementsAre(HasSubstr(GetParam().reason)));
  }
}

void add_pod(DeparturesRig& rig, PodPhase phase) {
  Pod pod = running_pod("web-1");
  pod.phase = phase;
  rig.view.claim_pods[{"shop", "claim-vol-1"}] = {pod};
}

INSTANTIATE_TEST_SUITE_P(
    Rule53, UnregisterCondition,
    testing::Values(
        Condition53{"PvExists", [](DeparturesRig& rig) { rig.kube.volumes = {"pv-vol-1"}; },
                    nullptr},
        Condition53{"AnotherPvHasTheHandle",
                    [](DeparturesRig& rig) { rig.view.volume("vol-1").pv.name = "pv-restored"; },
                    "pv-restored"},
        Condition53{"AnInTreePvHasThePath",
                    [](DeparturesRig& rig) { rig.named_by_path = {"vol-1"}; }, nullptr},
        Condition53{"Attached", [](DeparturesRig& rig) { rig.kube.attached = {"pv-vol-1"}; },
                    nullptr},
        Condition53{"RunningPod", [](DeparturesRig& rig) { add_pod(rig, PodPhase::kRunning); },
                    "web-1"},
        Condition53{"PendingPod", [](DeparturesRig& rig) { add_pod(rig, PodPhase::kPending); },
                    "web-1"},
        Condition53{"PodOfUnknownPhase",
                    [](DeparturesRig& rig) { add_pod(rig, PodPhase::kUnknown); }, "web-1"},
        Condition53{"AnotherCluster",
                    [](DeparturesRig& rig) { rig.cns.store.traits("vol-1").others = true; },
                    nullptr},
        Condition53{"NotOurs",
                    [](DeparturesRig& rig) { rig.cns.store.traits("vol-1").ours = false; },
                    nullptr},
        Condition53{"AnotherPvEntity",
                    [](DeparturesRig& rig) { rig.cns.store.set("vol-1", {pv_entity("pv-other")}); },
                    nullptr},
        Condition53{"AnotherClaimEntity",
                    [](DeparturesRig& rig) {
                      rig.cns.store.set("vol-1",
                                        {pv_entity("pv-vol-1"), claim_entity("other", "pv-vol-1")});
                    },
                    nullptr}),
    [](const auto& info) { return info.param.name; });

TEST(Unregister, ADeletionThatNobodySawIsNoReason) {
  DeparturesRig rig;
  rig.in_cns("vol-1");

  EXPECT_FALSE(rig.departures->volume_deleted("vol-1", rig.retained("vol-1"), false));
  rig.clock.advance(std::chrono::hours(1));
  rig.end("vol-1");

  EXPECT_THAT(rig.cns.unregistered, IsEmpty());
}

TEST(Unregister, WhatBelongsToTheControllerIsLeftToIt) {
  DeparturesRig rig;
  rig.in_cns("vol-1");
  BoundVolume volume = bound_volume("vol-1"); // Delete policy, static
  volume.pv.phase = VolumePhase::kReleased;

  EXPECT_FALSE(rig.departures->volume_deleted("vol-1", volume, true));
  rig.clock.advance(std::chrono::hours(1));
  rig.end("vol-1");

  EXPECT_THAT(rig.cns.unregistered, IsEmpty());
}

TEST(Unregister, GivingUpOneVolumeDoesNotStopTheNext) {
  DeparturesRig rig;
  rig.departed("vol-1");
  rig.departed("vol-2");
  rig.kube.volumes = {"pv-vol-1"};

  rig.end("vol-1");
  rig.end("vol-2");

  EXPECT_THAT(rig.cns.unregistered, ElementsAre(VolumeId("vol-2")));
}

TEST(Unregister, AVolumeThatWasGivenUpIsLeftToTheLabel) {
  DeparturesRig rig;
  rig.departed("vol-1");
  rig.kube.attached = {"pv-vol-1"};
  rig.end("vol-1");

  rig.missing("vol-1");
  rig.persist("vol-1");

  EXPECT_THAT(rig.cns.unregistered, IsEmpty());
  EXPECT_EQ(rig.departures->counts().labelled, 1u);
}

TEST(Unregister, AVolumeThatWaitsForItIsNotLabelled) {
  DeparturesRig rig;
  for (int i = 1; i <= 6; ++i) { // too many at once: held
    const VolumeId id = "vol-" + std::to_string(i);
    rig.in_cns(id);
    rig.departures->volume_deleted(id, rig.retained(id), true);
  }

  rig.missing("vol-1");

  EXPECT_FALSE(rig.departures->due("vol-1"));
  EXPECT_EQ(rig.departures->counts().missing.missing, 0u);
}

// -- what only delays it

struct Delay {
  const char* name;
  std::function<void(DeparturesRig&)> begin;
  std::function<void(DeparturesRig&)> end;
};
void PrintTo(const Delay& delay, std::ostream* out) { *out << delay.name; }

class UnregisterDelay : public testing::TestWithParam<Delay> {};

TEST_P(UnregisterDelay, IsTriedAgainLater) {
  DeparturesRig rig;
  rig.departed("vol-1");
  GetParam().begin(rig);

  const Endings::Result result = rig.end("vol-1");
  ASSERT_TRUE(result.again);
  EXPECT_GT(*result.again, rig.clock.now());
  EXPECT_FALSE(result.lost_at);
  EXPECT_THAT(rig.cns.unregistered, IsEmpty());

  GetParam().end(rig);
  rig.persist("vol-1");

  EXPECT_THAT(rig.cns.unregistered, ElementsAre(VolumeId("vol-1")));
  EXPECT_EQ(rig.departures->counts().given_up, 0u);
}

INSTANTIATE_TEST_SUITE_P(
    Rule53, UnregisterDelay,
    testing::Values(Delay{"GetFails", [](DeparturesRig& rig) { rig.kube.gets_fail = true; },
                          [](DeparturesRig& rig) { rig.kube.gets_fail = false; }},
                    Delay{"ListFails", [](DeparturesRig& rig) { rig.kube.lists_fail = true; },
                          [](DeparturesRig& rig) { rig.kube.lists_fail = false; }},
                    Delay{"CnsReadFails", [](DeparturesRig& rig) { rig.cns.reads_fail = true; },
                          [](DeparturesRig& rig) { rig.cns.reads_fail = false; }},
                    Delay{"NotLeading", [](DeparturesRig& rig) { rig.leader.held = false; },
                          [](DeparturesRig& rig) { rig.leader.held = true; }},
                    Delay{"PartialView", [](DeparturesRig& rig) { rig.view.is_complete = false; },
                          [](DeparturesRig& rig) { rig.view.is_complete = true; }},
                    Delay{"InDoubt", [](DeparturesRig& rig) { rig.doubtful = {"vol-1"}; },
                          [](DeparturesRig& rig) { rig.doubtful.clear(); }}),
    [](const auto& info) { return info.param.name; });

TEST(Unregister, EachTryWaitsLongerAndTheOthersGoOn) {
  DeparturesRig rig;
  rig.departed("vol-1");
  rig.departed("vol-2");
  rig.kube.gets_fail = true;

  const Clock::duration first = *rig.end("vol-1").again - rig.clock.now();
  rig.clock.advance(first);
  const Clock::duration second = *rig.end("vol-1").again - rig.clock.now();
  EXPECT_GT(second, first);

  rig.kube.gets_fail = false;
  EXPECT_TRUE(rig.end("vol-1").again); // not before its time
  rig.end("vol-2");
  EXPECT_THAT(rig.cns.unregistered, ElementsAre(VolumeId("vol-2")));
}

TEST(Unregister, OneListOfAttachmentsServesABatch) {
  DeparturesRig rig;
  for (const char* id : {"vol-1", "vol-2", "vol-3"}) rig.in_cns(id);
  for (const char* id : {"vol-1", "vol-2", "vol-3"})
    rig.departures->volume_deleted(id, rig.retained(id), true);
  rig.clock.advance(minutes(5));
  rig.kube.answer_time = seconds(2);
  std::vector<Endings::Result> results;
  for (const char* id : {"vol-1", "vol-2", "vol-3"})
    rig.start(id, [&](const Endings::Result& result) { results.push_back(result); });
  rig.clock.advance(seconds(10));
  ASSERT_EQ(results.size(), 3u);
  EXPECT_EQ(rig.kube.lists, 1u);

  rig.kube.answer_time = {};
  for (const char* id : {"vol-1", "vol-2", "vol-3"}) rig.persist(id);

  EXPECT_EQ(rig.cns.unregistered.size(), 3u);
  EXPECT_LE(rig.kube.lists, 2u);
}

TEST(Unregister, AListOfAttachmentsGetsOld) {
  DeparturesRig rig;
  rig.departed("vol-1");
  rig.end("vol-1");
  rig.departed("vol-2"); // five minutes later
  rig.kube.attached = {"pv-vol-2"};

  rig.end("vol-2");

  EXPECT_EQ(rig.kube.lists, 2u);
  EXPECT_THAT(rig.cns.unregistered, ElementsAre(VolumeId("vol-1")));
}

} // namespace
} // namespace syncer

// What CNS should hold for the kinds of volume beside the ordinary dynamic block volume.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fakes/kube_builders.h"
#include "reconcile/desired.h"

namespace syncer {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;
using namespace std::chrono_literals;

const Clock::time_point kNow{1000h};

BoundVolume shared(std::string_view handle, std::vector<Pod> pods = {}) {
  BoundVolume volume = bound_volume(handle);
  volume.pv.multi_access = true;
  volume.pv.handle = "file:1";
  volume.pods = std::move(pods);
  return volume;
}

VolumeFacts inline_facts(std::vector<Pod> pods) {
  VolumeFacts facts = facts_of({});
  facts.inline_pods = std::move(pods);
  facts.in_tree_path = "[ds] a.vmdk";
  return facts;
}

CnsEntity inline_pod_entity(std::string_view name) { return {pod_ref(name), {}, {}}; }

TEST(DesiredFile, ListsEveryRunningPod) {
  Pod done = running_pod("done");
  done.phase = PodPhase::kSucceeded;
  const Desired result =
      desired_state(facts_of({shared("1", {running_pod("a"), done, running_pod("b")})}), kNow);

  EXPECT_TRUE(result.is_file);
  EXPECT_THAT(result.entities,
              UnorderedElementsAre(pv_entity("pv-1"), claim_entity("claim-1", "pv-1"),
                                   pod_entity("a", "claim-1"), pod_entity("b", "claim-1")));
}

TEST(DesiredFile, ListsEveryPvOfTheShare) {
  const Desired result =
      desired_state(facts_of({shared("1", {running_pod("a")}), shared("2")}), kNow);

  EXPECT_THAT(result.entities,
              UnorderedElementsAre(pv_entity("pv-1"), claim_entity("claim-1", "pv-1"),
                                   pod_entity("a", "claim-1"), pv_entity("pv-2"),
                                   claim_entity("claim-2", "pv-2")));
}

TEST(DesiredFile, APodThatMountsItTwiceIsOneEntityOfBothClaims) {
  const Desired result = desired_state(
      facts_of({shared("1", {running_pod("a")}), shared("2", {running_pod("a")})}), kNow);

  CnsEntity both = pod_entity("a", "claim-1");
  both.refers_to.push_back(claim_ref("claim-2"));
  EXPECT_THAT(result.entities, testing::Contains(both));
  EXPECT_EQ(result.entities.size(), 5u);
}

TEST(DesiredFile, APvOnItsWayOutStaysAsItIsBesideTheOthers) {
  BoundVolume leaving = shared("2");
  leaving.pv.phase = VolumePhase::kReleased;
  const Desired result = desired_state(facts_of({shared("1"), leaving}), kNow);

  EXPECT_EQ(result.hands_off, HandsOff::kNo);
  EXPECT_THAT(result.entities, ElementsAre(pv_entity("pv-1"), claim_entity("claim-1", "pv-1")));
  EXPECT_THAT(result.untouched, UnorderedElementsAre(pv_ref("pv-2"), claim_ref("claim-2")));
  EXPECT_TRUE(result.keep_pods);
}

TEST(DesiredFile, IsLeftAloneWhenEveryPvIs) {
  BoundVolume leaving = shared("1");
  leaving.pv.deleting = true;
  EXPECT_EQ(desired_state(facts_of({leaving}), kNow).hands_off, HandsOff::kControllerOwns);
}

TEST(DesiredType, WhatCnsSaysWinsOverAccessModes) {
  const VolumeFacts facts = facts_of({shared("1", {running_pod("a"), running_pod("b")})});
  EXPECT_FALSE(desired_state(facts, kNow, CnsVolumeType::kBlock).is_file);
  EXPECT_EQ(desired_state(facts, kNow, CnsVolumeType::kBlock).entities.size(), 3u);
  EXPECT_TRUE(desired_state(facts_of({bound_volume("1")}), kNow, CnsVolumeType::kFile).is_file);
}

TEST(DesiredType, AnInTreeVolumeIsABlockVolumeWhateverItsAccessModesSay) {
  VolumeFacts facts = facts_of({shared("1")});
  facts.in_tree_path = "[ds] a.vmdk";
  EXPECT_FALSE(desired_state(facts, kNow).is_file);
}

TEST(DesiredInline, ShowsOneRunningPodWithoutAClaim) {
  const Desired result =
      desired_state(inline_facts({running_pod("b", 20), running_pod("a", 10)}), kNow);

  EXPECT_EQ(result.hands_off, HandsOff::kNo);
  EXPECT_THAT(result.entities, ElementsAre(inline_pod_entity("a")));
  EXPECT_TRUE(result.keep_volumes);
  EXPECT_TRUE(result.keep_claims);
}

TEST(DesiredInline, APodThatFinishedIsNotShown) {
  Pod done = running_pod("a");
  done.phase = PodPhase::kFailed;
  const Desired result = desired_state(inline_facts({done}), kNow);

  EXPECT_EQ(result.hands_off, HandsOff::kNo);
  EXPECT_THAT(result.entities, IsEmpty());
}

TEST(DesiredInline, WhatIsLeftGoesWhenNoPodNamesItAnyMore) {
  const Desired result = desired_state(inline_facts({}), kNow);
  EXPECT_EQ(result.hands_off, HandsOff::kNoVolume);
  EXPECT_TRUE(result.inline_ended);
}

TEST(DesiredInline, NothingGoesFromAPartialView) {
  VolumeFacts facts = inline_facts({});
  facts.view_complete = false;
  EXPECT_FALSE(desired_state(facts, kNow).inline_ended);
  facts = inline_facts({});
  facts.pods_unclear = true;
  EXPECT_FALSE(desired_state(facts, kNow).inline_ended);
}

TEST(DesiredInline, AVolumeOfCsiThatNothingNamesIsLeftAlone) {
  EXPECT_FALSE(desired_state(facts_of({}), kNow).inline_ended);
}

TEST(DesiredInline, APodBesideThePvOfThePathCounts) {
  VolumeFacts facts = facts_of({bound_volume("1")});
  facts.volumes[0].pods = {running_pod("later", 20)};
  facts.inline_pods = {running_pod("earlier", 10)};
  facts.in_tree_path = "[ds] a.vmdk";

  const Desired result = desired_state(facts, kNow);

  EXPECT_THAT(result.entities, ElementsAre(pv_entity("pv-1"), claim_entity("claim-1", "pv-1"),
                                           inline_pod_entity("earlier")));
}

} // namespace
} // namespace syncer

#include "reconcile/drift_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fakes/kube_builders.h"

namespace syncer {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr Clock::time_point kNow{1h};

BoundVolume named(const char* pv, const char* handle = "disk") {
  BoundVolume volume = bound_volume(handle);
  volume.pv.name = pv;
  volume.claim->volume_name = pv;
  return volume;
}

// A Retain PV whose claim was deleted.
BoundVolume released(const char* pv = "pv-disk") {
  BoundVolume volume = named(pv);
  volume.pv.policy = ReclaimPolicy::kRetain;
  volume.pv.phase = VolumePhase::kReleased;
  lose_claim(volume, kNow - 1h);
  return volume;
}

bool is_released(const BoundVolume& volume) {
  return !released_without_consumer("disk", facts_of({volume})).empty();
}

TEST(PvWithoutCns, NamesThePvItsClaimAndWhyItIsNotRegistered) {
  const auto drift = pv_without_cns("disk", facts_of({bound_volume("disk")}), "no such disk", kNow);

  ASSERT_TRUE(drift);
  EXPECT_EQ(drift->type, DriftClass::kPvWithoutCns);
  EXPECT_THAT(drift->pvs, ElementsAre("pv-disk"));
  EXPECT_EQ(drift->claim, "shop/claim-disk");
  EXPECT_EQ(drift->detail, "CNS does not know the volume; registering it fails: no such disk");
}

TEST(PvWithoutCns, WhatAProvisionerMadeIsRegisteredFirst) {
  VolumeFacts facts = facts_of({bound_volume("disk")});
  EXPECT_EQ(pv_without_cns("disk", facts, "", kNow)->cycles, 3u);

  facts.volumes[0].pv.dynamic = false;
  EXPECT_EQ(pv_without_cns("disk", facts, "", kNow)->cycles, 2u);
}

TEST(PvWithoutCns, HandsOffIsNoDrift) {
  BoundVolume going = bound_volume("disk");
  going.pv.deleting = true;
  EXPECT_FALSE(pv_without_cns("disk", facts_of({going}), "", kNow));

  BoundVolume given_back = bound_volume("disk");
  given_back.pv.phase = VolumePhase::kReleased;
  EXPECT_FALSE(pv_without_cns("disk", facts_of({given_back}), "", kNow));

  BoundVolume pending = bound_volume("disk");
  pending.pv.phase = VolumePhase::kPending;
  EXPECT_FALSE(pv_without_cns("disk", facts_of({pending}), "", kNow));

  VolumeFacts marked = facts_of({bound_volume("disk")});
  marked.marked = true;
  EXPECT_FALSE(pv_without_cns("disk", marked, "", kNow));

  EXPECT_FALSE(pv_without_cns("disk", facts_of({}), "", kNow));
}

TEST(PathWithoutCns, HasAPathInsteadOfAVolume) {
  const auto drift =
      path_without_cns("[ds] a.vmdk", facts_of({bound_volume("disk")}), "no such file", kNow);

  ASSERT_TRUE(drift);
  EXPECT_TRUE(drift->volume.empty());
  EXPECT_EQ(drift->in_tree_path, InternedString("[ds] a.vmdk"));
}

TEST(ReleasedWithoutConsumer, IsARetainPvWhoseClaimIsGone) {
  const std::vector<Drift> found = released_without_consumer("disk", facts_of({released()}));

  ASSERT_THAT(found, SizeIs(1));
  EXPECT_THAT(found[0].pvs, ElementsAre("pv-disk"));
  EXPECT_EQ(found[0].claim, "shop/claim-disk");
}

TEST(ReleasedWithoutConsumer, AFailedOneIsToo) {
  BoundVolume volume = released();
  volume.pv.phase = VolumePhase::kFailed;
  EXPECT_TRUE(is_released(volume));
}

TEST(ReleasedWithoutConsumer, OneThatAProvisionerMadeCannotWaitForItsFirstClaim) {
  BoundVolume volume = released();
  volume.pv.phase = VolumePhase::kAvailable;
  EXPECT_FALSE(is_released(volume)) << "its claim may not be bound yet";

  volume.pv.claim = {};
  EXPECT_TRUE(is_released(volume));

  volume.pv.dynamic = false;
  EXPECT_FALSE(is_released(volume)) << "a static PV waits for its first claim";
}

TEST(ReleasedWithoutConsumer, OtherPoliciesAreTheControllers) {
  BoundVolume volume = released();
  volume.pv.policy = ReclaimPolicy::kDelete;
  EXPECT_FALSE(is_released(volume));
}

TEST(ReleasedWithoutConsumer, OneThatIsBeingDeletedIsNot) {
  BoundVolume volume = released();
  volume.pv.deleting = true;
  EXPECT_FALSE(is_released(volume));
}

TEST(ReleasedWithoutConsumer, AClaimOrAPodIsAConsumer) {
  BoundVolume claimed = released();
  claimed.claim = named("pv-disk").claim;
  EXPECT_FALSE(is_released(claimed));

  BoundVolume used = released();
  used.pods = {running_pod("web")};
  EXPECT_FALSE(is_released(used));

  used.pods[0].phase = PodPhase::kSucceeded;
  EXPECT_TRUE(is_released(used));

  VolumeFacts inline_use = facts_of({released()});
  inline_use.inline_pods = {running_pod("web")};
  EXPECT_THAT(released_without_consumer("disk", inline_use), IsEmpty());
}

TEST(ReleasedWithoutConsumer, ADiskThatAnotherPvUsesIsInUse) {
  EXPECT_THAT(released_without_consumer("disk", facts_of({released("old"), named("new")})),
              IsEmpty());
}

TEST(ReleasedWithoutConsumer, WhatCannotBeReadMayBeAConsumer) {
  for (bool VolumeFacts::*const unclear :
       {&VolumeFacts::marked, &VolumeFacts::claims_unclear, &VolumeFacts::pods_unclear}) {
    VolumeFacts facts = facts_of({released()});
    facts.*unclear = true;
    EXPECT_THAT(released_without_consumer("disk", facts), IsEmpty());
  }
}

TEST(SharedHandle, NamesAllPvsAndTheOneThatCnsShows) {
  BoundVolume older = named("b");
  older.pv.created -= 10;
  const auto drift =
      shared_handle("disk", facts_of({named("a"), older}), CnsVolumeType::kBlock, kNow);

  ASSERT_TRUE(drift);
  EXPECT_THAT(drift->pvs, ElementsAre("a", "b"));
  EXPECT_THAT(drift->detail, HasSubstr("CNS shows b"));
}

TEST(SharedHandle, OnePvIsNone) {
  EXPECT_FALSE(shared_handle("disk", facts_of({named("a")}), CnsVolumeType::kBlock, kNow));
}

TEST(SharedHandle, AFileShareMayHaveManyPvs) {
  VolumeFacts facts = facts_of({named("a"), named("b")});
  EXPECT_FALSE(shared_handle("disk", facts, CnsVolumeType::kFile, kNow));

  facts.volumes[0].pv.multi_access = true;
  EXPECT_FALSE(shared_handle("disk", facts, CnsVolumeType::kUnknown, kNow));
  EXPECT_TRUE(shared_handle("disk", facts, CnsVolumeType::kBlock, kNow));
}

TEST(SharedHandle, APvThatIsGoingDoesNotCount) {
  BoundVolume going = named("b");
  going.pv.deleting = true;
  EXPECT_FALSE(shared_handle("disk", facts_of({named("a"), going}), CnsVolumeType::kBlock, kNow));

  BoundVolume given_back = named("b");
  given_back.pv.phase = VolumePhase::kReleased;
  EXPECT_FALSE(
      shared_handle("disk", facts_of({named("a"), given_back}), CnsVolumeType::kBlock, kNow));
}

TEST(MovedBacking, SaysBothPlaces) {
  VolumeFacts facts = facts_of({named("a")});
  facts.in_tree_path = "[ds] kubevols/a.vmdk";
  const Drift drift = moved_backing("disk", facts, "[ds2] vm/a_1.vmdk");

  EXPECT_EQ(drift.detail,
            "the disk is at [ds2] vm/a_1.vmdk, and its path says [ds] kubevols/a.vmdk");
  EXPECT_EQ(drift.in_tree_path, facts.in_tree_path);
  EXPECT_THAT(drift.pvs, ElementsAre("a"));
}

} // namespace
} // namespace syncer

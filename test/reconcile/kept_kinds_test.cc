#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "reconcile/plan.h"

namespace syncer {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const EntityRef kPv{EntityKind::kVolume, {}, "pv-1"};
const EntityRef kClaim{EntityKind::kClaim, "shop", "data"};

EntityRef pod(const char* name) { return {EntityKind::kPod, "shop", name}; }

Desired with_pod(const char* name) {
  Desired desired;
  desired.entities = {{kPv, {}, {}}, {kClaim, {}, {kPv}}, {pod(name), {}, {kClaim}}};
  return desired;
}

std::vector<EntityRef> upserted(const CnsUpdate& call) {
  std::vector<EntityRef> refs;
  for (const CnsEntity& entity : call.upserts) refs.push_back(entity.ref);
  return refs;
}

TEST(KeptKinds, APodThatCannotBeJudgedStaysAndNoOtherIsPutBesideIt) {
  const RecordedEntities known = recorded(with_pod("web-0").entities);
  Desired desired = with_pod("web-1");
  desired.keep_pods = true;

  EXPECT_THAT(plan_update("vol-1", desired, known), IsEmpty());
}

TEST(KeptKinds, OtherKindsAreStillSent) {
  const RecordedEntities known = recorded(with_pod("web-0").entities);
  Desired desired = with_pod("web-1");
  desired.keep_pods = true;
  desired.entities[1].labels = {{"app", "db"}};

  const std::vector<CnsUpdate> plan = plan_update("vol-1", desired, known);

  ASSERT_EQ(plan.size(), 1u);
  EXPECT_THAT(upserted(plan[0]), ElementsAre(kPv, kClaim));
  EXPECT_THAT(plan[0].removals, IsEmpty());
}

TEST(KeptKinds, WithNothingRecordedTheWantedPodIsSent) {
  Desired desired = with_pod("web-1");
  desired.keep_pods = true;

  const std::vector<CnsUpdate> plan = plan_update("vol-1", desired, {});

  ASSERT_EQ(plan.size(), 1u);
  EXPECT_THAT(upserted(plan[0]), ElementsAre(kPv, kClaim, pod("web-1")));
}

TEST(KeptKinds, FactsThatMissANamelessObjectKeepItsKind) {
  VolumeFacts facts;
  BoundVolume volume;
  volume.pv.name = "pv-1";
  volume.pv.phase = VolumePhase::kBound;
  facts.volumes.push_back(volume);
  facts.pods_unclear = true;

  const Clock::time_point now{std::chrono::hours(1)};
  const Desired desired = desired_state(facts, now);

  EXPECT_TRUE(desired.keep_pods);
  EXPECT_GT(desired.look_again, now);
}

TEST(KeptKinds, AClaimThatIsMissingInAPartialViewIsLookedAtAgain) {
  VolumeFacts facts;
  BoundVolume volume;
  volume.pv.name = "pv-1";
  volume.pv.policy = ReclaimPolicy::kRetain;
  volume.pv.claim = {"shop", "data"};
  volume.pv.claim_uid = Uid::parse("00000000-0000-0000-0000-000000000001");
  facts.volumes.push_back(volume);
  const Clock::time_point now{std::chrono::hours(1)};

  const Desired partial = desired_state(facts, now);
  facts.view_complete = true;
  const Desired complete = desired_state(facts, now);

  EXPECT_TRUE(partial.keep_claims);
  EXPECT_GT(partial.look_again, now);
  EXPECT_FALSE(complete.keep_claims);
  EXPECT_FALSE(complete.look_again);
}

} // namespace
} // namespace syncer

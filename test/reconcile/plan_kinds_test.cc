// Calls for file volumes, inline volumes, --policy=upsert-only and a changed distribution.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fakes/kube_builders.h"
#include "reconcile/plan.h"

namespace syncer {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using testing::UnorderedElementsAre;

CnsEntity inline_pod_entity(std::string_view name) { return {pod_ref(name), {}, {}}; }

Desired file(std::vector<CnsEntity> entities) {
  Desired desired;
  desired.is_file = true;
  desired.entities = std::move(entities);
  return desired;
}

TEST(PlanFile, OneCallCarriesAllPodsAndAllRemovals) {
  const Desired desired =
      file({pv_entity("pv"), claim_entity("c", "pv"), pod_entity("a", "c"), pod_entity("b", "c")});
  const std::vector<CnsUpdate> plan = plan_update(
      "1", desired,
      recorded({pv_entity("pv"), pod_entity("gone-1", "c"), pod_entity("gone-2", "c")}));

  ASSERT_THAT(plan, SizeIs(1));
  EXPECT_THAT(plan[0].upserts, SizeIs(4));
  EXPECT_THAT(plan[0].removals, UnorderedElementsAre(pod_ref("gone-1"), pod_ref("gone-2")));
}

TEST(PlanFile, UntouchedEntitiesAreNeitherWrittenNorRemoved) {
  Desired desired = file({pv_entity("pv-1")});
  desired.untouched = {pv_ref("pv-2"), claim_ref("c-2")};
  const RecordedEntities known =
      recorded({pv_entity("pv-1"), pv_entity("pv-2"), claim_entity("c-2", "pv-2")});

  EXPECT_THAT(plan_update("1", desired, known), IsEmpty());
  const auto plan = plan_update(
      "1", desired, recorded({pv_entity("pv-2"), claim_entity("c-2", "pv-2"), pv_entity("old")}));
  ASSERT_THAT(plan, SizeIs(1));
  EXPECT_THAT(plan[0].removals, ElementsAre(pv_ref("old")));
}

TEST(PlanFile, KeptPodsStayBesideNewOnes) {
  Desired desired = file({pv_entity("pv"), pod_entity("new", "c")});
  desired.keep_pods = true;
  const auto plan =
      plan_update("1", desired, recorded({pv_entity("pv"), pod_entity("perhaps", "c")}));
  ASSERT_THAT(plan, SizeIs(1));
  EXPECT_THAT(plan[0].removals, IsEmpty());
  EXPECT_THAT(plan[0].upserts, ElementsAre(pv_entity("pv"), pod_entity("new", "c")));
}

TEST(PlanInline, OnlyPodsWithoutAClaimGoWhenItEnded) {
  Desired desired;
  desired.hands_off = HandsOff::kNoVolume;
  desired.inline_ended = true;
  const auto plan = plan_update(
      "1", desired, recorded({pv_entity("pv"), claim_entity("c", "pv"), inline_pod_entity("a")}));
  ASSERT_THAT(plan, SizeIs(1));
  EXPECT_THAT(plan[0].removals, ElementsAre(pod_ref("a")));
  EXPECT_THAT(plan[0].upserts, IsEmpty());
  EXPECT_THAT(plan_update("1", desired, recorded(std::vector<CnsEntity>{pod_entity("a", "c")})),
              IsEmpty());
}

TEST(PlanInline, PvAndClaimOfEarlierStayWhileAPodNamesThePath) {
  Desired desired;
  desired.keep_volumes = desired.keep_claims = true;
  desired.entities = {inline_pod_entity("new")};
  const auto plan = plan_update(
      "1", desired, recorded({pv_entity("pv"), claim_entity("c", "pv"), pod_entity("old", "c")}));
  ASSERT_THAT(plan, SizeIs(2));
  EXPECT_THAT(plan[0].removals, ElementsAre(pod_ref("old")));
  EXPECT_THAT(plan[1].upserts, ElementsAre(inline_pod_entity("new")));
}

TEST(PlanUpsertOnly, TakesNothingAwayWithoutAReplacement) {
  Desired desired;
  desired.upsert_only = true;
  desired.entities = {pv_entity("pv")};
  EXPECT_THAT(
      plan_update("1", desired,
                  recorded({pv_entity("pv"), claim_entity("c", "pv"), pod_entity("a", "c")})),
      IsEmpty());
}

TEST(PlanUpsertOnly, StillReplacesThePodOfABlockVolume) {
  Desired desired;
  desired.upsert_only = true;
  desired.entities = {pv_entity("pv"), pod_entity("new", "c")};
  const auto plan = plan_update("1", desired, recorded({pv_entity("pv"), pod_entity("old", "c")}));
  ASSERT_THAT(plan, SizeIs(2));
  EXPECT_THAT(plan[0].removals, ElementsAre(pod_ref("old")));
}

TEST(PlanUpsertOnly, NeverRemovesFromAFileVolume) {
  Desired desired = file({pv_entity("pv"), pod_entity("new", "c")});
  desired.upsert_only = true;
  const auto plan = plan_update("1", desired, recorded({pv_entity("pv"), pod_entity("old", "c")}));
  ASSERT_THAT(plan, SizeIs(1));
  EXPECT_THAT(plan[0].removals, IsEmpty());
}

TEST(PlanRewrite, SendsTheCompleteSetThoughNothingDiffers) {
  Desired desired;
  desired.entities = {pv_entity("pv"), claim_entity("c", "pv")};
  const RecordedEntities known = recorded(desired.entities);
  EXPECT_THAT(plan_update("1", desired, known), IsEmpty());
  const auto plan = plan_update("1", desired, known, true);
  ASSERT_THAT(plan, SizeIs(1));
  EXPECT_THAT(plan[0].upserts, SizeIs(2));
}

TEST(PlanRewrite, NeverSendsAnEmptyCall) {
  EXPECT_THAT(plan_update("1", Desired(), {}, true), IsEmpty());
}

} // namespace
} // namespace syncer

#include "reconcile/in_tree_create.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "fakes/kube_builders.h"

namespace syncer {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;

constexpr Clock::time_point kNow{std::chrono::hours(5)};

VolumeFacts in_tree(std::vector<BoundVolume> volumes) {
  VolumeFacts facts = facts_of(std::move(volumes));
  facts.in_tree_path = "[ds] a.vmdk";
  return facts;
}

Pod pod_in(PodPhase phase, const char* name) {
  Pod pod = running_pod(name);
  pod.phase = phase;
  return pod;
}

TEST(InTreeStart, APvComesWithItsClaimItsPodAndItsPolicy) {
  BoundVolume volume = bound_volume("a");
  volume.pv.policy_name = "gold";
  volume.pods = {running_pod("web-1"), running_pod("web-2")};

  const InTreeStart start = in_tree_start(in_tree({volume}), kNow);

  EXPECT_TRUE(start.now);
  EXPECT_EQ(start.policy_name, "gold");
  EXPECT_THAT(start.entities, ElementsAre(pv_entity("pv-a"), claim_entity("claim-a", "pv-a"),
                                          pod_entity("web-1", "claim-a")));
}

TEST(InTreeStart, AnInlinePodRefersToNothing) {
  VolumeFacts facts = in_tree({});
  facts.inline_pods = {running_pod("web-1")};

  const InTreeStart start = in_tree_start(facts, kNow);

  EXPECT_TRUE(start.now);
  EXPECT_THAT(start.entities, ElementsAre(CnsEntity{pod_ref("web-1"), {}, {}}));
}

TEST(InTreeStart, APodThatHasNotStartedNeedsItsDiskRegisteredFirst) {
  VolumeFacts facts = in_tree({});
  facts.inline_pods = {pod_in(PodPhase::kPending, "web-1")};

  const InTreeStart start = in_tree_start(facts, kNow);

  EXPECT_TRUE(start.now);
  EXPECT_THAT(start.entities, IsEmpty());
}

TEST(InTreeStart, FinishedPodsNeedNoDisk) {
  VolumeFacts facts = in_tree({});
  facts.inline_pods = {pod_in(PodPhase::kSucceeded, "job-1"), pod_in(PodPhase::kFailed, "job-2")};

  EXPECT_FALSE(in_tree_start(facts, kNow).now);
}

TEST(InTreeStart, HandsOffMeansNotNow) {
  BoundVolume leaving = bound_volume("a");
  leaving.pv.deleting = true;
  VolumeFacts marked = in_tree({bound_volume("a")});
  marked.marked = true;

  EXPECT_FALSE(in_tree_start(in_tree({leaving}), kNow).now);
  EXPECT_FALSE(in_tree_start(marked, kNow).now);
  EXPECT_FALSE(in_tree_start(in_tree({}), kNow).now);
}

TEST(InTreeStart, OneEntityPerKindWhateverTheAccessModes) {
  BoundVolume first = bound_volume("a");
  BoundVolume second = bound_volume("b");
  first.pv.multi_access = second.pv.multi_access = true;
  second.pv.created += 1;
  second.pods = {running_pod("web-1")};
  VolumeFacts facts = in_tree({first, second});
  facts.in_tree_path = {};

  EXPECT_THAT(in_tree_start(facts, kNow).entities,
              ElementsAre(pv_entity("pv-a"), claim_entity("claim-a", "pv-a")));
}

TEST(InTreeTarget, IsThePvOrThePod) {
  VolumeFacts facts = in_tree({});
  EXPECT_FALSE(in_tree_target(facts));
  facts.inline_pods = {running_pod("web-2"), running_pod("web-1")};
  ASSERT_TRUE(in_tree_target(facts));
  EXPECT_EQ(in_tree_target(facts)->kind, EventTarget::Kind::kPod);
  EXPECT_EQ(in_tree_target(facts)->key.name, "web-1");
  facts.volumes = {bound_volume("a")};
  EXPECT_EQ(in_tree_target(facts)->kind, EventTarget::Kind::kVolume);
}

TEST(VolumesMark, ChangesWithThePvsAlone) {
  VolumeFacts facts = in_tree({bound_volume("a")});
  const std::uint64_t before = volumes_mark(facts);
  facts.inline_pods = {running_pod("web-1")};
  facts.volumes[0].pv.version = 7;
  EXPECT_EQ(volumes_mark(facts), before);
  facts.volumes[0].pv.uid = Uid::parse("recreated");
  EXPECT_NE(volumes_mark(facts), before);
  EXPECT_NE(volumes_mark(in_tree({})), before);
}

TEST(RandomUuid, LooksLikeVersionFour) {
  double next = 0;
  const Random random = [&next] {
    next += 0.317;
    return next -= static_cast<int>(next);
  };
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i) {
    const std::string text = random_uuid(random);
    EXPECT_THAT(text, MatchesRegex("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-"
                                   "[0-9a-f]{12}"));
    seen.insert(text);
  }
  EXPECT_GT(seen.size(), 90u);
}

} // namespace
} // namespace syncer

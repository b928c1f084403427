#include "cluster_cache_rig.h"

namespace syncer {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

TEST_F(ClusterCacheTest, FactsLinkVolumeClaimAndPods) {
  one_volume();

  const VolumeFacts facts = cache.facts("h1");

  ASSERT_EQ(facts.volumes.size(), 1u);
  EXPECT_EQ(facts.volumes[0].pv.name.view(), "pv-1");
  ASSERT_TRUE(facts.volumes[0].claim);
  EXPECT_EQ(facts.volumes[0].claim->key.name.view(), "c-pv-1");
  EXPECT_THAT(pods_of("h1"), ElementsAre("web-0"));
  EXPECT_TRUE(facts.view_complete);
  EXPECT_FALSE(facts.marked);
  EXPECT_THAT(cache.volumes(), ElementsAre(VolumeId("h1")));
  EXPECT_TRUE(cache.facts("other").volumes.empty());
}

TEST_F(ClusterCacheTest, LinksDoNotDependOnTheOrderOfArrival) {
  list(Resource::kPods, {pod_json("web-0", "c-pv-1", 12)});
  list(Resource::kClaims, {claim_json("c-pv-1", "pv-1", 11)});
  EXPECT_THAT(touched, IsEmpty());
  list(Resource::kVolumes, {pv_json("pv-1", "h1", 10)});

  EXPECT_THAT(take_touched(), ElementsAre("h1"));
  EXPECT_THAT(pods_of("h1"), ElementsAre("web-0"));
}

TEST_F(ClusterCacheTest, SyncedIsToldOnceWhenAllListsAreComplete) {
  list(Resource::kVolumes, {});
  list(Resource::kClaims, {});
  EXPECT_FALSE(cache.synced());
  list(Resource::kPods, {});
  list(Resource::kPods, {});

  EXPECT_TRUE(cache.synced());
  EXPECT_EQ(synced, 1);
  EXPECT_FALSE(cache.complete()); // no quorum read yet
}

TEST_F(ClusterCacheTest, EveryChangeOfAnyOfThemTouchesTheVolume) {
  one_volume();
  json pv = pv_json("pv-1", "h1", 20);
  pv["metadata"]["labels"]["a"] = "b";
  put(Resource::kVolumes, pv);
  EXPECT_THAT(take_touched(), ElementsAre("h1"));

  json claim = claim_json("c-pv-1", "pv-1", 21);
  claim["metadata"]["labels"]["a"] = "b";
  put(Resource::kClaims, claim);
  EXPECT_THAT(take_touched(), ElementsAre("h1"));

  json pod = pod_json("web-0", "c-pv-1", 22);
  pod["status"]["phase"] = "Succeeded";
  put(Resource::kPods, pod);
  EXPECT_THAT(take_touched(), ElementsAre("h1"));
  EXPECT_EQ(cache.facts("h1").volumes[0].pods[0].phase, PodPhase::kSucceeded);
}

TEST_F(ClusterCacheTest, ChangeOfNothingWeSendIsIgnored) {
  one_volume();

  put(Resource::kVolumes, pv_json("pv-1", "h1", 20));
  put(Resource::kClaims, claim_json("c-pv-1", "pv-1", 21));
  json pod = pod_json("web-0", "c-pv-1", 22);
  pod["metadata"]["labels"]["rollout"] = "7";
  put(Resource::kPods, pod);

  EXPECT_THAT(touched, IsEmpty());
  EXPECT_EQ(observer.count, 3);
}

TEST_F(ClusterCacheTest, NewHandleTouchesOldAndNewVolume) {
  one_volume();

  put(Resource::kVolumes, pv_json("pv-1", "h2", 20));

  EXPECT_THAT(take_touched(), UnorderedElementsAre("h1", "h2"));
  EXPECT_TRUE(cache.facts("h1").volumes.empty());
  EXPECT_THAT(pods_of("h2"), ElementsAre("web-0"));
}

TEST_F(ClusterCacheTest, PodThatMovesToAnotherClaimTouchesBoth) {
  one_volume();
  put(Resource::kVolumes, pv_json("pv-2", "h2", 13));
  touched.clear();

  put(Resource::kPods, pod_json("web-0", "c-pv-2", 20));

  EXPECT_THAT(take_touched(), UnorderedElementsAre("h1", "h2"));
  EXPECT_THAT(pods_of("h1"), IsEmpty());
  EXPECT_THAT(pods_of("h2"), ElementsAre("web-0"));
}

TEST_F(ClusterCacheTest, ObjectThatStopsBeingOurBusinessGoes) {
  one_volume();
  json pod = pod_json("web-0", "c-pv-1", 20);
  pod["spec"]["volumes"] = json::array();

  put(Resource::kPods, pod);

  EXPECT_THAT(take_touched(), ElementsAre("h1"));
  EXPECT_EQ(cache.objects(Resource::kPods), 0u);
}

TEST_F(ClusterCacheTest, OlderNewsNeverReplacesOrRemoves) {
  one_volume();

  json old = pv_json("pv-1", "h0", 9);
  put(Resource::kVolumes, old);
  remove(Resource::kClaims, claim_json("c-pv-1", "pv-1", 5));

  EXPECT_THAT(touched, IsEmpty());
  EXPECT_EQ(cache.facts("h1").volumes.size(), 1u);
  EXPECT_TRUE(cache.facts("h1").volumes[0].claim);
}

TEST_F(ClusterCacheTest, ForcedListPutsOlderObjectsInPlace) {
  one_volume();

  list(Resource::kVolumes, {pv_json("pv-1", "h0", 3)}, true);

  EXPECT_TRUE(cache.facts("h1").volumes.empty());
  EXPECT_EQ(cache.facts("h0").volumes.size(), 1u);
}

TEST_F(ClusterCacheTest, ListWithoutAnObjectRemovesIt) {
  one_volume();
  put(Resource::kPods, pod_json("web-1", "c-pv-1", 13));
  touched.clear();

  list(Resource::kPods, {pod_json("web-1", "c-pv-1", 13)});

  EXPECT_THAT(pods_of("h1"), ElementsAre("web-1"));
  EXPECT_THAT(take_touched(), ElementsAre("h1"));
}

TEST_F(ClusterCacheTest, ListGivenUpRemovesNothing) {
  one_volume();

  cache.begin_list(Resource::kPods, false);
  list(Resource::kPods, {pod_json("web-0", "c-pv-1", 12)});

  EXPECT_THAT(pods_of("h1"), ElementsAre("web-0"));
}

TEST_F(ClusterCacheTest, EventsWithinAListCount) {
  one_volume();

  cache.begin_list(Resource::kPods, false);
  put(Resource::kPods, pod_json("web-0", "c-pv-1", 12));
  put(Resource::kPods, pod_json("web-1", "c-pv-1", 13));
  remove(Resource::kPods, pod_json("web-0", "c-pv-1", 14));
  cache.end_list(Resource::kPods);

  EXPECT_THAT(pods_of("h1"), ElementsAre("web-1"));
}

TEST_F(ClusterCacheTest, RecreatedVolumeIsAnotherOne) {
  one_volume();
  json again = pv_json("pv-1", "h2", 20);
  again["metadata"]["uid"] = "uid-new";

  put(Resource::kVolumes, again);

  EXPECT_THAT(take_touched(), UnorderedElementsAre("h1", "h2"));
  EXPECT_EQ(cache.objects(Resource::kVolumes), 1u);
}

TEST_F(ClusterCacheTest, VanishedClaimIsGoneSinceItsRemoval) {
  one_volume();
  clock.advance(1min);
  const auto when = clock.now();

  remove(Resource::kClaims, claim_json("c-pv-1", "pv-1", 20));
  clock.advance(1min);
  json pv = pv_json("pv-1", "h1", 21); // a later change of the PV does not move the moment
  pv["status"]["phase"] = "Released";
  put(Resource::kVolumes, pv);

  const BoundVolume volume = cache.facts("h1").volumes[0];
  EXPECT_FALSE(volume.claim);
  EXPECT_EQ(volume.claim_gone_since, when);
  EXPECT_TRUE(volume.claim_removal_observed);
}

TEST_F(ClusterCacheTest, ClaimMissedByARelistWasNotSeenToGo) {
  one_volume();

  list(Resource::kClaims, {});

  const BoundVolume volume = cache.facts("h1").volumes[0];
  EXPECT_TRUE(volume.claim_gone_since);
  EXPECT_FALSE(volume.claim_removal_observed);
}

TEST_F(ClusterCacheTest, ClaimNeverSeenIsGoneSinceTheCacheIsComplete) {
  list(Resource::kVolumes, {pv_json("pv-1", "h1", 10)});
  clock.advance(1min);
  list(Resource::kClaims, {});
  list(Resource::kPods, {});
  EXPECT_FALSE(cache.facts("h1").volumes[0].claim_gone_since);
  clock.advance(1min);
  const auto when = clock.now();
  for (const Resource resource : kResources) cache.reached_quorum(resource);
  clock.advance(1min);

  EXPECT_EQ(cache.facts("h1").volumes[0].claim_gone_since, when);
}

TEST_F(ClusterCacheTest, ClaimRecreatedUnderTheSameNameIsNotTheBoundOne) {
  one_volume();
  clock.advance(1min);
  json again = claim_json("c-pv-1", "", 20);
  again["metadata"]["uid"] = "uid-new";

  put(Resource::kClaims, again);

  const BoundVolume volume = cache.facts("h1").volumes[0];
  EXPECT_FALSE(volume.claim);
  EXPECT_EQ(volume.claim_gone_since, clock.now());
  EXPECT_TRUE(volume.claim_removal_observed);
  EXPECT_THAT(volume.pods, IsEmpty()); // they use the new claim
}

TEST_F(ClusterCacheTest, EphemeralPodCountsOnlyIfItOwnsTheClaim) {
  one_volume();
  json pod = pod_json("c", "x", 20);
  pod["spec"]["volumes"] = {{{"name", "pv-1"}, {"ephemeral", json::object()}}}; // claim c-pv-1
  put(Resource::kPods, pod);
  EXPECT_THAT(pods_of("h1"), ElementsAre("web-0"));

  json claim = claim_json("c-pv-1", "pv-1", 21);
  claim["metadata"]["ownerReferences"] = {
      {{"kind", "Pod"}, {"uid", "uid-c"}, {"controller", true}}};
  put(Resource::kClaims, claim);

  EXPECT_THAT(pods_of("h1"), UnorderedElementsAre("web-0", "c"));
}

TEST_F(ClusterCacheTest, TwoVolumesOfOneHandleAndOneClaimName) {
  one_volume();
  json twin = pv_json("pv-2", "h1", 20);
  twin["spec"]["claimRef"] = {{"namespace", "shop"}, {"name", "c-pv-1"}, {"uid", "uid-c-pv-1"}};
  put(Resource::kVolumes, twin);
  EXPECT_EQ(cache.facts("h1").volumes.size(), 2u);

  remove(Resource::kVolumes, pv_json("pv-1", "h1", 21));

  ASSERT_EQ(cache.facts("h1").volumes.size(), 1u);
  EXPECT_EQ(cache.facts("h1").volumes[0].pv.name.view(), "pv-2");
  EXPECT_THAT(pods_of("h1"), ElementsAre("web-0"));
}

TEST_F(ClusterCacheTest, ViewThatWentBackIsPartialUntilConfirmed) {
  one_volume();

  cache.went_back();
  EXPECT_FALSE(cache.facts("h1").view_complete);

  cache.confirm_view();
  EXPECT_TRUE(cache.complete());
}

TEST_F(ClusterCacheTest, NothingIsLeftBehind) {
  const std::size_t before = InternedString::alive();
  one_volume();
  remove(Resource::kVolumes, pv_json("pv-1", "h1", 20));
  remove(Resource::kClaims, claim_json("c-pv-1", "pv-1", 20));
  remove(Resource::kPods, pod_json("web-0", "c-pv-1", 20));
  touched.clear();
  deleted.clear();

  EXPECT_EQ(InternedString::alive(), before);
  EXPECT_EQ(cache.volume_count(), 0u);
}

} // namespace
} // namespace syncer

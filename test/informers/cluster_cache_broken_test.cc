#include "cluster_cache_rig.h"

namespace syncer {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

using ClusterCacheBrokenTest = ClusterCacheTest;

TEST_F(ClusterCacheBrokenTest, BrokenObjectKeepsItsLastGoodVersionMarked) {
  one_volume();

  put_broken(Resource::kClaims, claim_json("c-pv-1", "pv-1", 20));

  const VolumeFacts facts = cache.facts("h1");
  EXPECT_TRUE(facts.marked);
  EXPECT_TRUE(facts.volumes[0].claim);
  EXPECT_FALSE(cache.complete());
  EXPECT_THAT(take_touched(), ElementsAre("h1"));
  EXPECT_TRUE(cache.is_marked(Resource::kClaims, "shop", "c-pv-1"));

  put(Resource::kClaims, claim_json("c-pv-1", "pv-1", 21));

  EXPECT_FALSE(cache.facts("h1").marked);
  EXPECT_TRUE(cache.complete());
  EXPECT_THAT(take_touched(), ElementsAre("h1"));
}

TEST_F(ClusterCacheBrokenTest, OlderGoodVersionDoesNotTakeTheMarkAway) {
  one_volume();
  put_broken(Resource::kVolumes, pv_json("pv-1", "h1", 20));

  put(Resource::kVolumes, pv_json("pv-1", "h1", 15));

  EXPECT_TRUE(cache.facts("h1").marked);
}

TEST_F(ClusterCacheBrokenTest, AListWithAnOlderGoodVersionDoesNotTakeTheMarkAway) {
  one_volume();
  put_broken(Resource::kClaims, claim_json("c-pv-1", "pv-1", 20));

  list(Resource::kClaims, {claim_json("c-pv-1", "pv-1", 15)});

  EXPECT_TRUE(cache.facts("h1").marked);
  EXPECT_FALSE(cache.complete());
}

// Of a restored server: its versions begin below the broken one.
TEST_F(ClusterCacheBrokenTest, AForcedListWithAnOlderGoodVersionTakesTheMarkAway) {
  one_volume();
  put_broken(Resource::kClaims, claim_json("c-pv-1", "pv-1", 20));

  list(Resource::kClaims, {claim_json("c-pv-1", "pv-1", 15)}, true);

  EXPECT_FALSE(cache.facts("h1").marked);
  EXPECT_TRUE(cache.complete());
}

TEST_F(ClusterCacheBrokenTest, AfterAForcedListThatHasItBrokenANewVersionCounts) {
  one_volume();
  json broken = claim_json("c-pv-1", "pv-1", 5);
  broken["spec"] = "broken";

  list(Resource::kClaims, {broken}, true);
  EXPECT_TRUE(cache.facts("h1").marked);
  put(Resource::kClaims, claim_json("c-pv-1", "pv-1", 6));

  EXPECT_FALSE(cache.facts("h1").marked);
  EXPECT_TRUE(cache.complete());
}

TEST_F(ClusterCacheBrokenTest, BrokenPodMarksTheVolumesItReaches) {
  one_volume();
  put(Resource::kVolumes, pv_json("pv-2", "h2", 13));

  put_broken(Resource::kPods, pod_json("web-0", "c-pv-1", 20));
  EXPECT_TRUE(cache.facts("h1").marked);
  EXPECT_FALSE(cache.facts("h2").marked);

  // One never seen before may use any claim of its namespace.
  put_broken(Resource::kPods, pod_json("web-9", "?", 21));
  EXPECT_TRUE(cache.facts("h2").marked);
}

TEST_F(ClusterCacheBrokenTest, DeletionOfABrokenObjectTakesTheMarkAway) {
  one_volume();
  json pod = pod_json("web-0", "c-pv-1", 20);
  put_broken(Resource::kPods, pod);
  pod["spec"] = "broken";

  remove(Resource::kPods, pod);

  EXPECT_THAT(pods_of("h1"), IsEmpty());
  EXPECT_TRUE(cache.complete());
}

TEST_F(ClusterCacheBrokenTest, ObjectWithoutANameHoldsRemovalsUntilACleanList) {
  one_volume();
  json nameless = pod_json("web-0", "c-pv-1", 20);
  nameless["metadata"].erase("name");
  put(Resource::kPods, nameless);
  EXPECT_TRUE(cache.facts("h1").pods_unclear);
  EXPECT_FALSE(cache.facts("h1").claims_unclear);
  EXPECT_FALSE(cache.complete());

  list(Resource::kPods, {nameless});
  EXPECT_THAT(pods_of("h1"), ElementsAre("web-0")); // it may be the nameless one
  EXPECT_TRUE(cache.unclear(Resource::kPods));

  list(Resource::kPods, {});
  EXPECT_THAT(pods_of("h1"), IsEmpty());
  EXPECT_TRUE(cache.complete());
}

TEST_F(ClusterCacheBrokenTest, BrokenItemOfAListIsNotSweptAway) {
  one_volume();

  cache.begin_list(Resource::kClaims, false);
  put_broken(Resource::kClaims, claim_json("c-pv-1", "pv-1", 20));
  cache.end_list(Resource::kClaims);

  EXPECT_TRUE(cache.facts("h1").volumes[0].claim);
  EXPECT_TRUE(cache.facts("h1").marked);
}

} // namespace
} // namespace syncer

// Objects that a cluster may hold although nobody would write them on purpose: none of them may
// reach the volume of another.
#include "cluster_cache_rig.h"

namespace syncer {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

using ClusterCacheInputTest = ClusterCacheTest;

TEST_F(ClusterCacheInputTest, EmptyHandleStopsNobodyButHoldsRemovals) {
  one_volume();

  put(Resource::kVolumes, pv_json("pv-2", "", 20));

  EXPECT_THAT(touched, IsEmpty());
  EXPECT_TRUE(cache.is_marked(Resource::kVolumes, "", "pv-2"));
  EXPECT_FALSE(cache.complete()); // nobody knows which volume it means
  EXPECT_FALSE(cache.facts("h1").marked);
  EXPECT_THAT(pods_of("h1"), ElementsAre("web-0"));
  EXPECT_TRUE(cache.facts("").volumes.empty());

  put(Resource::kVolumes, pv_json("pv-2", "h2", 21));
  EXPECT_TRUE(cache.complete());
  EXPECT_THAT(take_touched(), testing::Contains("h2"));
}

TEST_F(ClusterCacheInputTest, HandleOfAMegabyteIsNotKept) {
  one_volume();

  put(Resource::kVolumes, pv_json("pv-1", std::string(1'048'576, 'h'), 20));

  EXPECT_THAT(cache.volumes(), ElementsAre(VolumeId("h1")));
  EXPECT_TRUE(cache.facts("h1").marked); // its last good version
}

TEST_F(ClusterCacheInputTest, NoClaimAtAll) {
  one_volume();
  json pv = pv_json("pv-2", "h2", 20);
  pv["spec"].erase("claimRef");
  put(Resource::kVolumes, pv);

  const BoundVolume volume = cache.facts("h2").volumes.at(0);
  EXPECT_FALSE(volume.claim);
  EXPECT_FALSE(volume.claim_gone_since);
  EXPECT_THAT(volume.pods, IsEmpty());
}

TEST_F(ClusterCacheInputTest, TwoVolumesOfOneHandle) {
  one_volume();
  put(Resource::kVolumes, pv_json("pv-2", "h1", 20));
  put(Resource::kClaims, claim_json("c-pv-2", "pv-2", 21));
  put(Resource::kPods, pod_json("web-1", "c-pv-2", 22));

  const VolumeFacts facts = cache.facts("h1");

  ASSERT_EQ(facts.volumes.size(), 2u);
  for (const BoundVolume& volume : facts.volumes) EXPECT_EQ(volume.pods.size(), 1u);
  EXPECT_THAT(pods_of("h1"), UnorderedElementsAre("web-0", "web-1"));
  EXPECT_EQ(cache.volume_count(), 1u);
}

// Only the PV's own claimRef binds.
TEST_F(ClusterCacheInputTest, ClaimsThatPointToEachOthersVolumes) {
  one_volume();
  put(Resource::kVolumes, pv_json("pv-2", "h2", 20));
  put(Resource::kClaims, claim_json("c-pv-1", "pv-2", 21));
  put(Resource::kClaims, claim_json("c-pv-2", "pv-1", 22));

  EXPECT_EQ(cache.facts("h1").volumes.at(0).claim->key.name.view(), "c-pv-1");
  EXPECT_EQ(cache.facts("h2").volumes.at(0).claim->key.name.view(), "c-pv-2");
}

TEST_F(ClusterCacheInputTest, EphemeralClaimThatAnotherPodOwns) {
  one_volume();
  json claim = claim_json("c-pv-1", "pv-1", 20);
  claim["metadata"]["ownerReferences"] = {
      {{"kind", "Pod"}, {"uid", "uid-someone"}, {"controller", true}}};
  put(Resource::kClaims, claim);
  json pod = pod_json("c", "x", 21);
  pod["spec"]["volumes"] = {{{"name", "pv-1"}, {"ephemeral", json::object()}}}; // claim c-pv-1
  put(Resource::kPods, pod);

  EXPECT_THAT(pods_of("h1"), ElementsAre("web-0"));
}

TEST_F(ClusterCacheInputTest, PodWithAForeignClaimBeforeOurs) {
  one_volume();
  json pod = pod_json("web-1", "c-pv-1", 20);
  json foreign = {{"name", "nfs"}, {"persistentVolumeClaim", {{"claimName", "foreign"}}}};
  pod["spec"]["volumes"].insert(pod["spec"]["volumes"].begin(), foreign);
  put(Resource::kClaims, claim_json("foreign", "pv-nfs", 21));

  put(Resource::kPods, pod);

  EXPECT_THAT(pods_of("h1"), UnorderedElementsAre("web-0", "web-1"));
}

TEST_F(ClusterCacheInputTest, BothSourcesAreOneCsiVolume) {
  one_volume();
  json pv = pv_json("pv-2", "h2", 20);
  pv["spec"]["vsphereVolume"] = {{"volumePath", "[ds] 1.vmdk"}};

  put(Resource::kVolumes, pv);

  EXPECT_EQ(cache.facts("h2").volumes.size(), 1u);
  EXPECT_THAT(cache.in_tree_paths(), IsEmpty());
}

} // namespace
} // namespace syncer

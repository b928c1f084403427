// What is told when a PersistentVolume leaves the cache, and what counts as having been seen.
#include "cluster_cache_rig.h"

namespace syncer {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

using ClusterCacheDeletedTest = ClusterCacheTest;

TEST_F(ClusterCacheDeletedTest, DeletedEventIsObservedWithTheLastState) {
  one_volume();
  json pv = pv_json("pv-1", "h1", 20);
  pv["metadata"]["deletionTimestamp"] = "2025-01-03T00:00:00Z";

  remove(Resource::kVolumes, pv);

  ASSERT_EQ(deleted.size(), 1u);
  EXPECT_TRUE(deleted[0].observed);
  EXPECT_EQ(deleted[0].last.pv.handle.view(), "h1");
  EXPECT_TRUE(deleted[0].last.pv.deleting); // as the event has it
  ASSERT_TRUE(deleted[0].last.claim);
  EXPECT_EQ(deleted[0].last.claim->key.name.view(), "c-pv-1");
  EXPECT_EQ(deleted[0].last.pods.size(), 1u);
}

TEST_F(ClusterCacheDeletedTest, IsToldBeforeTheTouchAndAfterTheVolumeIsGone) {
  std::vector<std::string> order;
  ViewCallbacks callbacks;
  ClusterCache* seen = nullptr;
  callbacks.touched = [&](const VolumeKey&, ChangeKind) { order.push_back("touched"); };
  callbacks.on_deleted = [&](const BoundVolume& last, bool) {
    order.push_back("deleted");
    EXPECT_THAT(seen->facts(last.pv.handle).volumes, IsEmpty());
  };
  ClusterCache other(clock, observer, std::move(callbacks));
  seen = &other;
  const std::string bytes = pv_json("pv-1", "h1", 10).dump();
  other.put(Resource::kVolumes, decode_item(KubeFormat::kJson, Resource::kVolumes, bytes));
  order.clear();

  other.remove(Resource::kVolumes, decode_item(KubeFormat::kJson, Resource::kVolumes, bytes));

  EXPECT_THAT(order, ElementsAre("deleted", "touched"));
}

TEST_F(ClusterCacheDeletedTest, InTreeVolumeIsToldToo) {
  one_in_tree_volume("[ds] 1.vmdk");

  remove(Resource::kVolumes, in_tree_pv_json("pv-1", "[ds] 1.vmdk", 20));

  ASSERT_EQ(deleted.size(), 1u);
  EXPECT_TRUE(deleted[0].observed);
  EXPECT_EQ(deleted[0].last.pv.in_tree_path.view(), "[ds] 1.vmdk");
}

TEST_F(ClusterCacheDeletedTest, ListWithoutTheVolumeObservesNothing) {
  one_volume();

  list(Resource::kVolumes, {});

  ASSERT_EQ(deleted.size(), 1u);
  EXPECT_FALSE(deleted[0].observed);
  EXPECT_TRUE(deleted[0].last.claim);
}

TEST_F(ClusterCacheDeletedTest, AnotherVolumeOfTheNameObservesNothing) {
  one_volume();
  json again = pv_json("pv-1", "h2", 20);
  again["metadata"]["uid"] = "uid-new";

  put(Resource::kVolumes, again);
  ASSERT_EQ(deleted.size(), 1u);
  EXPECT_FALSE(deleted[0].observed);
  EXPECT_EQ(deleted[0].last.pv.handle.view(), "h1");

  // The deletion of one that we never knew is none of the one we know.
  json third = pv_json("pv-1", "h3", 21);
  third["metadata"]["uid"] = "uid-third";
  remove(Resource::kVolumes, third);
  ASSERT_EQ(deleted.size(), 2u);
  EXPECT_FALSE(deleted[1].observed);
  EXPECT_EQ(deleted[1].last.pv.handle.view(), "h2");
}

TEST_F(ClusterCacheDeletedTest, DeletionThatCannotBeReadObservesNothing) {
  one_volume();
  json pv = pv_json("pv-1", "h1", 20);
  pv["spec"] = "broken";

  remove(Resource::kVolumes, pv);

  ASSERT_EQ(deleted.size(), 1u);
  EXPECT_FALSE(deleted[0].observed);
}

TEST_F(ClusterCacheDeletedTest, VolumeThatStopsBeingOurBusinessWasNotDeleted) {
  one_volume();
  json pv = pv_json("pv-1", "h1", 20);
  pv["spec"]["csi"]["driver"] = "ebs.csi.aws.com";

  put(Resource::kVolumes, pv);

  ASSERT_EQ(deleted.size(), 1u);
  EXPECT_FALSE(deleted[0].observed);
  EXPECT_EQ(cache.objects(Resource::kVolumes), 0u);
}

TEST_F(ClusterCacheDeletedTest, OldDeletionTellsNothing) {
  one_volume();

  remove(Resource::kVolumes, pv_json("pv-1", "h1", 9));

  EXPECT_THAT(deleted, IsEmpty());
}

TEST_F(ClusterCacheDeletedTest, ClaimWithAnotherUidInAListWasNotSeenToGo) {
  one_volume();
  json again = claim_json("c-pv-1", "", 20);
  again["metadata"]["uid"] = "uid-new";

  list(Resource::kClaims, {again});

  const BoundVolume volume = cache.facts("h1").volumes.at(0);
  EXPECT_FALSE(volume.claim);
  EXPECT_FALSE(volume.claim_removal_observed);
}

} // namespace
} // namespace syncer

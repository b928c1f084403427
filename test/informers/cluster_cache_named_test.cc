#include "cluster_cache_rig.h"

namespace syncer {
namespace {

class ClusterCacheNamed : public ClusterCacheTest {
 protected:
  std::vector<std::string> keys(std::string_view name) {
    std::vector<std::string> keys;
    for (const VolumeKey& key : cache.named(name).keys) {
      keys.push_back(key.id.str() + key.in_tree_path.str());
    }
    return keys;
  }
};

TEST_F(ClusterCacheNamed, ByClaimPvOrHandle) {
  one_volume();

  for (const char* name : {"shop/c-pv-1", "pv-1", "h1"}) {
    EXPECT_EQ(keys(name), std::vector<std::string>{"h1"}) << name;
    EXPECT_TRUE(cache.named(name).known) << name;
  }
  ASSERT_TRUE(cache.named("shop/c-pv-1").claim);
  EXPECT_EQ(cache.named("shop/c-pv-1").claim->volume_name, "pv-1");
}

TEST_F(ClusterCacheNamed, AnInTreeVolumeByItsPathToo) {
  one_in_tree_volume("[ds] kubevols/a.vmdk");

  for (const char* name : {"shop/c-pv-1", "pv-1", "[ds] kubevols/a.vmdk"}) {
    EXPECT_EQ(keys(name), std::vector<std::string>{"[ds] kubevols/a.vmdk"}) << name;
  }
}

TEST_F(ClusterCacheNamed, AClaimWithoutAVolumeIsKnown) {
  list(Resource::kVolumes, {});
  list(Resource::kClaims, {claim_json("waiting", "", 11)});

  EXPECT_TRUE(cache.named("shop/waiting").known);
  EXPECT_TRUE(cache.named("shop/waiting").keys.empty());
  EXPECT_TRUE(cache.named("shop/waiting").claim);
}

TEST_F(ClusterCacheNamed, AClaimThatIsGoneLeadsToThePvThatNamesIt) {
  one_volume();
  remove(Resource::kClaims, claim_json("c-pv-1", "pv-1", 13));

  EXPECT_EQ(keys("shop/c-pv-1"), std::vector<std::string>{"h1"});
  EXPECT_FALSE(cache.named("shop/c-pv-1").claim);
}

TEST_F(ClusterCacheNamed, NothingElseIsKnown) {
  one_volume();

  // A claim that only a pod names does not exist.
  put(Resource::kPods, pod_json("web-1", "c-ghost", 20));
  for (const char* name : {"", "/", "shop/", "c-pv-1", "shop/c-ghost", "web-0", "other/c-pv-1"}) {
    EXPECT_FALSE(cache.named(name).known) << name;
    EXPECT_TRUE(keys(name).empty()) << name;
  }
}

} // namespace
} // namespace syncer

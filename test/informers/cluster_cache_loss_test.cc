// A list that suddenly lacks very much: the lists of the other resources may tell more.
#include "cluster_cache_rig.h"

namespace syncer {
namespace {

using namespace std::chrono_literals;

class ClusterCacheLossTest : public ClusterCacheTest {
 protected:
  // One volume with a claim and this many pods.
  void crowd(int count) {
    one_volume();
    for (int i = 0; i < count; ++i) {
      put(Resource::kPods, pod_json("web-" + std::to_string(i), "c-pv-1", 100 + i));
    }
  }
};

TEST_F(ClusterCacheLossTest, PodsThatVanishInGreatNumberArePutDownAsUnclearForAMinute) {
  crowd(30);
  list(Resource::kPods, {});

  EXPECT_TRUE(pods_of("h1").empty());
  EXPECT_TRUE(cache.facts("h1").pods_unclear);
  EXPECT_TRUE(cache.facts("h1").claims_unclear);
  clock.advance(59s);
  EXPECT_TRUE(cache.facts("h1").pods_unclear);
  clock.advance(1s);
  EXPECT_FALSE(cache.facts("h1").pods_unclear);
  EXPECT_FALSE(cache.facts("h1").claims_unclear);
}

TEST_F(ClusterCacheLossTest, AFewMayVanish) {
  crowd(2);
  list(Resource::kPods, {});
  EXPECT_FALSE(cache.facts("h1").pods_unclear);
}

TEST_F(ClusterCacheLossTest, AnEventIsNoLoss) {
  crowd(30);
  for (int i = 0; i < 30; ++i) {
    remove(Resource::kPods, pod_json("web-" + std::to_string(i), "c-pv-1", 200 + i));
  }
  EXPECT_FALSE(cache.facts("h1").pods_unclear);
}

TEST_F(ClusterCacheLossTest, WhatWasSeenToGoIsToldFromWhatAListLacks) {
  const InternedString path("[ds] a.vmdk");
  const auto inline_pod = [](const char* name, int version) {
    json pod = pod_json(name, "unused", version);
    pod["spec"]["volumes"] = {
        {{"name", "data"}, {"vsphereVolume", {{"volumePath", "[ds] a.vmdk"}}}}};
    return pod;
  };
  one_volume();
  put(Resource::kPods, inline_pod("a", 20));
  put(Resource::kPods, inline_pod("b", 21));
  remove(Resource::kPods, inline_pod("a", 22));
  EXPECT_FALSE(cache.inline_removal_observed(path)) << "b still names it";
  remove(Resource::kPods, inline_pod("b", 23));
  EXPECT_TRUE(cache.inline_removal_observed(path));

  put(Resource::kPods, inline_pod("c", 24));
  list(Resource::kPods, {});
  EXPECT_FALSE(cache.inline_removal_observed(path));
}

} // namespace
} // namespace syncer

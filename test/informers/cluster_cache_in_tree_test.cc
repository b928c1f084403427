#include "cluster_cache_rig.h"

namespace syncer {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

constexpr const char* kPath = "[ds] kube/1.vmdk";
constexpr const char* kOther = "[ds] kube/2.vmdk";

class ClusterCacheInTreeTest : public ClusterCacheTest {
 protected:
  // Made by the in-tree plugin; `migrated`: handed over to CSI.
  static json provisioned(int version, bool migrated) {
    json pv = in_tree_pv_json("pv-1", kPath, version);
    json& annotations = pv["metadata"]["annotations"];
    annotations["pv.kubernetes.io/provisioned-by"] = "kubernetes.io/vsphere-volume";
    if (migrated) annotations["pv.kubernetes.io/migrated-to"] = "csi.vsphere.vmware.com";
    return pv;
  }
  static json migrated_claim(int version) {
    json claim = claim_json("c-pv-1", "pv-1", version);
    claim["metadata"]["annotations"] = {
        {"pv.kubernetes.io/migrated-to", "csi.vsphere.vmware.com"},
        {"volume.kubernetes.io/storage-provisioner", "kubernetes.io/vsphere-volume"}};
    return claim;
  }
  std::vector<std::string> paths() const {
    std::vector<std::string> all;
    for (const InternedString& path : cache.in_tree_paths()) all.push_back(path.str());
    return all;
  }
  std::vector<std::string> inline_pods(const char* path) const {
    std::vector<std::string> names;
    for (const Pod& pod : cache.in_tree_facts(path).inline_pods)
      names.push_back(pod.key.name.str());
    return names;
  }
};

TEST_F(ClusterCacheInTreeTest, FactsLinkVolumeClaimAndPodsByPath) {
  one_in_tree_volume(kPath);

  const VolumeFacts facts = cache.in_tree_facts(kPath);

  EXPECT_EQ(facts.in_tree_path.view(), kPath);
  ASSERT_EQ(facts.volumes.size(), 1u);
  EXPECT_TRUE(facts.volumes[0].claim);
  ASSERT_EQ(facts.volumes[0].pods.size(), 1u);
  EXPECT_THAT(facts.inline_pods, IsEmpty());
  EXPECT_TRUE(facts.view_complete);
  EXPECT_FALSE(facts.marked);
  EXPECT_THAT(paths(), ElementsAre(kPath));
  // It is no CSI volume.
  EXPECT_THAT(cache.volumes(), IsEmpty());
  EXPECT_EQ(cache.volume_count(), 0u);
}

TEST_F(ClusterCacheInTreeTest, UnknownPathHasNoFacts) {
  one_in_tree_volume(kPath);

  const VolumeFacts facts = cache.in_tree_facts(kOther);

  EXPECT_TRUE(facts.in_tree_path.empty());
  EXPECT_THAT(facts.volumes, IsEmpty());
  EXPECT_TRUE(facts.view_complete);
}

TEST_F(ClusterCacheInTreeTest, VolumeIsKeptUntilAnAnnotationHandsItOver) {
  one_in_tree_volume(kPath);
  put(Resource::kVolumes, provisioned(20, false));
  EXPECT_THAT(cache.in_tree_facts(kPath).volumes, IsEmpty());
  EXPECT_TRUE(cache.in_tree_facts(kPath).in_tree_path.empty());
  EXPECT_THAT(paths(), IsEmpty());
  touched.clear();

  put(Resource::kVolumes, provisioned(21, true));

  EXPECT_THAT(take_touched(), ElementsAre(kPath));
  EXPECT_EQ(cache.in_tree_facts(kPath).volumes.size(), 1u);
  EXPECT_THAT(paths(), ElementsAre(kPath));
}

TEST_F(ClusterCacheInTreeTest, BoundClaimHandsTheVolumeOver) {
  one_in_tree_volume(kPath);
  put(Resource::kVolumes, provisioned(20, false));
  touched.clear();

  put(Resource::kClaims, migrated_claim(21));
  EXPECT_THAT(take_touched(), ElementsAre(kPath));
  EXPECT_EQ(cache.in_tree_facts(kPath).volumes.size(), 1u);

  // A claim of that name that is not the bound one says nothing about this PV.
  json other = migrated_claim(22);
  other["metadata"]["uid"] = "uid-new";
  put(Resource::kClaims, other);
  EXPECT_THAT(cache.in_tree_facts(kPath).volumes, IsEmpty());
}

TEST_F(ClusterCacheInTreeTest, EveryChangeTouchesThePath) {
  one_in_tree_volume(kPath);

  json claim = claim_json("c-pv-1", "pv-1", 20);
  claim["metadata"]["labels"]["a"] = "b";
  put(Resource::kClaims, claim);
  EXPECT_THAT(take_touched(), ElementsAre(kPath));

  json pod = pod_json("web-0", "c-pv-1", 21);
  pod["status"]["phase"] = "Succeeded";
  put(Resource::kPods, pod);
  EXPECT_THAT(take_touched(), ElementsAre(kPath));

  remove(Resource::kVolumes, in_tree_pv_json("pv-1", kPath, 22));
  EXPECT_THAT(take_touched(), ElementsAre(kPath));
  EXPECT_THAT(cache.in_tree_facts(kPath).volumes, IsEmpty());
}

TEST_F(ClusterCacheInTreeTest, ChangedPathTouchesBoth) {
  one_in_tree_volume(kPath);

  put(Resource::kVolumes, in_tree_pv_json("pv-1", kOther, 20));

  EXPECT_THAT(take_touched(), UnorderedElementsAre(kPath, kOther));
  EXPECT_THAT(paths(), ElementsAre(kOther));
}

TEST_F(ClusterCacheInTreeTest, VolumeThatTurnsIntoCsiTouchesBoth) {
  one_in_tree_volume(kPath);

  put(Resource::kVolumes, pv_json("pv-1", "h1", 20));
  EXPECT_THAT(take_touched(), UnorderedElementsAre(kPath, "h1"));
  EXPECT_THAT(paths(), IsEmpty());
  EXPECT_THAT(pods_of("h1"), ElementsAre("web-0"));

  put(Resource::kVolumes, in_tree_pv_json("pv-1", kPath, 21));
  EXPECT_THAT(take_touched(), UnorderedElementsAre(kPath, "h1"));
  EXPECT_EQ(cache.volume_count(), 0u);
}

TEST_F(ClusterCacheInTreeTest, InlinePodsInEveryPhaseAndNamespace) {
  one_volume();
  put(Resource::kPods, inline_pod_json("disk-0", kPath, 20));
  EXPECT_THAT(take_touched(), ElementsAre(kPath));
  json ended = inline_pod_json("disk-1", kPath, 21);
  ended["status"]["phase"] = "Failed";
  ended["metadata"]["namespace"] = "other";
  put(Resource::kPods, ended);

  EXPECT_THAT(inline_pods(kPath), UnorderedElementsAre("disk-0", "disk-1"));
  EXPECT_EQ(cache.in_tree_facts(kPath).in_tree_path.view(), kPath);
  EXPECT_THAT(cache.in_tree_facts(kPath).volumes, IsEmpty());
  EXPECT_THAT(paths(), ElementsAre(kPath));
}

TEST_F(ClusterCacheInTreeTest, InlinePodThatMovesOrGoesTouchesItsPaths) {
  one_volume();
  put(Resource::kPods, inline_pod_json("disk-0", kPath, 20));
  touched.clear();

  put(Resource::kPods, inline_pod_json("disk-0", kOther, 21));
  EXPECT_THAT(take_touched(), UnorderedElementsAre(kPath, kOther));
  EXPECT_THAT(inline_pods(kPath), IsEmpty());

  remove(Resource::kPods, inline_pod_json("disk-0", kOther, 22));
  EXPECT_THAT(take_touched(), ElementsAre(kOther));
  EXPECT_THAT(paths(), IsEmpty());
}

TEST_F(ClusterCacheInTreeTest, PodWithClaimAndDiskTouchesBothVolumes) {
  one_volume();
  json pod = pod_json("web-1", "c-pv-1", 20);
  pod["spec"]["volumes"].push_back({{"name", "disk"}, {"vsphereVolume", {{"volumePath", kPath}}}});
  pod["spec"]["volumes"].push_back({{"name", "same"}, {"vsphereVolume", {{"volumePath", kPath}}}});

  put(Resource::kPods, pod);

  EXPECT_THAT(take_touched(), testing::IsSupersetOf({"h1", kPath}));
  EXPECT_THAT(inline_pods(kPath), ElementsAre("web-1"));
  EXPECT_THAT(pods_of("h1"), UnorderedElementsAre("web-0", "web-1"));
}

TEST_F(ClusterCacheInTreeTest, TwoVolumesOfOnePathOneOfThemNotHandedOver) {
  one_in_tree_volume(kPath);
  json twin = in_tree_pv_json("pv-2", kPath, 20);
  put(Resource::kVolumes, twin);
  EXPECT_EQ(cache.in_tree_facts(kPath).volumes.size(), 2u);

  put(Resource::kVolumes, provisioned(21, false)); // pv-1
  ASSERT_EQ(cache.in_tree_facts(kPath).volumes.size(), 1u);
  EXPECT_EQ(cache.in_tree_facts(kPath).volumes[0].pv.name.view(), "pv-2");

  remove(Resource::kVolumes, in_tree_pv_json("pv-2", kPath, 22));
  EXPECT_THAT(paths(), IsEmpty());
}

TEST_F(ClusterCacheInTreeTest, VanishedClaimIsGoneSinceItsRemoval) {
  one_in_tree_volume(kPath);
  clock.advance(1min);
  remove(Resource::kClaims, claim_json("c-pv-1", "pv-1", 20));

  const BoundVolume volume = cache.in_tree_facts(kPath).volumes.at(0);

  EXPECT_EQ(volume.claim_gone_since, clock.now());
  EXPECT_TRUE(volume.claim_removal_observed);
}

TEST_F(ClusterCacheInTreeTest, BrokenObjectsMarkThePathTheyReach) {
  one_in_tree_volume(kPath);
  put(Resource::kPods, inline_pod_json("disk-0", kOther, 13));

  put_broken(Resource::kClaims, claim_json("c-pv-1", "pv-1", 20));
  EXPECT_TRUE(cache.in_tree_facts(kPath).marked);
  EXPECT_FALSE(cache.in_tree_facts(kOther).marked);
  put(Resource::kClaims, claim_json("c-pv-1", "pv-1", 21));

  put_broken(Resource::kPods, inline_pod_json("disk-0", kOther, 22));
  EXPECT_FALSE(cache.in_tree_facts(kPath).marked);
  EXPECT_TRUE(cache.in_tree_facts(kOther).marked);
  EXPECT_THAT(inline_pods(kOther), ElementsAre("disk-0"));

  // One never seen before may name any path.
  put_broken(Resource::kPods, inline_pod_json("disk-9", "?", 23));
  EXPECT_TRUE(cache.in_tree_facts(kPath).marked);
}

TEST_F(ClusterCacheInTreeTest, UnclearPodsAreTold) {
  one_in_tree_volume(kPath);
  json nameless = inline_pod_json("disk-0", kPath, 20);
  nameless["metadata"].erase("name");
  put(Resource::kPods, nameless);

  EXPECT_TRUE(cache.in_tree_facts(kPath).pods_unclear);
  EXPECT_FALSE(cache.in_tree_facts(kPath).view_complete);
}

TEST_F(ClusterCacheInTreeTest, PendingClaimsByUid) {
  one_volume();
  EXPECT_THAT(cache.pending_claims(), IsEmpty());
  json claim = claim_json("new", "", 20);
  claim["status"]["phase"] = "Pending";
  put(Resource::kClaims, claim);
  EXPECT_THAT(cache.pending_claims(), ElementsAre(Uid::parse("uid-new")));

  claim = claim_json("new", "pv-9", 21);
  put(Resource::kClaims, claim);
  EXPECT_THAT(cache.pending_claims(), IsEmpty());
}

TEST_F(ClusterCacheInTreeTest, PodsOfAClaimWhetherItExistsOrNot) {
  one_volume();
  json ended = pod_json("web-1", "c-pv-1", 20);
  ended["status"]["phase"] = "Succeeded";
  put(Resource::kPods, ended);
  remove(Resource::kClaims, claim_json("c-pv-1", "pv-1", 21));
  remove(Resource::kVolumes, pv_json("pv-1", "h1", 22));

  EXPECT_EQ(cache.pods_of_claim(ObjectKey{"shop", "c-pv-1"}).size(), 2u);
  EXPECT_THAT(cache.pods_of_claim(ObjectKey{"other", "c-pv-1"}), IsEmpty());
}

TEST_F(ClusterCacheInTreeTest, NothingIsLeftBehind) {
  const std::size_t before = InternedString::alive();
  one_in_tree_volume(kPath);
  put(Resource::kPods, inline_pod_json("disk-0", kPath, 13));
  remove(Resource::kVolumes, in_tree_pv_json("pv-1", kPath, 20));
  remove(Resource::kClaims, claim_json("c-pv-1", "pv-1", 20));
  list(Resource::kPods, {});
  deleted.clear();

  EXPECT_EQ(InternedString::alive(), before);
}

TEST_F(ClusterCacheInTreeTest, APathIsNamedByWhateverPvOrPodThereIs) {
  EXPECT_FALSE(cache.in_tree_path_named(kPath));
  put(Resource::kVolumes, provisioned(10, false));
  ASSERT_THAT(paths(), IsEmpty()) << "CSI has not taken it over";
  EXPECT_TRUE(cache.in_tree_path_named(kPath));

  json pod = inline_pod_json("job-0", kOther, 11);
  pod["status"]["phase"] = "Succeeded";
  put(Resource::kPods, pod);
  EXPECT_TRUE(cache.in_tree_path_named(kOther));

  remove(Resource::kVolumes, provisioned(12, false));
  remove(Resource::kPods, inline_pod_json("job-0", kOther, 13));
  EXPECT_FALSE(cache.in_tree_path_named(kPath));
  EXPECT_FALSE(cache.in_tree_path_named(kOther));
}

} // namespace
} // namespace syncer

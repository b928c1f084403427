#include "sim/generator.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>
#include <set>

#include "sim/kube_encode.h"

namespace syncer::sim {

namespace {

struct Cluster {
  KubeStore store;
  GeneratedWorld world;
  std::vector<SimVolume> cns; // of the first vCenter

  std::vector<json> all(const char* plural) const {
    const KubeResource& resource = *find_resource(plural);
    std::vector<json> objects;
    for (const auto& [key, object] : store.objects(resource)) {
      objects.push_back(to_json(resource, *object));
    }
    return objects;
  }
};

Cluster make_cluster(GeneratorOptions options) {
  Cluster cluster;
  cluster.world = generate_cluster(options, cluster.store);
  cluster.cns = cluster.world.vcenters.at(0).volumes;
  return cluster;
}

GeneratorOptions small(CnsStart start = CnsStart::kFresh) {
  GeneratorOptions options;
  options.volumes = 24;
  options.pods_per_volume = 2;
  options.start = start;
  return options;
}

const json& named(const std::vector<json>& objects, const std::string& name) {
  for (const json& object : objects) {
    if (object["metadata"]["name"] == name) return object;
  }
  throw std::runtime_error("no object " + name);
}

} // namespace

TEST(Generator, SameSeedMakesTheSameCluster) {
  const Cluster one = make_cluster(small());
  const Cluster two = make_cluster(small());
  GeneratorOptions other = small();
  other.seed = 2;

  EXPECT_EQ(one.all("persistentvolumes"), two.all("persistentvolumes"));
  EXPECT_EQ(one.all("pods"), two.all("pods"));
  EXPECT_NE(one.all("pods"), make_cluster(other).all("pods"));
}

TEST(Generator, VolumesClaimsAndPodsPointAtEachOther) {
  const Cluster cluster = make_cluster(small());
  const std::vector<json> volumes = cluster.all("persistentvolumes");
  const std::vector<json> claims = cluster.all("persistentvolumeclaims");
  const std::vector<json> pods = cluster.all("pods");

  ASSERT_EQ(volumes.size(), 24U);
  ASSERT_EQ(claims.size(), 24U);
  ASSERT_EQ(pods.size(), 48U);
  for (const json& claim : claims) {
    const json& volume = named(volumes, claim["spec"]["volumeName"]);
    EXPECT_EQ(volume["spec"]["claimRef"]["uid"], claim["metadata"]["uid"]);
    EXPECT_EQ(volume["spec"]["claimRef"]["name"], claim["metadata"]["name"]);
    EXPECT_EQ(volume["spec"]["csi"]["driver"], "csi.vsphere.vmware.com");
    EXPECT_TRUE(volume["spec"]["csi"]["volumeAttributes"].contains(
        "storage.kubernetes.io/csiProvisionerIdentity"));
    EXPECT_EQ(volume["status"]["phase"], "Bound");
  }
  for (const json& pod : pods) {
    const json& source = pod["spec"]["volumes"][0]["persistentVolumeClaim"];
    EXPECT_EQ(named(claims, source["claimName"])["metadata"]["namespace"],
              pod["metadata"]["namespace"]);
    EXPECT_EQ(pod["status"]["phase"], "Running");
  }
}

TEST(Generator, BothReclaimPoliciesOccur) {
  std::set<std::string> policies;
  for (const json& volume : make_cluster(small()).all("persistentvolumes")) {
    policies.insert(volume["spec"]["persistentVolumeReclaimPolicy"]);
  }

  EXPECT_THAT(policies, testing::ElementsAre("Delete", "Retain"));
}

TEST(Generator, PodsHaveTheSizeOfRealOnes) {
  const Cluster cluster = make_cluster(small());
  const KubeResource& pods = *find_resource("pods");
  for (const auto& [key, object] : cluster.store.objects(pods)) {
    const std::size_t size = encode_object(pods, *object, KubeEncoding::kJson).size();
    EXPECT_GE(size, 6'000U);
    EXPECT_LE(size, 8'500U);
  }
}

TEST(Generator, FreshVolumesAreRegisteredWithoutEntities) {
  const Cluster cluster = make_cluster(small());

  for (const SimVolume& volume : cluster.cns) {
    EXPECT_EQ(volume.cluster_id, "demo");
    EXPECT_EQ(volume.cluster_distribution, "VanillaK8S");
    EXPECT_TRUE(volume.entities.empty());
    EXPECT_EQ(volume.name.substr(0, 4), "pvc-");
  }
}

TEST(Generator, InSyncVolumesHoldWhatKubernetesSays) {
  const Cluster cluster = make_cluster(small(CnsStart::kInSync));
  const std::vector<json> volumes = cluster.all("persistentvolumes");
  const std::vector<json> claims = cluster.all("persistentvolumeclaims");

  for (const SimVolume& volume : cluster.cns) {
    ASSERT_EQ(volume.entities.size(), 3U);
    const json& pv = named(volumes, volume.name);
    const json& claim = named(claims, pv["spec"]["claimRef"]["name"]);
    EXPECT_EQ(pv["spec"]["csi"]["volumeHandle"], volume.id);
    EXPECT_EQ(json(volume.entities[0].labels), pv["metadata"].value("labels", json::object()));
    EXPECT_EQ(json(volume.entities[1].labels), claim["metadata"]["labels"]);
    EXPECT_EQ(volume.entities[1].refers_to, std::vector{volume.entities[0].self});
    EXPECT_EQ(volume.entities[2].refers_to, std::vector{volume.entities[1].self});
    EXPECT_TRUE(volume.entities[2].labels.empty());
  }
}

TEST(Generator, EveryDriftedVolumeDiffers) {
  const Cluster wanted = make_cluster(small(CnsStart::kInSync));
  const Cluster drifted = make_cluster(small(CnsStart::kDrifted));

  for (std::size_t i = 0; i < wanted.cns.size(); ++i) {
    EXPECT_EQ(drifted.cns[i].id, wanted.cns[i].id);
    EXPECT_NE(drifted.cns[i].entities, wanted.cns[i].entities);
  }
}

} // namespace syncer::sim

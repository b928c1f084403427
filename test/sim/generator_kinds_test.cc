#include <gmock/gmock.h>

#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "sim/generator.h"
#include "sim/kube_custom.h"

namespace syncer::sim {

namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;

struct Cluster {
  KubeStore store;
  GeneratedWorld world;

  std::vector<json> all(const char* plural) const {
    const KubeResource& resource = *find_resource(plural);
    std::vector<json> objects;
    for (const auto& [key, object] : store.objects(resource)) {
      objects.push_back(to_json(resource, *object));
    }
    return objects;
  }
  const GeneratedVcenter& vcenter(std::size_t number = 0) const { return world.vcenters[number]; }
  const SimVolume* cns(const std::string& id, std::size_t vcenter = 0) const {
    for (const SimVolume& volume : world.vcenters[vcenter].volumes) {
      if (volume.id == id) return &volume;
    }
    return nullptr;
  }
};

Cluster make(const GeneratorOptions& options) {
  Cluster cluster;
  cluster.world = generate_cluster(options, cluster.store);
  return cluster;
}

GeneratorOptions nothing() {
  GeneratorOptions options;
  options.volumes = 0;
  options.start = CnsStart::kInSync;
  return options;
}

GeneratorOptions everything() {
  GeneratorOptions options;
  options.volumes = 8;
  options.static_volumes = 10;
  options.file_volumes = 12;
  options.in_tree = 10;
  options.inline_pods = 6;
  options.ephemeral = 4;
  options.foreign = 6;
  options.poison = 20;
  return options;
}

} // namespace

TEST(GeneratorKinds, ByDefaultThereAreDynamicBlockVolumesOnly) {
  const Cluster cluster = make(GeneratorOptions());

  EXPECT_THAT(cluster.all("persistentvolumes"), SizeIs(500));
  EXPECT_THAT(cluster.vcenter().volumes, SizeIs(500));
  EXPECT_THAT(cluster.vcenter().disks, IsEmpty());
  EXPECT_THAT(cluster.vcenter().vmdks, IsEmpty());
  EXPECT_THAT(cluster.all("csinodetopologies"), IsEmpty());
  EXPECT_THAT(cluster.all("cnsvolumeinfoes"), IsEmpty());
  EXPECT_THAT(cluster.all("configmaps"), IsEmpty());
}

TEST(GeneratorKinds, FurtherKindsLeaveTheDynamicVolumesAlone) {
  GeneratorOptions plain;
  plain.volumes = 8;
  const Cluster alone = make(plain);
  const Cluster mixed = make(everything());

  const KubeResource& volumes = *find_resource("persistentvolumes");
  ASSERT_THAT(alone.all("persistentvolumes"), SizeIs(8));
  for (const auto& [key, object] : alone.store.objects(volumes)) {
    const KubeObjectPtr found = mixed.store.find(volumes, "", object->name);
    ASSERT_NE(found, nullptr);
    EXPECT_EQ(to_json(volumes, *found)["spec"], to_json(volumes, *object)["spec"]);
  }
}

TEST(GeneratorKinds, SameSeedMakesTheSameWorld) {
  const Cluster one = make(everything());
  const Cluster two = make(everything());

  for (const char* plural : {"persistentvolumes", "persistentvolumeclaims", "pods"}) {
    EXPECT_EQ(one.all(plural), two.all(plural));
  }
}

TEST(GeneratorKinds, StaticVolumesAreRegisteredOrDisks) {
  GeneratorOptions options = nothing();
  options.static_volumes = 10;

  const Cluster cluster = make(options);

  std::set<std::string> disks;
  for (const SimDisk& disk : cluster.vcenter().disks) disks.insert(disk.id);
  EXPECT_THAT(disks, SizeIs(5));
  std::map<std::string, int> phases;
  for (const json& volume : cluster.all("persistentvolumes")) {
    const std::string handle = volume["spec"]["csi"]["volumeHandle"];
    EXPECT_NE(disks.count(handle) == 1, cluster.cns(handle) != nullptr) << handle;
    EXPECT_FALSE(volume["spec"]["csi"]["volumeAttributes"].contains(
        "storage.kubernetes.io/csiProvisionerIdentity"));
    EXPECT_EQ(volume["spec"]["persistentVolumeReclaimPolicy"], "Retain");
    ++phases[volume["status"]["phase"]];
  }
  EXPECT_EQ(phases["Available"], 2);
  EXPECT_EQ(phases["Bound"], 8);
}

TEST(GeneratorKinds, SharesHaveSeveralVolumesAndManyPods) {
  GeneratorOptions options = nothing();
  options.file_volumes = 9;

  const Cluster cluster = make(options);

  std::map<std::string, int> volumes_of;
  for (const json& volume : cluster.all("persistentvolumes")) {
    EXPECT_THAT(volume["spec"]["accessModes"], ElementsAre("ReadWriteMany"));
    EXPECT_FALSE(volume["spec"].contains("nodeAffinity"));
    ++volumes_of[volume["spec"]["csi"]["volumeHandle"].get<std::string>()];
  }
  ASSERT_THAT(volumes_of, SizeIs(3));
  for (const auto& [handle, count] : volumes_of) {
    EXPECT_THAT(handle, StartsWith("file:"));
    EXPECT_EQ(count, 3);
  }
  ASSERT_THAT(cluster.vcenter().volumes, SizeIs(2));
  EXPECT_EQ(cluster.vcenter().volumes[0].type, SimVolumeType::kFile);
  EXPECT_THAT(cluster.vcenter().volumes[0].entities, SizeIs(3 * (1 + 1 + 3)));
  ASSERT_THAT(cluster.vcenter().disks, SizeIs(1));
  EXPECT_EQ(cluster.vcenter().disks[0].type, SimVolumeType::kFile);
  EXPECT_THAT(cluster.all("pods"), SizeIs(27));
}

TEST(GeneratorKinds, InTreeVolumesHaveTheirDisksAndHalfOfThemTheirObject) {
  GeneratorOptions options = nothing();
  options.in_tree = 10;

  const Cluster cluster = make(options);

  EXPECT_THAT(cluster.vcenter().vmdks, SizeIs(10));
  std::map<std::string, std::string> id_of;
  for (const json& record : cluster.all("cnsvspherevolumemigrations")) {
    id_of[record["spec"]["volumepath"]] = record["spec"]["volumeid"];
    EXPECT_EQ(record["metadata"]["name"], record["spec"]["volumeid"]);
  }
  EXPECT_THAT(id_of, SizeIs(5));
  std::size_t migrated = 0;
  for (const json& volume : cluster.all("persistentvolumes")) {
    const std::string path = volume["spec"]["vsphereVolume"]["volumePath"];
    EXPECT_FALSE(volume["spec"].contains("csi"));
    if (volume["metadata"].contains("annotations")) {
      migrated += volume["metadata"]["annotations"].contains("pv.kubernetes.io/migrated-to");
    }
    if (id_of.count(path) != 0) {
      const SimVolume* held = cluster.cns(id_of[path]);
      ASSERT_NE(held, nullptr);
      EXPECT_EQ(held->entities[0].self.name, volume["metadata"]["name"]);
      EXPECT_EQ(held->disk_path.substr(held->disk_path.find(']')), path.substr(path.find(']')));
    }
  }
  EXPECT_EQ(migrated, 8U);
  std::size_t known = 0;
  for (const SimVmdk& vmdk : cluster.vcenter().vmdks) known += !vmdk.volume_id.empty();
  EXPECT_EQ(known, 5U);
}

TEST(GeneratorKinds, InlinePodsNameTheirDisk) {
  GeneratorOptions options = nothing();
  options.inline_pods = 4;

  const Cluster cluster = make(options);

  EXPECT_THAT(cluster.all("persistentvolumes"), IsEmpty());
  EXPECT_THAT(cluster.vcenter().vmdks, SizeIs(4));
  EXPECT_THAT(cluster.all("pods"), SizeIs(4));
  for (const json& pod : cluster.all("pods")) {
    EXPECT_TRUE(pod["spec"]["volumes"][0]["vsphereVolume"].contains("volumePath"));
  }
  ASSERT_THAT(cluster.vcenter().volumes, SizeIs(2));
  const SimEntity& entity = cluster.vcenter().volumes[0].entities.at(0);
  EXPECT_EQ(entity.self.type, kEntityPod);
  EXPECT_THAT(entity.refers_to, IsEmpty());
}

TEST(GeneratorKinds, EphemeralClaimBelongsToItsPod) {
  GeneratorOptions options = nothing();
  options.ephemeral = 1;

  const Cluster cluster = make(options);

  const json pod = cluster.all("pods").at(0);
  const json claim = cluster.all("persistentvolumeclaims").at(0);
  EXPECT_EQ(claim["metadata"]["name"], pod["metadata"]["name"].get<std::string>() + "-data");
  EXPECT_EQ(claim["metadata"]["ownerReferences"][0]["uid"], pod["metadata"]["uid"]);
  EXPECT_TRUE(pod["spec"]["volumes"][0]["ephemeral"].contains("volumeClaimTemplate"));
  EXPECT_THAT(cluster.vcenter().volumes.at(0).entities, SizeIs(3));
}

TEST(GeneratorKinds, ForeignVolumesStandBeforeOursInOnePod) {
  GeneratorOptions options = nothing();
  options.foreign = 3;

  const Cluster cluster = make(options);

  ASSERT_THAT(cluster.vcenter().volumes, SizeIs(1));
  const SimVolume& ours = cluster.vcenter().volumes[0];
  const auto pod = cluster.store.find(*find_resource("pods"), "mixed", ours.entities[2].self.name);
  ASSERT_NE(pod, nullptr);
  const json volumes = to_json(*find_resource("pods"), *pod)["spec"]["volumes"];
  EXPECT_EQ(volumes[1]["persistentVolumeClaim"]["claimName"], ours.entities[1].self.name);
  EXPECT_NE(volumes[0]["persistentVolumeClaim"]["claimName"], ours.entities[1].self.name);
}

TEST(GeneratorKinds, EveryDriftedVolumeOfEveryKindDiffers) {
  GeneratorOptions drifted = everything();
  drifted.start = CnsStart::kDrifted;
  GeneratorOptions in_sync = everything();
  in_sync.start = CnsStart::kInSync;
  drifted.poison = in_sync.poison = 0;

  const Cluster one = make(drifted);
  const Cluster two = make(in_sync);

  ASSERT_EQ(one.vcenter().volumes.size(), two.vcenter().volumes.size());
  for (std::size_t i = 0; i < one.vcenter().volumes.size(); ++i) {
    EXPECT_NE(one.vcenter().volumes[i].entities, two.vcenter().volumes[i].entities);
  }
}

TEST(GeneratorKinds, EveryPoisonIsMadeAndNamed) {
  GeneratorOptions options = nothing();
  options.poison = 40;

  const Cluster cluster = make(options);

  ASSERT_THAT(cluster.world.poison, SizeIs(40));
  std::set<std::string> kinds;
  std::set<std::string> objects;
  for (const PoisonCase& poison : cluster.world.poison) {
    kinds.insert(poison.what);
    objects.insert(poison.object);
  }
  EXPECT_GE(kinds.size(), 20U);
  EXPECT_THAT(objects, SizeIs(40));
  std::set<std::string> names;
  std::set<std::string> paths;
  for (const json& volume : cluster.all("persistentvolumes")) {
    names.insert(volume["metadata"]["name"]);
    if (volume["spec"].contains("vsphereVolume")) {
      paths.insert(volume["spec"]["vsphereVolume"]["volumePath"]);
    }
  }
  for (const json& pod : cluster.all("pods")) names.insert(pod["metadata"]["name"]);
  for (const std::string& object : objects) EXPECT_THAT(names, Contains(object));
  EXPECT_THAT(paths, Contains("/verdaccio/storage"));
}

TEST(GeneratorKinds, WithSeveralVcentersEverythingSaysWhereItIs) {
  GeneratorOptions options = nothing();
  options.volumes = 30;
  options.file_volumes = 6;
  options.in_tree = 2;
  options.vcenters = {"vc-1", "vc-2", "vc-3"};

  const Cluster cluster = make(options);

  std::map<std::string, std::set<std::string>> zones; // by node
  std::map<std::string, std::size_t> vcenter_of_zone;
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_THAT(cluster.vcenter(i).volumes, Not(IsEmpty()));
    EXPECT_THAT(cluster.vcenter(i).nodes, SizeIs(20));
    for (const GeneratedNode& node : cluster.vcenter(i).nodes) {
      const auto found = cluster.store.find(*find_resource("csinodetopologies"), "", node.name);
      ASSERT_NE(found, nullptr);
      const json topology = to_json(*find_resource("csinodetopologies"), *found);
      EXPECT_EQ(topology["spec"]["nodeuuid"], node.uuid);
      const std::string zone = topology["status"]["topologyLabels"][1]["value"];
      EXPECT_EQ(vcenter_of_zone.emplace(zone, i).first->second, i);
    }
  }
  std::map<std::string, std::string> server_of;
  for (const json& info : cluster.all("cnsvolumeinfoes")) {
    server_of[info["spec"]["volumeID"]] = info["spec"]["vCenterServer"];
  }
  for (const json& volume : cluster.all("persistentvolumes")) {
    if (!volume["spec"].contains("csi")) continue;
    const std::string handle = volume["spec"]["csi"]["volumeHandle"];
    const auto place =
        std::find(options.vcenters.begin(), options.vcenters.end(), server_of.at(handle)) -
        options.vcenters.begin();
    EXPECT_NE(cluster.cns(handle, static_cast<std::size_t>(place)), nullptr);
    if (!volume["spec"].contains("nodeAffinity")) continue;
    const json& term = volume["spec"]["nodeAffinity"]["required"]["nodeSelectorTerms"][0];
    const std::string zone = term["matchExpressions"][0]["values"][0];
    EXPECT_EQ(vcenter_of_zone.at(zone), static_cast<std::size_t>(place));
  }
  EXPECT_THAT(cluster.all("cnsvspherevolumemigrations"), IsEmpty());
}

TEST(GeneratorKinds, VolumeInfosMayBeMissing) {
  GeneratorOptions options = nothing();
  options.volumes = 10;
  options.vcenters = {"vc-1", "vc-2"};
  options.volume_infos = VolumeInfos::kHalf;
  EXPECT_THAT(make(options).all("cnsvolumeinfoes"), SizeIs(5));
  options.volume_infos = VolumeInfos::kNone;
  EXPECT_THAT(make(options).all("cnsvolumeinfoes"), IsEmpty());
}

// What is put into the store unchecked would pass the checks of the API.
TEST(GeneratorKinds, CustomResourcesFitTheirSchemas) {
  GeneratorOptions options = everything();
  GeneratorOptions several = everything();
  several.vcenters = {"vc-1", "vc-2"};
  for (const GeneratorOptions& made : {options, several}) {
    const Cluster cluster = make(made);
    for (const char* plural :
         {"cnsvspherevolumemigrations", "cnsvolumeinfoes", "csinodetopologies"}) {
      KubeRequest request;
      request.resource = find_resource(plural);
      for (json object : cluster.all(plural)) {
        EXPECT_FALSE(check_custom(request, object)) << object;
      }
    }
  }
}

TEST(GeneratorKinds, ClusterIdMayStandInAConfigMap) {
  GeneratorOptions options = nothing();
  options.cluster_id_in_configmap = true;

  const json map = make(options).all("configmaps").at(0);

  EXPECT_EQ(map["metadata"]["name"], "vsphere-csi-cluster-id");
  EXPECT_EQ(map["data"]["clusterID"], "demo");
}

} // namespace syncer::sim

#include "sim/kube_controllers.h"

#include <gmock/gmock.h>

#include "sim/kube_admin.h"
#include "sim/kube_test_client.h"

namespace syncer::sim {

namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

json claim_json(const std::string& name, const std::string& storage_class,
                const std::string& mode = "ReadWriteOnce") {
  return {{"metadata",
           {{"name", name},
            {"namespace", "default"},
            {"finalizers", json::array({"kubernetes.io/pvc-protection"})}}},
          {"spec",
           {{"accessModes", json::array({mode})},
            {"storageClassName", storage_class},
            {"resources", {{"requests", {{"storage", "2Gi"}}}}}}},
          {"status", {{"phase", "Pending"}}}};
}

json static_volume(const std::string& name) {
  return {{"metadata", {{"name", name}}},
          {"spec",
           {{"accessModes", json::array({"ReadWriteOnce"})},
            {"csi", {{"driver", "csi.vsphere.vmware.com"}, {"volumeHandle", "disk-1"}}},
            {"persistentVolumeReclaimPolicy", "Retain"},
            {"storageClassName", ""}}},
          {"status", {{"phase", "Pending"}}}};
}

json pod_using(const std::string& claim) {
  const json data = {{"name", "data"}, {"persistentVolumeClaim", {{"claimName", claim}}}};
  json pod = pod_json("default", "web");
  pod["spec"]["volumes"] = json::array({data});
  return pod;
}

} // namespace

class KubeControllersTest : public KubeTest {
 protected:
  void SetUp() override {
    KubeTest::SetUp();
    start({"127.0.0.1"});
  }

  void start(std::vector<std::string> vcenters) {
    ControllerSettings settings;
    settings.vcenters = std::move(vcenters);
    ControllerEffects effects;
    effects.create_volume = [this](std::size_t vcenter, SimVolume volume) {
      places.push_back(vcenter);
      created.push_back(std::move(volume));
    };
    effects.delete_volume = [this](const std::string& handle) { deleted.push_back(handle); };
    controllers.emplace(*kube, settings, effects);
  }

  void put_claim(json claim) { kube->put("persistentvolumeclaims", std::move(claim)); }
  json only_volume() {
    const json volumes = kube->snapshot("persistentvolumes");
    return volumes.size() == 1 ? volumes[0] : json();
  }
  std::string phase() { return only_volume()["status"]["phase"]; }
  json claim(const std::string& name) {
    return kube->get("persistentvolumeclaims", "default", name).value_or(json());
  }
  void delete_claim(const std::string& name) {
    send("DELETE", "/api/v1/namespaces/default/persistentvolumeclaims/" + name);
  }

  std::optional<KubeControllers> controllers;
  std::vector<std::size_t> places;
  std::vector<SimVolume> created;
  std::vector<std::string> deleted;
};

TEST_F(KubeControllersTest, ClaimIsProvisionedThenBound) {
  put_claim(claim_json("data", "vsphere-standard"));

  EXPECT_EQ(controllers->tick(), (json{{"provisioned", 1}}));
  ASSERT_THAT(created, SizeIs(1));
  EXPECT_EQ(created[0].cluster_id, "demo");
  EXPECT_EQ(created[0].capacity_mib, 2048);
  EXPECT_THAT(created[0].entities, IsEmpty());
  EXPECT_EQ(phase(), "Pending");
  EXPECT_EQ(only_volume()["spec"]["csi"]["volumeHandle"], created[0].id);
  EXPECT_EQ(claim("data")["status"]["phase"], "Pending");

  EXPECT_EQ(controllers->tick(), (json{{"bound", 1}}));
  EXPECT_EQ(phase(), "Bound");
  EXPECT_EQ(claim("data")["status"]["phase"], "Bound");
  EXPECT_EQ(claim("data")["spec"]["volumeName"], only_volume()["metadata"]["name"]);

  EXPECT_THAT(controllers->tick(), IsEmpty());
}

TEST_F(KubeControllersTest, DeletedClaimTakesItsVolumeAlongStepByStep) {
  put_claim(claim_json("data", "vsphere-standard"));
  controllers->tick();
  controllers->tick();
  kube->put("pods", pod_using("data"));

  delete_claim("data");
  EXPECT_THAT(controllers->tick(), IsEmpty()); // a pod uses it
  kube->remove("pods", "default", "web");

  EXPECT_EQ(controllers->tick(), (json{{"claims deleted", 1}}));
  EXPECT_EQ(phase(), "Bound");
  EXPECT_EQ(controllers->tick(), (json{{"released", 1}}));
  EXPECT_EQ(phase(), "Released");
  EXPECT_EQ(controllers->tick(), (json{{"deletions begun", 1}}));
  EXPECT_TRUE(only_volume()["metadata"].contains("deletionTimestamp"));
  EXPECT_THAT(deleted, IsEmpty());
  EXPECT_EQ(controllers->tick(), (json{{"CNS volumes deleted", 1}}));
  EXPECT_THAT(deleted, ElementsAre(created[0].id));
  EXPECT_EQ(controllers->tick(), (json{{"volumes deleted", 1}}));
  EXPECT_TRUE(only_volume().is_null());
  EXPECT_THAT(controllers->tick(), IsEmpty());
}

TEST_F(KubeControllersTest, RetainedVolumeStaysReleasedAndMayBeUsedAgain) {
  kube->put("storageclasses", {{"metadata", {{"name", "keep"}}},
                               {"provisioner", "csi.vsphere.vmware.com"},
                               {"reclaimPolicy", "Retain"}});
  put_claim(claim_json("data", "keep"));
  for (int i = 0; i < 2; ++i) controllers->tick();
  delete_claim("data");
  for (int i = 0; i < 4; ++i) controllers->tick();
  EXPECT_EQ(phase(), "Released");
  EXPECT_THAT(deleted, IsEmpty());

  kube->edit("persistentvolumes", "", only_volume()["metadata"]["name"], [](json& volume) {
    volume["spec"].erase("claimRef");
    volume["status"]["phase"] = "Available";
  });
  json again = claim_json("again", "keep");
  again["spec"]["volumeName"] = only_volume()["metadata"]["name"];
  put_claim(again);

  EXPECT_EQ(controllers->tick(), (json{{"bound", 1}}));
  EXPECT_EQ(only_volume()["spec"]["claimRef"]["name"], "again");
}

TEST_F(KubeControllersTest, StaticVolumeWaitsAvailableForItsClaim) {
  kube->put("persistentvolumes", static_volume("pv"));

  EXPECT_EQ(controllers->tick(), (json{{"available", 1}}));
  EXPECT_EQ(phase(), "Available");
  put_claim(claim_json("data", ""));
  EXPECT_EQ(controllers->tick(), (json{{"bound", 1}}));

  EXPECT_EQ(phase(), "Bound");
  EXPECT_THAT(created, IsEmpty());
}

TEST_F(KubeControllersTest, OtherProvisionersAreLeftAlone) {
  kube->put("storageclasses",
            {{"metadata", {{"name", "ebs"}}}, {"provisioner", "ebs.csi.aws.com"}});
  put_claim(claim_json("data", "ebs"));

  EXPECT_THAT(controllers->tick(), IsEmpty());
}

TEST_F(KubeControllersTest, SharedClaimGetsAFileVolume) {
  put_claim(claim_json("data", "vsphere-file", "ReadWriteMany"));
  controllers->tick();

  ASSERT_THAT(created, SizeIs(1));
  EXPECT_EQ(created[0].type, SimVolumeType::kFile);
  EXPECT_EQ(created[0].id.substr(0, 5), "file:");
}

TEST_F(KubeControllersTest, WithSeveralVcentersTheClaimSaysWhere) {
  start({"vc-1", "vc-2"});
  json there = claim_json("data", "vsphere-standard");
  there["metadata"]["annotations"] = {{"sim/vcenter", "2"}};
  put_claim(there);
  controllers->tick();

  EXPECT_THAT(places, ElementsAre(1U));
  const json infos = kube->snapshot("cnsvolumeinfoes");
  ASSERT_THAT(infos, SizeIs(1));
  EXPECT_EQ(infos[0]["spec"]["vCenterServer"], "vc-2");
  const json volume = only_volume();
  const json& term = volume["spec"]["nodeAffinity"]["required"]["nodeSelectorTerms"][0];
  EXPECT_EQ(term["matchExpressions"][0]["values"][0], "zone-2a");
}

TEST_F(KubeControllersTest, EphemeralClaimComesAndGoesWithItsPod) {
  json pod = pod_json("default", "web");
  const json scratch = {
      {"name", "scratch"},
      {"ephemeral", {{"volumeClaimTemplate", {{"spec", claim_json("", "sc")["spec"]}}}}}};
  pod["spec"]["volumes"] = json::array({scratch});
  kube->put("pods", pod);

  controllers->tick();
  EXPECT_EQ(claim("web-scratch")["metadata"]["ownerReferences"][0]["name"], "web");
  controllers->tick();
  controllers->tick();
  EXPECT_EQ(phase(), "Bound");

  kube->remove("pods", "default", "web");
  for (int i = 0; i < 7; ++i) controllers->tick();
  EXPECT_TRUE(claim("web-scratch").is_null());
  EXPECT_TRUE(only_volume().is_null());
  EXPECT_THAT(deleted, SizeIs(1));
}

TEST_F(KubeControllersTest, TickIsAnAdminCommand) {
  KubeAdmin admin(*kube);
  put_claim(claim_json("data", "vsphere-standard"));
  HttpRequest request;
  request.method = "POST";
  request.target = "/sim/kube/controllers/tick";

  EXPECT_EQ(admin.handle(request).status, 404);
  admin.use(*controllers);

  EXPECT_EQ(json::parse(admin.handle(request).body), (json{{"provisioned", 1}}));
}

} // namespace syncer::sim

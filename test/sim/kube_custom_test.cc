#include "sim/kube_custom.h"

#include <gmock/gmock.h>

#include "sim/kube_test_client.h"

namespace syncer::sim {

namespace {

const std::string kBase = "/apis/cns.vmware.com/v1alpha1/";
const std::string kMigrations = kBase + "cnsvspherevolumemigrations";
const std::string kInfos = kBase + "namespaces/vmware-system-csi/cnsvolumeinfoes";
const std::string kTopologies = kBase + "csinodetopologies";
const std::string kDefinitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

json migration(const std::string& name) {
  return {{"apiVersion", "cns.vmware.com/v1alpha1"},
          {"kind", "CnsVSphereVolumeMigration"},
          {"metadata", {{"name", name}}},
          {"spec", {{"volumepath", "[ds] kubevols/a.vmdk"}, {"volumeid", name}}}};
}

json info(const std::string& name) {
  return {{"apiVersion", "cns.vmware.com/v1alpha1"},
          {"kind", "CNSVolumeInfo"},
          {"metadata", {{"name", name}, {"namespace", "vmware-system-csi"}}},
          {"spec", {{"volumeID", name}, {"vCenterServer", "vc-1"}}}};
}

json topology(const std::string& node) {
  return {{"apiVersion", "cns.vmware.com/v1alpha1"},
          {"kind", "CSINodeTopology"},
          {"metadata", {{"name", node}}},
          {"spec", {{"nodeID", node}, {"nodeuuid", "4211"}}}};
}

std::string cause(const HttpResponse& response) {
  return json::parse(response.body)["details"]["causes"][0]["field"];
}

} // namespace

class KubeCustomTest : public KubeWatchTest {};

TEST_F(KubeCustomTest, ObjectsAreCreatedReadListedAndDeleted) {
  EXPECT_EQ(post_json(kMigrations, migration("v-1")).status, 201);
  EXPECT_EQ(post_json(kInfos, info("v-1")).status, 201);
  EXPECT_EQ(post_json(kMigrations, migration("v-1")).status, 409);

  EXPECT_EQ(json::parse(get(kMigrations + "/v-1").body)["spec"]["volumeid"], "v-1");
  EXPECT_EQ(json::parse(get(kBase + "cnsvolumeinfoes").body)["items"].size(), 1U);
  EXPECT_EQ(json::parse(get(kMigrations).body)["kind"], "CnsVSphereVolumeMigrationList");

  EXPECT_EQ(send("DELETE", kMigrations + "/v-1").status, 200);
  EXPECT_EQ(send("DELETE", kMigrations + "/v-1").status, 404);
}

TEST_F(KubeCustomTest, ChangesReachAWatch) {
  TestWatch open = watch(kMigrations + "?watch=1&allowWatchBookmarks=true&resourceVersion=" +
                         std::to_string(kube->store().version()));
  post_json(kMigrations, migration("v-1"));
  send("DELETE", kMigrations + "/v-1");

  EXPECT_EQ(next(open)->type, "ADDED");
  EXPECT_EQ(next(open)->type, "DELETED");
}

TEST_F(KubeCustomTest, ForgottenVersionIsGone) {
  const std::uint64_t old = kube->store().version();
  post_json(kMigrations, migration("v-1"));
  kube->compact();

  TestWatch open = watch(kMigrations + "?watch=1&resourceVersion=" + std::to_string(old));

  EXPECT_EQ(next(open)->code, 410);
}

TEST_F(KubeCustomTest, ListsComeInPages) {
  for (const char* name : {"a", "b", "c"}) post_json(kMigrations, migration(name));

  const json page = json::parse(get(kMigrations + "?limit=2").body);

  EXPECT_EQ(page["items"].size(), 2U);
  EXPECT_EQ(page["metadata"]["remainingItemCount"], 1);
  const std::string rest = page["metadata"]["continue"];
  EXPECT_EQ(json::parse(get(kMigrations + "?limit=2&continue=" + rest).body)["items"].size(), 1U);
}

TEST_F(KubeCustomTest, ThereIsNoProtobuf) {
  EXPECT_EQ(get(kMigrations, "application/vnd.kubernetes.protobuf").status, 406);
  EXPECT_EQ(get(kMigrations, kProtobuf).status, 200);
}

TEST_F(KubeCustomTest, UnknownMembersAreRefusedUnlessAskedOtherwise) {
  json wrong = migration("v-1");
  wrong["spec"]["volumePath"] = "[ds] x.vmdk";

  const HttpResponse refused = post_json(kMigrations, wrong);
  EXPECT_EQ(refused.status, 400);
  EXPECT_THAT(refused.body, testing::HasSubstr("spec.volumePath"));

  const HttpResponse dropped = post_json(kMigrations + "?fieldValidation=Ignore", wrong);
  EXPECT_EQ(dropped.status, 201);
  EXPECT_FALSE(json::parse(dropped.body)["spec"].contains("volumePath"));
}

TEST_F(KubeCustomTest, MissingAndMistypedMembersAreNamed) {
  json missing = migration("v-1");
  missing["spec"].erase("volumeid");
  json mistyped = migration("v-1");
  mistyped["spec"]["protectvolumefromvmdelete"] = "yes";
  json label = topology("n-1");
  label["status"]["topologyLabels"] = json::array({{{"key", "k"}}});

  EXPECT_EQ(post_json(kMigrations, missing).status, 422);
  EXPECT_EQ(cause(post_json(kMigrations, missing)), "spec.volumeid");
  EXPECT_EQ(cause(post_json(kMigrations, mistyped)), "spec.protectvolumefromvmdelete");
  EXPECT_EQ(cause(post_json(kTopologies, label)), "status.topologyLabels[0].value");
}

TEST_F(KubeCustomTest, PlacesThatDoNotFitAreRefused) {
  json elsewhere = info("v-1");
  elsewhere["metadata"]["namespace"] = "nowhere";
  json scoped = migration("v-1");
  scoped["metadata"]["namespace"] = "default";

  EXPECT_EQ(post_json(kBase + "namespaces/nowhere/cnsvolumeinfoes", elsewhere).status, 404);
  EXPECT_EQ(post_json(kInfos, elsewhere).status, 400);
  EXPECT_EQ(post_json(kMigrations, scoped).status, 422);
  EXPECT_EQ(post_json(kBase + "namespaces/default/cnsvspherevolumemigrations", scoped).status, 404);
  EXPECT_EQ(cause(post_json(kInfos, info("file:0001"))), "metadata.name");
}

TEST_F(KubeCustomTest, ReplacementNeedsTheLatestVersion) {
  json object = json::parse(post_json(kTopologies, topology("n-1")).body);
  object["status"] = {{"status", "Success"}, {"topologyLabels", json::array()}};

  json blind = object;
  blind["metadata"].erase("resourceVersion");
  EXPECT_EQ(put_json(kTopologies + "/n-1", blind).status, 422);
  EXPECT_EQ(put_json(kTopologies + "/n-1", object).status, 200);
  object["status"]["status"] = "Error";
  EXPECT_EQ(put_json(kTopologies + "/n-1", object).status, 409);
  // Without a status subresource the status is part of the object.
  const json now = json::parse(get(kTopologies + "/n-1").body);
  EXPECT_EQ(now["status"]["status"], "Success");
  EXPECT_EQ(now["metadata"]["generation"], 2);
  EXPECT_EQ(put_json(kTopologies + "/n-1/status", now).status, 404);
}

TEST_F(KubeCustomTest, WithoutItsDefinitionAResourceIsUnknown) {
  post_json(kMigrations, migration("v-1"));
  TestWatch open =
      watch(kMigrations + "?watch=1&resourceVersion=" + std::to_string(kube->store().version()));

  kube->undefine("cnsvspherevolumemigrations");

  EXPECT_EQ(get(kMigrations).status, 404);
  EXPECT_EQ(get(kMigrations).body, "404 page not found\n");
  EXPECT_EQ(post_json(kMigrations, migration("v-1")).status, 404);
  EXPECT_EQ(get(kTopologies).status, 200);
  while (next(open)) {
  }

  json definition = definition_of(*find_resource("cnsvspherevolumemigrations"));
  definition.erase("status");
  const HttpResponse made = post_json(kDefinitions, definition);
  EXPECT_EQ(made.status, 201);
  EXPECT_EQ(json::parse(made.body)["status"]["conditions"][0]["type"], "Established");
  EXPECT_TRUE(json::parse(get(kMigrations).body)["items"].empty());
}

TEST_F(KubeCustomTest, DefinitionIsCalledAfterWhatItDefines) {
  json definition = definition_of(*find_resource("csinodetopologies"));
  definition["metadata"]["name"] = "csinodetopologies";

  EXPECT_EQ(post_json(kDefinitions, definition).status, 422);
}

TEST_F(KubeCustomTest, MemberThatTheDefinitionLacksIsLostUntilItIsAdded) {
  const KubeResource& resource = *find_resource("csinodetopologies");
  const std::string path = kDefinitions + "/csinodetopologies.cns.vmware.com";
  json whole = json::parse(get(path).body);
  json old = whole;
  old["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]["properties"].erase(
      "nodeuuid");
  ASSERT_EQ(put_json(path, old).status, 200);
  EXPECT_FALSE(
      json::parse(post_json(kTopologies, topology("n1")).body)["spec"].contains("nodeuuid"));

  whole["metadata"]["resourceVersion"] = json::parse(get(path).body)["metadata"]["resourceVersion"];
  ASSERT_EQ(put_json(path, whole).status, 200);

  EXPECT_EQ(json::parse(post_json(kTopologies, topology("n2")).body)["spec"]["nodeuuid"], "4211");
  EXPECT_EQ(definition_of(resource)["spec"], whole["spec"]);
}

TEST_F(KubeCustomTest, EventsLiveWhereTheirObjectDoes) {
  json event = {{"metadata", {{"name", "pv.1"}}},
                {"involvedObject", {{"kind", "PersistentVolume"}, {"name", "pv"}}},
                {"count", 1}};
  EXPECT_EQ(post_json("/api/v1/namespaces/kube-system/events", event).status, 422);
  EXPECT_EQ(post_json("/api/v1/namespaces/default/events", event).status, 201);

  const HttpResponse patched =
      send("PATCH", "/api/v1/namespaces/default/events/pv.1", R"({"count":2})",
           {{"Content-Type", "application/strategic-merge-patch+json"}});

  EXPECT_EQ(patched.status, 200);
  EXPECT_EQ(kube->snapshot("events")[0]["count"], 2);
}

TEST_F(KubeCustomTest, VersionAndClusterUidAreServed) {
  kube->behaviour().git_version = "v1.30.2+rke2r1";

  EXPECT_EQ(json::parse(get("/version").body)["gitVersion"], "v1.30.2+rke2r1");
  EXPECT_NE(json::parse(get("/api/v1/namespaces/kube-system").body)["metadata"]["uid"], "");
}

} // namespace syncer::sim

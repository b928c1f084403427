#include <gmock/gmock.h>

#include "sim/kube_test_client.h"

namespace syncer::sim {

namespace {

const std::string kLeases = "/apis/coordination.k8s.io/v1/namespaces/default/leases";

json lease_json(const std::string& holder) {
  return {{"apiVersion", "coordination.k8s.io/v1"},
          {"kind", "Lease"},
          {"metadata", {{"name", "syncer"}, {"namespace", "default"}}},
          {"spec", {{"holderIdentity", holder}, {"leaseDurationSeconds", 15}}}};
}

} // namespace

using KubeWriteTest = KubeTest;

TEST_F(KubeWriteTest, LeaseOfAnOldVersionIsAConflict) {
  const HttpResponse created = post_json(kLeases, lease_json("a"));
  ASSERT_EQ(created.status, 201) << created.body;
  json lease = json::parse(created.body);
  lease["spec"]["holderIdentity"] = "b";

  EXPECT_EQ(put_json(kLeases + "/syncer", lease).status, 200);
  const HttpResponse again = put_json(kLeases + "/syncer", lease);

  EXPECT_EQ(again.status, 409);
  EXPECT_EQ(json::parse(again.body)["reason"], "Conflict");
  EXPECT_EQ(post_json(kLeases, lease_json("c")).status, 409);
  EXPECT_EQ(json::parse(get(kLeases + "/syncer").body)["spec"]["holderIdentity"], "b");
}

TEST_F(KubeWriteTest, NewObjectGetsIdentityAndPendingStatus) {
  const json created = json::parse(post_json("/api/v1/persistentvolumes", volume_json("pv")).body);

  EXPECT_EQ(created["status"]["phase"], "Pending");
  EXPECT_NE(created["metadata"]["uid"], "");
  EXPECT_EQ(created["metadata"]["generation"], 1);
  EXPECT_EQ(created["metadata"]["resourceVersion"], std::to_string(kube->store().version()));
}

TEST_F(KubeWriteTest, StatusIsWrittenOnlyThroughItsPath) {
  const std::string path = "/api/v1/persistentvolumes/pv";
  json volume = json::parse(post_json("/api/v1/persistentvolumes", volume_json("pv")).body);
  volume["status"]["phase"] = "Bound";
  volume["metadata"]["labels"] = {{"a", "b"}};

  const json plain = json::parse(put_json(path, volume).body);
  EXPECT_EQ(plain["status"]["phase"], "Pending");
  EXPECT_EQ(plain["metadata"]["labels"]["a"], "b");

  json bound = plain;
  bound["status"]["phase"] = "Bound";
  bound["metadata"]["labels"] = json::object();
  const json status = json::parse(put_json(path + "/status", bound).body);
  EXPECT_EQ(status["status"]["phase"], "Bound");
  EXPECT_EQ(status["metadata"]["labels"]["a"], "b");
}

TEST_F(KubeWriteTest, MergePatchAddsAndTakesAway) {
  kube->put("pods", pod_json("shop", "a"));
  const std::string patch = R"({"metadata":{"labels":{"app":null,"tier":"front"}}})";

  const HttpResponse response = send("PATCH", "/api/v1/namespaces/shop/pods/a", patch,
                                     {{"Content-Type", "application/merge-patch+json"}});

  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(json::parse(response.body)["metadata"]["labels"], (json{{"tier", "front"}}));
}

TEST_F(KubeWriteTest, WriteThatChangesNothingKeepsTheVersion) {
  kube->put("pods", pod_json("shop", "a"));
  const std::uint64_t before = kube->store().version();
  const json pod = json::parse(get("/api/v1/namespaces/shop/pods/a").body);

  EXPECT_EQ(put_json("/api/v1/namespaces/shop/pods/a", pod).status, 200);

  EXPECT_EQ(kube->store().version(), before);
}

TEST_F(KubeWriteTest, FinalizerHoldsADeletedObject) {
  json volume = volume_json("pv");
  volume["metadata"]["finalizers"] = {"kubernetes.io/pv-protection"};
  kube->put("persistentvolumes", volume);
  const std::string path = "/api/v1/persistentvolumes/pv";

  EXPECT_EQ(send("DELETE", path).status, 200);
  json held = json::parse(get(path).body);
  EXPECT_TRUE(held["metadata"].contains("deletionTimestamp"));
  held["metadata"].erase("finalizers");
  EXPECT_EQ(put_json(path, held).status, 200);

  EXPECT_EQ(get(path).status, 404);
}

TEST_F(KubeWriteTest, PreconditionOfADeletionIsChecked) {
  kube->put("persistentvolumes", volume_json("pv"));
  const std::string path = "/api/v1/persistentvolumes/pv";

  EXPECT_EQ(send("DELETE", path, R"({"preconditions":{"uid":"other"}})").status, 409);
  EXPECT_EQ(send("DELETE", path).status, 200);
  EXPECT_EQ(send("DELETE", path).status, 404);
}

TEST_F(KubeWriteTest, WrongBodiesAreRefused) {
  const std::string path = "/api/v1/namespaces/shop/pods";

  EXPECT_EQ(send("POST", path, "x", {{"Content-Type", "application/json"}}).status, 400);
  EXPECT_EQ(send("POST", path, "x", {{"Content-Type", "text/plain"}}).status, 415);
  EXPECT_EQ(post_json(path, volume_json("pv")).status, 400);
  EXPECT_EQ(post_json(path, {{"metadata", json::object()}}).status, 422);
  EXPECT_EQ(post_json(path, pod_json("bank", "a")).status, 400);
  EXPECT_EQ(send("DELETE", path).status, 405);
}

TEST_F(KubeWriteTest, NamespaceOfAnEventMustExist) {
  const json event = {{"metadata", {{"generateName", "pv."}}}, {"reason", "Synced"}};

  EXPECT_EQ(post_json("/api/v1/namespaces/nowhere/events", event).status, 404);
  EXPECT_EQ(post_json("/api/v1/namespaces/shop/pods", pod_json("shop", "a")).status, 201);
}

TEST_F(KubeWriteTest, EventsAndReviewsAreAccepted) {
  const json event = {{"metadata", {{"generateName", "pv."}}}, {"reason", "Synced"}};

  EXPECT_EQ(post_json("/api/v1/namespaces/default/events", event).status, 201);
  EXPECT_EQ(post_json("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
                      {{"spec", json::object()}})
                .status,
            201);

  EXPECT_EQ(kube->stats().calls("create", "events", 201), 1U);
  EXPECT_EQ(kube->snapshot("events").size(), 1U);
}

} // namespace syncer::sim

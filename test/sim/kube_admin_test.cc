#include "sim/kube_admin.h"

#include <gmock/gmock.h>

#include "sim/kube_test_client.h"

namespace syncer::sim {

class KubeAdminTest : public KubeWatchTest {
 protected:
  int post(const std::string& name, const json& arguments = json::object()) {
    HttpRequest request;
    request.method = "POST";
    request.target = "/sim/kube/" + name;
    request.body = arguments.dump();
    return admin().handle(request).status;
  }
  json query(const std::string& name) {
    HttpRequest request;
    request.target = "/sim/kube/" + name;
    return json::parse(admin().handle(request).body);
  }

 private:
  KubeAdmin& admin() {
    if (!admin_) admin_.emplace(*kube);
    return *admin_;
  }
  std::optional<KubeAdmin> admin_;
};

TEST_F(KubeAdminTest, ObjectsAreEdited) {
  EXPECT_EQ(post("put", {{"resource", "pods"}, {"object", pod_json("shop", "a")}}), 200);
  EXPECT_EQ(post("label", {{"resource", "pods"},
                           {"namespace", "shop"},
                           {"name", "a"},
                           {"key", "tier"},
                           {"value", "front"}}),
            200);
  EXPECT_EQ(
      post("label", {{"resource", "pods"}, {"namespace", "shop"}, {"name", "a"}, {"key", "app"}}),
      200);
  EXPECT_EQ(post("move_pod",
                 {{"namespace", "shop"}, {"name", "a"}, {"new_name", "b"}, {"node", "node-9"}}),
            200);

  const json pods = query("objects?resource=pods");
  ASSERT_EQ(pods.size(), 1U);
  EXPECT_EQ(pods[0]["metadata"]["name"], "b");
  EXPECT_EQ(pods[0]["metadata"]["labels"], (json{{"tier", "front"}}));
  EXPECT_EQ(pods[0]["spec"]["nodeName"], "node-9");

  EXPECT_EQ(post("remove", {{"resource", "pods"}, {"namespace", "shop"}, {"name", "b"}}), 200);
  EXPECT_EQ(query("objects?resource=pods").size(), 0U);
}

TEST_F(KubeAdminTest, BehaviourChangesAndCalmsDown) {
  EXPECT_EQ(post("behaviour", {{"streaming_lists", false}, {"delay_ms", 1}}), 200);
  EXPECT_FALSE(kube->behaviour().streaming_lists);
  EXPECT_EQ(kube->behaviour().delay, std::chrono::milliseconds(1));

  EXPECT_EQ(post("calm"), 200);

  EXPECT_TRUE(kube->behaviour().streaming_lists);
  EXPECT_EQ(kube->behaviour().delay.count(), 0);
}

TEST_F(KubeAdminTest, FaultsReachTheClients) {
  EXPECT_EQ(post("answer", {{"status", 503}, {"verb", "list"}}), 200);
  EXPECT_EQ(get("/api/v1/pods").status, 503);

  TestWatch open =
      watch("/api/v1/pods?watch=1&resourceVersion=" + std::to_string(kube->store().version()));
  EXPECT_EQ(post("inject", {{"resource", "pods"}, {"what", "error"}, {"code", 410}}), 200);
  EXPECT_EQ(next(open)->code, 410);

  EXPECT_EQ(post("down"), 200);
  EXPECT_FALSE(try_send("/readyz"));
  EXPECT_EQ(post("up"), 200);
  EXPECT_EQ(get("/readyz").status, 200);
}

TEST_F(KubeAdminTest, SavedStateComesBack) {
  EXPECT_EQ(post("restore"), 400);
  kube->put("pods", pod_json("shop", "a"));
  EXPECT_EQ(post("save"), 200);
  kube->remove("pods", "shop", "a");

  EXPECT_EQ(post("restore"), 200);

  EXPECT_EQ(query("objects?resource=pods").size(), 1U);
}

TEST_F(KubeAdminTest, StatisticsAreShownAndCleared) {
  get("/api/v1/pods");
  EXPECT_EQ(query("stats")["calls"]["list pods 200"], 1);
  EXPECT_EQ(query("requests")[0]["target"], "/api/v1/pods");

  EXPECT_EQ(post("clear_stats"), 200);

  EXPECT_EQ(query("stats")["total"], 0);
}

TEST_F(KubeAdminTest, MistakesAreRefused) {
  EXPECT_EQ(post("dance"), 404);
  EXPECT_EQ(post("behaviour", {{"mood", "bad"}}), 400);
  EXPECT_EQ(post("behaviour", {{"delay_ms", "long"}}), 400);
  EXPECT_EQ(post("inject", {{"resource", "unicorns"}, {"what", "error"}}), 400);
  EXPECT_EQ(post("remove", {{"resource", "pods"}, {"namespace", "x"}, {"name", "y"}}), 400);
}

} // namespace syncer::sim

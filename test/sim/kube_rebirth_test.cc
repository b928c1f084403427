// An API server that is not the one from before, behind the same address.
#include <gmock/gmock.h>

#include "sim/kube_admin.h"
#include "sim/kube_test_client.h"

namespace syncer::sim {

class KubeRebirthTest : public KubeWatchTest {
 protected:
  void SetUp() override {
    KubeWatchTest::SetUp();
    admin_.emplace(*kube);
    kube->put("pods", pod_json("shop", "a"));
    kube->put("persistentvolumes", volume_json("pv"));
  }

  int post(const std::string& name, const json& arguments = json::object()) {
    HttpRequest request;
    request.method = "POST";
    request.target = "/sim/kube/" + name;
    request.body = arguments.dump();
    return admin_->handle(request).status;
  }
  std::string uid() {
    return json::parse(get("/api/v1/namespaces/kube-system").body)["metadata"]["uid"];
  }
  std::size_t count(const std::string& path) { return json::parse(get(path).body)["items"].size(); }
  std::optional<TestEvent> watch_from(std::uint64_t version) {
    TestWatch open = watch("/api/v1/pods?watch=1&resourceVersion=" + std::to_string(version));
    if (open.status() != 200) return TestEvent{"HTTP", "", "", "", false, open.status()};
    return next(open);
  }

 private:
  std::optional<KubeAdmin> admin_;
};

TEST_F(KubeRebirthTest, EmptyServerHasNothingButItsNamespaces) {
  const std::string before = uid();
  const std::uint64_t version = kube->store().version();
  TestWatch open = watch("/api/v1/pods?watch=1&resourceVersion=" + std::to_string(version));

  EXPECT_EQ(post("restart_empty"), 200);

  EXPECT_EQ(next(open), std::nullopt);
  EXPECT_FALSE(open.ended_cleanly());
  EXPECT_EQ(count("/api/v1/pods"), 0U);
  EXPECT_EQ(count("/api/v1/persistentvolumes"), 0U);
  EXPECT_EQ(get("/apis/cns.vmware.com/v1alpha1/csinodetopologies").status, 404);
  EXPECT_EQ(uid(), before);
  EXPECT_GT(kube->store().version(), version);
  EXPECT_EQ(watch_from(version)->code, 410);
}

TEST_F(KubeRebirthTest, VersionMayStartOver) {
  const std::uint64_t version = kube->store().version();

  EXPECT_EQ(post("restart_empty", {{"version", "starts_over"}, {"definitions", true}}), 200);

  EXPECT_LT(kube->store().version(), 20U);
  EXPECT_EQ(get("/api/v1/pods?resourceVersion=" + std::to_string(version)).status, 504);
  EXPECT_EQ(get("/apis/cns.vmware.com/v1alpha1/csinodetopologies").status, 200);
  EXPECT_EQ(post("restart_empty", {{"version", "backwards"}}), 400);
}

TEST_F(KubeRebirthTest, SnapshotsComeBackWithTheirVersion) {
  const std::uint64_t version = kube->store().version();
  EXPECT_EQ(post("save", {{"name", "monday"}}), 200);
  kube->remove("pods", "shop", "a");
  kube->put("persistentvolumes", volume_json("pv-2"));
  const std::uint64_t later = kube->store().version();
  TestWatch open = watch("/api/v1/pods?watch=1&resourceVersion=" + std::to_string(later));

  EXPECT_EQ(post("restore", {{"name", "tuesday"}}), 400);
  EXPECT_EQ(post("restore", {{"name", "monday"}}), 200);

  EXPECT_EQ(next(open), std::nullopt);
  EXPECT_EQ(kube->store().version(), version);
  EXPECT_EQ(count("/api/v1/pods"), 1U);
  EXPECT_EQ(count("/api/v1/persistentvolumes"), 1U);
  EXPECT_EQ(get("/api/v1/pods?resourceVersion=" + std::to_string(later)).status, 504);
}

TEST_F(KubeRebirthTest, OtherClusterHasOtherObjectsAndUid) {
  const std::string before = uid();
  EXPECT_EQ(post("save"), 200);

  EXPECT_EQ(post("other_cluster", {{"volumes", 3}}), 200);

  EXPECT_NE(uid(), before);
  EXPECT_EQ(count("/api/v1/persistentvolumes"), 3U);
  EXPECT_EQ(get("/api/v1/persistentvolumes/pv").status, 404);
  EXPECT_EQ(get("/apis/cns.vmware.com/v1alpha1/csinodetopologies").status, 200);

  EXPECT_EQ(post("restore"), 200);
  EXPECT_EQ(uid(), before);
}

} // namespace syncer::sim

#include <gmock/gmock.h>

#include "sim/kube_test_client.h"

namespace syncer::sim {

namespace {

using testing::ElementsAre;

class KubeListTest : public KubeTest {
 protected:
  void SetUp() override {
    KubeTest::SetUp();
    kube->put("pods", pod_json("shop", "b"));
    kube->put("pods", pod_json("shop", "a", ""));
    kube->put("pods", pod_json("bank", "c"));
  }
  std::string present() { return std::to_string(kube->store().version()); }
};

class KubeListIn : public KubeListTest, public testing::WithParamInterface<const char*> {};

} // namespace

TEST_P(KubeListIn, HoldsEveryObjectInOrderAndTheVersion) {
  const TestList list = decode_list(get("/api/v1/pods", GetParam()));

  EXPECT_EQ(list.kind, "PodList");
  EXPECT_EQ(list.version, present());
  EXPECT_THAT(list.names, ElementsAre("c", "a", "b"));
}

TEST_P(KubeListIn, NamespaceAndSelectorNarrow) {
  const std::string path = "/api/v1/namespaces/shop/pods";

  EXPECT_THAT(decode_list(get(path, GetParam())).names, ElementsAre("a", "b"));
  EXPECT_THAT(decode_list(get(path + "?fieldSelector=spec.nodeName%21%3D", GetParam())).names,
              ElementsAre("b"));
  EXPECT_THAT(decode_list(get(path + "?fieldSelector=metadata.name%3Da", GetParam())).names,
              ElementsAre("a"));
}

TEST_P(KubeListIn, PagesShowOneState) {
  const TestList first = decode_list(get("/api/v1/pods?limit=2", GetParam()));
  kube->remove("pods", "shop", "b");
  kube->put("pods", pod_json("shop", "z"));

  const TestList second =
      decode_list(get("/api/v1/pods?limit=2&continue=" + first.next, GetParam()));

  EXPECT_THAT(first.names, ElementsAre("c", "a"));
  EXPECT_THAT(second.names, ElementsAre("b"));
  EXPECT_EQ(second.version, first.version);
  EXPECT_EQ(second.next, "");
}

INSTANTIATE_TEST_SUITE_P(Encoding, KubeListIn, testing::Values("application/json", kProtobuf));

TEST_F(KubeListTest, SecondPageOfAForgottenVersionIsExpired) {
  const TestList first = decode_list(get("/api/v1/pods?limit=2"));
  kube->put("pods", pod_json("shop", "z"));
  kube->compact();

  const HttpResponse second = get("/api/v1/pods?limit=2&continue=" + first.next);

  EXPECT_EQ(second.status, 410);
  const json status = json::parse(second.body);
  EXPECT_EQ(status["reason"], "Expired");
  const std::string inconsistent = status["metadata"]["continue"];
  const TestList rest = decode_list(get("/api/v1/pods?limit=2&continue=" + inconsistent));
  EXPECT_THAT(rest.names, ElementsAre("b", "z"));
}

TEST_F(KubeListTest, LimitIsIgnoredFromTheCache) {
  EXPECT_EQ(decode_list(get("/api/v1/pods?limit=1&resourceVersion=0")).names.size(), 3U);

  kube->behaviour().watch_cache = false;

  const TestList page = decode_list(get("/api/v1/pods?limit=1&resourceVersion=0"));
  EXPECT_EQ(page.names.size(), 1U);
  EXPECT_NE(page.next, "");
}

TEST_F(KubeListTest, VersionOfTheFutureIsTooLarge) {
  const HttpResponse response = get("/api/v1/pods?resourceVersion=999999");

  EXPECT_EQ(response.status, 504);
  EXPECT_EQ(header(response.headers, "Retry-After"), "1");
  const json status = json::parse(response.body);
  EXPECT_EQ(status["reason"], "Timeout");
  EXPECT_EQ(status["details"]["causes"][0]["reason"], "ResourceVersionTooLarge");
}

TEST_F(KubeListTest, ExactVersionShowsThePast) {
  const std::string before = present();
  kube->remove("pods", "bank", "c");
  kube->set_label("pods", "shop", "a", "app", "changed");

  const HttpResponse response =
      get("/api/v1/pods?resourceVersionMatch=Exact&resourceVersion=" + before);

  EXPECT_EQ(decode_list(response).version, before);
  EXPECT_THAT(decode_list(response).names, ElementsAre("c", "a", "b"));
  EXPECT_EQ(json::parse(response.body)["items"][1]["metadata"]["labels"]["app"], "web");
}

TEST_F(KubeListTest, WrongParametersAreRefused) {
  EXPECT_EQ(get("/api/v1/pods?resourceVersion=abc").status, 422);
  EXPECT_EQ(get("/api/v1/pods?resourceVersionMatch=Exact").status, 422);
  EXPECT_EQ(get("/api/v1/pods?sendInitialEvents=true").status, 422);
  EXPECT_EQ(get("/api/v1/pods?continue=zz").status, 400);
  EXPECT_EQ(get("/api/v1/persistentvolumes?fieldSelector=spec.nodeName%3Dx").status, 400);
  EXPECT_EQ(get("/api/v1/pods", "text/html").status, 406);
  EXPECT_EQ(get("/api/v1/nonsense").status, 404);
}

TEST_F(KubeListTest, SingleObjectInBothEncodings) {
  const HttpResponse as_json = get("/api/v1/namespaces/shop/pods/a");
  const HttpResponse as_protobuf = get("/api/v1/namespaces/shop/pods/a", kProtobuf);

  EXPECT_EQ(json::parse(as_json.body)["kind"], "Pod");
  EXPECT_EQ(header(as_protobuf.headers, "Content-Type"), "application/vnd.kubernetes.protobuf");
  EXPECT_EQ(as_protobuf.body.substr(0, 4), std::string("k8s\0", 4));
  EXPECT_EQ(get("/api/v1/namespaces/shop/pods/absent").status, 404);
}

TEST_F(KubeListTest, HealthAndVersionAnswer) {
  EXPECT_EQ(get("/readyz").body, "ok");
  EXPECT_EQ(json::parse(get("/version").body)["gitVersion"], "v1.34.1");
}

} // namespace syncer::sim

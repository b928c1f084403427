#include <gmock/gmock.h>

#include "sim/kube_test_client.h"

namespace syncer::sim {

namespace {

class KubeWatchIn : public KubeWatchTest, public testing::WithParamInterface<const char*> {
 protected:
  std::string present() { return std::to_string(kube->store().version()); }
  TestEvent event(const std::string& type, const std::string& name) {
    return {type, "Pod", name, present(), false, 0};
  }
};

const std::string kStreamingList =
    "/api/v1/pods?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan"
    "&allowWatchBookmarks=true&timeoutSeconds=600";

} // namespace

INSTANTIATE_TEST_SUITE_P(Encoding, KubeWatchIn, testing::Values("application/json", kProtobuf));

TEST_P(KubeWatchIn, ChangesAfterTheVersionArriveInOrder) {
  kube->put("pods", pod_json("shop", "old"));
  TestWatch open = watch("/api/v1/pods?watch=1&resourceVersion=" + present(), GetParam());

  kube->put("pods", pod_json("shop", "a"));
  EXPECT_EQ(next(open), event("ADDED", "a"));
  kube->set_label("pods", "shop", "a", "tier", "front");
  EXPECT_EQ(next(open), event("MODIFIED", "a"));
  kube->remove("pods", "shop", "old");
  EXPECT_EQ(next(open), event("DELETED", "old"));
}

TEST_P(KubeWatchIn, HistoryIsReplayedFromAnOldVersion) {
  const std::string start = present();
  kube->put("pods", pod_json("shop", "a"));
  kube->remove("pods", "shop", "a");

  TestWatch open = watch("/api/v1/pods?watch=1&resourceVersion=" + start, GetParam());

  EXPECT_EQ(next(open)->type, "ADDED");
  EXPECT_EQ(next(open), event("DELETED", "a"));
}

TEST_P(KubeWatchIn, StreamingListEndsWithItsBookmarkAndGoesOn) {
  kube->put("pods", pod_json("shop", "a"));
  kube->put("pods", pod_json("shop", "b"));

  TestWatch open = watch(kStreamingList, GetParam());

  EXPECT_EQ(next(open)->name, "a");
  EXPECT_EQ(next(open), event("ADDED", "b"));
  const std::optional<TestEvent> bookmark = next(open);
  EXPECT_EQ(bookmark->type, "BOOKMARK");
  EXPECT_EQ(bookmark->kind, "Pod");
  EXPECT_EQ(bookmark->version, present());
  EXPECT_TRUE(bookmark->end_of_initial);
  kube->put("pods", pod_json("shop", "c"));
  EXPECT_EQ(next(open), event("ADDED", "c"));
}

TEST_P(KubeWatchIn, ChangesBeforeTheInitialBookmarkAreInterleaved) {
  kube->put("pods", pod_json("shop", "a"));
  kube->behaviour().hold_initial_bookmark = true;
  TestWatch open = watch(kStreamingList, GetParam());
  EXPECT_EQ(next(open), event("ADDED", "a"));

  kube->remove("pods", "shop", "a");
  EXPECT_EQ(next(open), event("DELETED", "a"));
  kube->behaviour().hold_initial_bookmark = false;
  kube->wake_watches();

  EXPECT_TRUE(next(open)->end_of_initial);
}

TEST_P(KubeWatchIn, ForgottenVersionIsAnErrorEventInTheStream) {
  const std::string start = present();
  kube->put("pods", pod_json("shop", "a"));
  kube->compact();

  TestWatch open = watch("/api/v1/pods?watch=1&resourceVersion=" + start, GetParam());

  EXPECT_EQ(open.status(), 200);
  const std::optional<TestEvent> error = next(open);
  EXPECT_EQ(error->type, "ERROR");
  EXPECT_EQ(error->kind, "Status");
  EXPECT_EQ(error->code, 410);
  EXPECT_EQ(next(open), std::nullopt);
  EXPECT_TRUE(open.ended_cleanly());
}

TEST_P(KubeWatchIn, BookmarksCarryTheVersionOfTheWholeStore) {
  kube->behaviour().bookmark_interval = std::chrono::milliseconds(5);
  TestWatch open = watch(
      "/api/v1/pods?watch=1&allowWatchBookmarks=true&resourceVersion=" + present(), GetParam());
  kube->put("persistentvolumes", volume_json("pv-1"));

  const std::optional<TestEvent> bookmark = next(open);

  EXPECT_EQ(*bookmark, (TestEvent{"BOOKMARK", "Pod", "", present(), false, 0}));
}

TEST_P(KubeWatchIn, LeavingTheSelectionLooksLikeADeletion) {
  kube->put("pods", pod_json("shop", "a", "node-1"));
  TestWatch open = watch(
      "/api/v1/pods?watch=1&fieldSelector=spec.nodeName%3Dnode-1"
      "&resourceVersion=" +
          present(),
      GetParam());

  kube->edit("pods", "shop", "a", [](json& pod) { pod["spec"]["nodeName"] = "node-2"; });
  EXPECT_EQ(next(open), event("DELETED", "a"));
  kube->edit("pods", "shop", "a", [](json& pod) { pod["spec"]["nodeName"] = "node-1"; });
  EXPECT_EQ(next(open), event("ADDED", "a"));
}

TEST_F(KubeWatchTest, ForgottenVersionAsHttpStatusOnRequest) {
  const std::string start = std::to_string(kube->store().version());
  kube->put("pods", pod_json("shop", "a"));
  kube->compact();
  kube->behaviour().gone_as_http_status = true;

  EXPECT_EQ(get("/api/v1/pods?watch=1&resourceVersion=" + start).status, 410);
}

TEST_F(KubeWatchTest, WithoutAVersionTheStateComesFirst) {
  kube->put("pods", pod_json("shop", "a"));

  TestWatch open = watch("/api/v1/pods?watch=1");

  EXPECT_EQ(next(open)->type, "ADDED");
}

TEST_F(KubeWatchTest, TimeoutEndsTheStreamCleanly) {
  TestWatch open = watch("/api/v1/pods?watch=1&timeoutSeconds=0&resourceVersion=" +
                         std::to_string(kube->store().version()));

  EXPECT_EQ(next(open), std::nullopt);
  EXPECT_TRUE(open.ended_cleanly());
}

TEST_F(KubeWatchTest, ServerWithoutStreamingListsRefusesThem) {
  kube->behaviour().streaming_lists = false;

  const HttpResponse response = get(kStreamingList);

  EXPECT_EQ(response.status, 422);
  EXPECT_EQ(json::parse(response.body)["reason"], "Invalid");
}

TEST_F(KubeWatchTest, WrongParametersAreRefused) {
  EXPECT_EQ(get("/api/v1/pods?watch=1&resourceVersion=x").status, 400);
  EXPECT_EQ(get("/api/v1/pods?watch=1&sendInitialEvents=true").status, 422);
  EXPECT_EQ(get("/api/v1/pods?watch=1&resourceVersionMatch=NotOlderThan").status, 422);
  EXPECT_EQ(get(kStreamingList + "&resourceVersion=99999999").status, 504);
}

} // namespace syncer::sim

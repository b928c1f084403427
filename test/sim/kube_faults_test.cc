#include <gmock/gmock.h>

#include "sim/kube_test_client.h"

namespace syncer::sim {

class KubeFaultsTest : public KubeWatchTest {
 protected:
  TestWatch watch_pods(const std::string& accept = "application/json") {
    return watch("/api/v1/pods?watch=1&resourceVersion=" + std::to_string(kube->store().version()),
                 accept);
  }
};

TEST_F(KubeFaultsTest, DownRefusesAndUpServesOnTheSamePort) {
  TestWatch open = watch_pods();

  kube->down();
  EXPECT_EQ(next(open), std::nullopt);
  EXPECT_FALSE(open.ended_cleanly());
  EXPECT_FALSE(try_send("/readyz"));

  ASSERT_TRUE(kube->up());
  EXPECT_EQ(get("/readyz").status, 200);
}

TEST_F(KubeFaultsTest, CutWatchesAreResetAndOtherRequestsLive) {
  TestWatch open = watch_pods();

  kube->cut_watches();

  EXPECT_EQ(next(open), std::nullopt);
  EXPECT_FALSE(open.ended_cleanly());
  EXPECT_EQ(get("/readyz").status, 200);
}

TEST_F(KubeFaultsTest, RestartForgetsHistory) {
  const std::string start = std::to_string(kube->store().version());
  kube->put("pods", pod_json("shop", "a"));

  kube->restart();

  TestWatch open = watch("/api/v1/pods?watch=1&resourceVersion=" + start);
  EXPECT_EQ(next(open)->code, 410);
}

TEST_F(KubeFaultsTest, RestoredVersionGoesBack) {
  const KubeStore::Saved saved = kube->save();
  kube->put("pods", pod_json("shop", "a"));

  kube->restore(saved);

  const TestList list = decode_list(get("/api/v1/pods"));
  EXPECT_TRUE(list.names.empty());
  EXPECT_EQ(list.version, std::to_string(saved.version));
}

TEST_F(KubeFaultsTest, CannedAnswersAreUsedUp) {
  CannedAnswer canned;
  canned.times = 2;
  canned.status = 429;
  canned.retry_after = "5";
  canned.plain_text = true;
  canned.verb = "list";
  kube->behaviour().canned.push_back(canned);

  EXPECT_EQ(get("/readyz").status, 200);
  const HttpResponse first = get("/api/v1/pods");
  EXPECT_EQ(first.status, 429);
  EXPECT_EQ(header(first.headers, "Retry-After"), "5");
  EXPECT_EQ(header(first.headers, "Content-Type"), "text/plain; charset=utf-8");
  EXPECT_EQ(get("/api/v1/pods").status, 429);
  EXPECT_EQ(get("/api/v1/pods").status, 200);
}

TEST_F(KubeFaultsTest, TokenIsAskedForAndCanChange) {
  kube->behaviour().token = "one";
  EXPECT_EQ(get("/api/v1/pods").status, 401);
  const Headers with_token = {{"Authorization", "Bearer one"}};
  EXPECT_EQ(send("GET", "/api/v1/pods", "", with_token).status, 200);

  kube->behaviour().token = "two";

  EXPECT_EQ(send("GET", "/api/v1/pods", "", with_token).status, 401);
}

TEST_F(KubeFaultsTest, FrozenWatchIsSilentUntilItThaws) {
  kube->behaviour().frozen_watches = true;
  TestWatch open = watch_pods();
  kube->put("pods", pod_json("shop", "a"));
  get("/readyz"); // The watch has had its turn by now.

  kube->behaviour().frozen_watches = false;
  kube->put("pods", pod_json("shop", "b"));

  EXPECT_EQ(next(open)->name, "a");
  EXPECT_EQ(next(open)->name, "b");
}

TEST_F(KubeFaultsTest, StreamIsCutAfterSoManyBytes) {
  for (int i = 0; i < 50; ++i) kube->put("pods", pod_json("shop", "pod-" + std::to_string(i)));
  kube->behaviour().cut_next_stream_after = 700;
  TestWatch open = watch("/api/v1/pods?watch=1");

  int events = 0;
  while (next(open)) ++events;

  EXPECT_GT(events, 0);
  EXPECT_LT(events, 50);
  EXPECT_FALSE(open.ended_cleanly());
  EXPECT_EQ(decode_list(get("/api/v1/pods")).names.size(), 50U);
}

TEST_F(KubeFaultsTest, InjectedErrorHasTheEncodingOfTheWatch) {
  TestWatch as_json = watch_pods();
  TestWatch as_protobuf = watch_pods(kProtobuf);

  kube->inject_error("pods", 500, "InternalError", "on command");

  EXPECT_EQ(next(as_json)->code, 500);
  EXPECT_EQ(next(as_protobuf)->code, 500);
}

TEST_F(KubeFaultsTest, BrokenObjectKeepsTheFraming) {
  TestWatch open = watch_pods(kProtobuf);

  kube->inject_broken_object("pods", "shop", "a");
  const std::optional<TestEvent> broken = next(open);
  kube->put("pods", pod_json("shop", "b"));

  EXPECT_EQ(broken->type, "MODIFIED");
  EXPECT_EQ(next(open)->name, "b");
}

TEST_F(KubeFaultsTest, ReportCountsCallsObjectsAndWatches) {
  kube->put("pods", pod_json("shop", "a"));
  get("/api/v1/pods");
  TestWatch open = watch_pods();

  const json report = kube->report();

  EXPECT_EQ(report["calls"]["list pods 200"], 1);
  EXPECT_EQ(report["calls"]["watch pods 200"], 1);
  EXPECT_EQ(report["objects"]["pods"], 1);
  EXPECT_EQ(report["watches"]["pods"], 1);
  EXPECT_EQ(kube->watches("pods"), 1U);
}

} // namespace syncer::sim

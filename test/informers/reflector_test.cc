#include "informers/reflector.h"

#include "reflector_rig.h"

namespace syncer {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class ReflectorTest : public testing::TestWithParam<KubeFormat> {
 protected:
  void SetUp() override {
    rig.add_volume();
    rig.server.put(rig.pod("a"));
    rig.server.put(rig.pod("b"));
  }
  std::size_t requests() const { return rig.server.targets().size(); }

  ReflectorRig rig{GetParam()};
  FakeApiServer& server = rig.server;
};
INSTANTIATE_TEST_SUITE_P(Formats, ReflectorTest,
                         testing::Values(KubeFormat::kProtobuf, KubeFormat::kJson),
                         [](const auto& info) {
                           return info.param == KubeFormat::kJson ? "Json" : "Protobuf";
                         });

TEST_P(ReflectorTest, StreamingListThenWatchOnOneConnection) {
  rig.start();

  EXPECT_THAT(rig.pods(), ElementsAre("a", "b"));
  EXPECT_TRUE(rig.cache.synced());
  EXPECT_TRUE(rig.cache.complete()); // it was a consistent read
  ASSERT_EQ(requests(), 1u);
  EXPECT_EQ(server.targets()[0],
            "/api/v1/pods?watch=1&allowWatchBookmarks=true&timeoutSeconds=300&resourceVersion="
            "&sendInitialEvents=true&resourceVersionMatch=NotOlderThan");

  server.put(rig.pod("c"));
  server.remove("a");
  rig.clock.settle();

  EXPECT_THAT(rig.pods(), ElementsAre("b", "c"));
  EXPECT_EQ(requests(), 1u);
}

TEST_P(ReflectorTest, PlainListWhereStreamingListsAreUnknown) {
  server.stream_lists = false;
  rig.start();

  EXPECT_THAT(rig.pods(), ElementsAre("a", "b"));
  ASSERT_EQ(requests(), 4u);
  EXPECT_EQ(server.targets()[1], "/api/v1/pods?limit=500&resourceVersion=0");
  EXPECT_THAT(server.targets(), testing::Contains("/api/v1/pods?limit=1"));
  EXPECT_THAT(server.targets(),
              testing::Contains("/api/v1/pods?watch=1&allowWatchBookmarks=true&timeoutSeconds=300"
                                "&resourceVersion=102"));
  EXPECT_TRUE(rig.cache.complete()); // the quorum read found nothing newer

  server.put(rig.pod("c"));
  rig.clock.settle();
  EXPECT_THAT(rig.pods(), ElementsAre("a", "b", "c"));
}

TEST_P(ReflectorTest, CompleteOnlyWhenTheQuorumVersionIsReached) {
  server.stream_lists = false;
  // The list comes from a cache that has not seen the newest change yet.
  HttpResponse old;
  FakeApiServer::Fault stale;
  stale.status = 200;
  stale.headers = content_type(GetParam(), false);
  stale.body = list_bytes(GetParam(), Resource::kPods, {pod_json("a", "c-pv-1", 101)}, "101");
  server.fail_request(1, stale);
  FakeApiServer::Fault nothing; // and the first watch does not come about
  server.fail_request(2, nothing);
  server.fail_request(3, nothing);
  rig.start();
  EXPECT_TRUE(rig.cache.synced());
  EXPECT_FALSE(rig.cache.complete());

  rig.clock.advance(6s);

  EXPECT_THAT(rig.pods(), ElementsAre("a", "b"));
  EXPECT_TRUE(rig.cache.complete());
}

TEST_P(ReflectorTest, CutWatchGoesOnWhereItWas) {
  rig.start();
  server.cut_watches();
  server.put(rig.pod("c"));
  rig.clock.settle();

  EXPECT_THAT(rig.pods(), ElementsAre("a", "b", "c"));
  EXPECT_THAT(server.last_target(), HasSubstr("resourceVersion=102"));
  EXPECT_THAT(server.last_target(), Not(HasSubstr("sendInitialEvents")));
}

TEST_P(ReflectorTest, BookmarkMovesTheVersionToResumeFrom) {
  rig.start();
  server.forget("zzz"); // the version moves without an event
  server.bookmark();
  rig.clock.settle();
  server.end_watches();
  rig.clock.settle();

  EXPECT_THAT(server.last_target(), HasSubstr("resourceVersion=103"));
}

TEST_P(ReflectorTest, ExpiredAsErrorEventListsAgainAndFindsWhatWasMissed) {
  rig.start();
  server.cut_watches();
  server.forget("a");
  server.put(rig.pod("c"));
  server.compact();
  rig.clock.settle();

  rig.clock.advance(0s);
  EXPECT_THAT(rig.pods(), ElementsAre("b", "c"));
  EXPECT_EQ(rig.observer.restarts["expired"], 1);
  EXPECT_THAT(server.last_target(), HasSubstr("sendInitialEvents=true"));
}

TEST_P(ReflectorTest, ExpiredAsStatusListsAgain) {
  rig.start();
  FakeApiServer::Fault gone;
  gone.status = 410;
  gone.body = R"({"kind":"Status","code":410,"reason":"Expired"})";
  server.fail_next(gone);
  server.cut_watches();
  server.forget("a");
  rig.clock.settle();

  EXPECT_THAT(rig.pods(), ElementsAre("b"));
  EXPECT_THAT(server.last_target(), HasSubstr("sendInitialEvents=true"));
}

TEST_P(ReflectorTest, StreamingListCutBeforeItsBookmarkStartsAgainAndSweepsNothing) {
  rig.start();
  FakeApiServer::Fault cut;
  cut.cut_after = 0;
  server.fail_request(2, cut);
  server.cut_watches();
  server.put(rig.pod("c"));
  server.compact();
  rig.clock.settle(); // expired, then a list that ends at once
  EXPECT_EQ(requests(), 3u);
  EXPECT_THAT(rig.pods(), ElementsAre("a", "b"));

  rig.clock.advance(1s);
  EXPECT_THAT(rig.pods(), ElementsAre("a", "b", "c"));
  EXPECT_THAT(server.last_target(), HasSubstr("sendInitialEvents=true"));
}

TEST_P(ReflectorTest, ChangesBetweenTheObjectsOfAStreamingList) {
  server.bookmark_ends = false;
  rig.start();
  server.put(rig.pod("c"));
  server.remove("a");
  rig.clock.settle();
  EXPECT_FALSE(rig.cache.synced());
  server.push(bookmark_bytes(GetParam(), Resource::kPods, "104", true));
  rig.clock.settle();

  EXPECT_TRUE(rig.cache.synced());
  EXPECT_THAT(rig.pods(), ElementsAre("b", "c"));
}

TEST_P(ReflectorTest, ServerThatNeverSendsTheBookmarkIsListedPlainly) {
  server.bookmark_ends = false;
  rig.start();
  rig.clock.advance(29s);
  EXPECT_FALSE(rig.cache.synced());

  rig.clock.advance(1s);
  EXPECT_TRUE(rig.cache.synced());
  EXPECT_THAT(rig.pods(), ElementsAre("a", "b"));
}

TEST_P(ReflectorTest, HalfOpenWatchIsReplacedAfterSilence) {
  rig.start(); // the bookmark of the list showed that this server sends them
  rig.clock.advance(149s);
  EXPECT_EQ(requests(), 1u);
  rig.clock.advance(1s);

  EXPECT_EQ(requests(), 2u);
  EXPECT_EQ(rig.observer.restarts["idle"], 1);
  EXPECT_THAT(server.last_target(), HasSubstr("resourceVersion=102"));
}

TEST_P(ReflectorTest, WatchThatOutlivesItsTimeoutIsReplaced) {
  rig.start();
  for (int i = 0; i < 5; ++i) {
    rig.clock.advance(65s);
    server.bookmark();
  }
  rig.clock.settle();
  EXPECT_EQ(requests(), 1u);
  rig.clock.advance(5s); // 300 s + 30 s

  EXPECT_EQ(requests(), 2u);
  EXPECT_EQ(rig.observer.restarts["closed"], 1);
}

TEST_P(ReflectorTest, PlainTextThrottlingWaitsAsAsked) {
  rig.start();
  FakeApiServer::Fault busy;
  busy.status = 429;
  busy.body = "Too many requests, please try again later.\n";
  busy.headers = {{"Content-Type", "text/plain"}, {"Retry-After", "5"}, {"Connection", "close"}};
  server.fail_next(busy);
  rig.chance = 0.5;
  server.cut_watches();
  rig.clock.settle();
  ASSERT_EQ(requests(), 2u);

  rig.clock.advance(6249ms);
  EXPECT_EQ(requests(), 2u);
  rig.clock.advance(1ms);
  EXPECT_EQ(requests(), 3u);
  EXPECT_EQ(rig.observer.restarts["throttled"], 1);
}

TEST_P(ReflectorTest, OutageIsSurvivedAndWhatWasMissedIsFound) {
  rig.start();
  server.fail_all(FakeApiServer::Fault());
  server.cut_watches();
  rig.clock.advance(10min);
  const std::size_t during = requests();
  EXPECT_LE(during, 28u);
  server.put(rig.pod("c"));
  server.remove("a");
  server.fail_all(std::nullopt);

  rig.clock.advance(60s);
  EXPECT_THAT(rig.pods(), ElementsAre("b", "c"));
  EXPECT_EQ(requests(), during + 1);
}

TEST_P(ReflectorTest, StopsWhenCancelled) {
  rig.start();
  rig.stop();
  EXPECT_TRUE(rig.ended);
  EXPECT_EQ(server.open_watches(), 0u);
}

TEST_P(ReflectorTest, PagesOfAServerWithoutWatchCache) {
  server.stream_lists = false;
  server.page_size = 1;
  server.put(rig.pod("c"));
  rig.start();

  EXPECT_THAT(rig.pods(), ElementsAre("a", "b", "c"));
  EXPECT_EQ(server.targets()[2], "/api/v1/pods?limit=500&continue=1");
  EXPECT_EQ(server.targets()[3], "/api/v1/pods?limit=500&continue=2");
}

TEST_P(ReflectorTest, ExpiredSecondPageReadsTheListInOnePiece) {
  server.stream_lists = false;
  server.page_size = 1;
  FakeApiServer::Fault gone;
  gone.status = 410;
  gone.body = R"({"kind":"Status","code":410,"reason":"Expired"})";
  server.fail_request(2, gone);
  rig.start();

  EXPECT_THAT(rig.pods(), ElementsAre("a", "b"));
  EXPECT_EQ(server.targets()[3], "/api/v1/pods?resourceVersion=0");
}

} // namespace
} // namespace syncer

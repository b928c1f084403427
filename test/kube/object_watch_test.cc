#include "kube/object_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "fakes/scripted_kube.h"
#include "kube/kube_time.h"

namespace syncer {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

constexpr const char* kList = "/things?limit=500";
constexpr const char* kGone = R"({"kind":"Status","code":410,"reason":"Expired"})";

// Keeps spec.v by name; refuses objects without it.
class Shelf final : public ObjectSink {
 public:
  Outcome<> put(const ObjectName& name, const nlohmann::json& object) override {
    if (!object.contains("spec") || !object["spec"].is_object()) {
      return Error{ErrorKind::kRejected, "spec is missing"};
    }
    things[name.name] = object["spec"].value("v", "");
    return Done{};
  }
  void remove(const ObjectName& name) override { things.erase(name.name); }
  void listed() override { ++lists; }
  std::map<std::string, std::string> things;
  int lists = 0;
};

std::string thing(const std::string& name, const std::string& value, int version) {
  return R"({"metadata":{"name":")" + name + R"(","resourceVersion":")" + std::to_string(version) +
         R"("},"spec":{"v":")" + value + R"("}})";
}
std::string event(const std::string& type, const std::string& object) {
  return R"({"type":")" + type + R"(","object":)" + object + "}\n";
}
std::string bookmark(int version) {
  return event("BOOKMARK",
               R"({"metadata":{"resourceVersion":")" + std::to_string(version) + R"("}})");
}
std::string list(const std::vector<std::string>& items, int version, const std::string& more = "") {
  std::string text = R"({"kind":"ThingList","metadata":{"resourceVersion":")" +
                     std::to_string(version) + R"(","continue":")" + more + R"("},"items":[)";
  for (std::size_t i = 0; i < items.size(); ++i) text += (i > 0 ? "," : "") + items[i];
  return text + "]}";
}

class ObjectWatchTest : public testing::Test {
 protected:
  void start() { kube.start(watch.run()); }
  Expectation& expect_list(const std::vector<std::string>& items, int version) {
    return kube.http.expect("GET", kList).reply(200, list(items, version));
  }
  // The watch from this version on.
  ScriptedStream& expect_watch(int version) {
    return kube.http
        .expect("GET", "watch=1&allowWatchBookmarks=true&timeoutSeconds=300&resourceVersion=" +
                           std::to_string(version))
        .stream();
  }

  ScriptedKube kube;
  Shelf shelf;
  double chance = 0;
  ObjectWatch watch{
      {*kube.client, kube.clock, kube.log, [this] { return chance; }}, "/apis/g/v1/things", shelf};
};

TEST_F(ObjectWatchTest, ListsInPagesThenFollows) {
  kube.http.expect("GET", kList).reply(200, list({thing("a", "1", 3)}, 9, "more/2"));
  kube.http.expect("GET", "limit=500&continue=more%2F2").reply(200, list({thing("b", "1", 4)}, 9));
  ScriptedStream& events = expect_watch(9);
  start();
  EXPECT_TRUE(watch.synced());
  EXPECT_THAT(shelf.things, ElementsAre(Pair("a", "1"), Pair("b", "1")));

  events.push(event("MODIFIED", thing("a", "2", 10)) + event("DELETED", thing("b", "1", 11)) +
              event("ADDED", thing("c", "1", 12)));
  kube.clock.settle();

  EXPECT_THAT(shelf.things, ElementsAre(Pair("a", "2"), Pair("c", "1")));
  EXPECT_EQ(shelf.lists, 1);
}

TEST_F(ObjectWatchTest, EventsCutAtEveryByteArriveWhole) {
  expect_list({}, 1);
  ScriptedStream& events = expect_watch(1);
  start();

  events.push_in_pieces(
      event("ADDED", thing("a", "}{\\\"", 2)) + bookmark(3) + event("ADDED", thing("b", "1", 4)),
      1);
  kube.clock.settle();

  EXPECT_THAT(shelf.things, ElementsAre(Pair("a", "}{\""), Pair("b", "1")));
  EXPECT_EQ(watch.broken(), 0u);
}

TEST_F(ObjectWatchTest, ClosedWatchGoesOnFromTheBookmark) {
  expect_list({}, 1);
  ScriptedStream& first = expect_watch(1);
  start();
  first.push(bookmark(8)).end();
  ScriptedStream& second = expect_watch(8);
  kube.clock.settle();

  second.push(event("ADDED", thing("a", "1", 9)));
  kube.clock.settle();

  EXPECT_THAT(shelf.things, ElementsAre(Pair("a", "1")));
  EXPECT_EQ(kube.asked(kList), 1u);
}

TEST_F(ObjectWatchTest, CompactedVersionMeansAListAtOnceThatRemovesWhatIsGone) {
  expect_list({thing("a", "1", 1), thing("b", "1", 1)}, 1);
  ScriptedStream& first = expect_watch(1);
  start();
  first.push(bookmark(2) + event("ERROR", kGone));
  expect_list({thing("b", "2", 5)}, 6);
  expect_watch(6);

  kube.clock.settle();

  EXPECT_THAT(shelf.things, ElementsAre(Pair("b", "2")));
  EXPECT_EQ(kube.http.unmet(), 0u);
}

TEST_F(ObjectWatchTest, ServerThatIsAlwaysCompactedIsNotAskedInALoop) {
  kube.http.expect("GET", kList).always().reply(200, list({}, 1));
  kube.http.expect("GET", "watch=1").always().reply(410, kGone);
  start();

  kube.clock.advance(60s);

  EXPECT_GT(kube.asked("watch=1"), 2u);
  EXPECT_LT(kube.asked("watch=1"), 12u);
}

TEST_F(ObjectWatchTest, ResourceThatIsNotInstalledYetIsAskedForQuietlyUntilItIs) {
  Expectation& missing = kube.http.expect("GET", kList).always().reply(404, "page not found");
  start();
  EXPECT_TRUE(watch.missing());
  EXPECT_FALSE(watch.synced());
  EXPECT_EQ(missing.met(), 1u);
  kube.clock.advance(1s);
  EXPECT_EQ(missing.met(), 2u);
  kube.clock.advance(10min);

  EXPECT_GE(missing.met(), 12u); // at least once a minute ...
  EXPECT_LE(missing.met(), 22u); // ... and ever more slowly until then
  EXPECT_EQ(kube.logged("not installed"), 1u);
  EXPECT_EQ(kube.logged("warning"), 0u);
}

TEST_F(ObjectWatchTest, ResourceThatAppearsIsFollowed) {
  kube.http.expect("GET", kList).reply(404, "");
  kube.http.expect("GET", kList).reply(404, "");
  expect_list({thing("a", "1", 1)}, 1);
  expect_watch(1);
  start();

  kube.clock.advance(3s);

  EXPECT_TRUE(watch.synced());
  EXPECT_FALSE(watch.missing());
  EXPECT_THAT(shelf.things, ElementsAre(Pair("a", "1")));
}

TEST_F(ObjectWatchTest, ResourceThatVanishesRemovesNothing) {
  expect_list({thing("a", "1", 1)}, 1);
  expect_watch(1).push(bookmark(2)).end();
  kube.http.expect("GET", "watch=1").reply(404, "");
  kube.http.expect("GET", kList).always().reply(404, "");
  start();

  kube.clock.advance(2min);

  EXPECT_THAT(shelf.things, ElementsAre(Pair("a", "1")));
}

TEST_F(ObjectWatchTest, ForbiddenIsOneClearLineAndTriedAgain) {
  const char* forbidden =
      R"({"kind":"Status","code":403,"reason":"Forbidden","message":"things is forbidden"})";
  Expectation& refused = kube.http.expect("GET", kList).always().reply(403, forbidden);
  start();

  kube.clock.advance(5min);

  EXPECT_GT(refused.met(), 5u);
  EXPECT_EQ(kube.logged("not allowed"), 1u);
  EXPECT_EQ(kube.logged("things is forbidden"), 1u);
}

TEST_F(ObjectWatchTest, BrokenObjectsStopNoOtherAndKeepTheirLastGoodVersion) {
  expect_list({thing("a", "1", 1), R"({"metadata":{"name":"b"},"spec":7})", thing("c", "1", 1)}, 1);
  ScriptedStream& events = expect_watch(1);
  start();
  EXPECT_THAT(shelf.things, ElementsAre(Pair("a", "1"), Pair("c", "1")));
  EXPECT_EQ(kube.logged("name=b unusable=\"spec is missing\""), 1u);

  events.push(event("MODIFIED", R"({"metadata":{"name":"a"}})") + R"({"type":"ADDED"})" +
              R"({nonsense})" + event("MODIFIED", thing("c", "2", 3)));
  kube.clock.settle();

  EXPECT_THAT(shelf.things, ElementsAre(Pair("a", "1"), Pair("c", "2")));
  EXPECT_EQ(watch.broken(), 4u);
}

TEST_F(ObjectWatchTest, ListWithANamelessObjectRemovesNothing) {
  expect_list({thing("a", "1", 1), thing("b", "1", 1)}, 1);
  expect_watch(1).push(bookmark(2) + event("ERROR", kGone));
  expect_list({thing("a", "1", 1), R"({"metadata":{"name":5}})"}, 6);
  ScriptedStream& second = expect_watch(6);
  start();
  EXPECT_THAT(shelf.things, ElementsAre(Pair("a", "1"), Pair("b", "1")));

  second.push(bookmark(7)).end();
  expect_list({thing("a", "1", 1)}, 8);
  expect_watch(8);
  kube.clock.settle();

  EXPECT_THAT(shelf.things, ElementsAre(Pair("a", "1")));
}

TEST_F(ObjectWatchTest, ListThatIsCutOffRemovesNothingAndIsReadAgain) {
  expect_list({thing("a", "1", 1)}, 1);
  expect_watch(1).push(bookmark(2) + event("ERROR", kGone));
  kube.http.expect("GET", kList).reply(200, R"({"metadata":{"resourceVersion":"6"},"items":[)");
  start();
  EXPECT_THAT(shelf.things, ElementsAre(Pair("a", "1")));
  expect_list({}, 7);
  expect_watch(7);

  kube.clock.advance(3s);

  EXPECT_THAT(shelf.things, IsEmpty());
}

TEST_F(ObjectWatchTest, UnreachableServerIsAskedAgainWithGrowingPauses) {
  Error down;
  down.detail = "connection refused";
  Expectation& refused = kube.http.expect("GET", kList).always().fail(down);
  chance = 0.99;
  start();

  kube.clock.advance(10min);

  EXPECT_GE(refused.met(), 12u);
  EXPECT_LE(refused.met(), 18u);
  EXPECT_EQ(kube.logged("connection refused"), 1u);
}

TEST_F(ObjectWatchTest, SilenceAfterABookmarkEndsTheWatch) {
  expect_list({}, 1);
  ScriptedStream& silent = expect_watch(1);
  start();
  silent.push(bookmark(5));
  kube.clock.settle();
  expect_watch(5);

  kube.clock.advance(151s);

  EXPECT_EQ(kube.http.unmet(), 0u);
}

TEST_F(ObjectWatchTest, AnyExchangeThatFailsOnceOnlyDelays) {
  for (std::size_t step = 0; step < 4; ++step) {
    ScriptedKube server;
    Shelf kept;
    ObjectWatch followed{
        {*server.client, server.clock, server.log, [] { return 0.0; }}, "/apis/g/v1/things", kept};
    server.http.fail_request(step, Error{ErrorKind::kTransient, "connection reset"});
    server.http.expect("GET", "continue=next").always().reply(200, list({thing("b", "1", 2)}, 5));
    server.http.expect("GET", kList).always().reply(200, list({thing("a", "1", 1)}, 5, "next"));
    for (int i = 0; i < 2; ++i) {
      server.http.expect("GET", "watch=1")
          .stream()
          .push(event("MODIFIED", thing("a", "2", 6)) + event("DELETED", thing("b", "1", 7)))
          .end();
    }
    server.http.expect("GET", "watch=1").always().stream();

    server.start(followed.run());
    server.clock.advance(1min);

    EXPECT_THAT(kept.things, ElementsAre(Pair("a", "2"))) << "step " << step;
  }
}

TEST(KubeTime, ReadsAndWritesWholeSeconds) {
  const std::chrono::system_clock::time_point when{std::chrono::seconds(1'700'000'000)};

  EXPECT_EQ(format_kube_time(when), "2023-11-14T22:13:20Z");
  EXPECT_EQ(parse_kube_time("2023-11-14T22:13:20Z"), 1'700'000'000);
}

TEST(KubeTime, AnythingElseIsNoTime) {
  for (const char* text :
       {"", "2023-11-14", "2023-13-14T22:13:20Z", "2023-11-14T25:13:20Z", "2023-11-14T22:13:20Zx",
        "abcd-11-14T22:13:20Z", "2023-11-14T22:13:2Z"}) {
    EXPECT_EQ(parse_kube_time(text), 0) << text;
  }
}

} // namespace
} // namespace syncer

#include "reflector_rig.h"

namespace syncer {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class ReflectorFaultsTest : public testing::TestWithParam<KubeFormat> {
 protected:
  void SetUp() override {
    rig.add_volume();
    rig.server.put(rig.pod("a"));
    rig.server.put(rig.pod("b"));
  }
  // An event whose object is broken behind its metadata.
  void push_broken(const std::string& type, const json& object) {
    if (GetParam() == KubeFormat::kJson) {
      json broken = object;
      broken["spec"] = "broken";
      server.push(raw_event_bytes(GetParam(), type, broken.dump()));
      return;
    }
    std::string bytes = object_bytes(GetParam(), Resource::kPods, object);
    bytes.resize(bytes.size() - 3);
    server.push(raw_event_bytes(GetParam(), type, bytes));
  }
  json versioned(const std::string& name, int version) {
    json object = rig.pod(name);
    object["metadata"]["resourceVersion"] = std::to_string(version);
    return object;
  }

  ReflectorRig rig{GetParam()};
  FakeApiServer& server = rig.server;
};
INSTANTIATE_TEST_SUITE_P(Formats, ReflectorFaultsTest,
                         testing::Values(KubeFormat::kProtobuf, KubeFormat::kJson),
                         [](const auto& info) {
                           return info.param == KubeFormat::kJson ? "Json" : "Protobuf";
                         });

TEST_P(ReflectorFaultsTest, BrokenObjectIsFetchedByNameAndTheWatchGoesOn) {
  rig.start();
  push_broken("MODIFIED", versioned("a", 103));
  server.put(rig.pod("c")); // 103 as well; the watch has not ended
  rig.clock.settle();

  EXPECT_EQ(server.last_target(), "/api/v1/namespaces/shop/pods/a");
  EXPECT_EQ(rig.observer.undecodable, 1);
  EXPECT_EQ(server.open_watches(), 1u);
  EXPECT_THAT(rig.pods(), ElementsAre("a", "b", "c"));
}

TEST_P(ReflectorFaultsTest, FetchedObjectTakesTheMarkAway) {
  rig.start();
  server.put(rig.pod("a")); // 103
  rig.clock.settle();
  json next = rig.pod("a");
  next["status"]["phase"] = "Succeeded";
  push_broken("MODIFIED", versioned("a", 104));
  server.put(next); // 104 is what the fetch finds
  rig.clock.settle();

  EXPECT_TRUE(rig.cache.complete());
  EXPECT_FALSE(rig.cache.is_marked(Resource::kPods, "shop", "a"));
}

TEST_P(ReflectorFaultsTest, ObjectThatStaysBrokenStaysMarkedWithItsLastGoodVersion) {
  rig.start();
  FakeApiServer::Fault broken;
  broken.status = 200;
  broken.headers = content_type(KubeFormat::kJson, false);
  broken.body = "{]";
  server.fail_next(broken);
  push_broken("MODIFIED", versioned("a", 103));
  rig.clock.advance(1min);

  EXPECT_TRUE(rig.cache.is_marked(Resource::kPods, "shop", "a"));
  EXPECT_TRUE(rig.cache.facts("h1").marked);
  EXPECT_FALSE(rig.cache.complete());
  EXPECT_THAT(rig.pods(), ElementsAre("a", "b"));
}

TEST_P(ReflectorFaultsTest, VersionOfABrokenObjectIsUsed) {
  rig.start();
  push_broken("MODIFIED", versioned("a", 150));
  rig.clock.settle();
  server.restore(150, {versioned("a", 150), versioned("b", 102)});
  rig.clock.settle();

  EXPECT_THAT(server.last_target(), HasSubstr("resourceVersion=150"));
}

TEST_P(ReflectorFaultsTest, DeletionWithBrokenObjectDeletes) {
  rig.start();
  push_broken("DELETED", versioned("a", 103));
  rig.clock.settle();

  EXPECT_THAT(rig.pods(), ElementsAre("b"));
  EXPECT_TRUE(rig.cache.complete());
}

TEST_P(ReflectorFaultsTest, ObjectWithoutANameLeadsToACleanListWithinMinutes) {
  rig.start();
  json nameless = rig.pod("");
  nameless["metadata"]["resourceVersion"] = "103";
  server.push(event_bytes(GetParam(), Resource::kPods, "MODIFIED", nameless));
  rig.clock.settle();
  EXPECT_TRUE(rig.cache.unclear(Resource::kPods));
  EXPECT_FALSE(rig.cache.complete());

  server.restore(110, {versioned("a", 101), versioned("b", 102)});
  rig.clock.advance(6min);
  EXPECT_FALSE(rig.cache.unclear(Resource::kPods));
  EXPECT_TRUE(rig.cache.complete());
}

TEST_P(ReflectorFaultsTest, BrokenFramingListsAgain) {
  rig.start();
  server.forget("a");
  server.push(GetParam() == KubeFormat::kJson ? "oops\n" : std::string("\xff\xff\xff\xff", 4));
  rig.clock.settle();

  EXPECT_EQ(rig.observer.restarts["undecodable"], 1);
  EXPECT_THAT(rig.pods(), ElementsAre("b"));
}

TEST_P(ReflectorFaultsTest, RestoredServerIsFollowedButNothingMayBeTakenAway) {
  rig.start();
  server.restore(50, {versioned("a", 40)});
  rig.clock.advance(2min);
  EXPECT_THAT(rig.pods(), ElementsAre("a"));
  EXPECT_TRUE(rig.cache.has_gone_back());
  EXPECT_FALSE(rig.cache.complete());

  rig.cache.confirm_view();
  EXPECT_TRUE(rig.cache.complete());
}

TEST_P(ReflectorFaultsTest, BookmarkBelowOursIsAViewThatWentBack) {
  rig.start();
  server.push(bookmark_bytes(GetParam(), Resource::kPods, "90", false));
  rig.clock.settle();

  EXPECT_TRUE(rig.cache.has_gone_back());
  EXPECT_EQ(rig.observer.restarts["backwards"], 1);
  EXPECT_THAT(server.last_target(), HasSubstr("resourceVersion=&sendInitialEvents"));
}

TEST_P(ReflectorFaultsTest, RecreatedObjectInAGapIsAnotherOne) {
  rig.start();
  server.fail_all(FakeApiServer::Fault());
  server.cut_watches();
  server.remove("a");
  json again = rig.pod("a");
  again["metadata"]["uid"] = "uid-new";
  again["status"]["phase"] = "Pending";
  server.put(again);
  server.compact();
  server.fail_all(std::nullopt);
  rig.clock.advance(1min);

  const auto facts = rig.cache.facts("h1");
  ASSERT_EQ(facts.volumes[0].pods.size(), 2u);
  for (const Pod& pod : facts.volumes[0].pods) {
    if (pod.key.name == InternedString("a")) {
      EXPECT_EQ(pod.uid, Uid::parse("uid-new"));
    }
  }
}

TEST_P(ReflectorFaultsTest, DeletedEventOfASelectionOrOfTheObjectRemovesIt) {
  rig.start();
  // As a server sends it: the previous object with the version of the deletion.
  server.push(event_bytes(GetParam(), Resource::kPods, "DELETED", versioned("a", 103)));
  rig.clock.settle();

  EXPECT_THAT(rig.pods(), ElementsAre("b"));
}

TEST_P(ReflectorFaultsTest, PodsThatAreNotOurBusinessMoveTheVersion) {
  rig.start();
  json other = rig.pod("other");
  other["spec"]["volumes"] = json::array();
  server.put(other); // 103
  rig.clock.settle();
  server.end_watches();
  rig.clock.settle();

  EXPECT_THAT(server.last_target(), HasSubstr("resourceVersion=103"));
  EXPECT_EQ(rig.cache.objects(Resource::kPods), 2u);
}

// Start, watch, lose the watch, expire, list again: each exchange of it fails once in each way.
// However it fails, the cache ends equal to the server.
struct Failure {
  const char* name;
  FakeApiServer::Fault fault;
};

class FailAtEveryStep : public testing::TestWithParam<std::tuple<KubeFormat, bool, int>> {
 protected:
  static std::vector<Failure> failures() {
    const auto status = [](int code, const char* reason) {
      FakeApiServer::Fault fault;
      fault.status = code;
      fault.headers = {{"Content-Type", "application/json"}};
      fault.body = R"({"kind":"Status","code":)" + std::to_string(code) + R"(,"reason":")" +
                   reason + R"("})";
      return fault;
    };
    FakeApiServer::Fault reset, cut_at_once, cut_inside;
    cut_at_once.cut_after = 0;
    cut_inside.cut_after = 200;
    return {{"reset", reset},
            {"cut at once", cut_at_once},
            {"cut inside", cut_inside},
            {"410", status(410, "Expired")},
            {"429", status(429, "TooManyRequests")},
            {"500", status(500, "InternalError")},
            {"503", status(503, "ServiceUnavailable")},
            {"401", status(401, "Unauthorized")},
            {"403", status(403, "Forbidden")}};
  }

  static void converse(ReflectorRig& rig) {
    FakeApiServer& server = rig.server;
    rig.add_volume();
    server.put(rig.pod("a"));
    server.put(rig.pod("b"));
    rig.start();
    server.put(rig.pod("c"));
    rig.clock.advance(10s);
    server.cut_watches();
    server.remove("a");
    rig.clock.advance(10s);
    server.cut_watches();
    server.forget("b");
    server.put(rig.pod("d"));
    server.compact();
    rig.clock.advance(10s);
    server.put(rig.pod("e"));
    rig.clock.advance(5min);
  }
};
INSTANTIATE_TEST_SUITE_P(Conversation, FailAtEveryStep,
                         testing::Combine(testing::Values(KubeFormat::kProtobuf, KubeFormat::kJson),
                                          testing::Bool(), testing::Range(0, 9)));

TEST_P(FailAtEveryStep, CacheEndsEqualToTheServer) {
  const auto [format, streaming, kind] = GetParam();
  const Failure failure = failures()[static_cast<std::size_t>(kind)];
  std::size_t steps = 1;
  for (std::size_t step = 0; step < steps; ++step) {
    ReflectorRig rig(format);
    rig.server.stream_lists = streaming;
    rig.server.fail_request(step, failure.fault);
    converse(rig);

    EXPECT_EQ(rig.pods(), rig.server.names()) << failure.name << " at request " << step;
    EXPECT_TRUE(rig.cache.complete()) << failure.name << " at request " << step;
    steps = std::min<std::size_t>(rig.server.targets().size(), 12);
  }
  EXPECT_GT(steps, 3u);
}

} // namespace
} // namespace syncer

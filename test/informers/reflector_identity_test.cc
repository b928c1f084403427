#include "reflector_rig.h"

namespace syncer {
namespace {

using namespace std::chrono_literals;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// Streaming lists or plain ones.
class ReflectorIdentityTest : public testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    rig.add_volume();
    server.stream_lists = GetParam();
    server.put(rig.pod("a"));
  }
  // Lose the watch, so that the next one has to list.
  void list_again() {
    server.cut_watches();
    server.forget("nobody");
    server.compact();
    rig.clock.advance(1min);
  }

  ReflectorRig rig;
  FakeApiServer& server = rig.server;
};
INSTANTIATE_TEST_SUITE_P(Lists, ReflectorIdentityTest, testing::Bool(),
                         [](const auto& info) { return info.param ? "Streaming" : "Plain"; });

TEST_P(ReflectorIdentityTest, TheSameClusterIsNoNews) {
  rig.start();
  list_again();

  EXPECT_EQ(rig.observer.lists, 2);
  EXPECT_FALSE(rig.cache.has_gone_back());
  EXPECT_GE(server.identity_targets.size(), 3u);
  // Nothing that the role of the container we replace does not allow.
  EXPECT_THAT(server.identity_targets, Each(HasSubstr("/configmaps/")));
}

TEST_P(ReflectorIdentityTest, AnotherClusterIsAViewThatWentBackBeforeAnythingGoes) {
  rig.start();
  server.cluster = "cluster-2";
  server.forget("a");
  list_again();

  EXPECT_TRUE(rig.cache.has_gone_back());
  EXPECT_THAT(rig.pods(), IsEmpty());
  EXPECT_TRUE(rig.cache.facts("h1").pods_unclear);
}

// The first contact with the other cluster is the list itself.
TEST_P(ReflectorIdentityTest, ListOfAnotherClusterReplacesNewerObjectsOfOurs) {
  rig.start();
  FakeApiServer::Fault gone;
  gone.status = 410;
  gone.body = R"({"kind":"Status","code":410,"reason":"Expired"})";
  server.fail_next(gone);
  server.cluster = "cluster-2";
  nlohmann::json pod = pod_json("a", "c-pv-1", 5);
  pod["metadata"]["uid"] = "uid-of-another";
  server.restore(900, {pod});
  rig.clock.advance(1min);

  ASSERT_EQ(rig.cache.facts("h1").volumes.at(0).pods.size(), 1u);
  EXPECT_EQ(rig.cache.facts("h1").volumes[0].pods[0].uid, Uid::parse("uid-of-another"));
  EXPECT_TRUE(rig.cache.has_gone_back());
}

TEST_P(ReflectorIdentityTest, NothingIsListedBeforeTheClusterIsKnown) {
  server.identity_failures = {0, 500, 429};
  rig.start();
  EXPECT_FALSE(rig.cache.synced());
  EXPECT_THAT(rig.pods(), IsEmpty());

  rig.clock.advance(2min);
  EXPECT_TRUE(rig.cache.synced());
  EXPECT_THAT(rig.pods(), ElementsAre("a"));
  EXPECT_FALSE(rig.cache.has_gone_back());
}

TEST_P(ReflectorIdentityTest, NamespaceTellsWhereThereIsNoConfigMap) {
  server.has_config_map = false;
  rig.start();
  EXPECT_TRUE(rig.cache.synced());
  server.cluster = "cluster-2";
  list_again();

  EXPECT_TRUE(rig.cache.has_gone_back());
}

TEST_P(ReflectorIdentityTest, ClusterThatNeverCouldBeToldIsFollowed) {
  server.cluster.clear();
  rig.start();
  list_again();

  EXPECT_TRUE(rig.cache.complete());
  EXPECT_THAT(rig.pods(), ElementsAre("a"));
}

TEST_P(ReflectorIdentityTest, ClusterThatCannotBeToldAnyMoreIsNotTrusted) {
  rig.start();
  server.cluster.clear();
  list_again();
  EXPECT_TRUE(rig.cache.has_gone_back());

  rig.cache.confirm_view();
  list_again();
  EXPECT_FALSE(rig.cache.has_gone_back());
}

TEST_P(ReflectorIdentityTest, AnswerWithoutAUidIsAskedForAgain) {
  rig.start();
  server.identity_failures = {204}; // a success that says nothing
  list_again();

  EXPECT_FALSE(rig.cache.has_gone_back());
  EXPECT_EQ(rig.observer.lists, 2);
}

// Resources that are listed from different clusters make no view, even if each of them is steady.
TEST_P(ReflectorIdentityTest, ResourcesOfDifferentClustersDoNotMix) {
  rig.cache.answered_by(Resource::kVolumes, Uid::parse("cluster-0"));
  rig.start();

  EXPECT_TRUE(rig.cache.has_gone_back());
}

} // namespace
} // namespace syncer

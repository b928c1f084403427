#include "app/feature_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fakes/scripted_kube.h"

namespace syncer {
namespace {

using testing::HasSubstr;

class FeatureWatchTest : public testing::Test {
 protected:
  ScriptedStream& start(const std::string& items = "") {
    kube.http.expect("GET", "?limit=500")
        .reply(200, R"({"metadata":{"resourceVersion":"1"},"items":[)" + items + "]}");
    ScriptedStream& stream = kube.http.expect("GET", "?watch=1").stream();
    kube.start(watch.run());
    return stream;
  }
  static std::string map(const std::string& data) {
    return R"({"metadata":{"namespace":"csi","name":"states","resourceVersion":"2"},"data":{)" +
           data + "}}";
  }
  void push(ScriptedStream& stream, const std::string& type, const std::string& object) {
    stream.push(R"({"type":")" + type + R"(","object":)" + object + "}\n");
    kube.clock.settle();
  }

  ScriptedKube kube;
  std::vector<FeatureStates> told;
  FeatureWatch watch{{*kube.client, kube.clock, kube.log, [] { return 0.0; }},
                     "csi",
                     "states",
                     [this](const FeatureStates& states) { told.push_back(states); }};
};

TEST_F(FeatureWatchTest, AsksForThatOneConfigMap) {
  start();

  EXPECT_THAT(kube.http.requests().front().target,
              testing::AllOf(HasSubstr("/api/v1/namespaces/csi/configmaps?"),
                             HasSubstr("fieldSelector=metadata.name%3Dstates")));
}

TEST_F(FeatureWatchTest, AbsentMeansThatAllAreOff) {
  start();

  EXPECT_EQ(watch.states(), FeatureStates());
  EXPECT_TRUE(told.empty());
}

TEST_F(FeatureWatchTest, ChangesAreToldOnceEach) {
  ScriptedStream& stream = start(map(R"("trigger-csi-fullsync":"true")"));
  push(stream, "MODIFIED", map(R"("trigger-csi-fullsync":"true","other":"1")"));

  push(stream, "MODIFIED", map(R"("trigger-csi-fullsync":"false")"));

  EXPECT_THAT(told, testing::ElementsAre(FeatureStates{true, false, false}, FeatureStates()));
}

TEST_F(FeatureWatchTest, DeletionSwitchesAllOff) {
  ScriptedStream& stream = start(map(R"("trigger-csi-fullsync":"true")"));

  push(stream, "DELETED", map(""));

  EXPECT_EQ(watch.states(), FeatureStates());
  EXPECT_EQ(told.size(), 2u);
}

TEST_F(FeatureWatchTest, ABadValueIsOneWarningHoweverOftenItIsShown) {
  ScriptedStream& stream = start(map(R"("trigger-csi-fullsync":"ja")"));

  push(stream, "MODIFIED", map(R"("trigger-csi-fullsync":"ja","other":"1")"));

  EXPECT_EQ(kube.logged("csi/states: trigger-csi-fullsync is \"ja\""), 1u);
}

TEST_F(FeatureWatchTest, AMapWithoutDataIsNoTrouble) {
  start(R"({"metadata":{"name":"states"},"data":7})");

  EXPECT_EQ(watch.states(), FeatureStates());
}

} // namespace
} // namespace syncer

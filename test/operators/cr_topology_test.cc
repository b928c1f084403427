#include "operators/cr_topology.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>

#include "cr_rig.h"
#include "operators/node_topology_object.h"

namespace syncer {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using testing::ElementsAre;
using testing::IsEmpty;

using Answer = Outcome<std::optional<std::string>>;

constexpr const char* kZone = "topology.csi.vmware.com/k8s-zone";

std::string node(const std::string& name, const std::string& zone,
                 const std::string& status = "Success", const std::string& uuid = "") {
  json made;
  made["metadata"]["name"] = name;
  made["metadata"]["resourceVersion"] = "5";
  made["spec"]["nodeID"] = name;
  made["spec"]["nodeuuid"] = uuid.empty() ? "uuid-" + name : uuid;
  made["status"]["status"] = status;
  made["status"]["topologyLabels"] = json::array({{{"key", kZone}, {"value", zone}}});
  return made.dump();
}

class CrTopologyTest : public testing::Test {
 protected:
  asio::awaitable<Answer> find(std::string uuid) {
    asked.push_back(uuid);
    if (silent == uuid) {
      const auto never = rig.kube.clock.now() + 1000h;
      co_await rig.kube.clock.sleep_until(never);
    }
    const auto found = answers.find(uuid);
    if (found == answers.end()) co_return std::optional<std::string>();
    co_return found->second;
  }
  void start() {
    rig.kube.start(topology.run());
    rig.kube.start(watch.run());
  }
  std::vector<std::string> in(const char* zone) { return topology.vcenters(kZone, zone); }

  CrRig rig;
  std::map<std::string, Answer> answers;
  std::string silent;
  std::vector<std::string> asked;
  int changes = 0;
  CrTopology topology{rig.deps(), rig.kube.io.get_executor(),
                      [this](std::string uuid) { return find(std::move(uuid)); },
                      [this] { ++changes; }};
  ObjectWatch watch{rig.deps().watch(), kNodeTopologies, topology};
};

std::optional<std::string> at(const char* host) { return std::string(host); }

TEST_F(CrTopologyTest, LabelLeadsToTheVCentersOfItsNodes) {
  answers = {{"uuid-n1", at("vc-b")}, {"uuid-n2", at("vc-a")}, {"uuid-n3", at("vc-a")}};
  rig.serve(node("n1", "east") + "," + node("n2", "east") + "," + node("n3", "west"));
  EXPECT_FALSE(topology.synced());

  start();

  EXPECT_TRUE(topology.synced());
  EXPECT_THAT(in("east"), ElementsAre("vc-a", "vc-b"));
  EXPECT_THAT(in("west"), ElementsAre("vc-a"));
  EXPECT_THAT(topology.vcenters("other-key", "east"), IsEmpty());
  EXPECT_GT(changes, 0);
}

TEST_F(CrTopologyTest, VCenterStaysUntilItsLastNodeWithTheLabelIsGone) {
  answers = {{"uuid-n1", at("vc-a")}, {"uuid-n2", at("vc-a")}};
  ScriptedStream& events = rig.serve(node("n1", "east") + "," + node("n2", "east"));
  start();

  rig.push(events, "DELETED", node("n1", "east"));
  EXPECT_THAT(in("east"), ElementsAre("vc-a"));
  rig.push(events, "DELETED", node("n2", "east"));

  EXPECT_THAT(in("east"), IsEmpty());
}

TEST_F(CrTopologyTest, ChangedLabelMovesTheNodeAlone) {
  answers = {{"uuid-n1", at("vc-a")}, {"uuid-n2", at("vc-a")}};
  ScriptedStream& events = rig.serve(node("n1", "east") + "," + node("n2", "east"));
  start();

  rig.push(events, "MODIFIED", node("n1", "west"));

  EXPECT_THAT(in("east"), ElementsAre("vc-a"));
  EXPECT_THAT(in("west"), ElementsAre("vc-a"));
  EXPECT_EQ(asked.size(), 2u);
}

TEST_F(CrTopologyTest, OnlySuccessCountsAndARestartOfTheNodePluginTakesNothingAway) {
  answers = {{"uuid-n1", at("vc-a")}};
  ScriptedStream& events = rig.serve(node("n1", "east", ""));
  start();
  EXPECT_THAT(in("east"), IsEmpty());
  EXPECT_THAT(asked, IsEmpty());
  rig.push(events, "MODIFIED", node("n1", "east"));
  EXPECT_THAT(in("east"), ElementsAre("vc-a"));

  rig.push(events, "MODIFIED", node("n1", "west", ""));
  rig.push(events, "MODIFIED", node("n1", "west", "Error"));

  EXPECT_THAT(in("east"), ElementsAre("vc-a"));
  EXPECT_THAT(in("west"), IsEmpty());
}

TEST_F(CrTopologyTest, AnotherMachineByTheSameNameIsAskedForAnew) {
  answers = {{"uuid-n1", at("vc-a")}, {"other", at("vc-b")}};
  ScriptedStream& events = rig.serve(node("n1", "east"));
  start();

  rig.push(events, "MODIFIED", node("n1", "east", "", "other"));
  EXPECT_THAT(in("east"), IsEmpty());
  rig.push(events, "MODIFIED", node("n1", "east", "Success", "other"));

  EXPECT_THAT(in("east"), ElementsAre("vc-b"));
}

TEST_F(CrTopologyTest, UnknownMachineIsAskedForAgainEverMoreSlowly) {
  rig.serve(node("n1", "east"));
  rig.kube.http.expect("GET", "?watch=1").always().stream(); // the server ends each after a while
  start();
  EXPECT_TRUE(topology.synced()); // asked once: what can be known is known
  EXPECT_EQ(topology.homeless(), 1u);
  rig.kube.clock.advance(10min);
  EXPECT_GE(asked.size(), 5u);
  EXPECT_LE(asked.size(), 9u);
  EXPECT_EQ(rig.kube.logged("no vCenter has a VM with this uuid"), 1u);

  answers = {{"uuid-n1", at("vc-a")}};
  rig.kube.clock.advance(6min);

  EXPECT_THAT(in("east"), ElementsAre("vc-a"));
  EXPECT_EQ(topology.homeless(), 0u);
  const std::size_t settled = asked.size();
  rig.kube.clock.advance(1h);
  EXPECT_EQ(asked.size(), settled);
}

TEST_F(CrTopologyTest, FailedAnswerIsAskedForAgain) {
  answers = {{"uuid-n1", Error{ErrorKind::kTransient, "vc-a: connection refused"}}};
  rig.serve(node("n1", "east"));
  start();
  EXPECT_EQ(rig.kube.logged("vc-a: connection refused"), 1u);
  answers = {{"uuid-n1", at("vc-a")}};

  rig.kube.clock.advance(5s);

  EXPECT_THAT(in("east"), ElementsAre("vc-a"));
}

TEST_F(CrTopologyTest, SilentVCenterDelaysOnlyItsOwnNodes) {
  silent = "uuid-n1";
  answers = {{"uuid-n1", at("vc-a")}, {"uuid-n2", at("vc-b")}};
  rig.serve(node("n1", "east") + "," + node("n2", "east"));
  start();
  EXPECT_THAT(in("east"), ElementsAre("vc-b"));
  EXPECT_FALSE(topology.synced());
  rig.kube.clock.advance(30s);
  EXPECT_TRUE(topology.synced());
  silent.clear();

  rig.kube.clock.advance(5s);

  EXPECT_THAT(in("east"), ElementsAre("vc-a", "vc-b"));
}

TEST_F(CrTopologyTest, ManySilentNodesLeaveRoomForNewOnes) {
  std::string items;
  for (int i = 0; i < 300; ++i)
    items += node("n" + std::to_string(i), "east", "Success", "s") + ",";
  items += node("last", "west");
  silent = "s";
  answers = {{"uuid-last", at("vc-b")}};
  ScriptedStream& events = rig.serve(items);
  start();
  rig.kube.clock.advance(5min);
  EXPECT_THAT(in("west"), ElementsAre("vc-b"));
  answers["uuid-new"] = at("vc-b");

  rig.push(events, "ADDED", node("new", "north"));

  EXPECT_THAT(in("north"), ElementsAre("vc-b"));
}

TEST_F(CrTopologyTest, NodeDeletedWhileItIsAskedForStaysAway) {
  silent = "uuid-n1";
  answers = {{"uuid-n1", at("vc-a")}};
  ScriptedStream& events = rig.serve(node("n1", "east"));
  start();

  rig.push(events, "DELETED", node("n1", "east"));
  EXPECT_TRUE(topology.synced());
  rig.kube.clock.advance(31s);

  EXPECT_THAT(in("east"), IsEmpty());
  EXPECT_EQ(asked.size(), 1u);
}

TEST_F(CrTopologyTest, BrokenLabelsKeepTheLastGoodOnes) {
  answers = {{"uuid-n1", at("vc-a")}};
  ScriptedStream& events = rig.serve(node("n1", "east"));
  start();

  rig.push(events, "MODIFIED",
           R"({"metadata":{"name":"n1","resourceVersion":"6"},"spec":{"nodeuuid":"uuid-n1"},)"
           R"("status":{"status":"Success","topologyLabels":[{"key":"k"}]}})");

  EXPECT_THAT(in("east"), ElementsAre("vc-a"));
  EXPECT_EQ(rig.kube.logged("name=n1 unusable="), 1u);
}

} // namespace
} // namespace syncer

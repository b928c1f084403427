// Node plugins and definitions of custom resources against the API server simulator.
#include <nlohmann/json.hpp>

#include "operators/crd_installer.h"
#include "operators/node_topology_controller.h"
#include "sim_kube_rig.h"

namespace syncer {
namespace {

using sim::json;

constexpr const char* kNodes = "csinodetopologies";
constexpr const char* kDefinitions = "customresourcedefinitions";

// Knows every machine, and one tag.
class OneZone final : public NodeInventory {
 public:
  asio::awaitable<Outcome<bool>> has_vm(std::string) override { co_return true; }
  asio::awaitable<Outcome<std::vector<ObjectTags>>> tags_above_vm(std::string) override {
    std::vector<ObjectTags> tags(1);
    tags[0].push_back({"zone", "z1"});
    co_return tags;
  }
};

class NodesOfACluster : public SimKubeTest {
 protected:
  void follow() {
    TopologySettings settings;
    settings.categories = {"zone"};
    NodeTopologyController::Deps given{deps(), io.get_executor(), events,
                                       [this](std::string uuid) { return find(std::move(uuid)); }};
    controller = std::make_unique<NodeTopologyController>(std::move(given), settings);
    watch = std::make_unique<ObjectWatch>(deps().watch(), kNodeTopologies, *controller);
    start(watch->run());
    start(controller->run());
  }
  asio::awaitable<Outcome<NodeInventory*>> find(std::string) {
    co_return static_cast<NodeInventory*>(&vcenter);
  }
  static json node(const std::string& name) {
    return {{"metadata", {{"name", name}}}, {"spec", {{"nodeID", name}, {"nodeuuid", "u"}}}};
  }
  bool answered(const std::string& name) const {
    const auto object = server->get(kNodes, "", name);
    return object && object->contains("status") && (*object)["status"]["status"] == "Success";
  }
  void install() {
    installer =
        std::make_unique<CrdInstaller>(deps(), conditions, std::vector<Crd>{Crd::kNodeTopology});
    start(run_installer());
    until([this] { return installed; });
  }
  asio::awaitable<void> run_installer() {
    installed = false;
    co_await installer->run();
    installed = true;
  }
  json definition() const { return *server->get(kDefinitions, "", crd_name(Crd::kNodeTopology)); }

  OneZone vcenter;
  EventSink events;
  Conditions conditions{clock};
  std::unique_ptr<NodeTopologyController> controller;
  std::unique_ptr<ObjectWatch> watch;
  std::unique_ptr<CrdInstaller> installer;
  bool installed = false;
};

TEST_F(NodesOfACluster, EveryNodeIsAnsweredAndAgainWhenItAsksAgain) {
  for (int i = 0; i < 100; ++i) server->put(kNodes, node("n" + std::to_string(i)));
  follow();
  for (int i = 0; i < 100; ++i) {
    until([&] { return answered("n" + std::to_string(i)); });
  }
  EXPECT_EQ((*server->get(kNodes, "", "n7"))["status"]["topologyLabels"],
            json::parse(R"([{"key":"topology.csi.vmware.com/zone","value":"z1"}])"));

  server->edit(kNodes, "", "n7", [](json& object) { object["status"]["status"] = ""; });

  until([&] { return answered("n7"); });
}

TEST_F(NodesOfACluster, MissingDefinitionIsCreatedAndItsObjectsAreServed) {
  server->undefine(kNodes);

  install();

  follow();
  server->put(kNodes, node("n1"));
  until([&] { return answered("n1"); });
}

TEST_F(NodesOfACluster, DefinitionThatHasAllIsNotWritten) {
  const json before = definition();

  install();

  EXPECT_EQ(definition(), before);
}

TEST_F(NodesOfACluster, OldDefinitionGetsTheMissingFieldAndKeepsTheRest) {
  const auto uuid_of = [](json& object) -> json& {
    json& schema = object["spec"]["versions"][0]["schema"]["openAPIV3Schema"];
    return schema["properties"]["spec"]["properties"]["nodeuuid"];
  };
  json whole = definition();
  server->edit(kDefinitions, "", crd_name(Crd::kNodeTopology), [](json& object) {
    json& schema = object["spec"]["versions"][0]["schema"]["openAPIV3Schema"];
    schema["properties"]["spec"]["properties"].erase("nodeuuid");
  });
  ASSERT_NE(definition()["spec"], whole["spec"]);

  install();

  json repaired = definition();
  EXPECT_EQ(uuid_of(repaired)["type"], "string");
  uuid_of(whole) = uuid_of(repaired);
  EXPECT_EQ(repaired["spec"], whole["spec"]);
}

} // namespace
} // namespace syncer

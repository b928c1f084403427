#include "operators/node_topology_controller.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "cr_rig.h"

namespace syncer {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* kUid = "0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9";
constexpr const char* kConflict =
    R"({"kind":"Status","code":409,"reason":"Conflict","message":"modified"})";

json node(const std::string& name, const std::string& status = "", const std::string& uuid = "u1") {
  json made;
  made["metadata"]["name"] = name;
  made["metadata"]["uid"] = kUid;
  made["metadata"]["resourceVersion"] = "5";
  made["spec"]["nodeID"] = name;
  if (!uuid.empty()) made["spec"]["nodeuuid"] = uuid;
  if (!status.empty()) made["status"]["status"] = status;
  return made;
}

json with_labels(json object) {
  object["status"]["topologyLabels"] = json::array({{{"key", "old"}, {"value", "label"}}});
  return object;
}

// A vCenter with the tags of one VM.
class FakeNodes final : public NodeInventory {
 public:
  explicit FakeNodes(Clock& clock) : clock_(clock) {}
  asio::awaitable<Outcome<bool>> has_vm(std::string) override { co_return true; }
  asio::awaitable<Outcome<std::vector<ObjectTags>>> tags_above_vm(std::string) override {
    ++tag_reads;
    if (silent) {
      const auto never = clock_.now() + 1000h;
      co_await clock_.sleep_until(never);
    }
    co_return tags;
  }
  Outcome<std::vector<ObjectTags>> tags = std::vector<ObjectTags>{{{"zone", "z1"}}};
  bool silent = false;
  int tag_reads = 0;

 private:
  Clock& clock_;
};

struct Told final : EventSink {
  void normal(const EventTarget& about, std::string_view reason,
              std::string_view message) override {
    add("Normal", about, reason, message);
  }
  void warning(const EventTarget& about, std::string_view reason,
               std::string_view message) override {
    add("Warning", about, reason, message);
  }
  void add(const char* type, const EventTarget& about, std::string_view reason,
           std::string_view message) {
    EXPECT_EQ(about.kind, EventTarget::Kind::kNodeTopology);
    EXPECT_EQ(about.uid, Uid::parse(kUid));
    all.push_back(std::string(type) + " " + std::string(reason) + " " + about.key.name.str() +
                  ": " + std::string(message));
  }
  std::vector<std::string> all;
};

class NodeTopologyControllerTest : public testing::Test {
 protected:
  asio::awaitable<Outcome<NodeInventory*>> find(std::string uuid) {
    searched.push_back(uuid);
    if (silent) {
      const auto never = rig.kube.clock.now() + 1000h;
      co_await rig.kube.clock.sleep_until(never);
    }
    co_return found;
  }
  void build(TopologySettings settings = {}) {
    NodeTopologyController::Deps deps{rig.deps(), rig.kube.io.get_executor(), events,
                                      [this](std::string uuid) { return find(std::move(uuid)); }};
    controller = std::make_unique<NodeTopologyController>(std::move(deps), std::move(settings));
    rig.kube.start(controller->run());
  }
  static TopologySettings zone() {
    TopologySettings settings;
    settings.categories = {"zone"};
    return settings;
  }
  // What the watch shows.
  void show(const json& object) {
    const ObjectName name{"", object["metadata"]["name"].get<std::string>()};
    ASSERT_TRUE(controller->put(name, object));
    rig.kube.clock.settle();
  }
  // The server has the object and takes one write of it.
  void serve(const json& object) {
    const std::string path = "/csinodetopologies/" + object["metadata"]["name"].get<std::string>();
    rig.kube.http.expect("GET", path).reply(200, object.dump());
    rig.kube.http.expect("PUT", path).reply(200, "{}");
  }
  std::vector<json> written() const {
    std::vector<json> all;
    for (const HttpRequest& request : rig.kube.http.requests()) {
      if (request.method == "PUT") all.push_back(json::parse(request.body));
    }
    return all;
  }
  json status() const { return written().empty() ? json() : written().back()["status"]; }

  CrRig rig;
  FakeNodes vcenter{rig.kube.clock};
  Outcome<NodeInventory*> found{&vcenter};
  bool silent = false;
  std::vector<std::string> searched;
  Told events;
  std::unique_ptr<NodeTopologyController> controller;
};

TEST_F(NodeTopologyControllerTest, WithoutTopologyTheNodeHasNoLabels) {
  build();
  serve(node("n1"));

  show(node("n1"));

  EXPECT_EQ(status(), json::parse(R"({"status":"Success","topologyLabels":[]})"));
  EXPECT_EQ(written().at(0)["metadata"]["resourceVersion"], "5");
  EXPECT_EQ(written().at(0)["spec"], node("n1")["spec"]);
  EXPECT_THAT(searched, ElementsAre("u1"));
  EXPECT_EQ(vcenter.tag_reads, 0);
  EXPECT_THAT(events.all, ElementsAre("Normal TopologyRetrievalSucceeded n1: "
                                      "Not a topology aware cluster."));
  show(node("n1", "Success"));
  EXPECT_EQ(controller->waiting(), 0u);
}

TEST_F(NodeTopologyControllerTest, WithCategoriesTheTagsBecomeLabels) {
  build(zone());
  serve(node("n1", "Error"));

  show(node("n1", "Error"));

  EXPECT_EQ(status(), json::parse(R"({"status":"Success","topologyLabels":[
      {"key":"topology.csi.vmware.com/zone","value":"z1"}]})"));
  EXPECT_THAT(events.all, ElementsAre("Normal TopologyRetrievalSucceeded n1: topology labels: "
                                      "topology.csi.vmware.com/zone=z1"));
}

TEST_F(NodeTopologyControllerTest, ObjectThatSaysSuccessIsDone) {
  build(zone());

  show(node("n1", "Success"));
  rig.kube.clock.advance(1h);

  EXPECT_THAT(rig.kube.http.requests(), IsEmpty());
  EXPECT_THAT(searched, IsEmpty());
}

TEST_F(NodeTopologyControllerTest, ExistingLabelsUnblockTheNodeFirst) {
  build(zone());
  vcenter.silent = true;
  serve(with_labels(node("n1")));

  show(with_labels(node("n1")));

  ASSERT_EQ(written().size(), 1u);
  EXPECT_EQ(status()["status"], "Success");
  EXPECT_EQ(status()["topologyLabels"], with_labels(node("n1"))["status"]["topologyLabels"]);
  EXPECT_THAT(events.all,
              ElementsAre("Normal TopologyRetrievalSucceeded n1: found existing topology."));
  // And then it goes on, though the watch shows the success by now.
  serve(with_labels(node("n1", "Success")));
  show(with_labels(node("n1", "Success")));
  rig.kube.clock.advance(30s);
  EXPECT_EQ(status()["status"], "Error");
}

TEST_F(NodeTopologyControllerTest, MissingTagIsAnErrorThatIsTriedAgain) {
  build(zone());
  vcenter.tags = std::vector<ObjectTags>{{{"owner", "me"}}};
  serve(node("n1"));
  show(node("n1"));
  EXPECT_EQ(status()["status"], "Error");
  EXPECT_THAT(status()["errorMessage"].get<std::string>(), HasSubstr("no tag of category zone"));
  EXPECT_THAT(events.all.back(), HasSubstr("Warning TopologyRetrievalFailed n1: no tag"));
  vcenter.tags = std::vector<ObjectTags>{{{"zone", "z2"}}};
  serve(written().back());

  rig.kube.clock.advance(1s);

  EXPECT_EQ(status()["status"], "Success");
  EXPECT_EQ(status()["topologyLabels"][0]["value"], "z2");
  EXPECT_FALSE(status().contains("errorMessage"));
}

TEST_F(NodeTopologyControllerTest, OneOfZoneAndRegionIsAnError) {
  TopologySettings settings;
  settings.zone = "zone";
  build(settings);
  serve(node("n1"));

  show(node("n1"));

  EXPECT_EQ(status()["status"], "Error");
  EXPECT_EQ(status()["errorMessage"],
            "missing zone or region information in vSphere CSI config `Labels` section");
}

TEST_F(NodeTopologyControllerTest, UnknownMachineIsAnErrorWithBackoffAndIsWrittenOnce) {
  found = nullptr;
  build();
  rig.kube.http.expect("GET", "/csinodetopologies/n1").reply(200, node("n1").dump());
  rig.kube.http.expect("PUT", "/csinodetopologies/n1").reply(200, "{}");
  show(node("n1"));
  EXPECT_EQ(status()["status"], "Error");
  EXPECT_THAT(status()["errorMessage"].get<std::string>(), HasSubstr("UUID u1"));
  json failed = written().back();
  rig.kube.http.expect("GET", "/csinodetopologies/n1").always().reply(200, failed.dump());
  show(failed);

  rig.kube.clock.advance(10min);

  // 0, 1, 3, 7, 15, 31, 63, 127, 255, 511 s
  EXPECT_EQ(searched.size(), 10u);
  EXPECT_EQ(written().size(), 1u);
}

TEST_F(NodeTopologyControllerTest, FailedSearchIsAnErrorWithItsReason) {
  found = Error{ErrorKind::kTransient, "vc-a: connection refused"};
  build();
  serve(node("n1"));

  show(node("n1"));

  EXPECT_EQ(status()["errorMessage"], "vc-a: connection refused");
}

TEST_F(NodeTopologyControllerTest, SilentVCenterIsGivenUp) {
  silent = true;
  build();
  serve(node("n1"));
  show(node("n1"));
  EXPECT_THAT(written(), IsEmpty());

  rig.kube.clock.advance(30s);

  EXPECT_EQ(status()["status"], "Error");
}

TEST_F(NodeTopologyControllerTest, MachineWithoutUuidWaitsForIt) {
  build();
  show(node("n1", "", ""));
  rig.kube.clock.advance(1min);
  EXPECT_THAT(searched, IsEmpty());
  EXPECT_THAT(rig.kube.http.requests(), IsEmpty());
  serve(node("n1"));

  show(node("n1"));

  EXPECT_EQ(status()["status"], "Success");
}

TEST_F(NodeTopologyControllerTest, NodePluginThatAsksAgainIsAnsweredAtOnce) {
  found = nullptr;
  build();
  serve(node("n1"));
  show(node("n1"));
  show(node("n1", "Error"));
  ASSERT_EQ(searched.size(), 1u);
  found = &vcenter;
  serve(node("n1"));

  show(node("n1"));

  EXPECT_EQ(searched.size(), 2u);
  EXPECT_EQ(status()["status"], "Success");
}

TEST_F(NodeTopologyControllerTest, QuestionIsSeenThoughTheAnswerBeforeItWasNot) {
  build();
  serve(node("n1"));
  show(node("n1"));
  EXPECT_EQ(controller->waiting(), 0u);
  serve(node("n1"));

  show(node("n1"));

  EXPECT_EQ(searched.size(), 2u);
  EXPECT_EQ(written().size(), 2u);
}

TEST_F(NodeTopologyControllerTest, ConflictIsReadAgain) {
  build();
  rig.kube.http.expect("GET", "/csinodetopologies/n1").reply(200, node("n1").dump());
  rig.kube.http.expect("PUT", "/csinodetopologies/n1").reply(409, kConflict);
  json newer = node("n1");
  newer["metadata"]["resourceVersion"] = "6";
  serve(newer);

  show(node("n1"));

  ASSERT_EQ(written().size(), 2u);
  EXPECT_EQ(written().back()["metadata"]["resourceVersion"], "6");
}

TEST_F(NodeTopologyControllerTest, ObjectOfAnotherMachineByNowIsLeftAlone) {
  build();
  rig.kube.http.expect("GET", "/csinodetopologies/n1").reply(200, node("n1", "", "another").dump());

  show(node("n1"));

  EXPECT_THAT(written(), IsEmpty());
}

TEST_F(NodeTopologyControllerTest, RefusedWriteIsToldAndTriedAgain) {
  build();
  rig.kube.http.expect("GET", "/csinodetopologies/n1").reply(200, node("n1").dump());
  rig.kube.http.expect("PUT", "/csinodetopologies/n1")
      .reply(403, R"({"kind":"Status","code":403,"reason":"Forbidden","message":"no"})");
  show(node("n1"));
  EXPECT_THAT(events.all.back(), HasSubstr("Warning CSINodeTopologyUpdateFailed n1: update"));
  serve(node("n1"));

  rig.kube.clock.advance(1s);

  EXPECT_EQ(status()["status"], "Success");
}

TEST_F(NodeTopologyControllerTest, DeletedObjectIsForgotten) {
  found = nullptr;
  build();
  serve(node("n1"));
  show(node("n1"));

  controller->remove({"", "n1"});
  rig.kube.clock.advance(1h);

  EXPECT_EQ(searched.size(), 1u);
}

TEST_F(NodeTopologyControllerTest, NothingIsAskedOrWrittenWithoutLeadership) {
  rig.leadership.held = false;
  build();
  show(node("n1"));
  rig.kube.clock.advance(10min);
  EXPECT_THAT(searched, IsEmpty());
  EXPECT_THAT(rig.kube.http.requests(), IsEmpty());
  serve(node("n1"));

  rig.leadership.held = true;
  rig.kube.clock.advance(1s);

  EXPECT_EQ(status()["status"], "Success");
}

TEST_F(NodeTopologyControllerTest, AfterStopNothingIsWritten) {
  silent = true;
  build();
  show(node("n1"));

  controller->stop();
  rig.kube.clock.advance(1h);

  EXPECT_THAT(rig.kube.http.requests(), IsEmpty());
}

TEST_F(NodeTopologyControllerTest, SilentVCenterLeavesRoomForOtherNodes) {
  silent = true;
  build();
  rig.kube.http.expect("GET", "/csinodetopologies/old").always().reply(200, node("old").dump());
  rig.kube.http.expect("PUT", "/csinodetopologies/old").always().reply(200, "{}");
  for (int i = 0; i < 40; ++i) show(node("old-" + std::to_string(i)));
  rig.kube.clock.advance(2min);
  silent = false;
  serve(node("new"));

  show(node("new"));

  EXPECT_EQ(written().back()["metadata"]["name"], "new");
}

} // namespace
} // namespace syncer

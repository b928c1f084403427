// Taking a volume out of CNS without touching its disk, and updates in another cluster's name.
#include "vcenter_script.h"

namespace syncer {
namespace {

using script::Vcenter;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

TEST(Unregister, IsAcknowledgedAndKeepsTheDisk) {
  Vcenter vc;
  vc.script_login();
  vc.script_write("CnsDeleteVolume", script::acknowledged("task-1", "vol-1"));

  const auto result = vc.start(vc.api.unregister("vol-1"));

  ASSERT_TRUE(*result);
  EXPECT_EQ((*result)->end, WriteEnd::kAcknowledged);
  EXPECT_EQ((*result)->posted_at, vc.clock.now());
  const HttpRequest& post = vc.http.requests().at(3);
  EXPECT_THAT(post.body, HasSubstr("<volumeIds><id>vol-1</id></volumeIds>"
                                   "<deleteDisk>false</deleteDisk></CnsDeleteVolume>"));
  EXPECT_EQ(post.target, "/vsanHealth");
  EXPECT_FALSE(post.idempotent);
  EXPECT_THAT(vc.leadership.asked, ElementsAre(std::chrono::seconds(10)));
  EXPECT_THAT(vc.observer.calls, testing::Contains("CnsDeleteVolume ok"));
}

struct UnregisterEnd {
  std::string name;
  std::string call_fault; // empty: task-1
  std::string info;
  WriteEnd end;
  CnsFault fault = CnsFault::kNone;
  std::string detail{};
};

class UnregisterEnds : public testing::TestWithParam<UnregisterEnd> {};

TEST_P(UnregisterEnds, IsReportedExactly) {
  const UnregisterEnd& given = GetParam();
  Vcenter vc;
  vc.script_login();
  if (given.call_fault.empty()) {
    vc.script_write("CnsDeleteVolume", given.info);
  } else {
    vc.cns("CnsDeleteVolume").reply(500, given.call_fault);
  }

  const auto result = vc.start(vc.api.unregister("vol-1"));

  ASSERT_TRUE(*result);
  EXPECT_EQ((*result)->end, given.end);
  EXPECT_EQ((*result)->fault, given.fault);
  EXPECT_THAT((*result)->error.detail, HasSubstr(given.detail));
  EXPECT_EQ((*result)->posted_at, vc.clock.now());
}

std::vector<UnregisterEnd> absent_in_every_place() {
  std::vector<UnregisterEnd> cases;
  for (const char* type : {"NotFound", "CnsVolumeNotFoundFault", "CnsNotRegisteredFault"}) {
    const std::string name = type;
    cases.push_back({"Call" + name, script::fault_answer(type), "", WriteEnd::kAcknowledged});
    cases.push_back({"Task" + name, "", script::task_error(type, ""), WriteEnd::kAcknowledged});
    cases.push_back(
        {"Volume" + name, "", script::volume_fault("vol-1", type, ""), WriteEnd::kAcknowledged});
  }
  return cases;
}

INSTANTIATE_TEST_SUITE_P(Absent, UnregisterEnds, testing::ValuesIn(absent_in_every_place()),
                         [](const auto& info) { return info.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Failed, UnregisterEnds,
    testing::Values(
        UnregisterEnd{"CallNoPermission", script::fault_answer("NoPermission"), "",
                      WriteEnd::kRefused, CnsFault::kNoPermission, "CnsDeleteVolume: refused: NoP"},
        UnregisterEnd{"CallManagerMissing", script::fault_answer("ManagedObjectNotFound"), "",
                      WriteEnd::kRefused, CnsFault::kOther, "ManagedObjectNotFound"},
        UnregisterEnd{"TaskResourceInUse", "", script::task_error("ResourceInUse", "attached"),
                      WriteEnd::kRefused, CnsFault::kOther, "task failed: ResourceInUse: attached"},
        UnregisterEnd{"VolumeCnsFault", "", script::volume_fault("vol-1", "CnsFault", "busy"),
                      WriteEnd::kRefused, CnsFault::kOther, "volume failed: CnsFault: busy"},
        UnregisterEnd{"TaskTimedOut", "", script::task_error("Timedout", ""), WriteEnd::kUnknown,
                      CnsFault::kNone, "Timedout"},
        UnregisterEnd{"TaskLost", "", script::left("task-1"), WriteEnd::kUnknown, CnsFault::kNone,
                      "CnsDeleteVolume: the task left"},
        UnregisterEnd{"EmptyBatch", "",
                      script::task_info("task-1", "success",
                                        "<result xsi:type=\"CnsVolumeOperationBatchResult\"/>"),
                      WriteEnd::kUnknown, CnsFault::kNone, "names no volume"},
        UnregisterEnd{"AnotherVolume", "", script::acknowledged("task-1", "vol-2"),
                      WriteEnd::kUnknown, CnsFault::kNone, "another volume"}),
    [](const auto& info) { return info.param.name; });

TEST(Unregister, LostReplyIsUnknownAndAnUnsentOneRefused) {
  for (const bool unsent : {false, true}) {
    Vcenter vc;
    vc.script_login();
    Error failure;
    failure.detail = "connection lost";
    failure.unsent = unsent;
    vc.cns("CnsDeleteVolume").fail(failure);

    const auto result = vc.start(vc.api.unregister("vol-1"));

    ASSERT_TRUE(*result);
    EXPECT_EQ((*result)->end, unsent ? WriteEnd::kRefused : WriteEnd::kUnknown);
    EXPECT_EQ((*result)->error.unsent, unsent);
    EXPECT_EQ(vc.count("CnsDeleteVolume"), 1u);
  }
}

TEST(Unregister, WithoutLeadershipIsNotSent) {
  Vcenter vc;
  vc.script_login();
  vc.leadership.held = false;

  const auto result = vc.start(vc.api.unregister("vol-1"));

  ASSERT_TRUE(*result);
  EXPECT_EQ((*result)->end, WriteEnd::kRefused);
  EXPECT_TRUE((*result)->error.unsent);
  EXPECT_EQ(vc.count("CnsDeleteVolume"), 0u);
}

TEST(Unregister, EmptyIdIsNeverSent) {
  Vcenter vc;

  const auto result = vc.start(vc.api.unregister(VolumeId()));

  ASSERT_TRUE(*result);
  EXPECT_EQ((*result)->end, WriteEnd::kRefused);
  EXPECT_TRUE((*result)->error.unsent);
  EXPECT_TRUE(vc.http.requests().empty());
}

TEST(OtherCluster, UpdatesGoUnderItsIdInTheSameSession) {
  CnsOptions options = script::options();
  options.cluster_distribution = "OpenShift";
  Vcenter vc(options);
  vc.script_login();
  vc.script_view();
  vc.script_update("vol-1", "task-1");
  vc.update("vol-1");
  const std::unique_ptr<CnsApi> old = vc.api.for_cluster("cluster-old");
  vc.cns("CnsUpdateVolumeMetadata").reply(200, script::task_answer("task-2"));
  vc.script_modify("task-2");
  vc.script_news(script::acknowledged("task-2", "vol-1"), "2");

  const EntityRef pv{EntityKind::kVolume, "", "pv-vol-1"};
  const auto result = vc.start(old->update(CnsUpdate{VolumeId("vol-1"), {}, {pv}}));

  ASSERT_TRUE(*result);
  EXPECT_EQ((*result)->end, WriteEnd::kAcknowledged);
  EXPECT_EQ(vc.count("Login"), 1u);
  std::string body;
  for (const HttpRequest& request : vc.http.requests()) {
    if (request.body.find("<delete>true</delete>") != std::string::npos) body = request.body;
  }
  EXPECT_THAT(body, HasSubstr("<containerCluster><clusterType>KUBERNETES</clusterType>"
                              "<clusterId>cluster-old</clusterId>"));
  EXPECT_THAT(body, HasSubstr("<delete>true</delete><clusterId>cluster-old</clusterId>"));
  EXPECT_THAT(body, Not(HasSubstr("cluster-1<")));
  EXPECT_THAT(body, Not(HasSubstr("clusterDistribution")));
}

TEST(OtherCluster, ReadsShowItsEntities) {
  Vcenter vc;
  vc.script_login();
  const std::unique_ptr<CnsApi> old = vc.api.for_cluster("cluster-old");
  vc.cns("CnsQueryAllVolume")
      .body_contains("<containerClusterIds>cluster-old</containerClusterIds>")
      .reply(200, script::answer("CnsQueryAllVolume",
                                 "<returnval><volumes><volumeId><id>vol-1</id></volumeId>"
                                 "</volumes></returnval>"));
  vc.cns("CnsQueryAsync").reply(200, script::reference_answer("CnsQueryAsync", "Task", "task-1"));
  vc.script_view();
  vc.script_modify("task-1");
  const auto entity = [](const std::string& cluster) {
    return "<entityMetadata><entityName>pv-" + cluster + "</entityName><clusterId>" + cluster +
           "</clusterId><entityType>PERSISTENT_VOLUME</entityType></entityMetadata>";
  };
  vc.script_news(script::task_info(
      "task-1", "success",
      "<result xsi:type=\"CnsVolumeOperationBatchResult\"><volumeResults><queryResult><volumes>"
      "<volumeId><id>vol-1</id></volumeId><metadata>" +
          entity("cluster-1") + entity("cluster-old") +
          "</metadata></volumes></queryResult></volumeResults></result>"));

  const auto ids = vc.start(old->query_ids());
  const auto volumes = vc.start(old->query_volumes({"vol-1"}));

  ASSERT_TRUE(*ids && **ids);
  EXPECT_THAT(***ids, ElementsAre(VolumeId("vol-1")));
  ASSERT_TRUE(*volumes && **volumes);
  ASSERT_THAT(***volumes, testing::SizeIs(1));
  const CnsVolume& volume = (**volumes)->at(0);
  ASSERT_THAT(volume.entities, testing::SizeIs(1));
  EXPECT_EQ(volume.entities[0].ref.name, "pv-cluster-old");
  EXPECT_TRUE(volume.has_other_clusters);
}

TEST(OtherCluster, NeitherRegistersNorUnregisters) {
  Vcenter vc;
  const std::unique_ptr<CnsApi> old = vc.api.for_cluster("cluster-old");
  CnsCreate create;
  create.backing_id = "vol-1";

  const auto created = vc.start(old->create(create));
  const auto removed = vc.start(old->unregister("vol-1"));

  ASSERT_TRUE(*created && *removed);
  EXPECT_EQ((*created)->write.end, WriteEnd::kRefused);
  EXPECT_TRUE((*created)->write.error.unsent);
  EXPECT_FALSE((*created)->already_registered);
  EXPECT_EQ((*removed)->end, WriteEnd::kRefused);
  EXPECT_TRUE((*removed)->error.unsent);
  EXPECT_TRUE(vc.http.requests().empty());
}

} // namespace
} // namespace syncer

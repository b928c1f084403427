// Reading CNS: the newest way the server has, page by page where it must be.
#include "vcenter_script.h"

namespace syncer {
namespace {

using script::Vcenter;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;
using testing::UnorderedElementsAre;
using Volumes = std::vector<CnsVolume>;

std::string volume(const std::string& id) {
  return "<volumes><volumeId><id>" + id +
         "</id></volumeId><volumeType>BLOCK</volumeType><metadata>"
         "<containerCluster><clusterId>cluster-1</clusterId></containerCluster></metadata></"
         "volumes>";
}

std::string cursor(int offset, int limit, int total) {
  return "<cursor><offset>" + std::to_string(offset) + "</offset><limit>" + std::to_string(limit) +
         "</limit><totalRecords>" + std::to_string(total) + "</totalRecords></cursor>";
}

std::string page(const std::string& content) {
  return script::answer("CnsQueryVolume", "<returnval>" + content + "</returnval>");
}

std::vector<std::string> ids_of(const Volumes& volumes) {
  std::vector<std::string> ids;
  for (const CnsVolume& one : volumes) ids.push_back(one.id.str());
  return ids;
}

void script_login_to(Vcenter& vc, const std::string& vsan) {
  vc.sdk("RetrieveServiceContent").reply(200, script::service_content());
  vc.http.expect("GET", "/sdk/vsanServiceVersions.xml").reply(200, script::versions_file(vsan));
  vc.sdk("Login").reply(200, script::login_answer());
}

void script_async(Vcenter& vc, const std::string& rest_of_info) {
  vc.cns("CnsQueryAsync").reply(200, script::reference_answer("CnsQueryAsync", "Task", "task-5"));
  vc.script_view();
  vc.script_modify("task-5");
  vc.script_news(script::task_info("task-5", "success", rest_of_info));
}

std::string async_result(const std::string& content) {
  return "<result xsi:type=\"CnsVolumeOperationBatchResult\"><volumeResults "
         "xsi:type=\"CnsAsyncQueryResult\"><queryResult>" +
         content + "</queryResult></volumeResults></result>";
}

TEST(QueryVolumes, AsynchronousWhereTheServerHasIt) {
  Vcenter vc;
  vc.script_login();
  script_async(vc, async_result(volume("v1") + volume("v2")));

  const auto found = vc.start(vc.api.query_volumes({"v1", "v2", "v3"}));

  ASSERT_TRUE(*found && **found);
  EXPECT_THAT(ids_of(***found), ElementsAre("v1", "v2"));
  EXPECT_TRUE((***found)[0].has_our_cluster);
}

TEST(QueryVolumes, WithThePlaceOfTheirDiskHoweverItIsWritten) {
  const auto at = [](const std::string& id, const std::string& place) {
    return "<volumes><volumeId><id>" + id +
           "</id></volumeId><volumeType>BLOCK</volumeType><backingObjectDetails "
           "xsi:type=\"CnsBlockBackingDetails\">" +
           place + "</backingObjectDetails></volumes>";
  };
  Vcenter vc;
  vc.script_login();
  script_async(vc,
               async_result(at("v1", "<backingDiskPath>[ds] kubevols/a.vmdk</backingDiskPath>") +
                            at("v2",
                               "<backingDiskUrlPath>https://vc/folder/kubevols/b.vmdk?"
                               "dcPath=%2FDC0&amp;dsName=ds</backingDiskUrlPath>") +
                            at("v3", "")));

  const auto found = vc.start(vc.api.query_volumes({"v1", "v2", "v3"}));

  ASSERT_TRUE(*found && **found);
  std::vector<std::string> places;
  for (const CnsVolume& one : ***found) places.push_back(one.disk_path);
  EXPECT_THAT(places, ElementsAre("[ds] kubevols/a.vmdk", "[ds] kubevols/b.vmdk", ""));
}

TEST(QueryVolumes, NothingAskedNothingSent) {
  Vcenter vc;
  const auto found = vc.start(vc.api.query_volumes({}));
  ASSERT_TRUE(*found && **found);
  EXPECT_THAT(vc.http.requests(), SizeIs(0));
}

TEST(QueryVolumes, MissingResultIsAnError) {
  Vcenter vc;
  vc.script_login();
  script_async(vc, "");

  const auto found = vc.start(vc.api.query_volumes({"v1"}));

  ASSERT_TRUE(*found);
  ASSERT_FALSE(**found) << "would read as: no such volume";
  EXPECT_THAT((*found)->error().detail, HasSubstr("no result"));
}

TEST(QueryVolumes, EmptyBatchIsAnError) {
  Vcenter vc;
  vc.script_login();
  script_async(vc, "<result xsi:type=\"CnsVolumeOperationBatchResult\"/>");

  const auto found = vc.start(vc.api.query_volumes({"v1"}));

  ASSERT_TRUE(*found);
  EXPECT_FALSE(**found);
}

TEST(QueryVolumes, FaultInTheResultIsAnError) {
  Vcenter vc;
  vc.script_login();
  script_async(vc,
               "<result><volumeResults><fault><fault xsi:type=\"CnsFault\"><reason>busy</reason>"
               "</fault></fault></volumeResults></result>");

  const auto found = vc.start(vc.api.query_volumes({"v1"}));

  ASSERT_TRUE(*found);
  ASSERT_FALSE(**found);
  EXPECT_THAT((*found)->error().detail, HasSubstr("CnsFault: busy"));
}

TEST(QueryVolumes, TaskThatNeverEndsIsGivenUpWithTheBudget) {
  Vcenter vc;
  vc.script_login();
  vc.cns("CnsQueryAsync").reply(200, script::reference_answer("CnsQueryAsync", "Task", "task-5"));
  vc.script_view();
  vc.script_modify("task-5");
  vc.sdk("WaitForUpdatesEx").reply(200, script::no_news());
  vc.sdk("WaitForUpdatesEx").held();
  const auto found = vc.start(vc.api.query_volumes({"v1"}));
  vc.sdk("CreatePropertyCollector").fail(Error()).always();

  vc.clock.advance(seconds(120));

  ASSERT_TRUE(*found);
  EXPECT_FALSE(**found);
}

TEST(QueryVolumes, OlderServersArePaged) {
  Vcenter vc;
  script_login_to(vc, "vSAN 7.0U2");
  vc.cns("CnsQueryVolume")
      .body_contains("<offset>0</offset><limit>500</limit></cursor>")
      .reply(200, page(volume("v1") + volume("v2") + cursor(2, 500, 3)));
  vc.cns("CnsQueryVolume")
      .body_contains("<offset>2</offset><limit>500</limit><totalRecords>3</totalRecords>")
      .reply(200, page(volume("v2") + volume("v3") + cursor(3, 500, 3)));

  const auto found = vc.start(vc.api.query_volumes({"v1", "v2", "v3"}));

  ASSERT_TRUE(*found && **found);
  EXPECT_THAT(ids_of(***found), UnorderedElementsAre("v1", "v2", "v3"));
  EXPECT_EQ(vc.http.unmet(), 0u);
  EXPECT_EQ(vc.count("CnsQueryAsync"), 0u);
}

TEST(QueryVolumes, FailedPageFailsTheWholeQuery) {
  Vcenter vc;
  script_login_to(vc, "vSAN 7.0U2");
  vc.cns("CnsQueryVolume").reply(200, page(volume("v1") + cursor(1, 500, 2)));
  vc.cns("CnsQueryVolume").reply(500, script::fault_answer("CnsFault"));

  const auto found = vc.start(vc.api.query_volumes({"v1", "v2"}));

  ASSERT_TRUE(*found);
  EXPECT_FALSE(**found);
}

TEST(QueryVolumes, RefusedMethodFallsBackOncePerSession) {
  for (const char* type : {"MethodNotFound", "InvalidRequest"}) {
    Vcenter vc;
    vc.script_login();
    vc.cns("CnsQueryAsync").reply(500, script::fault_answer(type));
    vc.cns("CnsQueryVolume").reply(200, page(volume("v1") + cursor(0, 0, 0))).always();

    const auto first = vc.start(vc.api.query_volumes({"v1"}));
    const auto second = vc.start(vc.api.query_volumes({"v1"}));

    EXPECT_TRUE(*first && **first) << type;
    EXPECT_TRUE(*second && **second) << type;
    EXPECT_EQ(vc.count("CnsQueryAsync"), 1u) << type;
  }
}

TEST(QueryIds, AllInOneAnswer) {
  Vcenter vc;
  vc.script_login();
  vc.cns("CnsQueryAllVolume")
      .body_contains("<containerClusterIds>cluster-1</containerClusterIds>")
      .reply(200, script::answer("CnsQueryAllVolume",
                                 "<returnval><volumes><volumeId><id>a</id></volumeId></volumes>"
                                 "<volumes><volumeId><id>b</id></volumeId></volumes></returnval>"));

  const auto ids = vc.start(vc.api.query_ids());

  ASSERT_TRUE(*ids && **ids);
  EXPECT_THAT(***ids, ElementsAre(VolumeId("a"), VolumeId("b")));
}

TEST(QueryIds, WithoutThatMethodThePagesOfTheCluster) {
  Vcenter vc;
  vc.script_login();
  vc.cns("CnsQueryAllVolume").reply(500, script::fault_answer("InvalidRequest"));
  vc.cns("CnsQueryVolume")
      .body_contains("<containerClusterIds>cluster-1</containerClusterIds><cursor>")
      .reply(200, page(volume("a") + cursor(1, 500, 2)));
  vc.cns("CnsQueryVolume")
      .body_contains("<offset>1</offset>")
      .reply(200, page(volume("b") + cursor(2, 500, 2)));

  const auto ids = vc.start(vc.api.query_ids());

  ASSERT_TRUE(*ids && **ids);
  EXPECT_THAT(***ids, ElementsAre(VolumeId("a"), VolumeId("b")));
}

std::string disk(const std::string& id, const std::string& type, const std::string& object) {
  return "<volumes><volumeId><id>" + id + "</id></volumeId><volumeType>" + type +
         "</volumeType><backingObjectDetails><backingDiskId>d</backingDiskId>" +
         (object.empty() ? "" : "<backingDiskObjectId>" + object + "</backingDiskObjectId>") +
         "</backingObjectDetails></volumes>";
}

TEST(QueryDisks, OfTheBlockVolumesAmongThoseAskedFor) {
  Vcenter vc;
  vc.script_login();
  vc.cns("CnsQueryAllVolume")
      .body_contains("<id>v1</id>")
      .body_contains("<containerClusterIds>cluster-1</containerClusterIds>")
      .reply(200,
             script::answer("CnsQueryAllVolume", "<returnval>" + disk("v1", "BLOCK", "o1") +
                                                     disk("v2", "FILE", "o2") +
                                                     disk("v3", "BLOCK", "") + "</returnval>"));

  const auto disks = vc.start(vc.api.backing_disks({"v1", "v2", "v3"}));

  ASSERT_TRUE(*disks && **disks);
  ASSERT_THAT(***disks, SizeIs(2));
  EXPECT_EQ((***disks)[0].id, VolumeId("v1"));
  EXPECT_EQ((***disks)[0].object_id, "o1");
  EXPECT_EQ((***disks)[1].object_id, "");
}

TEST(QueryDisks, AVCenterBefore70U2IsNotAsked) {
  Vcenter vc;
  script_login_to(vc, "vSAN 7.0U1");

  const auto disks = vc.start(vc.api.backing_disks({"v1"}));

  ASSERT_TRUE(*disks && !**disks);
  EXPECT_EQ((*disks)->error().kind, ErrorKind::kRejected);
  EXPECT_EQ(vc.count("CnsQueryAllVolume"), 0u);
}

TEST(QueryDisks, NothingAskedNothingSent) {
  Vcenter vc;
  const auto disks = vc.start(vc.api.backing_disks({}));
  ASSERT_TRUE(*disks && **disks);
  EXPECT_THAT(vc.http.requests(), SizeIs(0));
}

TEST(QueryDisks, AFaultIsAnError) {
  Vcenter vc;
  vc.script_login();
  vc.cns("CnsQueryAllVolume").reply(500, script::fault_answer("NoPermission"));

  const auto disks = vc.start(vc.api.backing_disks({"v1"}));

  ASSERT_TRUE(*disks && !**disks);
  EXPECT_THAT((*disks)->error().detail, HasSubstr("CnsQueryAllVolume"));
}

// What a read says of a volume whose cluster names distribution "Old" when "New" is configured.
bool current_at(const std::string& vsan) {
  CnsOptions options = script::options();
  options.cluster_distribution = "New";
  Vcenter vc(options);
  script_login_to(vc, vsan);
  vc.cns("CnsQueryVolume")
      .reply(200, page("<volumes><volumeId><id>v1</id></volumeId><metadata><containerCluster>"
                       "<clusterId>cluster-1</clusterId>"
                       "<clusterDistribution>Old</clusterDistribution></containerCluster>"
                       "</metadata></volumes>" +
                       cursor(1, 500, 1)));
  const auto volumes = vc.start(vc.api.query_volumes({"v1"}));
  EXPECT_TRUE(*volumes && **volumes);
  return (**volumes)->at(0).distribution_current;
}

TEST(QueryVolumes, DistributionIsComparedWhereTheServerKeepsOne) {
  EXPECT_FALSE(current_at("vSAN 7.0U2"));
  EXPECT_TRUE(current_at("vSAN 7.0U1"));
}

TEST(QueryVolumes, AsynchronousAnswersCompareTheDistributionToo) {
  CnsOptions options = script::options();
  options.cluster_distribution = "New";
  Vcenter vc(options);
  vc.script_login();
  script_async(vc, async_result(volume("v1")));

  const auto volumes = vc.start(vc.api.query_volumes({"v1"}));

  ASSERT_TRUE(*volumes && **volumes);
  EXPECT_FALSE((**volumes)->at(0).distribution_current);
}

} // namespace
} // namespace syncer

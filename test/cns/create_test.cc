// Registering what exists: every way CnsCreateVolume can end.
#include "vcenter_script.h"

namespace syncer {
namespace {

using script::Vcenter;
using testing::ElementsAre;
using testing::HasSubstr;

CnsCreate disk() {
  CnsCreate create;
  create.backing_id = "vol-1";
  create.name = "pv-1";
  CnsEntity pv;
  pv.ref = EntityRef{EntityKind::kVolume, "", "pv-1"};
  create.entities = {pv};
  return create;
}

CnsCreate vmdk() {
  CnsCreate create = disk();
  create.backing = CnsCreate::Backing::kUrl;
  create.backing_id = "https://vc/folder/kubevols/d.vmdk?dcPath=%2FDC0&dsName=ds";
  return create;
}

std::string created(const std::string& volume, const std::string& name = "pv-1") {
  return script::task_info(
      "task-1", "success",
      "<result xsi:type=\"CnsVolumeOperationBatchResult\"><volumeResults "
      "xsi:type=\"CnsVolumeCreateResult\">" +
          (volume.empty() ? "" : "<volumeId><id>" + volume + "</id></volumeId>") + "<name>" + name +
          "</name><placementResults/></volumeResults></result>");
}

const char* kNamed = "<reason>known</reason><volumeId><id>vol-7</id></volumeId>";

TEST(Create, IsAcknowledgedWithTheVolumesId) {
  Vcenter vc;
  vc.script_login();
  vc.script_write("CnsCreateVolume", created("vol-1"));

  const auto result = vc.start(vc.api.create(disk()));

  ASSERT_TRUE(*result);
  EXPECT_EQ((*result)->write.end, WriteEnd::kAcknowledged);
  EXPECT_EQ((*result)->write.posted_at, vc.clock.now());
  EXPECT_EQ((*result)->id, VolumeId("vol-1"));
  EXPECT_FALSE((*result)->already_registered);
  EXPECT_EQ(vc.http.unmet(), 0u);
  EXPECT_THAT(vc.observer.calls, testing::Contains("CnsCreateVolume ok"));
  EXPECT_THAT(vc.observer.operations, ElementsAre("create-volume passed"));
}

TEST(Create, OfAVmdkTellsTheIdThatCnsChose) {
  Vcenter vc;
  vc.script_login();
  vc.script_write("CnsCreateVolume", created("fcd-9"));

  const auto result = vc.start(vc.api.create(vmdk()));

  ASSERT_TRUE(*result);
  EXPECT_EQ((*result)->write.end, WriteEnd::kAcknowledged);
  EXPECT_EQ((*result)->id, VolumeId("fcd-9"));
}

TEST(Create, IsFencedAndNeverSentTwiceByTheClient) {
  Vcenter vc;
  vc.script_login();
  vc.script_write("CnsCreateVolume", created("vol-1"));

  const auto result = vc.start(vc.api.create(disk()));

  ASSERT_TRUE(*result);
  EXPECT_THAT(vc.leadership.asked, ElementsAre(std::chrono::seconds(10)));
  const HttpRequest& post = vc.http.requests().at(3);
  EXPECT_THAT(post.body, HasSubstr("<CnsCreateVolume "));
  EXPECT_EQ(post.target, "/vsanHealth");
  EXPECT_FALSE(post.idempotent);
  EXPECT_EQ(header(post.headers, "SOAPAction"), "urn:vsan/8.0.0.3");
}

TEST(Create, WithoutLeadershipIsNotSent) {
  Vcenter vc;
  vc.script_login();
  vc.leadership.held = false;

  const auto result = vc.start(vc.api.create(disk()));

  ASSERT_TRUE(*result);
  EXPECT_EQ((*result)->write.end, WriteEnd::kRefused);
  EXPECT_TRUE((*result)->write.error.unsent);
  EXPECT_EQ((*result)->write.error.kind, ErrorKind::kCancelled);
  EXPECT_EQ(vc.count("CnsCreateVolume"), 0u);
  EXPECT_THAT(vc.observer.operations, testing::IsEmpty());
}

struct CreateEnd {
  std::string name;
  bool url = false;
  std::string call_fault; // empty: task-1
  std::string info;       // empty: no task to wait for
  WriteEnd end = WriteEnd::kRefused;
  CnsFault fault = CnsFault::kNone;
  std::string detail;
  bool already = false;
  std::string id{};
};

class CreateEnds : public testing::TestWithParam<CreateEnd> {};

TEST_P(CreateEnds, IsReportedExactly) {
  const CreateEnd& given = GetParam();
  Vcenter vc;
  vc.script_login();
  if (given.call_fault.empty()) {
    vc.script_write("CnsCreateVolume", given.info);
  } else {
    vc.cns("CnsCreateVolume").reply(500, given.call_fault);
  }

  const auto result = vc.start(vc.api.create(given.url ? vmdk() : disk()));

  ASSERT_TRUE(*result);
  EXPECT_EQ((*result)->write.end, given.end);
  EXPECT_EQ((*result)->write.fault, given.fault);
  EXPECT_THAT((*result)->write.error.detail, HasSubstr(given.detail));
  EXPECT_FALSE((*result)->write.error.unsent);
  EXPECT_EQ((*result)->already_registered, given.already);
  const bool there = given.already || given.end == WriteEnd::kAcknowledged;
  EXPECT_THAT(vc.observer.operations,
              ElementsAre(there ? "create-volume passed" : "create-volume failed"));
  EXPECT_EQ((*result)->id, VolumeId(given.id));
  EXPECT_EQ((*result)->write.posted_at, vc.clock.now());
}

const char* kAlready = "CnsAlreadyRegisteredFault";

INSTANTIATE_TEST_SUITE_P(
    Ends, CreateEnds,
    testing::Values(
        CreateEnd{"AlreadyInTheCall", true, script::fault_answer(kAlready, "", kNamed), "",
                  WriteEnd::kRefused, CnsFault::kOther, "CnsCreateVolume: refused: CnsAlready",
                  true, "vol-7"},
        CreateEnd{"AlreadyInTheTask", true, "", script::task_error(kAlready, "", kNamed),
                  WriteEnd::kRefused, CnsFault::kOther, "task failed: CnsAlreadyRegisteredFault",
                  true, "vol-7"},
        CreateEnd{"AlreadyInTheVolume", true, "", script::volume_fault("", kAlready, "", kNamed),
                  WriteEnd::kRefused, CnsFault::kOther, "volume failed: CnsAlreadyRegisteredFault",
                  true, "vol-7"},
        CreateEnd{"AlreadyNamedByTheResultAlone", true, "",
                  script::volume_fault("vol-8", kAlready, ""), WriteEnd::kRefused, CnsFault::kOther,
                  "CnsAlreadyRegisteredFault", true, "vol-8"},
        CreateEnd{"AlreadyWithoutIdInTheCall", true, script::fault_answer(kAlready, "known"), "",
                  WriteEnd::kRefused, CnsFault::kOther, "known", true, ""},
        CreateEnd{"AlreadyWithoutIdInTheTask", true, "", script::task_error(kAlready, "known"),
                  WriteEnd::kRefused, CnsFault::kOther, "known", true, ""},
        CreateEnd{"AlreadyWithoutIdInTheVolume", true, "",
                  script::volume_fault("", kAlready, "known"), WriteEnd::kRefused, CnsFault::kOther,
                  "known", true, ""},
        CreateEnd{"DiskAlreadyWithoutIdIsTheDisk", false, script::fault_answer(kAlready), "",
                  WriteEnd::kRefused, CnsFault::kOther, "CnsAlreadyRegisteredFault", true, "vol-1"},
        CreateEnd{"CallNotFound", false, script::fault_answer("NotFound", "no disk"), "",
                  WriteEnd::kRefused, CnsFault::kNotFound, "refused: NotFound: no disk"},
        CreateEnd{"CallNotRegistered", false, script::fault_answer("CnsNotRegisteredFault"), "",
                  WriteEnd::kRefused, CnsFault::kNotRegistered, "CnsNotRegisteredFault"},
        CreateEnd{"CallNoPermission", false, script::fault_answer("NoPermission"), "",
                  WriteEnd::kRefused, CnsFault::kNoPermission, "NoPermission"},
        CreateEnd{"TaskInvalidArgument", false, "", script::task_error("InvalidArgument", "bad id"),
                  WriteEnd::kRefused, CnsFault::kInvalidArgument, "bad id"},
        CreateEnd{"VolumeNotFound", false, "", script::volume_fault("vol-1", "NotFound", "gone"),
                  WriteEnd::kRefused, CnsFault::kNotFound, "volume failed: NotFound: gone"},
        CreateEnd{"VolumeCnsFault", true, "",
                  script::volume_fault("", "CnsFault", "", "<reason>busy</reason>"),
                  WriteEnd::kRefused, CnsFault::kOther, "volume failed: CnsFault: busy"},
        CreateEnd{"TaskTimedOut", false, "", script::task_error("Timedout", ""), WriteEnd::kUnknown,
                  CnsFault::kNone, "Timedout"},
        CreateEnd{"TaskLost", false, "", script::left("task-1"), WriteEnd::kUnknown,
                  CnsFault::kNone, "CnsCreateVolume: the task left"},
        CreateEnd{"NoResult", false, "", script::task_info("task-1", "success"), WriteEnd::kUnknown,
                  CnsFault::kNone, "System.Read"},
        CreateEnd{"EmptyBatch", false, "",
                  script::task_info("task-1", "success",
                                    "<result xsi:type=\"CnsVolumeOperationBatchResult\"/>"),
                  WriteEnd::kUnknown, CnsFault::kNone, "names no volume"},
        CreateEnd{"AnotherDisksResult", false, "", created("vol-9"), WriteEnd::kUnknown,
                  CnsFault::kNone, "another volume"},
        CreateEnd{"AnotherVmdksResult", true, "", created("fcd-9", "pv-2"), WriteEnd::kUnknown,
                  CnsFault::kNone, "another volume"},
        CreateEnd{"VmdkWithoutId", true, "", created(""), WriteEnd::kUnknown, CnsFault::kNone,
                  "does not say its id"},
        CreateEnd{"DiskWithoutId", false, "", created(""), WriteEnd::kAcknowledged, CnsFault::kNone,
                  "", false, "vol-1"}),
    [](const auto& info) { return info.param.name; });

TEST(Create, LostReplyIsUnknownAndAnUnsentOneRefused) {
  for (const bool unsent : {false, true}) {
    Vcenter vc;
    vc.script_login();
    Error failure;
    failure.detail = "connection lost";
    failure.unsent = unsent;
    vc.cns("CnsCreateVolume").fail(failure);

    const auto result = vc.start(vc.api.create(disk()));

    ASSERT_TRUE(*result);
    EXPECT_EQ((*result)->write.end, unsent ? WriteEnd::kRefused : WriteEnd::kUnknown);
    EXPECT_EQ((*result)->write.error.unsent, unsent);
    EXPECT_EQ(vc.count("CnsCreateVolume"), 1u);
    EXPECT_TRUE((*result)->id.empty());
  }
}

TEST(Create, TaskThatRunsTooLongIsUnknown) {
  Vcenter vc;
  vc.script_login();
  vc.script_write("CnsCreateVolume", script::task_info("task-1", "running", "", "enter"));
  vc.sdk("WaitForUpdatesEx").reply(200, script::no_news()).held();

  const auto result = vc.start(vc.api.create(disk()));
  vc.clock.advance(std::chrono::seconds(60));
  EXPECT_FALSE(*result);
  vc.sdk("WaitForUpdatesEx").reply(200, script::no_news()).held().always();
  vc.sdk("CreatePropertyCollector").held().always();
  vc.clock.advance(std::chrono::seconds(240));

  ASSERT_TRUE(*result);
  EXPECT_EQ((*result)->write.end, WriteEnd::kUnknown);
  EXPECT_THAT((*result)->write.error.detail, HasSubstr("late-task window"));
}

TEST(Create, WithoutBackingWouldProvisionAndIsNeverSent) {
  Vcenter vc;
  CnsCreate create = disk();
  create.backing_id.clear();

  const auto result = vc.start(vc.api.create(create));

  ASSERT_TRUE(*result);
  EXPECT_EQ((*result)->write.end, WriteEnd::kRefused);
  EXPECT_TRUE((*result)->write.error.unsent);
  EXPECT_TRUE(vc.http.requests().empty());
}

void script_login_to(Vcenter& vc, const std::string& about, const std::string& vsan) {
  vc.sdk("RetrieveServiceContent").reply(200, script::service_content(about, about + ".0"));
  vc.http.expect("GET", "/sdk/vsanServiceVersions.xml").reply(200, script::versions_file(vsan));
  vc.sdk("Login").reply(200, script::login_answer());
}

TEST(Create, ByUrlNeedsAServerThatKnowsUrls) {
  Vcenter vc;
  script_login_to(vc, "7.0.0", "7.0");

  const auto result = vc.start(vc.api.create(vmdk()));

  ASSERT_TRUE(*result);
  EXPECT_EQ((*result)->write.end, WriteEnd::kRefused);
  EXPECT_TRUE((*result)->write.error.unsent);
  EXPECT_THAT((*result)->write.error.detail, HasSubstr("7.0U1"));
  EXPECT_EQ(vc.count("CnsCreateVolume"), 0u);
}

TEST(Create, ByDiskIdNeedsNoUrls) {
  Vcenter vc;
  script_login_to(vc, "7.0.0", "7.0");
  vc.script_write("CnsCreateVolume", created("vol-1"));

  const auto result = vc.start(vc.api.create(disk()));

  ASSERT_TRUE(*result);
  EXPECT_EQ((*result)->write.end, WriteEnd::kAcknowledged);
}

TEST(Create, AtAnOldVcenterIsRefusedUnsent) {
  Vcenter vc;
  script_login_to(vc, "6.7.3", "vSAN 6.7U3");

  const auto result = vc.start(vc.api.create(disk()));

  ASSERT_TRUE(*result);
  EXPECT_EQ((*result)->write.end, WriteEnd::kRefused);
  EXPECT_TRUE((*result)->write.error.unsent);
  EXPECT_THAT((*result)->write.error.detail, HasSubstr("UnsupportedVCenter"));
}

TEST(Create, RefusedForALostSessionIsSentOnceMore) {
  Vcenter vc;
  vc.script_login();
  vc.cns("CnsCreateVolume").reply(500, script::fault_answer("NotAuthenticated"));
  vc.sdk("Logout").reply(200, script::answer("Logout", ""));
  vc.script_login("second");
  vc.script_write("CnsCreateVolume", created("vol-1"));

  const auto result = vc.start(vc.api.create(disk()));

  ASSERT_TRUE(*result);
  EXPECT_EQ((*result)->write.end, WriteEnd::kAcknowledged);
  EXPECT_THAT(vc.leadership.asked, testing::SizeIs(2));
}

} // namespace
} // namespace syncer

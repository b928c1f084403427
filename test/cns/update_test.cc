// One update through login, POST, list view and long poll, and every way it can end.
#include "vcenter_script.h"

namespace syncer {
namespace {

using script::Vcenter;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

TEST(Update, IsAcknowledgedByTheVolumesResult) {
  Vcenter vc;
  vc.script_login();
  vc.script_view();
  vc.script_update("vol-1", "task-1");

  const auto result = vc.update("vol-1");

  ASSERT_TRUE(*result);
  EXPECT_EQ((*result)->end, WriteEnd::kAcknowledged);
  EXPECT_EQ((*result)->posted_at, vc.clock.now());
  EXPECT_EQ(vc.http.unmet(), 0u);
}

TEST(Update, HeadersAndPaths) {
  Vcenter vc;
  vc.script_login();
  vc.script_view();
  vc.script_update("vol-1", "task-1");

  vc.update("vol-1");

  const std::vector<HttpRequest>& all = vc.http.requests();
  ASSERT_THAT(vc.methods(), ElementsAre("RetrieveServiceContent", "versions", "Login",
                                        "CnsUpdateVolumeMetadata", "CreatePropertyCollector",
                                        "CreateListView", "CreateFilter", testing::_, testing::_));
  EXPECT_EQ(header(all[0].headers, "SOAPAction"), "urn:vim25/7.0");
  EXPECT_EQ(header(all[0].headers, "Cookie"), "");
  for (std::size_t at = 2; at < all.size(); ++at) {
    EXPECT_EQ(header(all[at].headers, "SOAPAction"), "urn:vsan/8.0.0.3") << at;
    EXPECT_EQ(header(all[at].headers, "Content-Type"), "text/xml; charset=\"utf-8\"") << at;
    if (at > 2) {
      EXPECT_EQ(header(all[at].headers, "Cookie"), "vmware_soap_session=\"52a1-uuid\"") << at;
    }
  }
  EXPECT_EQ(all[3].target, "/vsanHealth");
  EXPECT_FALSE(all[3].idempotent);
  EXPECT_THAT(all[3].body, HasSubstr("<vSphereUser>VSPHERE.LOCAL\\Administrator</vSphereUser>"));
}

TEST(Update, LaterOnesNeedFourRequestsAtMost) {
  Vcenter vc;
  vc.script_login();
  vc.script_view();
  vc.script_update("vol-1", "task-1");
  vc.update("vol-1");
  const std::size_t before = vc.http.requests().size();

  vc.cns("CnsUpdateVolumeMetadata").reply(200, script::task_answer("task-2"));
  vc.script_modify("<add type=\"Task\">task-2</add><remove type=\"Task\">task-1</remove>");
  vc.script_news(script::left("task-1") + script::task_info("task-2", "running", "", "enter"), "2");
  vc.script_news(script::acknowledged("task-2", "vol-2"), "3")
      .body_contains("<version>2</version>");
  const auto result = vc.update("vol-2");

  ASSERT_TRUE(*result);
  EXPECT_EQ((*result)->end, WriteEnd::kAcknowledged);
  EXPECT_EQ(vc.http.requests().size() - before, 4u);
}

TEST(Update, IdleSendsNothing) {
  Vcenter vc;
  vc.script_login();
  vc.script_view();
  vc.script_update("vol-1", "task-1");
  vc.update("vol-1");
  const std::size_t before = vc.http.requests().size();

  vc.clock.advance(std::chrono::minutes(9));

  EXPECT_EQ(vc.http.requests().size(), before);
}

TEST(Update, ModifyAndPollGoOutTogether) {
  Vcenter vc;
  vc.script_login();
  vc.script_view();
  vc.cns("CnsUpdateVolumeMetadata").reply(200, script::task_answer("task-1"));
  Expectation& modify = vc.script_modify("task-1").held();
  vc.script_news(script::acknowledged("task-1", "vol-1"));

  const auto result = vc.update("vol-1");

  ASSERT_TRUE(*result) << "the poll waited for the list view's answer";
  EXPECT_EQ((*result)->end, WriteEnd::kAcknowledged);
  modify.release();
  vc.clock.settle();
}

// How the call itself, its task or the volume's result can end.
struct EndCase {
  std::string name;
  std::string post_answer; // empty: task-1
  std::string task_info;   // empty: no task to wait for
  WriteEnd end;
  CnsFault fault;
  ErrorKind kind;
  std::string detail;
};

class UpdateEnd : public testing::TestWithParam<EndCase> {};

TEST_P(UpdateEnd, IsReportedExactly) {
  const EndCase& given = GetParam();
  Vcenter vc;
  vc.script_login();
  const bool posted = given.post_answer.empty();
  vc.cns("CnsUpdateVolumeMetadata")
      .reply(posted ? 200 : 500, posted ? script::task_answer("task-1") : given.post_answer);
  if (!given.task_info.empty()) {
    vc.script_view();
    vc.script_modify();
    vc.script_news(given.task_info);
  }

  const auto result = vc.update("vol-1");

  ASSERT_TRUE(*result);
  EXPECT_EQ((*result)->end, given.end);
  EXPECT_EQ((*result)->fault, given.fault);
  EXPECT_EQ((*result)->error.kind, given.kind);
  EXPECT_THAT((*result)->error.detail, HasSubstr(given.detail));
  EXPECT_FALSE((*result)->error.unsent);
}

std::string task_error(const std::string& type, const std::string& text) {
  return script::task_error(type, text);
}
std::string volume_fault(const std::string& type, const std::string& text) {
  return script::volume_fault("vol-1", type, text);
}

INSTANTIATE_TEST_SUITE_P(
    Ends, UpdateEnd,
    testing::Values(
        EndCase{"CallDuplicate",
                script::fault_answer("InvalidArgument", "Duplicated entity for each entity type"),
                "", WriteEnd::kRefused, CnsFault::kInvalidArgument, ErrorKind::kRejected,
                "refused: InvalidArgument: Duplicated entity for each entity type"},
        EndCase{"CallNoPermission", script::fault_answer("NoPermission"), "", WriteEnd::kRefused,
                CnsFault::kNoPermission, ErrorKind::kRejected, "NoPermission"},
        EndCase{"CallNotFound", script::fault_answer("NotFound"), "", WriteEnd::kRefused,
                CnsFault::kNotFound, ErrorKind::kNotFound, "NotFound"},
        EndCase{"CallNotRegistered", script::fault_answer("CnsNotRegisteredFault"), "",
                WriteEnd::kRefused, CnsFault::kNotRegistered, ErrorKind::kNotFound,
                "CnsNotRegisteredFault"},
        EndCase{"CallCnsFault", script::fault_answer("CnsFault", "", "<reason>busy</reason>"), "",
                WriteEnd::kRefused, CnsFault::kOther, ErrorKind::kTransient, "CnsFault: busy"},
        EndCase{"CallTimedout", script::fault_answer("Timedout"), "", WriteEnd::kRefused,
                CnsFault::kOther, ErrorKind::kTransient, "Timedout"},
        EndCase{"CallWithoutTask", script::answer("CnsUpdateVolumeMetadata", ""), "",
                WriteEnd::kUnknown, CnsFault::kNone, ErrorKind::kTransient, "no task"},
        EndCase{"CallNotSoap", "<html/>", "", WriteEnd::kUnknown, CnsFault::kNone,
                ErrorKind::kTransient, "not SOAP"},
        EndCase{"TaskFailed", "", task_error("CnsFault", "no luck"), WriteEnd::kRefused,
                CnsFault::kOther, ErrorKind::kTransient, "task failed: CnsFault: no luck"},
        EndCase{"TaskInvalidArgument", "", task_error("InvalidArgument", "bad"), WriteEnd::kRefused,
                CnsFault::kInvalidArgument, ErrorKind::kRejected, "bad"},
        EndCase{"TaskTimedOut", "", task_error("Timedout", ""), WriteEnd::kUnknown, CnsFault::kNone,
                ErrorKind::kTransient, "Timedout"},
        EndCase{"VolumeNotFound", "", volume_fault("NotFound", ""), WriteEnd::kRefused,
                CnsFault::kNotFound, ErrorKind::kNotFound, "volume failed: NotFound"},
        EndCase{"VolumeNotFoundNewer", "", volume_fault("CnsVolumeNotFoundFault", ""),
                WriteEnd::kRefused, CnsFault::kNotFound, ErrorKind::kNotFound,
                "CnsVolumeNotFoundFault"},
        EndCase{"NoVolumeResult", "",
                script::task_info("task-1", "success",
                                  "<result xsi:type=\"CnsVolumeOperationBatchResult\"></result>"),
                WriteEnd::kRefused, CnsFault::kNotFound, ErrorKind::kNotFound, "does not know"},
        EndCase{"NoResult", "", script::task_info("task-1", "success"), WriteEnd::kUnknown,
                CnsFault::kNone, ErrorKind::kTransient, "System.Read"},
        EndCase{"AnotherVolumesResult", "", script::acknowledged("task-1", "vol-9"),
                WriteEnd::kUnknown, CnsFault::kNone, ErrorKind::kTransient, "another volume"},
        EndCase{"TaskLeftTheList", "", script::left("task-1"), WriteEnd::kUnknown, CnsFault::kNone,
                ErrorKind::kTransient, "left"},
        EndCase{"TaskUnreadable", "",
                "<objectSet><kind>enter</kind><obj type=\"Task\">task-1</obj><missingSet>"
                "<path>info</path><fault>" +
                    script::localized("NoPermission", "") + "</fault></missingSet></objectSet>",
                WriteEnd::kUnknown, CnsFault::kNone, ErrorKind::kTransient, "NoPermission"}),
    [](const auto& info) { return info.param.name; });

TEST(Update, HttpErrorPageLeavesItUnknown) {
  Vcenter vc;
  vc.script_login();
  vc.cns("CnsUpdateVolumeMetadata").reply(503, "<html>Service Unavailable</html>");

  const auto result = vc.update("vol-1");

  ASSERT_TRUE(*result);
  EXPECT_EQ((*result)->end, WriteEnd::kUnknown);
  EXPECT_THAT((*result)->error.detail, HasSubstr("503"));
}

TEST(Update, WithoutEntitiesIsNeverSent) {
  Vcenter vc;

  const auto result = vc.start(vc.api.update(CnsUpdate{VolumeId("vol-1"), {}, {}}));

  ASSERT_TRUE(*result);
  EXPECT_EQ((*result)->end, WriteEnd::kRefused);
  EXPECT_TRUE((*result)->error.unsent);
  EXPECT_TRUE(vc.http.requests().empty());
}

TEST(Update, LeadershipIsAskedWithTheRestOfTheBudget) {
  Vcenter vc;
  vc.script_login();
  vc.leadership.held = false;

  const auto result = vc.update("vol-1");

  ASSERT_TRUE(*result);
  EXPECT_EQ((*result)->end, WriteEnd::kRefused);
  EXPECT_EQ((*result)->fault, CnsFault::kNone);
  EXPECT_EQ((*result)->error.kind, ErrorKind::kCancelled);
  EXPECT_TRUE((*result)->error.unsent);
  EXPECT_EQ(vc.count("CnsUpdateVolumeMetadata"), 0u);
  EXPECT_THAT(vc.leadership.asked, ElementsAre(std::chrono::seconds(10)));
}

TEST(Update, PostEndsWithTheWriteBudget) {
  Vcenter vc;
  vc.script_login();
  vc.cns("CnsUpdateVolumeMetadata").held();

  const auto result = vc.update("vol-1");
  vc.clock.advance(std::chrono::seconds(9));
  EXPECT_FALSE(*result);
  vc.clock.advance(std::chrono::seconds(1));

  ASSERT_TRUE(*result);
  EXPECT_EQ((*result)->end, WriteEnd::kUnknown);
}

TEST(Update, RefusedForALostSessionIsSentOnceMore) {
  Vcenter vc;
  vc.script_login();
  vc.cns("CnsUpdateVolumeMetadata").reply(500, script::fault_answer("NotAuthenticated"));
  vc.sdk("Logout").reply(500, script::fault_answer("NotAuthenticated"));
  vc.script_login("second");
  vc.script_view();
  vc.script_update("vol-1", "task-1");

  const auto result = vc.update("vol-1");

  ASSERT_TRUE(*result);
  EXPECT_EQ((*result)->end, WriteEnd::kAcknowledged);
  EXPECT_THAT(vc.leadership.asked, testing::SizeIs(2)) << "a resend is a new write";
  EXPECT_EQ(vc.http.unmet(), 0u);
  EXPECT_EQ(header(vc.http.requests().back().headers, "Cookie"), "vmware_soap_session=second");
}

TEST(Update, RefusedTwiceForALostSessionGivesUp) {
  Vcenter vc;
  vc.script_login();
  vc.cns("CnsUpdateVolumeMetadata").reply(500, script::fault_answer("NotAuthenticated"));
  vc.sdk("Logout").reply(200, script::answer("Logout", "")).always();
  vc.script_login("second");
  vc.cns("CnsUpdateVolumeMetadata").reply(500, script::fault_answer("NotAuthenticated"));

  const auto result = vc.update("vol-1");

  ASSERT_TRUE(*result);
  EXPECT_EQ((*result)->end, WriteEnd::kRefused);
  EXPECT_EQ((*result)->error.kind, ErrorKind::kUnauthenticated);
  EXPECT_EQ(vc.count("CnsUpdateVolumeMetadata"), 2u);
}

TEST(Update, OfAnOldVcenterIsRefusedUnsent) {
  Vcenter vc;
  vc.sdk("RetrieveServiceContent").reply(200, script::service_content("6.7.0", "6.7.3"));
  vc.http.expect("GET", "/sdk/vsanServiceVersions.xml")
      .reply(200, script::versions_file("vSAN 6.7U3"));
  vc.sdk("Login").reply(200, script::login_answer());

  const auto result = vc.update("vol-1");

  ASSERT_TRUE(*result);
  EXPECT_EQ((*result)->end, WriteEnd::kRefused);
  EXPECT_TRUE((*result)->error.unsent);
  EXPECT_THAT((*result)->error.detail, HasSubstr("UnsupportedVCenter"));
  EXPECT_EQ(vc.count("CnsUpdateVolumeMetadata"), 0u);
}

TEST(Update, PasswordAndCookieAreNeverLogged) {
  Vcenter vc;
  vc.script_login();
  vc.script_view();
  vc.script_update("vol-1", "task-1");

  vc.update("vol-1");

  EXPECT_THAT(vc.log_text.str(), HasSubstr("login=ok"));
  EXPECT_THAT(vc.log_text.str(), Not(HasSubstr("vc-pass")));
  EXPECT_THAT(vc.log_text.str(), Not(HasSubstr("52a1-uuid")));
}

// login -> update -> wait, each exchange failing once in every way a connection can fail.
enum class Failing { kUnsent, kLost };

class FailAtEveryStep : public testing::TestWithParam<std::tuple<Failing, int>> {};

TEST_P(FailAtEveryStep, NothingIsClaimedThatTheServerDidNotSay) {
  const auto [how, step] = GetParam();
  Vcenter vc;
  // The server as it answers whatever comes: replies do not depend on the order.
  vc.sdk("RetrieveServiceContent").reply(200, script::service_content()).always();
  vc.http.expect("GET", "/sdk/vsanServiceVersions.xml")
      .reply(200, script::versions_file())
      .always();
  vc.sdk("Login").reply(200, script::login_answer()).always();
  Expectation& post = vc.cns("CnsUpdateVolumeMetadata");
  post.reply(200, script::task_answer("task-1")).always();
  vc.sdk("CreatePropertyCollector")
      .reply(200, script::reference_answer("CreatePropertyCollector", "PropertyCollector", "pc-1"))
      .always();
  vc.sdk("CreateListView")
      .reply(200, script::reference_answer("CreateListView", "ListView", "lv-1"))
      .always();
  vc.sdk("CreateFilter")
      .reply(200, script::reference_answer("CreateFilter", "PropertyFilter", "pf"))
      .always();
  vc.script_modify("task-1").always();
  vc.script_news(script::acknowledged("task-1", "vol-1")).always();
  for (const char* method : {"DestroyPropertyCollector", "DestroyView"})
    vc.sdk(method).reply(200, script::answer(method, "")).always();
  Error failure;
  failure.detail = "connection lost";
  failure.unsent = how == Failing::kUnsent;
  vc.http.fail_request(static_cast<std::size_t>(step), failure);

  const auto result = vc.update("vol-1");
  vc.clock.advance(std::chrono::seconds(1));

  ASSERT_TRUE(*result) << "hangs";
  const bool applied = post.met() > 0;
  if ((*result)->end == WriteEnd::kAcknowledged) {
    EXPECT_TRUE(applied);
  }
  if (applied) {
    EXPECT_NE((*result)->end, WriteEnd::kRefused);
  } else {
    EXPECT_EQ((*result)->end, WriteEnd::kRefused);
    EXPECT_TRUE((*result)->error.unsent);
  }
  // From the POST's answer on the update ends well whatever happens to the waiting.
  if (step > 3) {
    EXPECT_EQ((*result)->end, WriteEnd::kAcknowledged);
  }
  EXPECT_LE(post.met(), 1u) << "sent twice";

  if ((*result)->end == WriteEnd::kAcknowledged) return;
  const auto again = vc.update("vol-1");
  vc.clock.advance(std::chrono::seconds(1));
  ASSERT_TRUE(*again);
  EXPECT_EQ((*again)->end, WriteEnd::kAcknowledged) << "the caller's retry";
}

INSTANTIATE_TEST_SUITE_P(Steps, FailAtEveryStep,
                         testing::Combine(testing::Values(Failing::kUnsent, Failing::kLost),
                                          testing::Range(0, 9)),
                         [](const auto& info) {
                           const bool unsent = std::get<0>(info.param) == Failing::kUnsent;
                           return (unsent ? "Unsent" : "Lost") +
                                  std::to_string(std::get<1>(info.param));
                         });

} // namespace
} // namespace syncer

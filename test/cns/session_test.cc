// Logging in once for everybody, again when the session is gone, and never too often.
#include "vcenter_script.h"

namespace syncer {
namespace {

using script::Vcenter;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

// A read that is one request: the cheapest call that needs a session.
struct Read {
  explicit Read(Vcenter& vc) : result(vc.start(vc.api.query_ids())) {}
  bool done() const { return result->has_value(); }
  bool ok() const { return done() && static_cast<bool>(**result); }
  Error error() const { return done() && !**result ? (*result)->error() : Error(); }
  std::shared_ptr<std::optional<Outcome<std::vector<VolumeId>>>> result;
};

Expectation& script_ids(Vcenter& vc) {
  return vc.cns("CnsQueryAllVolume").reply(200, script::answer("CnsQueryAllVolume", ""));
}

void script_refused_login(Vcenter& vc) {
  vc.sdk("RetrieveServiceContent").reply(200, script::service_content());
  vc.http.expect("GET", "/sdk/vsanServiceVersions.xml").reply(200, script::versions_file());
  vc.sdk("Login").reply(500, script::fault_answer("InvalidLogin", "incorrect user name"));
}

TEST(Session, OneLoginServesAllWhoWait) {
  Vcenter vc;
  vc.script_login();
  script_ids(vc).always();

  const auto first = vc.start(vc.api.query_ids());
  const auto second = vc.start(vc.api.query_ids());

  EXPECT_TRUE(*first && **first);
  EXPECT_TRUE(*second && **second);
  EXPECT_EQ(vc.count("Login"), 1u);
  EXPECT_THAT(vc.observer.logins, ElementsAre("ok"));
  EXPECT_THAT(vc.observer.sessions, ElementsAre(true));
}

TEST(Session, WaitersJoinTheRunningLogin) {
  Vcenter vc;
  vc.sdk("RetrieveServiceContent").reply(200, script::service_content());
  vc.http.expect("GET", "/sdk/vsanServiceVersions.xml").reply(200, script::versions_file());
  Expectation& login = vc.sdk("Login").reply(200, script::login_answer()).held();
  script_ids(vc).always();

  const Read first(vc);
  const Read second(vc);
  EXPECT_FALSE(first.done());
  EXPECT_FALSE(second.done());
  login.release();
  vc.clock.settle();

  EXPECT_TRUE(first.ok());
  EXPECT_TRUE(second.ok());
  EXPECT_EQ(vc.count("Login"), 1u);
}

TEST(Session, RefusedCredentialsRestFiveMinutes) {
  Vcenter vc;
  script_refused_login(vc);
  const Read refused(vc);
  EXPECT_EQ(refused.error().kind, ErrorKind::kUnauthenticated);
  EXPECT_TRUE(refused.error().unsent);
  EXPECT_THAT(refused.error().detail, HasSubstr("InvalidLogin: incorrect user name"));
  const std::size_t asked = vc.http.requests().size();

  for (int i = 0; i < 9; ++i) {
    vc.clock.advance(seconds(33));
    const Read latched(vc);
    EXPECT_EQ(latched.error().kind, ErrorKind::kUnauthenticated);
    EXPECT_TRUE(latched.error().unsent);
  }
  EXPECT_EQ(vc.http.requests().size(), asked);

  vc.script_login();
  vc.clock.advance(seconds(3));
  EXPECT_EQ(vc.count("Login"), 2u) << "without waiting for a call";
  script_ids(vc);
  EXPECT_TRUE(Read(vc).ok());
  EXPECT_EQ(vc.count("Login"), 2u);
  EXPECT_THAT(vc.observer.logins, ElementsAre("refused", "ok"));
}

TEST(Session, ChangedCredentialsAreTriedAtOnceAndOnlyOnce) {
  Vcenter vc;
  script_refused_login(vc);
  const Read refused(vc);

  vc.api.set_credentials("Administrator@vsphere.local", Secret("vc-pass"));
  EXPECT_FALSE(Read(vc).ok()) << "the same ones change nothing";
  EXPECT_EQ(vc.count("Login"), 1u);

  script_refused_login(vc);
  vc.api.set_credentials("Administrator@vsphere.local", Secret("newer"));
  vc.clock.settle();
  EXPECT_EQ(vc.count("Login"), 2u) << "without waiting for a call";
  EXPECT_THAT(vc.http.requests().back().body, HasSubstr("<password>newer</password>"));
  EXPECT_FALSE(Read(vc).ok());
  EXPECT_EQ(vc.count("Login"), 2u);
}

TEST(Session, RefusalOfOldCredentialsDoesNotLatchNewOnes) {
  Vcenter vc;
  vc.sdk("RetrieveServiceContent").reply(200, script::service_content());
  vc.http.expect("GET", "/sdk/vsanServiceVersions.xml").reply(200, script::versions_file());
  Expectation& login = vc.sdk("Login").reply(500, script::fault_answer("InvalidLogin")).held();
  const Read first(vc);
  vc.api.set_credentials("Administrator@vsphere.local", Secret("newer"));
  login.release();
  vc.clock.settle();
  EXPECT_FALSE(first.ok());

  vc.script_login();
  script_ids(vc);
  EXPECT_TRUE(Read(vc).ok());
}

TEST(Session, OutageDoesNotLatch) {
  Vcenter vc;
  Error down;
  down.detail = "connection refused";
  vc.sdk("RetrieveServiceContent").fail(down);
  const Read failed(vc);
  EXPECT_EQ(failed.error().kind, ErrorKind::kTransient);
  EXPECT_TRUE(failed.error().unsent) << "the call it was for never went out";

  vc.script_login();
  script_ids(vc);
  EXPECT_TRUE(Read(vc).ok());
}

TEST(Session, KilledOnesCallsAreMadeAgainInOneNewSession) {
  Vcenter vc;
  vc.script_login();
  script_ids(vc);
  ASSERT_TRUE(Read(vc).ok());

  // Two calls under way find out; the second one only after the new login.
  Expectation& one =
      vc.cns("CnsQueryAllVolume").reply(500, script::fault_answer("NotAuthenticated"));
  one.held();
  Expectation& two =
      vc.cns("CnsQueryAllVolume").reply(500, script::fault_answer("NotAuthenticated"));
  two.held();
  vc.sdk("Logout").reply(500, script::fault_answer("NotAuthenticated"));
  const Read first(vc);
  const Read second(vc);
  vc.script_login("second");
  script_ids(vc).always();
  one.release();
  vc.clock.settle();
  EXPECT_TRUE(first.ok());
  two.release();
  vc.clock.settle();

  EXPECT_TRUE(second.ok());
  EXPECT_EQ(vc.count("Login"), 2u);
  EXPECT_EQ(vc.count("Logout"), 1u);
  EXPECT_EQ(vc.http.unmet(), 0u);
  EXPECT_THAT(vc.observer.sessions, ElementsAre(true, false, true));
}

TEST(Session, LateAnswerOfAnEarlierSessionLeavesTheCookieAlone) {
  Vcenter vc;
  vc.script_login("first");
  script_ids(vc);
  ASSERT_TRUE(Read(vc).ok());
  // The keep-alive is still under way when another call finds the session gone.
  Expectation& late = vc.sdk("CurrentTime");
  late.reply(500, script::fault_answer("NotAuthenticated"),
             {{"Set-Cookie", "vmware_soap_session=stranger; Path=/"}});
  late.held();
  vc.clock.advance(minutes(10));
  vc.cns("CnsQueryAllVolume").reply(500, script::fault_answer("NotAuthenticated"));
  vc.sdk("Logout").reply(500, script::fault_answer("NotAuthenticated"));
  vc.script_login("second");
  script_ids(vc);
  ASSERT_TRUE(Read(vc).ok());

  late.release();
  vc.clock.settle();
  script_ids(vc);

  EXPECT_TRUE(Read(vc).ok());
  EXPECT_EQ(header(vc.http.requests().back().headers, "Cookie"), "vmware_soap_session=second");
  EXPECT_EQ(vc.count("Login"), 2u);
}

TEST(Session, CookieOfVsanHealthIsNotOurs) {
  Vcenter vc;
  vc.script_login("ours");
  script_ids(vc).reply(200, script::answer("CnsQueryAllVolume", ""),
                       {{"Set-Cookie", "vmware_soap_session=theirs"}});
  ASSERT_TRUE(Read(vc).ok());
  script_ids(vc);
  ASSERT_TRUE(Read(vc).ok());

  EXPECT_EQ(header(vc.http.requests().back().headers, "Cookie"), "vmware_soap_session=ours");
}

TEST(Session, LoginReplacesTheCookieOfTheFirstAnswer) {
  Vcenter vc;
  vc.sdk("RetrieveServiceContent")
      .reply(200, script::service_content(), {{"set-cookie", "vmware_soap_session=\"a\"; Path=/"}});
  vc.http.expect("GET", "/sdk/vsanServiceVersions.xml").reply(200, script::versions_file());
  vc.sdk("Login").reply(200, script::login_answer(), {{"Set-Cookie", "vmware_soap_session=\"b\""}});
  script_ids(vc);
  ASSERT_TRUE(Read(vc).ok());

  EXPECT_EQ(header(vc.http.requests()[2].headers, "Cookie"), "vmware_soap_session=\"a\"");
  EXPECT_EQ(header(vc.http.requests()[3].headers, "Cookie"), "vmware_soap_session=\"b\"");
}

TEST(Session, WithoutVersionFileTheApiVersionSpeaks) {
  Vcenter vc;
  vc.sdk("RetrieveServiceContent").reply(200, script::service_content());
  vc.http.expect("GET", "/sdk/vsanServiceVersions.xml").reply(404, "404 page not found");
  vc.sdk("Login").reply(200, script::login_answer());
  script_ids(vc);
  ASSERT_TRUE(Read(vc).ok());

  EXPECT_EQ(header(vc.http.requests().back().headers, "SOAPAction"), "urn:vim25/8.0.2.0");
}

TEST(Session, KeepAliveOnlyWhenIdle) {
  Vcenter vc;
  vc.script_login();
  script_ids(vc).always();
  vc.sdk("CurrentTime").reply(200, script::answer("CurrentTime", "<returnval/>")).always();
  ASSERT_TRUE(Read(vc).ok());

  for (int i = 0; i < 5; ++i) {
    vc.clock.advance(minutes(9));
    ASSERT_TRUE(Read(vc).ok());
  }
  EXPECT_EQ(vc.count("CurrentTime"), 0u);

  vc.clock.advance(minutes(31));
  EXPECT_EQ(vc.count("CurrentTime"), 3u);
}

TEST(Session, NoneIsOpenedOrKeptForNobody) {
  Vcenter vc;
  vc.clock.advance(minutes(60));
  EXPECT_THAT(vc.http.requests(), IsEmpty());
}

TEST(Session, LogoutEndsIt) {
  Vcenter vc;
  vc.script_login();
  script_ids(vc);
  ASSERT_TRUE(Read(vc).ok());
  vc.sdk("Logout").reply(200, script::answer("Logout", ""));

  vc.start(vc.api.logout());

  EXPECT_EQ(vc.count("Logout"), 1u);
  EXPECT_THAT(vc.observer.sessions, ElementsAre(true, false));
  vc.start(vc.api.logout());
  EXPECT_EQ(vc.count("Logout"), 1u) << "there is nothing to end";

  const Read late(vc);
  EXPECT_EQ(late.error().kind, ErrorKind::kCancelled);
  EXPECT_TRUE(late.error().unsent);
  EXPECT_EQ(vc.count("Login"), 1u);
}

TEST(Session, LogoutTakesThreeSecondsAtMost) {
  Vcenter vc;
  vc.script_login();
  script_ids(vc);
  ASSERT_TRUE(Read(vc).ok());
  vc.sdk("Logout").held();
  bool ended = false;
  asio::co_spawn(vc.io, vc.api.logout(), [&ended](std::exception_ptr) { ended = true; });

  vc.clock.advance(seconds(2));
  EXPECT_FALSE(ended);
  vc.clock.advance(seconds(1));
  EXPECT_TRUE(ended);
}

TEST(Session, OfAnotherUserIsReplaced) {
  Vcenter vc;
  vc.script_login("first");
  script_ids(vc);
  ASSERT_TRUE(Read(vc).ok());
  vc.sdk("Logout").reply(200, script::answer("Logout", ""));
  vc.script_login("second");

  vc.api.set_credentials("syncer@vsphere.local", Secret("other"));
  vc.clock.settle();
  script_ids(vc);

  EXPECT_TRUE(Read(vc).ok());
  EXPECT_EQ(vc.count("Login"), 2u);
  EXPECT_EQ(vc.count("Logout"), 1u);
}

// The password was changed in the file and not in vCenter yet.
TEST(Session, OneThatStandsGoesOnWhileNewCredentialsAreRefused) {
  Vcenter vc;
  vc.script_login("first");
  script_ids(vc).always();
  ASSERT_TRUE(Read(vc).ok());
  vc.sdk("Login")
      .body_contains("<password>newer</password>")
      .reply(500, script::fault_answer("InvalidLogin"));

  vc.api.set_credentials("Administrator@vsphere.local", Secret("newer"));
  vc.clock.settle();
  EXPECT_EQ(vc.count("Login"), 2u);
  EXPECT_EQ(header(vc.http.requests().back().headers, "Cookie"), "");
  EXPECT_TRUE(Read(vc).ok());
  vc.clock.advance(seconds(299));
  EXPECT_EQ(vc.count("Login"), 2u);

  vc.sdk("Login").reply(200, script::login_answer(), {{"Set-Cookie", "vmware_soap_session=other"}});
  vc.sdk("Logout").reply(200, script::answer("Logout", ""));
  vc.clock.advance(seconds(1));
  EXPECT_EQ(header(vc.http.requests().back().headers, "Cookie"), "vmware_soap_session=other");
  EXPECT_TRUE(Read(vc).ok());
  EXPECT_EQ(header(vc.http.requests().back().headers, "Cookie"), "vmware_soap_session=first");
  vc.clock.advance(minutes(9));
  EXPECT_EQ(vc.count("Login"), 3u) << "what is accepted is not tried again";
  EXPECT_EQ(vc.count("Logout"), 1u);
  EXPECT_THAT(vc.observer.sessions, ElementsAre(true));
}

TEST(Session, LoginThatFailsForAnotherReasonIsTriedAgainSoon) {
  Vcenter vc;
  script_refused_login(vc);
  const Read refused(vc);
  Error down;
  down.detail = "connection refused";
  vc.sdk("RetrieveServiceContent").fail(down);
  vc.clock.advance(minutes(5));
  EXPECT_EQ(vc.http.unmet(), 0u);

  vc.script_login();
  vc.clock.advance(seconds(5));
  EXPECT_EQ(vc.count("Login"), 2u);
}

TEST(Session, OutlivesACnsThatIsStarting) {
  Vcenter vc;
  vc.script_login();
  script_ids(vc);
  ASSERT_TRUE(Read(vc).ok());
  vc.cns("CnsQueryAllVolume").reply(503, "<html>no healthy upstream</html>");

  const Error error = Read(vc).error();
  EXPECT_EQ(error.kind, ErrorKind::kTransient);
  EXPECT_THAT(error.detail, HasSubstr("CNS is starting (HTTP status 503 from /vsanHealth)"));

  script_ids(vc);
  EXPECT_TRUE(Read(vc).ok());
  EXPECT_EQ(vc.count("Login"), 1u);
  EXPECT_EQ(vc.count("Logout"), 0u);
  EXPECT_THAT(vc.observer.sessions, ElementsAre(true));
}

TEST(Session, CallsAreCounted) {
  Vcenter vc;
  vc.script_login();
  vc.cns("CnsQueryAllVolume").reply(500, script::fault_answer("NoPermission"));
  const Read refused(vc);

  EXPECT_EQ(refused.error().kind, ErrorKind::kRejected);
  EXPECT_THAT(vc.observer.calls,
              ElementsAre("RetrieveServiceContent ok", "Login ok", "CnsQueryAllVolume rejected"));
}

} // namespace
} // namespace syncer

// Storage policies by name, asked of a scripted vCenter.
#include "vcenter_script.h"

namespace syncer {
namespace {

using script::Vcenter;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::HasSubstr;
using testing::Not;
using Id = std::shared_ptr<std::optional<Outcome<std::string>>>;

void script_ids(Vcenter& vc, const std::vector<std::string>& ids) {
  std::string content;
  for (const std::string& id : ids)
    content += "<returnval><uniqueId>" + id + "</uniqueId></returnval>";
  vc.pbm("PbmQueryProfile").reply(200, script::answer("PbmQueryProfile", content));
}

std::string profile(const std::string& id, const std::string& name) {
  return "<returnval xsi:type=\"pbm:PbmCapabilityProfile\"><profileId><uniqueId>" + id +
         "</uniqueId></profileId><name>" + name + "</name></returnval>";
}

void script_content(Vcenter& vc, const std::string& profiles) {
  vc.pbm("PbmRetrieveContent").reply(200, script::answer("PbmRetrieveContent", profiles));
}

void script_policies(Vcenter& vc) {
  script_ids(vc, {"a", "b", "c"});
  script_content(vc, profile("a", "Gold") + profile("b", "gold") + profile("c", "gold"));
}

Id policy(Vcenter& vc, const std::string& name) {
  return vc.start(vc.api.inventory().policy_id(name));
}

std::string value(const Id& id) {
  if (!*id) return "hangs";
  return **id ? ***id : (*id)->error().detail;
}

TEST(Policy, FirstExactNameWins) {
  Vcenter vc;
  vc.script_login();
  script_policies(vc);

  EXPECT_EQ(value(policy(vc, "gold")), "b");
  EXPECT_EQ(vc.http.unmet(), 0u);
  EXPECT_THAT(vc.observer.calls, testing::Contains("PbmQueryProfile ok"));
}

TEST(Policy, SessionGoesAsAHeaderWithoutQuotesAndNoCookie) {
  Vcenter vc;
  vc.script_login("\"52a1-uuid\"");
  script_policies(vc);
  policy(vc, "gold");

  const HttpRequest& request = vc.http.requests().at(3);
  EXPECT_EQ(request.target, "/pbm");
  EXPECT_EQ(header(request.headers, "SOAPAction"), "urn:pbm/2.0");
  EXPECT_EQ(header(request.headers, "Cookie"), "");
  EXPECT_THAT(request.body, HasSubstr("<vcSessionCookie>52a1-uuid"
                                      "</vcSessionCookie></soapenv:Header><soapenv:Body>"
                                      "<PbmQueryProfile xmlns=\"urn:pbm\">"));
  EXPECT_THAT(vc.log_text.str(), Not(HasSubstr("52a1-uuid")));
}

TEST(Policy, CookieOfPbmDoesNotReplaceTheSession) {
  Vcenter vc;
  vc.script_login("\"vim\"");
  vc.pbm("PbmQueryProfile")
      .reply(200, script::answer("PbmQueryProfile", ""),
             {{"Set-Cookie", "vmware_soap_session=pbm-own; HttpOnly"}});
  policy(vc, "gold");
  vc.cns("CnsQueryAllVolume").reply(200, script::answer("CnsQueryAllVolume", ""));
  vc.start(vc.api.query_ids());

  EXPECT_EQ(header(vc.http.requests().back().headers, "Cookie"), "vmware_soap_session=\"vim\"");
}

TEST(Policy, WithoutAnyPolicyTheContentIsNotAsked) {
  Vcenter vc;
  vc.script_login();
  script_ids(vc, {});

  const Id id = policy(vc, "gold");

  ASSERT_TRUE(*id && !**id);
  EXPECT_EQ((*id)->error().kind, ErrorKind::kNotFound);
  EXPECT_EQ((*id)->error().detail, "storage policy gold: vc has none of that name");
  EXPECT_EQ(vc.count("PbmRetrieveContent"), 0u);
}

TEST(Policy, DeletedBetweenTheCallsAsksOnceMore) {
  Vcenter vc;
  vc.script_login();
  script_ids(vc, {"a", "gone"});
  vc.pbm("PbmRetrieveContent")
      .reply(500, script::fault_answer("InvalidArgument", "",
                                       "<invalidProperty>profileId</invalidProperty>"));
  script_ids(vc, {"a"});
  script_content(vc, profile("a", "gold"));

  EXPECT_EQ(value(policy(vc, "gold")), "a");
}

TEST(Policy, RefusedTwiceIsAnError) {
  Vcenter vc;
  vc.script_login();
  for (int i = 0; i < 2; ++i) {
    script_ids(vc, {"a"});
    vc.pbm("PbmRetrieveContent").reply(500, script::fault_answer("InvalidArgument"));
  }

  const Id id = policy(vc, "gold");

  ASSERT_TRUE(*id && !**id);
  EXPECT_THAT((*id)->error().detail,
              HasSubstr("storage policy gold: PbmRetrieveContent: refused: InvalidArgument"));
  EXPECT_EQ(vc.count("PbmQueryProfile"), 2u);
}

TEST(Policy, LostSessionIsReplacedOnce) {
  Vcenter vc;
  vc.script_login("first");
  vc.pbm("PbmQueryProfile").reply(500, script::fault_answer("NotAuthenticated"));
  vc.sdk("Logout").reply(200, script::answer("Logout", ""));
  vc.script_login("second");
  script_policies(vc);

  EXPECT_EQ(value(policy(vc, "gold")), "b");
  EXPECT_THAT(vc.http.requests().back().body,
              HasSubstr("<vcSessionCookie>second</vcSessionCookie>"));
  EXPECT_EQ(vc.count("Login"), 2u);
}

TEST(Policy, MissingRightIsRejected) {
  Vcenter vc;
  vc.script_login();
  vc.pbm("PbmQueryProfile").reply(500, script::fault_answer("NoPermission", "StorageProfile.View"));

  const Id id = policy(vc, "gold");

  ASSERT_TRUE(*id && !**id);
  EXPECT_EQ((*id)->error().kind, ErrorKind::kRejected);
  EXPECT_THAT((*id)->error().detail, HasSubstr("StorageProfile.View"));
}

TEST(Policy, FoundOnesAreKnownForFiveMinutes) {
  Vcenter vc;
  vc.script_login();
  script_policies(vc);
  EXPECT_EQ(value(policy(vc, "gold")), "b");
  vc.clock.advance(minutes(5) - seconds(1));
  EXPECT_EQ(value(policy(vc, "Gold")), "a");
  EXPECT_EQ(vc.count("PbmQueryProfile"), 1u);

  vc.clock.advance(seconds(1));
  script_ids(vc, {"z"});
  script_content(vc, profile("z", "gold"));
  EXPECT_EQ(value(policy(vc, "gold")), "z");
}

TEST(Policy, MissingOnesAreAskedForAgainAfterHalfAMinute) {
  Vcenter vc;
  vc.script_login();
  script_policies(vc);
  EXPECT_THAT(value(policy(vc, "new")), HasSubstr("none of that name"));
  vc.clock.advance(seconds(29));
  EXPECT_THAT(value(policy(vc, "new")), HasSubstr("none of that name"));
  EXPECT_EQ(vc.count("PbmQueryProfile"), 1u);

  vc.clock.advance(seconds(1));
  script_ids(vc, {"n"});
  script_content(vc, profile("n", "new"));
  EXPECT_EQ(value(policy(vc, "new")), "n");
}

TEST(Policy, FailureIsNotRepeatedForEveryVolume) {
  Vcenter vc;
  vc.script_login();
  vc.pbm("PbmQueryProfile").reply(503, "<html/>");

  EXPECT_THAT(value(policy(vc, "gold")), HasSubstr("503"));
  EXPECT_THAT(value(policy(vc, "silver")), HasSubstr("storage policy silver: "));
  EXPECT_EQ(vc.count("PbmQueryProfile"), 1u);

  vc.clock.advance(seconds(30));
  script_policies(vc);
  EXPECT_EQ(value(policy(vc, "gold")), "b");
}

} // namespace
} // namespace syncer

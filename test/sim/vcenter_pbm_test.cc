#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/vcenter_probe.h"

namespace syncer::sim {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

class SimVcenterPbm : public VcenterProbe {
 protected:
  void begin() {
    SimVcenterOptions options;
    options.profiles = {{"p-1", "gold"}, {"p-2", "gold & silver"}, {"p-3", "gold", "RESOURCE"}};
    start(std::move(options));
    login();
    session_ = cookie_.substr(cookie_.find('=') + 1);
  }
  // The value for the header: that of the cookie without its quotes.
  std::string unquoted() const { return session_.substr(1, session_.size() - 2); }
  Reply pbm(const std::string& method, const std::string& parameters, const std::string& session,
            const std::string& cookie = "", const std::string& path = "/pbm") {
    const bool content = method == "PbmRetrieveServiceContent";
    const std::string self =
        content ? "<_this type=\"PbmServiceInstance\">ServiceInstance</_this>"
                : "<_this type=\"PbmProfileProfileManager\">ProfileManager</_this>";
    std::string body =
        soap("<" + method + " xmlns=\"urn:pbm\">" + self + parameters + "</" + method + ">");
    if (!session.empty()) {
      body.insert(body.find("<e:Body>"),
                  "<e:Header><vcSessionCookie>" + session + "</vcSessionCookie></e:Header>");
    }
    const std::string kept = std::exchange(cookie_, cookie);
    Reply reply = post(path, body, "urn:pbm/2.0");
    cookie_ = kept;
    return reply;
  }
  Reply query(const std::string& session, const std::string& category = "REQUIREMENT") {
    const std::string wanted =
        category.empty() ? "" : "<profileCategory>" + category + "</profileCategory>";
    return pbm("PbmQueryProfile",
               "<resourceType><resourceType>STORAGE</resourceType></resourceType>" + wanted,
               session);
  }
  Reply content(const std::string& ids) { return pbm("PbmRetrieveContent", ids, unquoted()); }
  static std::string id(const std::string& id) {
    return "<profileIds><uniqueId>" + id + "</uniqueId></profileIds>";
  }

  std::string session_; // with quotes
};

TEST_F(SimVcenterPbm, QueryGivesTheIdsOfACategory) {
  begin();

  const Reply reply = query(unquoted());

  EXPECT_EQ(reply.status, 200) << reply.body;
  EXPECT_THAT(reply.body, HasSubstr("<PbmQueryProfileResponse xmlns=\"urn:pbm\"><returnval>"
                                    "<uniqueId>p-1</uniqueId></returnval>"));
  EXPECT_EQ(reply.count("<returnval>"), 2);
  EXPECT_EQ(query(unquoted(), "").count("<returnval>"), 3);
  EXPECT_EQ(query(unquoted(), "NONSENSE").fault(), "vim25:InvalidArgument");
}

TEST_F(SimVcenterPbm, ContentHasTheNames) {
  begin();

  const Reply reply = content(id("p-2") + id("p-1"));

  EXPECT_EQ(reply.count("xsi:type=\"pbm:PbmCapabilityProfile\""), 2);
  EXPECT_TRUE(reply.has("<name>gold &amp; silver</name>"));
}

TEST_F(SimVcenterPbm, UnknownIdFailsTheWholeCall) {
  begin();
  vcenter_->remove_profile("p-2");

  const Reply reply = content(id("p-1") + id("p-2"));

  EXPECT_EQ(reply.fault(), "vim25:InvalidArgument");
  EXPECT_TRUE(reply.has("<vim25:invalidProperty>profileId</vim25:invalidProperty>"));
  EXPECT_EQ(content("").fault(), "vim25:InvalidRequest");
}

TEST_F(SimVcenterPbm, ServiceContentIsOpenToAll) {
  begin();

  EXPECT_TRUE(pbm("PbmRetrieveServiceContent", "", "").has("<profileManager type="));
}

TEST_F(SimVcenterPbm, LongerPathIsTheSame) {
  begin();

  const Reply reply = pbm("PbmRetrieveServiceContent", "", "", "", "/pbm/sdk");

  EXPECT_EQ(reply.status, 200);
}

TEST_F(SimVcenterPbm, HeaderIsRequiredAndHasNoQuotes) {
  begin();

  EXPECT_EQ(query("").fault(), "vim25:NotAuthenticated");
  EXPECT_EQ(query(session_).fault(), "vim25:NotAuthenticated");
  EXPECT_EQ(pbm("PbmQueryProfile",
                "<resourceType><resourceType>STORAGE</resourceType></resourceType>", "", cookie_)
                .fault(),
            "vim25:NotAuthenticated");
}

TEST_F(SimVcenterPbm, SessionEndsWithTheOneOfSdk) {
  begin();
  vcenter_->sessions().end_all();

  const Reply reply = query(unquoted());

  EXPECT_EQ(reply.fault(), "vim25:NotAuthenticated");
  EXPECT_TRUE(reply.has("<vim25:privilegeId>"));
}

TEST_F(SimVcenterPbm, ItsCookieIsItsOwnAndOpensNothingElse) {
  begin();
  const Reply first = query(unquoted());
  ASSERT_THAT(first.cookie, StartsWith("vmware_soap_session="));
  ASSERT_NE(first.cookie, cookie_);

  const Reply second =
      pbm("PbmQueryProfile", "<resourceType><resourceType>STORAGE</resourceType></resourceType>",
          unquoted(), first.cookie);
  EXPECT_EQ(second.status, 200);
  EXPECT_EQ(second.cookie, "");
  EXPECT_THAT(vcenter_->record().violations, IsEmpty());

  cookie_ = first.cookie;
  EXPECT_EQ(sdk(vim("CurrentTime", "ServiceInstance", "ServiceInstance")).fault(),
            "NotAuthenticated");
  EXPECT_THAT(vcenter_->record().violations, ElementsAre(HasSubstr("cookie of /pbm")));
}

TEST_F(SimVcenterPbm, MethodsOfOtherServicesAreNotServedThere) {
  begin();

  const Reply reply = post("/pbm", vim("CurrentTime", "ServiceInstance", "ServiceInstance"));

  EXPECT_EQ(reply.fault(), "vim25:InvalidRequest");
}

} // namespace
} // namespace syncer::sim

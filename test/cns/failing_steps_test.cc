// Registering, unregistering and looking things up, each exchange failing once in every way a
// connection can fail. Updates have theirs in update_test.cc.
#include "vcenter_script.h"

namespace syncer {
namespace {

using script::Vcenter;
using std::chrono::seconds;

// A server that answers whatever comes, in any order, as often as asked.
struct Server {
  Server() {
    always(vc.sdk("RetrieveServiceContent"), script::service_content());
    always(vc.http.expect("GET", "/sdk/vsanServiceVersions.xml"), script::versions_file());
    always(vc.sdk("Login"), script::login_answer());
    always(vc.sdk("CreatePropertyCollector"),
           script::reference_answer("CreatePropertyCollector", "PropertyCollector", "pc-1"));
    always(vc.sdk("CreateListView"), script::reference_answer("CreateListView", "ListView", "lv"));
    always(vc.sdk("CreateFilter"), script::reference_answer("CreateFilter", "PropertyFilter", "f"));
    always(vc.sdk("ModifyListView"), script::answer("ModifyListView", ""));
    always(vc.sdk("WaitForUpdatesEx"), script::news("1", script::acknowledged("task-1", "vol-1")));
    for (const char* method : {"DestroyPropertyCollector", "DestroyView", "Logout"})
      always(vc.sdk(method), script::answer(method, ""));
    for (const char* method : {"CnsCreateVolume", "CnsDeleteVolume"})
      always(vc.cns(method), script::reference_answer(method, "Task", "task-1"));
    always(vc.sdk("RetrievePropertiesEx"),
           script::answer("RetrievePropertiesEx",
                          "<returnval><token>t</token>" + object("Folder", "group-d1", "D", "") +
                              object("Datacenter", "dc", "DC", "group-d1") + "</returnval>"));
    always(vc.sdk("ContinueRetrievePropertiesEx"),
           script::answer("ContinueRetrievePropertiesEx",
                          "<returnval>" + object("Datastore", "d", "ds", "dc") + "</returnval>"));
    always(vc.pbm("PbmQueryProfile"),
           script::answer("PbmQueryProfile", "<returnval><uniqueId>p</uniqueId></returnval>"));
    always(vc.pbm("PbmRetrieveContent"),
           script::answer("PbmRetrieveContent",
                          "<returnval><profileId><uniqueId>p</uniqueId></profileId>"
                          "<name>gold</name></returnval>"));
  }

  static std::string object(const std::string& type, const std::string& id, const std::string& name,
                            const std::string& parent) {
    return "<objects><obj type=\"" + type + "\">" + id + "</obj><propSet><name>name</name><val>" +
           name + "</val></propSet>" +
           (parent.empty() ? ""
                           : "<propSet><name>parent</name><val>" + parent + "</val></propSet>") +
           "</objects>";
  }
  static void always(Expectation& expectation, const std::string& body) {
    expectation.reply(200, body).always();
  }
  void fail(int step, bool unsent) {
    Error failure;
    failure.detail = "connection lost";
    failure.unsent = unsent;
    vc.http.fail_request(static_cast<std::size_t>(step), failure);
  }

  Vcenter vc;
};

class FailingStep : public testing::TestWithParam<std::tuple<bool, int>> {
 protected:
  FailingStep() { server.fail(step, unsent); }

  const bool unsent = std::get<0>(GetParam());
  const int step = std::get<1>(GetParam());
  Server server;
};

class FailingLookUp : public FailingStep {};

std::string step_name(const testing::TestParamInfo<std::tuple<bool, int>>& info) {
  return (std::get<0>(info.param) ? "Unsent" : "Lost") + std::to_string(std::get<1>(info.param));
}

INSTANTIATE_TEST_SUITE_P(Steps, FailingStep,
                         testing::Combine(testing::Bool(), testing::Range(0, 9)), step_name);
INSTANTIATE_TEST_SUITE_P(Steps, FailingLookUp,
                         testing::Combine(testing::Bool(), testing::Range(0, 7)), step_name);

// The POST is request number 3, after the login.
void expect_honest(const WriteResult& result, bool unsent, int step) {
  if (step > 3) {
    EXPECT_EQ(result.end, WriteEnd::kAcknowledged) << "waiting may fail without harm";
  } else if (step == 3 && !unsent) {
    EXPECT_EQ(result.end, WriteEnd::kUnknown);
  } else {
    EXPECT_EQ(result.end, WriteEnd::kRefused);
    EXPECT_TRUE(result.error.unsent);
  }
}

TEST_P(FailingStep, CreateClaimsOnlyWhatTheServerSaid) {
  CnsCreate create;
  create.backing_id = "vol-1";
  create.name = "pv-1";

  const auto result = server.vc.start(server.vc.api.create(create));
  server.vc.clock.advance(seconds(1));

  ASSERT_TRUE(*result) << "hangs";
  expect_honest((*result)->write, unsent, step);
  EXPECT_EQ((*result)->id.empty(), (*result)->write.end != WriteEnd::kAcknowledged);
  EXPECT_FALSE((*result)->already_registered);
  EXPECT_LE(server.vc.count("CnsCreateVolume"), 1u) << "sent twice";
}

TEST_P(FailingStep, UnregisterClaimsOnlyWhatTheServerSaid) {
  const auto result = server.vc.start(server.vc.api.unregister("vol-1"));
  server.vc.clock.advance(seconds(1));

  ASSERT_TRUE(*result) << "hangs";
  expect_honest(**result, unsent, step);
  EXPECT_LE(server.vc.count("CnsDeleteVolume"), 1u) << "sent twice";
}

TEST_P(FailingLookUp, FailsAloudAndWorksTheNextTime) {
  const auto places = server.vc.start(server.vc.api.inventory().datastores("ds"));
  const auto policy = server.vc.start(server.vc.api.inventory().policy_id("gold"));

  ASSERT_TRUE(*places && *policy) << "hangs";
  // Login and two pages, then two calls of PBM; a failed login is made anew for the second one.
  EXPECT_EQ(static_cast<bool>(**places), step > 4);
  EXPECT_EQ(static_cast<bool>(**policy), step < 5 || step > 6);
  if (**places) {
    EXPECT_EQ((***places).size(), 1u) << "half an inventory is none";
  }

  server.vc.clock.advance(seconds(30));
  const auto places_again = server.vc.start(server.vc.api.inventory().datastores("ds"));
  const auto policy_again = server.vc.start(server.vc.api.inventory().policy_id("gold"));
  ASSERT_TRUE(*places_again && **places_again);
  EXPECT_EQ((***places_again).size(), 1u);
  ASSERT_TRUE(*policy_again && **policy_again);
  EXPECT_EQ(***policy_again, "p");
}

} // namespace
} // namespace syncer

// Datastores by name, asked of a scripted vCenter.
#include "vcenter_script.h"

namespace syncer {
namespace {

using script::Vcenter;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using Places = std::vector<DatastorePlace>;
using Found = std::shared_ptr<std::optional<Outcome<Places>>>;

std::string object(const std::string& type, const std::string& id, const std::string& name,
                   const std::string& parent) {
  std::string text = "<objects><obj type=\"" + type + "\">" + id +
                     "</obj><propSet><name>name</name><val xsi:type=\"xsd:string\">" + name +
                     "</val></propSet>";
  if (!parent.empty()) {
    text +=
        "<propSet><name>parent</name><val xsi:type=\"ManagedObjectReference\" type=\"Folder\">" +
        parent + "</val></propSet>";
  }
  return text + "</objects>";
}

const std::string kAbove =
    object("Folder", "group-d1", "Datacenters", "") + object("Folder", "f0", "F%2f0", "group-d1") +
    object("Datacenter", "dc", "DC 1", "f0") + object("Folder", "dsf", "datastore", "dc");

std::string page(const std::string& objects, const std::string& token = "") {
  return script::answer("RetrievePropertiesEx",
                        "<returnval>" + (token.empty() ? "" : "<token>" + token + "</token>") +
                            objects + "</returnval>");
}

Expectation& script_inventory(Vcenter& vc, const std::string& datastores) {
  return vc.sdk("RetrievePropertiesEx").reply(200, page(kAbove + datastores));
}

Found find(Vcenter& vc, const std::string& name) {
  return vc.start(vc.api.inventory().datastores(name));
}

std::vector<std::string> paths(const Found& found) {
  std::vector<std::string> result;
  if (!*found || !**found) {
    ADD_FAILURE() << (*found ? (*found)->error().detail : "hangs");
    return result;
  }
  for (const DatastorePlace& place : ***found) result.push_back(place.datacenter_path);
  return result;
}

TEST(Inventory, DatastoreBelowAPodIsFoundByOneRequest) {
  Vcenter vc;
  vc.script_login();
  script_inventory(vc, object("StoragePod", "pod", "Pod", "dsf") +
                           object("Datastore", "ds-1", "vsan one", "pod"));

  const Found found = find(vc, "vsan one");

  EXPECT_THAT(paths(found), ElementsAre("/F%2f0/DC 1"));
  EXPECT_EQ((***found)[0].name, "vsan one");
  EXPECT_EQ((***found)[0].datacenter_name, "DC 1");
  EXPECT_THAT(vc.http.requests().back().body, HasSubstr("<obj type=\"Folder\">group-d1</obj>"));
  EXPECT_EQ(vc.http.unmet(), 0u);
}

TEST(Inventory, EveryPageIsRead) {
  Vcenter vc;
  vc.script_login();
  vc.sdk("RetrievePropertiesEx").reply(200, page(object("Datastore", "ds-1", "ds", "dsf"), "t1"));
  vc.sdk("ContinueRetrievePropertiesEx")
      .body_contains("<token>t1</token>")
      .reply(200, page(object("Folder", "f0", "F0", "group-d1"), "t2"));
  vc.sdk("ContinueRetrievePropertiesEx")
      .body_contains("<token>t2</token>")
      .reply(200, page(kAbove));

  EXPECT_THAT(paths(find(vc, "ds")), ElementsAre("/F%2f0/DC 1"));
  EXPECT_EQ(vc.http.unmet(), 0u);
}

TEST(Inventory, NotFoundOnlyAfterTwoReads) {
  Vcenter vc;
  vc.script_login();
  script_inventory(vc, "");
  vc.sdk("RetrievePropertiesEx").reply(200, script::answer("RetrievePropertiesEx", ""));

  EXPECT_THAT(paths(find(vc, "ds")), IsEmpty());
  EXPECT_EQ(vc.count("RetrievePropertiesEx"), 2u);
}

TEST(Inventory, DatastoreOnTheMoveIsFoundByTheSecondRead) {
  Vcenter vc;
  vc.script_login();
  script_inventory(vc, "");
  script_inventory(vc, object("Datastore", "ds-1", "ds", "dsf"));

  EXPECT_THAT(paths(find(vc, "ds")), SizeIs(1));
}

TEST(Inventory, UnreadableFolderIsAnErrorNotAnAbsence) {
  Vcenter vc;
  vc.script_login();
  script_inventory(vc, object("Datastore", "ds-1", "ds", "hidden")).always();

  const Found found = find(vc, "ds");

  ASSERT_TRUE(*found);
  ASSERT_FALSE(**found);
  EXPECT_EQ((*found)->error().kind, ErrorKind::kTransient);
  EXPECT_THAT((*found)->error().detail, HasSubstr("datastore ds: "));
  EXPECT_THAT((*found)->error().detail, HasSubstr("System.View"));
  EXPECT_EQ(vc.count("RetrievePropertiesEx"), 2u);
}

TEST(Inventory, OneReadServesManyVolumesForAWhile) {
  Vcenter vc;
  vc.script_login();
  script_inventory(
      vc, object("Datastore", "ds-1", "ds", "dsf") + object("Datastore", "ds-2", "other", "dsf"))
      .always();

  EXPECT_THAT(paths(find(vc, "ds")), SizeIs(1));
  EXPECT_THAT(paths(find(vc, "other")), SizeIs(1));
  vc.clock.advance(seconds(29));
  EXPECT_THAT(paths(find(vc, "ds")), SizeIs(1));
  EXPECT_EQ(vc.count("RetrievePropertiesEx"), 1u);

  vc.clock.advance(seconds(1));
  EXPECT_THAT(paths(find(vc, "ds")), SizeIs(1));
  EXPECT_EQ(vc.count("RetrievePropertiesEx"), 2u);
}

TEST(Inventory, SessionLostBetweenPagesBeginsAgain) {
  Vcenter vc;
  vc.script_login();
  vc.sdk("RetrievePropertiesEx").reply(200, page(object("Datastore", "ds-1", "old", "dsf"), "t1"));
  vc.sdk("ContinueRetrievePropertiesEx").reply(500, script::fault_answer("NotAuthenticated"));
  vc.script_login("second");
  script_inventory(vc, object("Datastore", "ds-1", "new", "dsf"));

  EXPECT_THAT(paths(find(vc, "new")), SizeIs(1));
  EXPECT_EQ(vc.http.unmet(), 0u);
}

TEST(Inventory, FaultAndLostAnswerAreErrorsThatNameTheDatastore) {
  Vcenter vc;
  vc.script_login();
  vc.sdk("RetrievePropertiesEx").reply(500, script::fault_answer("NoPermission", "no right"));
  const Found refused = find(vc, "ds");
  Error lost;
  lost.detail = "connection lost";
  vc.sdk("RetrievePropertiesEx").fail(lost);
  const Found cut = find(vc, "ds");

  ASSERT_TRUE(*refused && !**refused);
  EXPECT_EQ((*refused)->error().kind, ErrorKind::kRejected);
  EXPECT_EQ((*refused)->error().detail,
            "datastore ds: RetrievePropertiesEx: refused: NoPermission: no right");
  ASSERT_TRUE(*cut && !**cut);
  EXPECT_EQ((*cut)->error().kind, ErrorKind::kTransient);
  EXPECT_THAT((*cut)->error().detail, HasSubstr("datastore ds: "));
}

TEST(Inventory, PagesWithoutEndStopAtTheBudget) {
  CnsOptions options = script::options();
  options.query_budget = seconds(5);
  Vcenter vc(options);
  vc.script_login();
  vc.sdk("RetrievePropertiesEx").reply(200, page(kAbove, "t"));
  Expectation& slow = vc.sdk("ContinueRetrievePropertiesEx").held();

  const Found found = find(vc, "ds");
  vc.clock.advance(seconds(4));
  EXPECT_FALSE(*found);
  vc.clock.advance(seconds(1));

  ASSERT_TRUE(*found);
  EXPECT_FALSE(**found) << "the budget is of all pages together";
  EXPECT_EQ(slow.met(), 1u);
}

TEST(Inventory, HostIsTheConfiguredOne) {
  Vcenter vc;
  EXPECT_EQ(vc.api.inventory().host(), "vc");
}

struct ServerCase {
  const char* about;
  const char* vsan;
  bool by_url, protects;
};

class InventoryOfServer : public testing::TestWithParam<ServerCase> {};

TEST_P(InventoryOfServer, TellsWhatTheLastLoginFound) {
  const ServerCase& given = GetParam();
  Vcenter vc;
  EXPECT_FALSE(vc.api.inventory().registers_by_url()) << "before any login";
  EXPECT_FALSE(vc.api.inventory().protects_from_vm_delete());
  vc.sdk("RetrieveServiceContent").reply(200, script::service_content(given.about, given.about));
  vc.http.expect("GET", "/sdk/vsanServiceVersions.xml")
      .reply(200, script::versions_file(given.vsan));
  vc.sdk("Login").reply(200, script::login_answer());
  script_inventory(vc, object("Datastore", "ds-1", "ds", "dsf"));
  find(vc, "ds");

  EXPECT_EQ(vc.api.inventory().registers_by_url(), given.by_url);
  EXPECT_EQ(vc.api.inventory().protects_from_vm_delete(), given.protects);

  vc.sdk("Logout").reply(200, script::answer("Logout", ""));
  vc.start(vc.api.logout());
  EXPECT_EQ(vc.api.inventory().registers_by_url(), given.by_url) << "without a session too";
}

INSTANTIATE_TEST_SUITE_P(Servers, InventoryOfServer,
                         testing::Values(ServerCase{"7.0.0", "7.0", false, false},
                                         ServerCase{"7.0.1", "vSAN 7.0U1", true, false},
                                         ServerCase{"7.0.3", "vSAN 7.0U3", true, false},
                                         ServerCase{"8.0.2", "8.0.0.3", true, false},
                                         ServerCase{"8.0.3", "8.0.0.4", true, true},
                                         ServerCase{"9.0.0", "9.0.0.0", true, true}));

} // namespace
} // namespace syncer

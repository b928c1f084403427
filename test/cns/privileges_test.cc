// What the user may do, asked of a scripted vCenter.
#include "cns/privileges.h"

#include "vcenter_script.h"

namespace syncer {
namespace {

using script::Vcenter;
using std::chrono::minutes;
using testing::ElementsAre;
using testing::IsEmpty;

// One entity of an answer; a privilege with a leading '-' is not granted.
std::string entity(const std::string& type, const std::string& id,
                   const std::vector<std::string>& privileges) {
  std::string text = "<returnval><entity type=\"" + type + "\">" + id + "</entity>";
  for (const std::string& each : privileges) {
    const bool granted = each.front() != '-';
    text += "<privAvailability><privId>" + each.substr(granted ? 0 : 1) + "</privId><isGranted>" +
            (granted ? "true" : "false") + "</isGranted></privAvailability>";
  }
  return text + "</returnval>";
}

std::string answer(const std::string& content) {
  return script::answer("HasPrivilegeOnEntities", content);
}

std::string datastore(const std::string& id, const std::string& name) {
  return "<objects><obj type=\"Datastore\">" + id +
         "</obj><propSet><name>name</name><val xsi:type=\"xsd:string\">" + name +
         "</val></propSet></objects>";
}

struct Vc : Vcenter {
  Vc() : Vcenter(script::options(), [this](const auto& missing) { told.push_back(missing); }) {}
  void script_root(const std::vector<std::string>& privileges) {
    sdk("HasPrivilegeOnEntities")
        .body_contains(
            "<entity type=\"Folder\">group-d1</entity><sessionId>k</sessionId>"
            "<privId>System.Read</privId><privId>Cns.Searchable</privId>"
            "<privId>StorageProfile.View</privId>")
        .reply(200, answer(entity("Folder", "group-d1", privileges)));
  }
  void script_datastores(const std::vector<std::string>& privileges) {
    std::string objects;
    std::string entities;
    for (std::size_t i = 0; i < privileges.size(); ++i) {
      const std::string id = "datastore-" + std::to_string(i);
      objects += datastore(id, "ds" + std::to_string(i));
      entities += entity("Datastore", id, {privileges[i]});
    }
    sdk("RetrievePropertiesEx")
        .reply(200,
               script::answer("RetrievePropertiesEx", "<returnval>" + objects + "</returnval>"));
    if (privileges.empty()) return;
    sdk("HasPrivilegeOnEntities")
        .body_contains("<privId>Datastore.FileManagement</privId>")
        .reply(200, answer(entities));
  }
  void begin_session() {
    script_login();
    cns("CnsQueryAllVolume").reply(200, script::answer("CnsQueryAllVolume", "")).always();
    start(api.query_ids());
  }
  std::vector<std::vector<MissingPrivilege>> told;
};

const std::vector<std::string> kAll{"System.Read", "Cns.Searchable", "StorageProfile.View"};
const std::string kGranted = "Datastore.FileManagement";
const std::string kDenied = "-Datastore.FileManagement";

TEST(Privileges, AreAskedForWhenASessionBeginsAndNotAgain) {
  Vc vc;
  vc.script_root(kAll);
  vc.script_datastores({kGranted, kDenied});
  vc.begin_session();

  EXPECT_THAT(vc.told, ElementsAre(IsEmpty())) << "one datastore may be closed on purpose";
  vc.clock.advance(minutes(9));
  EXPECT_EQ(vc.count("HasPrivilegeOnEntities"), 2u);
  EXPECT_EQ(vc.http.unmet(), 0u);
}

TEST(Privileges, MissingOneIsNamedWithItsObjectUntilItIsGranted) {
  Vc vc;
  vc.script_root({"System.Read", "-Cns.Searchable", "StorageProfile.View"});
  vc.script_datastores({kDenied, kDenied});
  vc.begin_session();

  ASSERT_EQ(vc.told.size(), 1u);
  EXPECT_EQ(describe(vc.told[0]),
            "Cns.Searchable on the root folder; Datastore.FileManagement on datastores ds0, ds1");

  vc.script_root(kAll);
  vc.script_datastores({kGranted, kGranted});
  vc.clock.advance(minutes(1));
  ASSERT_EQ(vc.told.size(), 2u);
  EXPECT_THAT(vc.told[1], IsEmpty());
}

TEST(Privileges, AreAskedForAgainWhenACallIsRefused) {
  Vc vc;
  vc.script_root(kAll);
  vc.script_datastores({kGranted, kDenied});
  vc.begin_session();
  vc.clock.advance(minutes(2));

  vc.script_write("CnsUpdateVolumeMetadata",
                  script::volume_fault("vol-1", "NoPermission", "not allowed"));
  vc.script_root(kAll);
  vc.script_datastores({kGranted, kDenied});
  vc.update("vol-1");

  ASSERT_EQ(vc.told.size(), 2u);
  EXPECT_EQ(describe(vc.told[1]), "Datastore.FileManagement on datastore ds1");
}

TEST(Privileges, RefusalsInARowLeadToOneMoreCheck) {
  Vc vc;
  vc.script_root(kAll);
  vc.script_datastores({});
  vc.script_login();
  vc.cns("CnsQueryAllVolume").reply(500, script::fault_answer("NoPermission")).always();
  for (int i = 0; i < 5; ++i) vc.start(vc.api.query_ids());
  EXPECT_EQ(vc.count("HasPrivilegeOnEntities"), 1u);

  vc.script_root(kAll);
  vc.script_datastores({});
  vc.clock.advance(minutes(1));
  EXPECT_EQ(vc.count("HasPrivilegeOnEntities"), 2u);
}

TEST(Privileges, ToBeRefusedTheQuestionIsAnAnswer) {
  Vc vc;
  vc.sdk("HasPrivilegeOnEntities").reply(500, script::fault_answer("NoPermission"));
  vc.script_datastores({});
  vc.begin_session();

  ASSERT_EQ(vc.told.size(), 1u);
  EXPECT_EQ(describe(vc.told[0]), "System.Read on the root folder");
}

TEST(Privileges, FailedCheckSaysNothing) {
  Vc vc;
  vc.sdk("HasPrivilegeOnEntities").reply(500, script::fault_answer("SystemError"));
  vc.begin_session();

  EXPECT_THAT(vc.told, IsEmpty());
}

TEST(Privileges, WhatTheAnswerLeavesOutIsUnknown) {
  Vc vc;
  vc.sdk("HasPrivilegeOnEntities").reply(200, answer(""));
  vc.script_datastores({});
  vc.begin_session();

  EXPECT_THAT(vc.told, ElementsAre(IsEmpty()));
}

TEST(Privileges, ManyDatastoresAreCounted) {
  EXPECT_EQ(name_datastores({"a"}), "datastore a");
  EXPECT_EQ(name_datastores({"a", "b", "c", "d", "e", "f", "g"}),
            "datastores a, b, c, d, e and 2 more");
}

} // namespace
} // namespace syncer

#include <gtest/gtest.h>

#include "sim/vcenter_probe.h"

namespace syncer::sim {
namespace {

constexpr const char* kRoot = "<entity type=\"Folder\">group-d1</entity>";

class SimPrivilegesTest : public VcenterProbe {
 protected:
  Reply ask(const std::string& entities, const std::string& privileges) {
    const std::string key = session_.empty() ? own_key() : session_;
    return sdk(vim("HasPrivilegeOnEntities", "AuthorizationManager", "AuthorizationManager",
                   entities + "<sessionId>" + key + "</sessionId>" + privileges));
  }
  std::string own_key() {
    return sdk(vim("RetrievePropertiesEx", "PropertyCollector", "propertyCollector",
                   "<specSet><propSet><type>SessionManager</type><pathSet>currentSession</pathSet>"
                   "</propSet><objectSet><obj type=\"SessionManager\">SessionManager</obj>"
                   "</objectSet></specSet><options/>"))
        .text("key");
  }
  AdminReply command(const std::string& body) {
    return vcenter_->handle_admin("POST", "/sim/vcenter/privilege", body);
  }
  std::string session_;
};

TEST_F(SimPrivilegesTest, AreGrantedUntilTheyAreTakenAway) {
  start();
  login();
  const std::string both = "<privId>Cns.Searchable</privId><privId>System.Read</privId>";

  EXPECT_EQ(ask(kRoot, both).count("<isGranted>true</isGranted>"), 2);

  ASSERT_EQ(command(R"({"privilege":"Cns.Searchable","on":false})").status, 200);
  const Reply reply = ask(kRoot, both);
  EXPECT_TRUE(reply.has("<privId>Cns.Searchable</privId><isGranted>false</isGranted>"));
  EXPECT_TRUE(reply.has("<privId>System.Read</privId><isGranted>true</isGranted>"));
  EXPECT_EQ(vsan(cns("CnsQueryAllVolume", "<filter/><selection/>")).fault(), "NoPermission");

  ASSERT_EQ(command(R"({"privilege":"Cns.Searchable"})").status, 200);
  EXPECT_EQ(vsan(cns("CnsQueryAllVolume", "<filter/><selection/>")).fault(), "");
}

TEST_F(SimPrivilegesTest, WhoMayNotReadAnObjectMayNotAskAboutIt) {
  start();
  login();
  ASSERT_EQ(command(R"({"privilege":"System.Read","on":false})").status, 200);

  const Reply reply = ask(kRoot, "<privId>Cns.Searchable</privId>");

  EXPECT_EQ(reply.fault(), "NoPermission");
  EXPECT_TRUE(reply.has("System.Read"));
}

TEST_F(SimPrivilegesTest, WhatDoesNotExistIsNotAskedFor) {
  start();
  login();

  EXPECT_EQ(ask("<entity type=\"Folder\">nowhere</entity>", "").fault(), "ManagedObjectNotFound");
  EXPECT_EQ(ask(kRoot, "<privId>Cns.Searchible</privId>").fault(), "InvalidArgument");
  session_ = "another";
  EXPECT_EQ(ask(kRoot, "<privId>Cns.Searchable</privId>").fault(), "InvalidArgument");
  EXPECT_EQ(vcenter_->record().violations.size(), 2u);
  EXPECT_EQ(command(R"({"privilege":"Cns.Searchible"})").status, 400);
  EXPECT_EQ(command(R"({"privilege":"System.Read","type":"Datastore","name":"none"})").status, 400);
}

} // namespace
} // namespace syncer::sim

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/vcenter_probe.h"

namespace syncer::sim {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

using SimVcenterSession = VcenterProbe;

std::string current_session() {
  return vim("RetrievePropertiesEx", "PropertyCollector", "propertyCollector",
             "<specSet><propSet><type>SessionManager</type><pathSet>currentSession</pathSet>"
             "</propSet><objectSet><obj type=\"SessionManager\">SessionManager</obj></objectSet>"
             "</specSet><options/>");
}

std::string time_call() { return vim("CurrentTime", "ServiceInstance", "ServiceInstance"); }

TEST_F(SimVcenterSession, ServiceContentIsOpenToAll) {
  start();

  const Reply reply = sdk(vim("RetrieveServiceContent", "ServiceInstance", "ServiceInstance"));

  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.text("version"), "8.0.2");
  EXPECT_EQ(reply.text("sessionManager"), "SessionManager");
}

TEST_F(SimVcenterSession, VersionFilesNameTheServersVersionFirst) {
  start();

  const Reply vsan_file = post("/sdk/vsanServiceVersions.xml", "");
  const Reply vim_file = post("/sdk/vimServiceVersions.xml", "");

  EXPECT_THAT(vsan_file.body, HasSubstr("<name>urn:vsan</name>\n  <version>8.0.0.3</version>"));
  EXPECT_THAT(vsan_file.body, HasSubstr("<version>vSAN 7.0U3</version>"));
  EXPECT_THAT(vim_file.body, HasSubstr("<name>urn:vim25</name>"));
}

TEST_F(SimVcenterSession, VersionFileOfVsanMayBeMissing) {
  SimVcenterOptions options;
  options.serve_vsan_versions = false;
  start(options);

  EXPECT_EQ(post("/sdk/vsanServiceVersions.xml", "").status, 404);
}

TEST_F(SimVcenterSession, OtherPathsAndMethodsAreRefusedByHttp) {
  start();

  EXPECT_EQ(post("/sdk", "").status, 405);
  EXPECT_EQ(post("/vsanHealth", "").status, 405);
  EXPECT_EQ(post("/elsewhere", time_call()).status, 404);
}

TEST_F(SimVcenterSession, CallWithoutSessionIsNotAuthenticated) {
  start();

  const Reply sdk_reply = sdk(time_call());
  const Reply cns_reply = vsan(cns("CnsQueryVolume", "<filter xsi:type=\"CnsQueryFilter\"/>"));

  EXPECT_EQ(sdk_reply.status, 500);
  EXPECT_EQ(sdk_reply.fault(), "NotAuthenticated");
  EXPECT_EQ(cns_reply.fault(), "NotAuthenticated");
}

TEST_F(SimVcenterSession, CookieWithoutItsQuotesIsNoSession) {
  start();
  login();
  EXPECT_EQ(sdk(time_call()).status, 200);
  std::erase(cookie_, '"');

  EXPECT_EQ(sdk(time_call()).fault(), "NotAuthenticated");
}

TEST_F(SimVcenterSession, CurrentSessionIsAPropertyAndMissingWithoutOne) {
  start();
  const Reply without = sdk(current_session());
  EXPECT_EQ(without.status, 200);
  EXPECT_THAT(without.body, HasSubstr("<missingSet><path>currentSession</path><fault><fault "
                                      "xsi:type=\"NotAuthenticated\">"));
  login();

  EXPECT_EQ(sdk(current_session()).text("userName"), "VSPHERE.LOCAL\\Administrator");
}

TEST_F(SimVcenterSession, SecondLoginOnASessionIsInvalidLogin) {
  start();
  login();

  EXPECT_EQ(try_login().fault(), "InvalidLogin");
  EXPECT_EQ(vcenter_->record().violation_count, 1U);
}

TEST_F(SimVcenterSession, WrongPasswordsLockTheAccount) {
  SimVcenterOptions options;
  options.lockout_after = 5;
  start(options);

  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(try_login("Administrator@vsphere.local", "wrong").fault(), "InvalidLogin");
  }

  EXPECT_EQ(try_login().fault(), "InvalidLogin");
  EXPECT_TRUE(vcenter_->sessions().locked());
}

TEST_F(SimVcenterSession, LogoutEndsTheSession) {
  start();
  login();

  EXPECT_EQ(sdk(vim("Logout", "SessionManager", "SessionManager")).status, 200);

  EXPECT_EQ(sdk(time_call()).fault(), "NotAuthenticated");
  EXPECT_EQ(vcenter_->sessions().size(), 0U);
}

TEST_F(SimVcenterSession, ExpiredSessionTakesItsCollectorsAlong) {
  start();
  login();
  watch_list();
  vcenter_->sessions().end_all();
  EXPECT_EQ(wait("").fault(), "NotAuthenticated");
  login();

  EXPECT_EQ(wait("").fault(), "ManagedObjectNotFound");
  EXPECT_EQ(modify_list("").fault(), "ManagedObjectNotFound");
}

TEST_F(SimVcenterSession, SessionIsActiveAndTerminateSession) {
  start();
  login();
  const std::string victim = sdk(current_session()).text("key");
  const std::string victims_cookie = cookie_;
  cookie_.clear();
  login();
  const auto is_active = [&] {
    return sdk(vim("SessionIsActive", "SessionManager", "SessionManager",
                   "<sessionID>" + victim +
                       "</sessionID><userName>Administrator@vsphere.local"
                       "</userName>"))
        .text("returnval");
  };
  EXPECT_EQ(is_active(), "true");

  const Reply ended = sdk(vim("TerminateSession", "SessionManager", "SessionManager",
                              "<sessionId>" + victim + "</sessionId>"));

  EXPECT_EQ(ended.status, 200);
  EXPECT_EQ(is_active(), "false");
  cookie_ = victims_cookie;
  EXPECT_EQ(sdk(time_call()).fault(), "NotAuthenticated");
}

TEST_F(SimVcenterSession, UnknownManagedObjectIsNotFound) {
  start();
  login();

  EXPECT_EQ(vsan(call("CnsQueryVolume", "CnsVolumeManager", "other",
                      "<filter xsi:type=\"CnsQueryFilter\"/>", "urn:vsan"))
                .fault(),
            "ManagedObjectNotFound");
  EXPECT_EQ(sdk(vim("CurrentTime", "ServiceInstance", "other")).fault(), "ManagedObjectNotFound");
}

TEST_F(SimVcenterSession, ProtocolMistakesAreFaultsOnTheWireAndRecorded) {
  start();
  login();

  const Reply reply = vsan(cns("CnsQueryVolume", "<filter/>"));

  EXPECT_EQ(reply.status, 500);
  EXPECT_EQ(reply.fault(), "InvalidRequest");
  ASSERT_EQ(vcenter_->record().violations.size(), 1U);
  EXPECT_THAT(vcenter_->record().violations[0], HasSubstr("CnsQueryVolume"));
}

TEST_F(SimVcenterSession, ServerWithoutCnsQueryAsyncSaysMethodNotFound) {
  SimVcenterOptions options;
  options.about_version = "7.0.2";
  options.api_version = "7.0.2.0";
  start(options);
  login();

  const Reply reply = vsan(cns("CnsQueryAsync", "<filter/>"), "urn:vsan/vSAN 7.0U2");

  EXPECT_EQ(reply.fault(), "MethodNotFound");
  EXPECT_THAT(vcenter_->record().violations, IsEmpty());
}

TEST_F(SimVcenterSession, InventoryOfDatastoresByContainerView) {
  start();
  login();
  const std::string view =
      sdk(vim("CreateContainerView", "ViewManager", "ViewManager",
              "<container type=\"Folder\">group-d1</container><type>Datastore</type>"
              "<recursive>true</recursive>"))
          .text("returnval");

  const Reply reply = sdk(vim(
      "RetrievePropertiesEx", "PropertyCollector", "propertyCollector",
      "<specSet><propSet><type>Datastore</type><pathSet>name</pathSet>"
      "<pathSet>summary.url</pathSet></propSet><objectSet><obj type=\"ContainerView\">" +
          view +
          "</obj><skip>true</skip><selectSet xsi:type=\"TraversalSpec\"><type>ContainerView</type>"
          "<path>view</path></selectSet></objectSet></specSet><options/>"));

  EXPECT_THAT(reply.body, HasSubstr("<val xsi:type=\"xsd:string\">sim-datastore</val>"));
  EXPECT_EQ(sdk(vim("DestroyView", "ContainerView", view)).status, 200);
  EXPECT_EQ(sdk(vim("DestroyView", "ContainerView", view)).fault(), "ManagedObjectNotFound");
}

} // namespace
} // namespace syncer::sim

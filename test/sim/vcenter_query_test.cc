#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/vcenter_probe.h"

namespace syncer::sim {
namespace {

using testing::HasSubstr;

class SimVcenterQuery : public VcenterProbe {
 protected:
  void begin_with_volumes(int count) {
    start();
    for (int i = 0; i < count; ++i) {
      SimVolume volume = block_volume("v" + std::to_string(i));
      volume.entities = {{{kEntityVolume, "pv" + std::to_string(i), "", "c1"}, {{"n", "1"}}, {}}};
      vcenter_->put_volume(std::move(volume));
    }
    login();
  }
  Reply query(const std::string& filter, const std::string& rest = "",
              const std::string& type = "CnsQueryFilter") {
    return vsan(
        cns("CnsQueryVolume", "<filter xsi:type=\"" + type + "\">" + filter + "</filter>" + rest));
  }
  static std::string cursor(int offset, int limit) {
    return "<cursor><offset>" + std::to_string(offset) + "</offset><limit>" +
           std::to_string(limit) + "</limit></cursor>";
  }
  static std::string id(const std::string& id) {
    return "<volumeIds><id>" + id + "</id></volumeIds>";
  }
};

TEST_F(SimVcenterQuery, PageWithoutCursorHoldsAHundred) {
  begin_with_volumes(250);

  const Reply reply = query("");

  EXPECT_EQ(reply.count("<volumes>"), 100);
  EXPECT_THAT(reply.body, HasSubstr("<cursor><offset>100</offset><limit>100</limit>"
                                    "<totalRecords>250</totalRecords></cursor>"));
}

TEST_F(SimVcenterQuery, CursorWalksThroughAllVolumesOnce) {
  begin_with_volumes(250);

  EXPECT_EQ(query(cursor(0, 120)).count("<volumes>"), 120);
  EXPECT_EQ(query(cursor(120, 120)).count("<volumes>"), 120);
  const Reply last = query(cursor(240, 120));

  EXPECT_EQ(last.count("<volumes>"), 10);
  EXPECT_EQ(last.text("offset"), "250");
  EXPECT_EQ(query(cursor(250, 120)).count("<volumes>"), 0);
}

TEST_F(SimVcenterQuery, LimitIsCutAtAThousand) {
  begin_with_volumes(1100);

  const Reply reply = query(cursor(0, 5000));

  EXPECT_EQ(reply.count("<volumes>"), 1000);
  EXPECT_EQ(reply.text("limit"), "1000");
}

TEST_F(SimVcenterQuery, FiltersAreAndedAndUnknownIdsAreJustAbsent) {
  begin_with_volumes(5);

  EXPECT_EQ(query(id("v1") + id("v9") + id("v3")).count("<volumes>"), 2);
  EXPECT_EQ(query(id("v1") + "<names>pvc-v3</names>").count("<volumes>"), 0);
  EXPECT_EQ(query("<containerClusterIds>other</containerClusterIds>").count("<volumes>"), 0);
  EXPECT_EQ(query("<pvNames>pv2</pvNames>", "", "CnsKubernetesQueryFilter").count("<volumes>"), 1);
  EXPECT_EQ(query(id("")).fault(), "InvalidArgument");
}

TEST_F(SimVcenterQuery, SelectionIsHonoured) {
  begin_with_volumes(1);

  const Reply everything = query("");
  EXPECT_TRUE(everything.has("<backingObjectDetails xsi:type=\"CnsBlockBackingDetails\">"));
  EXPECT_TRUE(everything.has("<entityMetadata xsi:type=\"CnsKubernetesEntityMetadata\">"));

  const Reply ids = query("", "<selection/>");
  EXPECT_TRUE(ids.has("<volumes><volumeId><id>v0</id></volumeId></volumes>"));

  const Reply some = query("",
                           "<selection><names>VOLUME_METADATA</names>"
                           "<names>VOLUME_TYPE</names></selection>");
  EXPECT_TRUE(some.has("<entityMetadata"));
  EXPECT_EQ(some.text("volumeType"), "BLOCK");
  EXPECT_FALSE(some.has("<backingObjectDetails"));
  EXPECT_FALSE(some.has("<datastoreUrl"));

  EXPECT_EQ(query("", "<selection><names>NONSENSE</names></selection>").fault(), "InvalidArgument");
}

TEST_F(SimVcenterQuery, QueryAllIsNotPagedAndGivesIdsForAnEmptySelection) {
  begin_with_volumes(1500);

  const Reply reply =
      vsan(cns("CnsQueryAllVolume",
               "<filter><containerClusterIds>c1</containerClusterIds></filter><selection/>"));

  EXPECT_EQ(reply.count("<volumes><volumeId>"), 1500);
  EXPECT_FALSE(reply.has("<name>"));
}

TEST_F(SimVcenterQuery, QueryAsyncAnswersThroughItsTask) {
  begin_with_volumes(3);

  const Reply accepted = vsan(cns("CnsQueryAsync", "<filter>" + id("v1") + id("v2") +
                                                       "</filter><selection><names>"
                                                       "VOLUME_METADATA</names></selection>"));
  const Reply done = wait_for_task(accepted.text("returnval"));

  EXPECT_TRUE(done.has("<volumeResults xsi:type=\"CnsAsyncQueryResult\"><queryResult><volumes>"));
  EXPECT_EQ(done.count("<volumes>"), 2);
  EXPECT_FALSE(done.has("<datastoreUrl>"));
}

TEST_F(SimVcenterQuery, QueryAsyncTakesAThousandIdsAtMost) {
  begin_with_volumes(1);
  std::string ids;
  for (int i = 0; i < 1000; ++i) ids += id("x" + std::to_string(i));
  EXPECT_EQ(vsan(cns("CnsQueryAsync", "<filter>" + ids + "</filter>")).status, 200);

  const Reply reply = vsan(cns("CnsQueryAsync", "<filter>" + ids + id("y") + "</filter>"));

  EXPECT_EQ(reply.fault(), "InvalidArgument");
}

TEST_F(SimVcenterQuery, RemovedEntityIsShownOnceWhereTheServerDoesSo) {
  SimVcenterOptions options;
  options.keep_removed_for_a_read = true;
  start(options);
  vcenter_->put_volume(block_volume("v0"));
  login();
  update_and_wait("v0", entity_xml(kEntityPod, "a"));
  update_and_wait("v0", entity_xml(kEntityPod, "a", "", true));

  EXPECT_TRUE(query("").has("<delete>true</delete>"));
  EXPECT_FALSE(query("").has("<delete>true</delete>"));
}

TEST_F(SimVcenterQuery, AdminShowsVolumesAndTakesCommands) {
  begin_with_volumes(2);

  const AdminReply all = vcenter_->handle_admin("GET", "/sim/vcenter/volumes?cluster=c1", "");
  EXPECT_THAT(all.body, HasSubstr(R"("id":"v1")"));
  EXPECT_THAT(all.body, HasSubstr(R"("labels":{"n":"1"})"));
  EXPECT_EQ(vcenter_->handle_admin("GET", "/sim/vcenter/volumes/v1", "").status, 200);
  EXPECT_EQ(vcenter_->handle_admin("GET", "/sim/vcenter/volumes/v9", "").status, 404);

  EXPECT_EQ(vcenter_->handle_admin("POST", "/sim/vcenter/expire_sessions", "").status, 200);
  EXPECT_EQ(query("").fault(), "NotAuthenticated");
  EXPECT_EQ(vcenter_->handle_admin("POST", "/sim/vcenter/delay", R"({"ms":"x"})").status, 400);
  EXPECT_EQ(vcenter_->handle_admin("POST", "/sim/vcenter/delay", "nonsense").status, 400);
  EXPECT_EQ(vcenter_->handle_admin("POST", "/sim/vcenter/unheard_of", "").status, 404);
  EXPECT_THAT(vcenter_->handle_admin("GET", "/sim/vcenter/stats", "").body,
              HasSubstr(R"("violation_count":0)"));
}

} // namespace
} // namespace syncer::sim

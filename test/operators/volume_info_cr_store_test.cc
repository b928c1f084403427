#include "operators/volume_info_cr_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "cr_rig.h"

namespace syncer {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Optional;

constexpr const char* kCollection =
    "/apis/cns.vmware.com/v1alpha1/namespaces/vmware-system-csi/cnsvolumeinfoes";

std::string object(const std::string& name, const std::string& id, const std::string& vcenter) {
  json made;
  made["metadata"]["name"] = name;
  made["metadata"]["namespace"] = "vmware-system-csi";
  made["metadata"]["resourceVersion"] = "5";
  made["spec"]["volumeID"] = id;
  made["spec"]["vCenterServer"] = vcenter;
  made["spec"]["zones"] = nullptr;
  return made.dump();
}

class VolumeInfoCrStoreTest : public testing::Test {
 protected:
  Outcome<> put(const char* id, const char* vcenter) {
    const VolumeInfo info{id, vcenter};
    return rig.kube.run(store.put(info));
  }

  CrRig rig;
  std::vector<std::string> changes;
  VolumeInfoCrStore store{rig.deps(), "vmware-system-csi",
                          [this](const VolumeId& id) { changes.push_back(id.str()); }};
};

TEST(VolumeInfoName, HoldsNoColon) {
  EXPECT_EQ(volume_info_name("5b1f"), "5b1f");
  EXPECT_EQ(volume_info_name("file:5b1f:x"), "file-5b1f:x");
  EXPECT_EQ(volume_info_name("other:5b1f"), "other:5b1f");
}

TEST_F(VolumeInfoCrStoreTest, FollowsTheObjectsOfItsNamespace) {
  ScriptedStream& events = rig.serve(object("file-1", "file:1", "vc-a"));
  rig.kube.start(store.run());
  ASSERT_TRUE(store.synced());
  EXPECT_THAT(store.find("file:1"), Optional(std::string("vc-a")));

  rig.push(events, "ADDED", object("v2", "v2", "vc-b"));
  rig.push(events, "MODIFIED", object("v2", "v2", "vc-b"));
  rig.push(events, "DELETED", object("file-1", "file:1", "vc-a"));

  EXPECT_EQ(store.find("file:1"), std::nullopt);
  EXPECT_THAT(store.find("v2"), Optional(std::string("vc-b")));
  EXPECT_EQ(store.all().size(), 1u);
  EXPECT_THAT(changes, ElementsAre("file:1", "v2", "file:1"));
}

TEST_F(VolumeInfoCrStoreTest, PutSendsOnlyWhatIsRequiredAndKnowsItAtOnce) {
  rig.kube.http.expect("POST", kCollection).reply(201, "{}");

  ASSERT_TRUE(put("file:1", "vc-a"));

  const json sent = json::parse(rig.last().body);
  EXPECT_EQ(sent["kind"], "CNSVolumeInfo");
  EXPECT_EQ(sent["metadata"], json::parse(R"({"name":"file-1","namespace":"vmware-system-csi"})"));
  EXPECT_EQ(sent["spec"], json::parse(R"({"volumeID":"file:1","vCenterServer":"vc-a"})"));
  EXPECT_THAT(store.find("file:1"), Optional(std::string("vc-a")));
}

TEST_F(VolumeInfoCrStoreTest, ObjectThatExistsIsSuccessAndCounts) {
  rig.kube.http.expect("POST", kCollection).reply(409, kAlreadyExists);
  rig.kube.http.expect("GET", std::string(kCollection) + "/v1")
      .reply(200, object("v1", "v1", "vc-b"));

  ASSERT_TRUE(put("v1", "vc-a"));

  EXPECT_THAT(store.find("v1"), Optional(std::string("vc-b")));
}

TEST_F(VolumeInfoCrStoreTest, RefusalNamesTheObject) {
  rig.kube.http.expect("POST", kCollection)
      .reply(403, R"({"kind":"Status","code":403,"reason":"Forbidden","message":"no"})");

  const Outcome<> refused = put("v1", "vc-a");

  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().detail, HasSubstr("create CNSVolumeInfo v1: "));
  EXPECT_EQ(store.find("v1"), std::nullopt);
}

TEST_F(VolumeInfoCrStoreTest, WithoutLeadershipNothingIsWritten) {
  rig.leadership.held = false;

  EXPECT_FALSE(put("v1", "vc-a"));

  EXPECT_THAT(rig.kube.http.requests(), IsEmpty());
}

TEST_F(VolumeInfoCrStoreTest, RemoveDeletesByName) {
  rig.serve(object("file-1", "file:1", "vc-a"));
  rig.kube.start(store.run());
  rig.kube.http.expect("DELETE", std::string(kCollection) + "/file-1").reply(404, kNoSuchObject);

  EXPECT_TRUE(rig.kube.run(store.remove("file:1")));

  EXPECT_EQ(store.find("file:1"), std::nullopt);
}

TEST_F(VolumeInfoCrStoreTest, OwnWriteThatTwoListsDoNotShowIsForgotten) {
  rig.kube.http.expect("POST", kCollection).reply(201, "{}");
  ASSERT_TRUE(put("v1", "vc-a"));
  ScriptedStream& first = rig.serve();
  rig.kube.start(store.run());
  EXPECT_THAT(store.find("v1"), Optional(std::string("vc-a")));

  rig.serve();
  rig.push(first, "ERROR", R"({"kind":"Status","code":410,"reason":"Expired"})");

  EXPECT_EQ(store.find("v1"), std::nullopt);
}

TEST_F(VolumeInfoCrStoreTest, OfTwoObjectsForOneVolumeTheOtherOneStays) {
  ScriptedStream& events =
      rig.serve(object("stray", "v1", "vc-b") + "," + object("v1", "v1", "vc-a"));
  rig.kube.start(store.run());
  EXPECT_THAT(store.find("v1"), Optional(std::string("vc-a")));

  rig.push(events, "DELETED", object("v1", "v1", "vc-a"));

  EXPECT_THAT(store.find("v1"), Optional(std::string("vc-b")));
}

} // namespace
} // namespace syncer

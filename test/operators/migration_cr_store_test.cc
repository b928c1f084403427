#include "operators/migration_cr_store.h"

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
using testing::Pair;

constexpr const char* kCollection = "/apis/cns.vmware.com/v1alpha1/cnsvspherevolumemigrations";

std::string object(const std::string& id, const std::string& path) {
  json made;
  made["metadata"]["name"] = id;
  made["metadata"]["resourceVersion"] = "5";
  made["metadata"]["creationTimestamp"] = "2023-11-14T22:13:20Z";
  made["spec"]["volumeid"] = id;
  made["spec"]["volumepath"] = path;
  made["spec"]["protectvolumefromvmdelete"] = true;
  return made.dump();
}

MigrationRecord record(const char* id, const char* path) {
  MigrationRecord made;
  made.id = id;
  made.path = path;
  made.protect = true;
  return made;
}

class MigrationCrStoreTest : public testing::Test {
 protected:
  Outcome<> put(const char* id, const char* path) {
    return rig.kube.run(store.put(record(id, path)));
  }
  Outcome<> remove(const char* id) { return rig.kube.run(store.remove(id)); }

  CrRig rig;
  std::vector<std::pair<std::string, std::string>> changes;
  MigrationCrStore store{rig.deps(), [this](const InternedString& path, const VolumeId& id) {
                           changes.emplace_back(path.str(), id.str());
                         }};
};

TEST_F(MigrationCrStoreTest, FollowsTheObjectsOfTheCluster) {
  ScriptedStream& events = rig.serve(object("v1", "[ds] a.vmdk"));
  EXPECT_FALSE(store.synced());
  rig.kube.start(store.run());
  ASSERT_TRUE(store.synced());
  ASSERT_EQ(store.all().size(), 1u);
  EXPECT_EQ(store.all()[0].created, 1'700'000'000);
  EXPECT_TRUE(store.all()[0].protect);

  rig.push(events, "ADDED", object("v2", "[ds] b.vmdk"));
  rig.push(events, "DELETED", object("v1", "[ds] a.vmdk"));

  EXPECT_THAT(store.find("[ds] b.vmdk"), Optional(VolumeId("v2")));
  EXPECT_EQ(store.find("[ds] a.vmdk"), std::nullopt);
  EXPECT_THAT(changes, ElementsAre(Pair("[ds] a.vmdk", "v1"), Pair("[ds] b.vmdk", "v2"),
                                   Pair("[ds] a.vmdk", "v1")));
}

TEST_F(MigrationCrStoreTest, ObjectWithoutPathIsNamedInTheLogAndStopsNoOther) {
  rig.serve(R"({"metadata":{"name":"bad"},"spec":{"volumeid":"bad"}},)" + object("v1", "p"));

  rig.kube.start(store.run());

  EXPECT_THAT(store.find("p"), Optional(VolumeId("v1")));
  EXPECT_EQ(rig.kube.logged("name=bad unusable=\"spec.volumepath is missing or no text\""), 1u);
}

TEST_F(MigrationCrStoreTest, PutCreatesTheObjectAndKnowsItAtOnce) {
  rig.kube.http.expect("POST", kCollection).reply(201, "{}");

  ASSERT_TRUE(put("v1", "[ds] a b/c.vmdk"));

  const json sent = json::parse(rig.last().body);
  EXPECT_EQ(sent["apiVersion"], "cns.vmware.com/v1alpha1");
  EXPECT_EQ(sent["kind"], "CnsVSphereVolumeMigration");
  EXPECT_EQ(sent["metadata"], json::parse(R"({"name":"v1"})"));
  EXPECT_EQ(sent["spec"], json::parse(R"({"volumeid":"v1","volumepath":"[ds] a b/c.vmdk",
                                          "protectvolumefromvmdelete":true})"));
  EXPECT_THAT(store.find("[ds] a b/c.vmdk"), Optional(VolumeId("v1")));
}

TEST_F(MigrationCrStoreTest, ObjectThatExistsWithAnotherPathIsSuccessAndBothPathsLeadToIt) {
  ScriptedStream& events = rig.serve(object("v1", "[ds] a.vmdk"));
  rig.kube.start(store.run());
  rig.kube.http.expect("POST", kCollection).reply(409, kAlreadyExists);

  ASSERT_TRUE(put("v1", "[cluster/ds] a.vmdk"));

  EXPECT_THAT(store.find("[cluster/ds] a.vmdk"), Optional(VolumeId("v1")));
  EXPECT_THAT(store.find("[ds] a.vmdk"), Optional(VolumeId("v1")));
  EXPECT_THAT(store.paths_of("v1"), ElementsAre("[cluster/ds] a.vmdk", "[ds] a.vmdk"));
  rig.push(events, "DELETED", object("v1", "[ds] a.vmdk"));
  EXPECT_THAT(store.paths_of("v1"), IsEmpty());
}

TEST_F(MigrationCrStoreTest, RefusalNamesTheObjectAndTheReason) {
  rig.kube.http.expect("POST", kCollection)
      .reply(422, R"({"kind":"Status","code":422,"reason":"Invalid","message":"bad name"})");

  const Outcome<> refused = put("v1", "p");

  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kRejected);
  EXPECT_THAT(refused.error().detail, HasSubstr("create CnsVSphereVolumeMigration v1: "));
  EXPECT_THAT(refused.error().detail, HasSubstr("Invalid: bad name"));
  EXPECT_EQ(store.find("p"), std::nullopt);
}

TEST_F(MigrationCrStoreTest, ResourceThatIsNotInstalledIsAnErrorForPut) {
  rig.kube.http.expect("POST", kCollection).reply(404, "404 page not found");

  const Outcome<> refused = put("v1", "p");

  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kNotFound);
}

TEST_F(MigrationCrStoreTest, LostAnswerMayHaveHappenedAndTheNextTryIsSuccess) {
  rig.kube.http.expect("POST", kCollection).reply(201, "{}").held();
  std::optional<Outcome<>> first;
  asio::co_spawn(rig.kube.io, store.put(record("v1", "p")),
                 [&](const std::exception_ptr&, Outcome<> got) { first = std::move(got); });
  rig.kube.clock.advance(10s);
  ASSERT_TRUE(first.has_value());
  ASSERT_FALSE(*first);
  EXPECT_EQ(first->error().kind, ErrorKind::kTransient);
  EXPECT_EQ(store.find("p"), std::nullopt);

  rig.kube.http.expect("POST", kCollection).reply(409, kAlreadyExists);
  EXPECT_TRUE(put("v1", "p"));
  EXPECT_THAT(store.find("p"), Optional(VolumeId("v1")));
}

TEST_F(MigrationCrStoreTest, WithoutLeadershipNothingIsWritten) {
  rig.leadership.held = false;

  const Outcome<> made = put("v1", "p");
  const Outcome<> removed = remove("v1");

  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().kind, ErrorKind::kCancelled);
  ASSERT_FALSE(removed);
  EXPECT_THAT(rig.kube.http.requests(), IsEmpty());
}

TEST_F(MigrationCrStoreTest, RemoveDeletesTheObjectAndForgetsItAtOnce) {
  rig.serve(object("v1", "p"));
  rig.kube.start(store.run());
  rig.kube.http.expect("DELETE", std::string(kCollection) + "/v1").reply(200, "{}");

  EXPECT_TRUE(remove("v1"));

  EXPECT_EQ(store.find("p"), std::nullopt);
  EXPECT_THAT(store.all(), IsEmpty());
}

TEST_F(MigrationCrStoreTest, RemoveOfAnObjectThatIsGoneIsSuccess) {
  rig.kube.http.expect("DELETE", std::string(kCollection) + "/v1").reply(404, kNoSuchObject);

  EXPECT_TRUE(remove("v1"));
}

TEST_F(MigrationCrStoreTest, RemoveThatFailsKeepsWhatIsKnown) {
  rig.serve(object("v1", "p"));
  rig.kube.start(store.run());
  rig.kube.http.expect("DELETE", kCollection).reply(500, "boom");

  const Outcome<> failed = remove("v1");

  ASSERT_FALSE(failed);
  EXPECT_THAT(failed.error().detail, HasSubstr("delete CnsVSphereVolumeMigration v1: "));
  EXPECT_THAT(store.find("p"), Optional(VolumeId("v1")));
}

} // namespace
} // namespace syncer

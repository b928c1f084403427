// Custom resources, Events and the cluster's identity against the API server simulator over real
// sockets. The two share no code.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include "kube/cluster_facts.h"
#include "kube/event_recorder.h"
#include "operators/cr_topology.h"
#include "operators/migration_cr_store.h"
#include "operators/node_topology_object.h"
#include "operators/volume_info_cr_store.h"
#include "sim_kube_rig.h"

namespace syncer {
namespace {

using sim::json;
using testing::ElementsAre;
using testing::Optional;

constexpr const char* kMigrations = "cnsvspherevolumemigrations";

class CustomResources : public SimKubeTest {};

MigrationRecord record(const char* id, const char* path) {
  MigrationRecord made;
  made.id = id;
  made.path = path;
  return made;
}

json migration(const char* id, const char* path) {
  return {{"metadata", {{"name", id}}}, {"spec", {{"volumeid", id}, {"volumepath", path}}}};
}

TEST_F(CustomResources, MigrationObjectsAreFollowedCreatedAndDeleted) {
  server->put(kMigrations, migration("v1", "[ds] a.vmdk"));
  MigrationCrStore store(deps(), {});
  start(store.run());
  until([&] { return store.synced(); });
  EXPECT_THAT(store.find("[ds] a.vmdk"), Optional(VolumeId("v1")));

  const Outcome<> created = run(store.put(record("v2", "[ds] b.vmdk")));
  ASSERT_TRUE(created) << created.error().detail;
  const auto object = server->get(kMigrations, "", "v2");
  ASSERT_TRUE(object);
  EXPECT_EQ((*object)["spec"]["volumepath"], "[ds] b.vmdk");
  until([&] { return store.all().size() == 2; });

  EXPECT_TRUE(run(store.put(record("v1", "[folder/ds] a.vmdk")))); // exists already
  EXPECT_THAT(store.paths_of("v1"), ElementsAre("[ds] a.vmdk", "[folder/ds] a.vmdk"));

  EXPECT_TRUE(run(store.remove("v2")));
  EXPECT_TRUE(run(store.remove("v2"))); // gone already
  EXPECT_FALSE(server->get(kMigrations, "", "v2"));
}

TEST_F(CustomResources, CompactedHistoryIsListedAgain) {
  server->put(kMigrations, migration("v1", "p1"));
  server->put(kMigrations, migration("v2", "p2"));
  MigrationCrStore store(deps(), {});
  start(store.run());
  until([&] { return server->watches(kMigrations) == 1; });

  server->down();
  server->remove(kMigrations, "", "v1");
  server->put(kMigrations, migration("v3", "p3"));
  server->compact();
  ASSERT_TRUE(server->up());
  until([&] { return store.watch().lists() == 2; });

  EXPECT_EQ(store.find("p1"), std::nullopt);
  EXPECT_THAT(store.find("p2"), Optional(VolumeId("v2")));
  EXPECT_THAT(store.find("p3"), Optional(VolumeId("v3")));
}

TEST_F(CustomResources, ResourceThatIsDefinedLaterIsFollowedThen) {
  server->undefine(kMigrations);
  MigrationCrStore store(deps(), {});
  start(store.run());
  until([&] { return store.watch().missing(); });
  const Outcome<> refused = run(store.put(record("v1", "p1")));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kNotFound);

  server->define(kMigrations);
  server->put(kMigrations, migration("v1", "p1"));
  until([&] { return store.synced(); });

  EXPECT_THAT(store.find("p1"), Optional(VolumeId("v1")));
}

TEST_F(CustomResources, VolumeInfoOfAFileShareIsCreatedAndFollowed) {
  VolumeInfoCrStore store(deps(), kNamespace, {});
  start(store.run());
  until([&] { return store.synced(); });

  const VolumeInfo info{"file:11-22", "vc-a"};
  const Outcome<> created = run(store.put(info));
  ASSERT_TRUE(created) << created.error().detail;
  const auto object = server->get("cnsvolumeinfoes", kNamespace, "file-11-22");
  ASSERT_TRUE(object);
  EXPECT_EQ((*object)["spec"], json({{"volumeID", "file:11-22"}, {"vCenterServer", "vc-a"}}));
  until([&] { return store.watch().objects() == 1; });

  const VolumeInfo other{"file:11-22", "vc-b"};
  EXPECT_TRUE(run(store.put(other)));
  EXPECT_THAT(store.find("file:11-22"), Optional(std::string("vc-a")));
  EXPECT_TRUE(run(store.remove("file:11-22")));
  EXPECT_FALSE(server->get("cnsvolumeinfoes", kNamespace, "file-11-22"));
}

asio::awaitable<Outcome<std::optional<std::string>>> always_here(std::string) {
  co_return std::optional<std::string>("vc-a");
}

TEST_F(CustomResources, TopologyFollowsTheNodes) {
  json node = {{"metadata", {{"name", "n1"}}},
               {"spec", {{"nodeID", "n1"}, {"nodeuuid", "u1"}}},
               {"status",
                {{"status", "Success"},
                 {"topologyLabels", json::array({{{"key", "zone"}, {"value", "east"}}})}}}};
  server->put("csinodetopologies", node);
  CrTopology topology(deps(), io.get_executor(), always_here, {});
  ObjectWatch watch(deps().watch(), kNodeTopologies, topology);
  start(watch.run());
  start(topology.run());
  until([&] { return topology.synced(); });
  EXPECT_THAT(topology.vcenters("zone", "east"), ElementsAre("vc-a"));

  server->remove("csinodetopologies", "", "n1");
  until([&] { return watch.objects() == 0; });

  EXPECT_TRUE(topology.vcenters("zone", "east").empty());
}

TEST_F(CustomResources, EventIsAcceptedAndItsCountGoesUp) {
  const EventRecorder::Deps recorder{io.get_executor(), *client, clock, log, [] { return 0.0; }};
  EventRecorder events(recorder);
  EventTarget volume;
  volume.key.name = "pv-1";
  volume.uid = Uid::parse("0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9");
  start(events.run());

  events.warning(volume, "static volume provisioning failed", "no such disk");
  until([&] { return events.counts().sent + events.counts().failed == 1; });
  events.warning(volume, "static volume provisioning failed", "no such disk");
  until([&] { return events.counts().sent + events.counts().failed == 2; });

  const json stored = server->snapshot("events");
  ASSERT_EQ(stored.size(), 1u);
  EXPECT_EQ(stored[0]["count"], 2);
  EXPECT_EQ(stored[0]["involvedObject"]["name"], "pv-1");
  EXPECT_EQ(stored[0]["source"]["component"], "VSphere CSI Syncer");
}

TEST_F(CustomResources, ClusterIdComesFromTheConfigMap) {
  const ClusterFactsReader::Deps reading{*client, clock, log, [] { return 0.0; }};
  ClusterFactsReader reader(reading, kNamespace);
  const auto before = run(reader.read());
  server->put("configmaps",
              {{"metadata", {{"name", "vsphere-csi-cluster-id"}, {"namespace", kNamespace}}},
               {"data", {{"clusterID", "abc"}}}});
  const auto after = run(reader.read());

  ASSERT_TRUE(before) << before.error().detail;
  EXPECT_EQ(before->map_id, std::nullopt);
  EXPECT_FALSE(before->git_version.empty());
  ASSERT_TRUE(after);
  EXPECT_THAT(after->map_id, Optional(std::string("abc")));
}

} // namespace
} // namespace syncer

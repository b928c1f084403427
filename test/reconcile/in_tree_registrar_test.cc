#include "reconcile/in_tree_registrar.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "in_tree_rig.h"

namespace syncer {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::SizeIs;

constexpr const char* kPath = "[ds] k/a.vmdk";

class InTreeRegistrarTest : public ::testing::Test, public InTreeRig {};

TEST_F(InTreeRegistrarTest, APathIsRegisteredWithItsEntitiesAndLinked) {
  add_pv(kPath, "a").pods = {running_pod("web-1")};
  add_disk("k/a.vmdk", "id-a");
  restart();

  EXPECT_THAT(linked, ElementsAre(Pair(kPath, "id-a")));
  EXPECT_EQ(migrations.find(kPath), VolumeId("id-a"));
  EXPECT_EQ(cns.entities("id-a"), by_ref({pv_entity("pv-a"), claim_entity("claim-a", "pv-a"),
                                          pod_entity("web-1", "claim-a")}));
  ASSERT_THAT(cns.creates, SizeIs(1));
  EXPECT_EQ(cns.creates[0].backing, CnsCreate::Backing::kUrl);
  EXPECT_EQ(cns.creates[0].backing_id, url("k/a.vmdk"));
  EXPECT_EQ(cns.creates[0].name.size(), 36u);
  EXPECT_EQ(cns.creates[0].profile_id, "");
  EXPECT_THAT(events.messages, IsEmpty());
  EXPECT_THAT(doubtful, IsEmpty());
}

TEST_F(InTreeRegistrarTest, ProtectionIsWhatThisVCenterDoes) {
  add_pv(kPath, "a");
  add_disk("k/a.vmdk", "id-a");
  restart();
  EXPECT_TRUE(migrations.puts.at(0).protect);

  inventory.protects = false;
  add_pv("[ds] k/b.vmdk", "b");
  add_disk("k/b.vmdk", "id-b");
  touch("[ds] k/b.vmdk");
  EXPECT_FALSE(migrations.puts.at(1).protect);
}

TEST_F(InTreeRegistrarTest, NothingHappensBeforeTheLinksAreKnown) {
  add_pv(kPath, "a");
  add_disk("k/a.vmdk", "id-a");
  migrations.is_synced = false;
  restart();
  touch(kPath);
  clock.advance(seconds(20));
  EXPECT_THAT(cns.creates, IsEmpty());

  migrations.is_synced = true;
  clock.advance(seconds(1));
  EXPECT_THAT(linked, SizeIs(1));
}

TEST_F(InTreeRegistrarTest, NothingHappensBeforeTheViewIsSynced) {
  add_pv(kPath, "a");
  add_disk("k/a.vmdk", "id-a");
  view.is_synced = false;
  restart();
  clock.advance(seconds(20));
  EXPECT_THAT(cns.creates, IsEmpty());

  view.is_synced = true;
  clock.advance(seconds(1));
  EXPECT_THAT(linked, SizeIs(1));
}

TEST_F(InTreeRegistrarTest, ALinkedPathIsLeftAlone) {
  add_pv(kPath, "a");
  migrations.link({"id-a", kPath});
  restart();
  clock.advance(minutes(10));

  EXPECT_THAT(cns.creates, IsEmpty());
  EXPECT_EQ(inventory.datastore_reads, 0u);
  EXPECT_THAT(linked, IsEmpty());
}

TEST_F(InTreeRegistrarTest, APathThatTheControllerLinkedMeanwhileIsTold) {
  add_pv(kPath, "a");
  restart();
  EXPECT_NE(failure(kPath), "");

  migrations.link({"id-a", kPath});
  touch(kPath);

  EXPECT_THAT(linked, ElementsAre(Pair(kPath, "id-a")));
  EXPECT_EQ(failure(kPath), "");
}

TEST_F(InTreeRegistrarTest, ALinkThatSomebodyRemovedComesBack) {
  add_pv(kPath, "a");
  add_disk("k/a.vmdk", "id-a");
  restart();
  migrations.unlink("id-a");

  clock.advance(minutes(2));

  EXPECT_EQ(migrations.find(kPath), VolumeId("id-a"));
  EXPECT_THAT(cns.creates, SizeIs(2));
}

TEST_F(InTreeRegistrarTest, AnAlreadyRegisteredDiskIsAdopted) {
  add_pv(kPath, "a");
  add_disk("k/a.vmdk", "id-a");
  cns.store.create("id-a");
  restart();

  EXPECT_THAT(linked, ElementsAre(Pair(kPath, "id-a")));
  EXPECT_THAT(cns.creates, SizeIs(1));
  EXPECT_THAT(cns.entities("id-a"), IsEmpty()) << "its entities are for the reconciler to write";
  EXPECT_EQ(failure(kPath), "");
}

TEST_F(InTreeRegistrarTest, OnlyOneCallPerDiskIsUnderWay) {
  const std::string other = "[cluster/ds] k/a.vmdk";
  add_pv(kPath, "a");
  add_pv(other, "b");
  add_disk("k/a.vmdk", "id-a");
  cns.task_time = seconds(20);
  restart();
  for (int i = 0; i < 5; ++i) touch(kPath);
  touch(other);
  clock.advance(seconds(10));
  EXPECT_THAT(cns.creates, SizeIs(1));

  clock.advance(minutes(1));
  EXPECT_THAT(cns.creates, SizeIs(2));
  EXPECT_THAT(linked, SizeIs(testing::Ge(2u)));
  EXPECT_EQ(migrations.find(kPath), VolumeId("id-a"));
  EXPECT_EQ(migrations.find(other), VolumeId("id-a"));
}

TEST_F(InTreeRegistrarTest, NoMoreCallsAtOnceThanAllowed) {
  for (int i = 0; i < 20; ++i) {
    const std::string file = "k/" + std::to_string(i) + ".vmdk";
    add_pv("[ds] " + file, std::to_string(i));
    add_disk(file, "id-" + std::to_string(i));
  }
  cns.task_time = seconds(1);
  restart();
  EXPECT_THAT(cns.creates, SizeIs(4));
  EXPECT_EQ(registrar().counts().in_flight, 4u);
  EXPECT_EQ(registrar().counts().pending, 20u);

  clock.advance(seconds(5));
  EXPECT_THAT(linked, SizeIs(20));
  EXPECT_EQ(registrar().counts().pending, 0u);
}

TEST_F(InTreeRegistrarTest, APathThatNeverWorksStopsNoOther) {
  add_pv("/verdaccio/storage", "verdaccio");
  for (int i = 0; i < 100; ++i) {
    const std::string file = "k/" + std::to_string(i) + ".vmdk";
    add_pv("[ds] " + file, std::to_string(i));
    add_disk(file, "id-" + std::to_string(i));
  }
  restart();
  clock.advance(seconds(1));

  EXPECT_THAT(linked, SizeIs(100));
  EXPECT_THAT(failure("/verdaccio/storage"), HasSubstr("names no datastore"));
  EXPECT_EQ(registrar().counts().failed, 1u);
  EXPECT_THAT(events.names, ElementsAre("pv-verdaccio"));
  EXPECT_THAT(events.messages, ElementsAre(HasSubstr("/verdaccio/storage")));
}

TEST_F(InTreeRegistrarTest, PolicyByName) {
  inventory.policies["gold"] = "policy-1";
  add_pv(kPath, "a").pv.policy_name = "gold";
  add_disk("k/a.vmdk", "id-a");
  restart();

  ASSERT_THAT(cns.creates, SizeIs(1));
  EXPECT_EQ(cns.creates[0].profile_id, "policy-1");
}

TEST_F(InTreeRegistrarTest, APolicyThatIsMissingIsNamedAndTriedAgain) {
  add_pv(kPath, "a").pv.policy_name = "gold";
  add_disk("k/a.vmdk", "id-a");
  restart();
  EXPECT_THAT(cns.creates, IsEmpty());
  EXPECT_THAT(failure(kPath), HasSubstr("no storage policy \"gold\""));

  inventory.policies["gold"] = "policy-1";
  clock.advance(seconds(2));
  EXPECT_THAT(linked, SizeIs(1));
  EXPECT_EQ(failure(kPath), "");
}

TEST_F(InTreeRegistrarTest, DatacentersAreTriedInTheConfiguredOrder) {
  inventory.add("ds", "/F0/DC1");
  inventory.add("ds", "/DC2");
  options.datacenters = {" DC2", "F0/DC1", "DC0"};
  add_pv(kPath, "a");
  add_disk("k/a.vmdk", "id-a", "F0%2FDC1");
  restart();

  ASSERT_THAT(cns.creates, SizeIs(2));
  EXPECT_EQ(cns.creates[0].backing_id, url("k/a.vmdk", "DC2"));
  EXPECT_EQ(cns.creates[1].backing_id, url("k/a.vmdk", "F0%2FDC1"));
  EXPECT_THAT(linked, SizeIs(1));
}

TEST_F(InTreeRegistrarTest, EveryDatacentersRefusalIsTold) {
  inventory.add("ds", "/DC1");
  options.datacenters = {"DC0", "DC1"};
  add_pv(kPath, "a");
  restart();

  EXPECT_THAT(failure(kPath), HasSubstr("/DC0: refused by the rules; /DC1: refused by the rules"));
}

TEST_F(InTreeRegistrarTest, AHandsOffVolumeWaits) {
  BoundVolume& volume = add_pv(kPath, "a");
  volume.pv.deleting = true;
  add_disk("k/a.vmdk", "id-a");
  restart();
  EXPECT_THAT(cns.creates, IsEmpty());
  EXPECT_EQ(failure(kPath), "");

  volume.pv.deleting = false;
  touch(kPath);
  EXPECT_THAT(linked, SizeIs(1));
}

TEST_F(InTreeRegistrarTest, AnInlinePodIsRegisteredOnFirstSight) {
  Pod pod = running_pod("web-1");
  pod.phase = PodPhase::kPending;
  restart();
  view.in_tree(kPath).inline_pods.push_back(pod);
  add_disk("k/a.vmdk", "id-a");
  touch(kPath);

  EXPECT_THAT(linked, ElementsAre(Pair(kPath, "id-a")));
}

TEST_F(InTreeRegistrarTest, LabelsBeyondTheLimitsAreCutOnce) {
  cns.store.label_limit = 32;
  add_pv(kPath, "a").pv.labels = many_labels(40);
  add_pv("[ds] k/b.vmdk", "b").pv.labels = many_labels(40);
  add_disk("k/a.vmdk", "id-a");
  add_disk("k/b.vmdk", "id-b");
  options.max_in_flight = 1;
  restart();

  EXPECT_THAT(linked, SizeIs(2));
  EXPECT_THAT(cns.creates, SizeIs(3)) << "the limit is remembered";
  EXPECT_EQ(cns.entities("id-b").at(0).labels.size(), 32u);
}

TEST_F(InTreeRegistrarTest, WhoDoesNotLeadWritesNothing) {
  add_pv(kPath, "a");
  add_disk("k/a.vmdk", "id-a");
  leader.held = false;
  restart();
  clock.advance(minutes(5));
  EXPECT_THAT(cns.creates, IsEmpty());
  EXPECT_THAT(migrations.puts, IsEmpty());

  leader.held = true;
  clock.advance(seconds(1));
  EXPECT_THAT(linked, SizeIs(1));
}

TEST_F(InTreeRegistrarTest, TheLinkIsFencedToo) {
  add_pv(kPath, "a");
  add_disk("k/a.vmdk", "id-a");
  cns.task_time = seconds(5);
  restart();
  leader.held = false;
  clock.advance(minutes(5));
  EXPECT_TRUE(cns.store.contains("id-a"));
  EXPECT_THAT(migrations.puts, IsEmpty());
  EXPECT_TRUE(registrar().awaits_link("id-a"));

  leader.held = true;
  clock.advance(seconds(1));
  EXPECT_THAT(linked, SizeIs(1));
  EXPECT_THAT(cns.creates, SizeIs(1)) << "what is registered is not registered again";
  EXPECT_FALSE(registrar().awaits_link("id-a"));
}

TEST_F(InTreeRegistrarTest, StopWaitsForTheCallInFlightAndLinksItsVolume) {
  add_pv(kPath, "a");
  add_pv("[ds] k/b.vmdk", "b");
  add_disk("k/a.vmdk", "id-a");
  add_disk("k/b.vmdk", "id-b");
  cns.task_time = seconds(5);
  options.max_in_flight = 1;
  restart();
  stop();

  EXPECT_THAT(linked, SizeIs(1));
  EXPECT_THAT(cns.creates, SizeIs(1));
}

} // namespace
} // namespace syncer

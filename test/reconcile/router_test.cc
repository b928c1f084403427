#include "reconcile/router.h"

#include "router_rig.h"

namespace syncer {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class RouterTest : public RouterRig {};

TEST_F(RouterTest, WithOneVCenterEverythingIsItsOwnAndNothingIsAsked) {
  configure({&a});
  records.records["vol-1"] = "vc-elsewhere";
  placeless("vol-1");

  touch("vol-1", ChangeKind::kPod);

  EXPECT_EQ(host_of("vol-1"), "vc-a");
  EXPECT_THAT(a.told, ElementsAre(std::pair(VolumeId("vol-1"), ChangeKind::kPod)));
  EXPECT_THAT(a.cns.reads, IsEmpty());
}

TEST_F(RouterTest, RecordedVolumeIsToldToItsVCenterAlone) {
  records.records["vol-1"] = "vc-b";
  placeless("vol-1");

  touch("vol-1", ChangeKind::kClaim);

  EXPECT_THAT(b.told, ElementsAre(std::pair(VolumeId("vol-1"), ChangeKind::kClaim)));
  EXPECT_THAT(a.told, IsEmpty());
  EXPECT_THAT(a.cns.reads, IsEmpty());
}

TEST_F(RouterTest, EveryKindOfChangeBeforeTheDecisionIsToldAfterIt) {
  placeless("vol-1");
  b.cns.store.create("vol-1");
  a.cns.read_time = std::chrono::milliseconds(100);

  touch("vol-1", ChangeKind::kPod);
  touch("vol-1", ChangeKind::kClaim);
  EXPECT_THAT(b.told, IsEmpty());
  clock.advance(std::chrono::seconds(1));

  EXPECT_THAT(b.told, ElementsAre(std::pair(VolumeId("vol-1"), ChangeKind::kClaim),
                                  std::pair(VolumeId("vol-1"), ChangeKind::kPod)));
}

TEST_F(RouterTest, AffinityRoutesWithoutAsking) {
  topology.add("vc-a", "zone", "z1");
  in_zone("vol-1", "z1");

  EXPECT_EQ(host_of("vol-1"), "vc-a");
  EXPECT_THAT(a.cns.reads, IsEmpty());
}

TEST_F(RouterTest, VolumeThatNothingNamesIsNotKept) {
  touch("vol-1");

  EXPECT_EQ(host_of("vol-1"), "");
  EXPECT_EQ(router.counts().pending, 0u);
  EXPECT_EQ(router.counts().failed, 0u);
}

TEST_F(RouterTest, NothingIsDecidedBeforeTheViewIsSynced) {
  view.is_synced = false;
  records.records["vol-1"] = "vc-b";
  placeless("vol-1");

  touch("vol-1");

  EXPECT_EQ(host_of("vol-1"), "");
  EXPECT_THAT(b.told, IsEmpty());
}

TEST_F(RouterTest, VolumeWaitsForTheRecordsToBeListedWithoutBeingAFailure) {
  records.is_synced = false;
  placeless("vol-1");
  touch("vol-1");
  EXPECT_EQ(router.counts().failed, 0u);

  records.records["vol-1"] = "vc-b";
  records.is_synced = true;
  clock.advance(std::chrono::seconds(1));

  EXPECT_TRUE(b.was_told("vol-1"));
  EXPECT_THAT(a.cns.reads, IsEmpty());
}

TEST_F(RouterTest, UnknownValueIsRetriedWhenTheTopologyChanges) {
  in_zone("vol-1", "z7");
  touch("vol-1");
  EXPECT_THAT(reason("vol-1"), HasSubstr("no node of a configured vCenter carries zone=z7"));
  EXPECT_THAT(events.warnings, ElementsAre(HasSubstr("pv-vol-1")));

  topology.add("vc-b", "zone", "z7");
  router.topology_changed();
  clock.advance(std::chrono::seconds(1));

  EXPECT_TRUE(b.was_told("vol-1"));
  EXPECT_EQ(reason("vol-1"), "");
}

TEST_F(RouterTest, TopologyMovesOnlyWhatCnsHasNotShown) {
  topology.add("vc-a", "zone", "z1");
  in_zone("vol-1", "z1");
  in_zone("vol-2", "z1");
  touch("vol-1");
  touch("vol-2");
  router.present("vol-2", "vc-a");

  topology.remove("vc-a", "zone", "z1");
  topology.add("vc-b", "zone", "z1");
  router.topology_changed();
  clock.advance(std::chrono::seconds(1));

  EXPECT_EQ(host_of("vol-1"), "vc-b");
  EXPECT_TRUE(b.was_told("vol-1"));
  EXPECT_EQ(host_of("vol-2"), "vc-a");
}

TEST_F(RouterTest, NodesThatGoDoNotTakeTheDecisionAway) {
  topology.add("vc-a", "zone", "z1");
  in_zone("vol-1", "z1");
  touch("vol-1");

  topology.remove("vc-a", "zone", "z1");
  router.topology_changed();
  clock.advance(std::chrono::seconds(1));

  EXPECT_EQ(host_of("vol-1"), "vc-a");
}

TEST_F(RouterTest, RecordThatNamesAnotherVCenterMovesTheVolume) {
  topology.add("vc-a", "zone", "z1");
  in_zone("vol-1", "z1");
  touch("vol-1");
  router.present("vol-1", "vc-a");

  records.records["vol-1"] = "vc-b";
  router.changed("vol-1");

  EXPECT_EQ(host_of("vol-1"), "vc-b");
  EXPECT_TRUE(b.was_told("vol-1"));
}

TEST_F(RouterTest, UnknownHostIsAConditionUntilItIsConfigured) {
  records.records["vol-1"] = "vc-c";
  placeless("vol-1");
  touch("vol-1");
  EXPECT_EQ(host_of("vol-1"), "");
  EXPECT_THAT(reason("vol-1"), HasSubstr("vc-c"));
  EXPECT_TRUE(conditions.stands(Condition::kUnknownVCenter, "vc-c"));
  EXPECT_THAT(a.cns.reads, IsEmpty()) << "the record is not overruled by what others hold";

  configure({&a, &b, &c});

  EXPECT_TRUE(c.was_told("vol-1"));
  EXPECT_FALSE(conditions.stands(Condition::kUnknownVCenter, "vc-c"));
  EXPECT_EQ(router.counts().failed, 0u);
}

TEST_F(RouterTest, RemovedVCenterTakesOnlyItsOwnVolumesAlong) {
  configure({&a, &b, &c});
  records.records = {{"vol-a", "vc-a"}, {"vol-b", "vc-b"}, {"vol-c", "vc-c"}};
  for (const auto& [id, host] : records.records) {
    placeless(id);
    touch(id);
  }
  a.told.clear();
  c.told.clear();

  configure({&a, &c});

  EXPECT_EQ(host_of("vol-a"), "vc-a");
  EXPECT_EQ(host_of("vol-b"), "");
  EXPECT_EQ(host_of("vol-c"), "vc-c");
  EXPECT_TRUE(conditions.stands(Condition::kUnknownVCenter, "vc-b"));
  EXPECT_THAT(a.told, IsEmpty());
  EXPECT_THAT(c.told, IsEmpty());
}

TEST_F(RouterTest, RemovedVCenterIsBusyUntilItsLastReadEnds) {
  configure({&a, &b, &c});
  c.cns.read_time = std::chrono::seconds(20);
  placeless("vol-1");
  touch("vol-1");

  configure({&a, &b});
  EXPECT_TRUE(router.busy(c.cns));
  EXPECT_FALSE(router.busy(a.cns));
  clock.advance(std::chrono::seconds(20));

  EXPECT_FALSE(router.busy(c.cns));
}

TEST_F(RouterTest, RemovedVCenterIsBusyUntilItsRegistrationEnds) {
  configure({&c, &a, &b});
  share("vol-1").pv.dynamic = false;
  c.cns.store.add_share("vol-1");
  c.cns.task_time = std::chrono::seconds(20);
  touch("vol-1");

  configure({&a, &b});
  EXPECT_TRUE(router.busy(c.cns));
  clock.advance(std::chrono::seconds(20));

  EXPECT_FALSE(router.busy(c.cns));
  EXPECT_EQ(host_of("vol-1"), "") << "where it was registered is nobody's any more";
}

TEST_F(RouterTest, AddedVCenterIsAskedForWhatTheOthersDoNotHave) {
  placeless("vol-1");
  touch("vol-1");
  EXPECT_THAT(reason("vol-1"), HasSubstr("no vCenter has it"));
  c.cns.store.create("vol-1");

  configure({&a, &b, &c});

  EXPECT_TRUE(c.was_told("vol-1"));
}

TEST_F(RouterTest, SecondVCenterMakesEveryVolumeAQuestion) {
  configure({&a});
  records.records = {{"vol-a", "vc-a"}, {"vol-b", "vc-b"}};
  placeless("vol-a");
  placeless("vol-b");

  configure({&a, &b});

  EXPECT_THAT(a.told, IsEmpty()) << "its own volumes are no news to it";
  EXPECT_TRUE(b.was_told("vol-b"));
  EXPECT_EQ(host_of("vol-a"), "vc-a");
}

TEST_F(RouterTest, LastVCenterTakesOverWhatIsLeft) {
  records.records["vol-1"] = "vc-b";
  placeless("vol-1");
  touch("vol-1");
  placeless("vol-2");
  touch("vol-2", ChangeKind::kPod);
  EXPECT_EQ(router.counts().failed, 1u);

  configure({&a});

  EXPECT_TRUE(a.was_told("vol-1"));
  EXPECT_TRUE(a.was_told("vol-2"));
  EXPECT_EQ(router.counts().failed, 0u);
}

TEST_F(RouterTest, DecisionOutlivesThePvForAWhileAndNotForEver) {
  records.records["vol-1"] = "vc-b";
  placeless("vol-1");
  touch("vol-1");
  view.remove("vol-1");
  records.records.clear();
  router.changed("vol-1");
  EXPECT_EQ(host_of("vol-1"), "vc-b");

  clock.advance(std::chrono::hours(3));

  EXPECT_EQ(router.counts().routed, 0u);
}

// CNSVolumeInfo objects.

TEST_F(RouterTest, VolumeThatCnsShowsGetsItsRecordOnce) {
  topology.add("vc-a", "zone", "z1");
  in_zone("vol-1", "z1");
  touch("vol-1");
  records.write_time = std::chrono::seconds(1);
  EXPECT_THAT(records.puts, IsEmpty()) << "nothing is known of CNS yet";

  router.present("vol-1", "vc-a");
  router.present("vol-1", "vc-a");
  clock.advance(std::chrono::seconds(5));
  router.present("vol-1", "vc-a");
  clock.advance(std::chrono::seconds(5));

  EXPECT_THAT(records.puts, SizeIs(1));
  EXPECT_EQ(records.records.at("vol-1"), "vc-a");
}

TEST_F(RouterTest, RecordIsNotMadeForAVolumeOfAnotherVCenterOrWithoutPv) {
  topology.add("vc-a", "zone", "z1");
  in_zone("vol-1", "z1");
  in_zone("vol-2", "z1");
  touch("vol-1");
  touch("vol-2");
  view.remove("vol-2");

  router.present("vol-1", "vc-b");
  router.present("vol-2", "vc-a");
  clock.advance(std::chrono::seconds(5));

  EXPECT_THAT(records.puts, IsEmpty());
}

TEST_F(RouterTest, RecordIsTriedAgainUntilItIsThere) {
  topology.add("vc-a", "zone", "z1");
  in_zone("vol-1", "z1");
  touch("vol-1");
  records.failures = {Error{ErrorKind::kTransient, "reset"}, Error{ErrorKind::kTransient, "reset"}};

  router.present("vol-1", "vc-a");
  clock.advance(std::chrono::seconds(10));

  EXPECT_THAT(records.puts, SizeIs(3));
  EXPECT_TRUE(records.records.contains("vol-1"));
  EXPECT_EQ(router.counts().records_wanted, 0u);
}

TEST_F(RouterTest, RefusedRecordStopsNoOther) {
  topology.add("vc-a", "zone", "z1");
  for (const char* id : {"vol-1", "vol-2"}) {
    in_zone(id, "z1");
    touch(id);
  }
  records.refused["vol-1"] = Error{ErrorKind::kRejected, "a webhook says no"};

  router.present("vol-1", "vc-a");
  router.present("vol-2", "vc-a");
  clock.advance(std::chrono::seconds(1));

  EXPECT_TRUE(records.records.contains("vol-2"));
  EXPECT_EQ(router.counts().records_wanted, 1u);
}

TEST_F(RouterTest, RecordWaitsForLeadership) {
  topology.add("vc-a", "zone", "z1");
  in_zone("vol-1", "z1");
  touch("vol-1");
  leader.held = false;
  router.present("vol-1", "vc-a");
  clock.advance(std::chrono::seconds(10));
  EXPECT_THAT(records.puts, IsEmpty());

  leader.held = true;
  clock.advance(std::chrono::seconds(1));

  EXPECT_TRUE(records.records.contains("vol-1"));
}

TEST_F(RouterTest, RecordThatSomebodyDeletedIsMadeAgain) {
  records.records["vol-1"] = "vc-b";
  placeless("vol-1");
  touch("vol-1");

  records.records.clear();
  router.present("vol-1", "vc-b");
  clock.settle();

  EXPECT_EQ(records.records.at("vol-1"), "vc-b");
}

} // namespace
} // namespace syncer

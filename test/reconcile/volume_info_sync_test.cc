#include "reconcile/volume_info_sync.h"

#include "router_rig.h"

namespace syncer {
namespace {

using std::chrono::minutes;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class VolumeInfoSyncTest : public RouterRig {
 protected:
  VolumeInfoSyncTest() {
    topology.add("vc-a", "zone", "z1");
    topology.add("vc-b", "zone", "z2");
  }
  // One cycle of full sync has ended.
  void cycle(bool complete = true) {
    bool ended = false;
    asio::co_spawn(io, sync.after_cycle(complete),
                   [&](const std::exception_ptr& failure, const Outcome<>& outcome) {
                     if (failure) std::rethrow_exception(failure);
                     ended = true;
                     ok = static_cast<bool>(outcome);
                   });
    clock.advance(std::chrono::seconds(1));
    EXPECT_TRUE(ended);
  }
  // Two cycles, old enough.
  void two_cycles() {
    cycle();
    clock.advance(minutes(31));
    cycle();
  }

  bool ok = false;
  VolumeInfoSync sync{{view, records, a.cns, router, clock, leader, log}, "vc-a"};
};

TEST_F(VolumeInfoSyncTest, RoutedVolumeInCnsGetsItsRecord) {
  in_zone("vol-1", "z1");
  in_zone("vol-2", "z1"); // CNS does not have this one
  in_zone("vol-3", "z2"); // belongs to the other one
  a.cns.store.create("vol-1");
  a.cns.store.create("vol-3");

  cycle();

  EXPECT_TRUE(ok);
  EXPECT_EQ(records.records, (std::map<VolumeId, std::string>{{"vol-1", "vc-a"}}));
}

TEST_F(VolumeInfoSyncTest, RecordIsMadeAfterAPartialCycleToo) {
  in_zone("vol-1", "z1");
  a.cns.store.create("vol-1");

  cycle(false);

  EXPECT_TRUE(records.records.contains("vol-1"));
}

TEST_F(VolumeInfoSyncTest, QuietCycleReadsNothing) {
  in_zone("vol-1", "z1");
  records.records["vol-1"] = "vc-a";

  cycle();

  EXPECT_THAT(a.cns.reads, IsEmpty());
  EXPECT_THAT(records.puts, IsEmpty());
}

TEST_F(VolumeInfoSyncTest, RecordOfAVolumeThatIsGoneIsDeletedAfterTwoCyclesAndTheMinimumAge) {
  records.records["vol-1"] = "vc-a";
  cycle();
  EXPECT_EQ(sync.waiting(), 1u);
  clock.advance(minutes(10));
  cycle();
  EXPECT_THAT(records.removals, IsEmpty()) << "two cycles, but too young";

  clock.advance(minutes(20));
  cycle();

  EXPECT_THAT(records.removals, ElementsAre(VolumeId("vol-1")));
  EXPECT_EQ(sync.waiting(), 0u);
}

TEST_F(VolumeInfoSyncTest, OneCycleIsNotEnoughHoweverOld) {
  records.records["vol-1"] = "vc-a";

  cycle();
  clock.advance(std::chrono::hours(5));

  EXPECT_THAT(records.removals, IsEmpty());
}

TEST_F(VolumeInfoSyncTest, SecondCycleIsNeededWithoutAMinimumAgeToo) {
  VolumeInfoSyncOptions options;
  options.min_age = {};
  VolumeInfoSync hasty{{view, records, a.cns, router, clock, leader, log}, "vc-a", options};
  records.records["vol-1"] = "vc-a";
  const auto ended = [](const std::exception_ptr&, const Outcome<>&) {};

  asio::co_spawn(io, hasty.after_cycle(true), ended);
  clock.settle();
  EXPECT_THAT(records.removals, IsEmpty());
  asio::co_spawn(io, hasty.after_cycle(true), ended);
  clock.settle();

  EXPECT_THAT(records.removals, SizeIs(1));
}

TEST_F(VolumeInfoSyncTest, RecordStaysWhileCnsHasTheVolume) {
  records.records["vol-1"] = "vc-a";
  a.cns.store.create("vol-1");

  two_cycles();

  EXPECT_THAT(records.removals, IsEmpty());
}

TEST_F(VolumeInfoSyncTest, RecordStaysWhileAPvNamesTheVolume) {
  records.records["vol-1"] = "vc-a";
  placeless("vol-1");

  two_cycles();

  EXPECT_THAT(records.removals, IsEmpty());
}

TEST_F(VolumeInfoSyncTest, VolumeThatComesBackStartsAgain) {
  records.records["vol-1"] = "vc-a";
  cycle();
  placeless("vol-1");
  clock.advance(minutes(31));
  cycle();
  view.remove("vol-1");

  cycle();

  EXPECT_THAT(records.removals, IsEmpty());
}

TEST_F(VolumeInfoSyncTest, RecordsOfOtherVCentersAreNotTouched) {
  records.records = {{"vol-b", "vc-b"}, {"vol-old", "vc-gone"}};

  two_cycles();

  EXPECT_THAT(records.removals, IsEmpty());
  EXPECT_THAT(a.cns.reads, IsEmpty());
}

TEST_F(VolumeInfoSyncTest, PartialCycleNeitherDeletesNorCounts) {
  records.records["vol-1"] = "vc-a";
  cycle(false);
  clock.advance(minutes(31));
  cycle();
  EXPECT_THAT(records.removals, IsEmpty()) << "the first one did not count";
  clock.advance(minutes(31));
  cycle(false);
  EXPECT_THAT(records.removals, IsEmpty());

  cycle();

  EXPECT_THAT(records.removals, SizeIs(1));
}

TEST_F(VolumeInfoSyncTest, IncompleteViewDeletesNothing) {
  records.records["vol-1"] = "vc-a";
  view.is_complete = false;

  two_cycles();

  EXPECT_THAT(records.removals, IsEmpty());
}

TEST_F(VolumeInfoSyncTest, ReadThatFailsIsAnErrorAndDeletesNothing) {
  records.records["vol-1"] = "vc-a";
  cycle();
  clock.advance(minutes(31));
  a.cns.reads_fail = true;

  cycle();

  EXPECT_FALSE(ok);
  EXPECT_THAT(records.removals, IsEmpty());
}

TEST_F(VolumeInfoSyncTest, NothingIsDeletedWithoutLeadership) {
  records.records["vol-1"] = "vc-a";
  leader.held = false;
  two_cycles();
  EXPECT_THAT(records.removals, IsEmpty());

  leader.held = true;
  cycle();

  EXPECT_THAT(records.removals, SizeIs(1));
}

TEST_F(VolumeInfoSyncTest, FailedDeletionIsRepeatedAfterTheNextCycle) {
  records.records["vol-1"] = "vc-a";
  records.failures = {Error{ErrorKind::kTransient, "reset"}};
  two_cycles();
  EXPECT_TRUE(records.records.contains("vol-1"));

  cycle();

  EXPECT_FALSE(records.records.contains("vol-1"));
}

TEST_F(VolumeInfoSyncTest, WithOneVCenterNothingIsDone) {
  configure({&a});
  records.records["vol-1"] = "vc-a";
  placeless("vol-2");
  a.cns.store.create("vol-2");

  two_cycles();

  EXPECT_THAT(records.removals, IsEmpty());
  EXPECT_THAT(records.puts, IsEmpty());
}

} // namespace
} // namespace syncer

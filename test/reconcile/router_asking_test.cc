#include "router_rig.h"

namespace syncer {
namespace {

using std::chrono::seconds;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class RouterAsking : public RouterRig {};

TEST_F(RouterAsking, VolumeGoesToTheVCenterThatHasIt) {
  placeless("vol-1");
  b.cns.store.create("vol-1");

  touch("vol-1");

  EXPECT_EQ(host_of("vol-1"), "vc-b");
  EXPECT_TRUE(b.was_told("vol-1"));
  EXPECT_EQ(records.records.at("vol-1"), "vc-b");
}

TEST_F(RouterAsking, AffinityThatIsAmbiguousIsSettledByWhatCnsHas) {
  topology.add("vc-a", "zone", "z1");
  topology.add("vc-b", "zone", "z1");
  in_zone("vol-1", "z1");
  in_zone("vol-2", "z1");
  b.cns.store.create("vol-1");

  touch("vol-1");
  touch("vol-2");

  EXPECT_EQ(host_of("vol-1"), "vc-b");
  EXPECT_EQ(host_of("vol-2"), "");
  EXPECT_THAT(reason("vol-2"), AllOf(HasSubstr("vc-a and vc-b"), HasSubstr("zone=z1")));
}

TEST_F(RouterAsking, VolumesThatWaitShareOneReadOfAThousandAtMost) {
  for (int i = 0; i < 1500; ++i) {
    const std::string id = "vol-" + std::to_string(i);
    placeless(id);
    a.cns.store.create(id);
    router.touched(id, ChangeKind::kVolume);
  }
  clock.settle();

  ASSERT_THAT(a.cns.reads, SizeIs(2));
  EXPECT_EQ(a.cns.reads[0].size(), 1000u);
  EXPECT_EQ(a.cns.reads[1].size(), 500u);
  EXPECT_EQ(router.counts().routed, 1500u);
}

TEST_F(RouterAsking, SeveralHitsAreNamedAndNothingIsRouted) {
  placeless("vol-1");
  a.cns.store.create("vol-1");
  b.cns.store.create("vol-1");

  touch("vol-1");
  touch("vol-1");

  EXPECT_EQ(host_of("vol-1"), "");
  EXPECT_THAT(reason("vol-1"), HasSubstr("vc-a and vc-b both have it"));
  EXPECT_THAT(events.warnings, SizeIs(1));
  EXPECT_THAT(records.puts, IsEmpty());
}

TEST_F(RouterAsking, SlowerSecondHitIsWaitedForAMoment) {
  placeless("vol-1");
  a.cns.store.create("vol-1");
  b.cns.store.create("vol-1");
  b.cns.read_time = std::chrono::milliseconds(900);

  touch("vol-1");
  clock.advance(seconds(1));

  EXPECT_EQ(host_of("vol-1"), "");
  EXPECT_FALSE(a.was_told("vol-1"));
}

TEST_F(RouterAsking, SecondHitAfterTheDecisionTakesItBack) {
  placeless("vol-1");
  a.cns.store.create("vol-1");
  b.cns.store.create("vol-1");
  b.cns.read_time = seconds(5);
  records.write_time = seconds(20); // the record is not there yet
  touch("vol-1");
  clock.advance(seconds(2));
  EXPECT_EQ(host_of("vol-1"), "vc-a");

  clock.advance(seconds(4));

  EXPECT_EQ(host_of("vol-1"), "");
  EXPECT_THAT(reason("vol-1"), HasSubstr("vc-a and vc-b both have it"));
}

TEST_F(RouterAsking, BlackHoledVCenterDelaysNoVolumeOfTheOthersByMoreThanAMoment) {
  configure({&a, &b, &c});
  black_hole(b);
  placeless("vol-a");
  placeless("vol-c");
  a.cns.store.create("vol-a");
  c.cns.store.create("vol-c");

  touch("vol-a");
  touch("vol-c");
  clock.advance(seconds(1));

  EXPECT_TRUE(a.was_told("vol-a"));
  EXPECT_TRUE(c.was_told("vol-c"));
}

TEST_F(RouterAsking, VCenterKnownToBeSilentIsNotWaitedForAtAll) {
  b.cns.reads_fail = true;
  placeless("vol-1");
  touch("vol-1");
  a.cns.store.create("vol-2");
  placeless("vol-2");
  b.cns.read_time = seconds(20);

  touch("vol-2");

  EXPECT_TRUE(a.was_told("vol-2"));
}

TEST_F(RouterAsking, NothingFollowsFromAPartialAnswer) {
  black_hole(b);
  share("vol-1").pv.dynamic = false;
  a.cns.store.add_share("vol-1");

  touch("vol-1");
  clock.advance(seconds(60));

  EXPECT_EQ(host_of("vol-1"), "");
  EXPECT_THAT(a.cns.creates, IsEmpty());
  EXPECT_THAT(reason("vol-1"), HasSubstr("no answer from vc-b"));
  EXPECT_THAT(events.warnings, SizeIs(1));
}

TEST_F(RouterAsking, VolumeOfAVCenterThatComesBackIsFound) {
  b.cns.reads_fail = true;
  placeless("vol-1");
  b.cns.store.create("vol-1");
  touch("vol-1");
  EXPECT_EQ(host_of("vol-1"), "");

  b.cns.reads_fail = false;
  clock.advance(seconds(10));

  EXPECT_TRUE(b.was_told("vol-1"));
  EXPECT_EQ(router.counts().failed, 0u);
}

TEST_F(RouterAsking, AnswerThatComesAfterAllPatienceStillCounts) {
  b.cns.read_time = seconds(45);
  placeless("vol-1");
  b.cns.store.create("vol-1");
  touch("vol-1");
  clock.advance(seconds(44));
  EXPECT_EQ(host_of("vol-1"), "");

  clock.advance(seconds(1));

  EXPECT_TRUE(b.was_told("vol-1"));
}

TEST_F(RouterAsking, DynamicVolumeThatNobodyHasIsAskedForAgainLessAndLessOften) {
  placeless("vol-1").pv.dynamic = true;
  touch("vol-1");
  EXPECT_THAT(reason("vol-1"), HasSubstr("no vCenter has it"));
  clock.advance(std::chrono::minutes(30));
  EXPECT_LT(a.cns.reads.size(), 20u);
  EXPECT_THAT(a.cns.creates, IsEmpty());

  a.cns.store.create("vol-1");
  clock.advance(std::chrono::minutes(8));

  EXPECT_TRUE(a.was_told("vol-1"));
  EXPECT_THAT(events.warnings, SizeIs(1));
}

TEST_F(RouterAsking, VolumeWhosePvWentIsNoFailureAnyMore) {
  placeless("vol-1");
  touch("vol-1");
  EXPECT_EQ(router.counts().failed, 1u);

  view.remove("vol-1");
  touch("vol-1");

  EXPECT_EQ(router.counts().failed, 0u);
  EXPECT_EQ(router.counts().pending, 0u);
}

// Static file shares that no vCenter has in CNS.

class RouterShares : public RouterRig {
 protected:
  // Known by its id, so that the ordinary block rules say what it should hold.
  RouterShares() {
    view.volume(id).pv.policy = ReclaimPolicy::kRetain;
    view.volume(id).pv.dynamic = false;
  }
  const VolumeId id = "file:1";
};

TEST_F(RouterShares, ShareIsRegisteredWhereItIsAccepted) {
  b.cns.store.add_share(id);

  touch(id);

  EXPECT_EQ(host_of(id), "vc-b");
  ASSERT_THAT(a.cns.creates, SizeIs(1)) << "asked first: it is configured first";
  ASSERT_THAT(b.cns.creates, SizeIs(1));
  EXPECT_EQ(b.cns.creates[0].backing, CnsCreate::Backing::kFileId);
  EXPECT_EQ(b.cns.creates[0].backing_id, "file:1");
  EXPECT_THAT(b.cns.entities(id),
              ElementsAre(pv_entity("pv-file:1"), claim_entity("claim-file:1", "pv-file:1")));
  EXPECT_THAT(events.normals, ElementsAre(HasSubstr("vc-b")));
  EXPECT_EQ(records.records.at(id), "vc-b");
}

TEST_F(RouterShares, DynamicShareIsNotRegistered) {
  view.volume(id).pv.dynamic = true;
  a.cns.store.add_share(id);

  touch(id);

  EXPECT_THAT(a.cns.creates, IsEmpty());
}

TEST_F(RouterShares, ShareThatEveryoneRefusesIsReportedWithTheirReasonsAndTriedLater) {
  touch(id);
  EXPECT_THAT(reason(id), AllOf(HasSubstr("vc-a refuses"), HasSubstr("vc-b refuses")));
  EXPECT_THAT(events.warnings, SizeIs(1));

  a.cns.store.add_share(id);
  clock.advance(std::chrono::minutes(1));

  EXPECT_EQ(host_of(id), "vc-a");
}

TEST_F(RouterShares, LostRegistrationIsFoundByReadingAndNotRepeatedElsewhere) {
  a.cns.store.add_share(id);
  a.cns.create_mischief[0] = Mischief::kLostApplied;

  touch(id);
  EXPECT_EQ(host_of(id), "");
  clock.advance(seconds(10));

  EXPECT_EQ(host_of(id), "vc-a");
  EXPECT_THAT(a.cns.creates, SizeIs(1));
  EXPECT_THAT(b.cns.creates, IsEmpty());
}

TEST_F(RouterShares, LostRegistrationIsNotRepeatedWhileItMayStillHappen) {
  a.cns.store.add_share(id);
  a.cns.create_mischief[0] = Mischief::kLostNotApplied;

  touch(id);
  clock.advance(seconds(290));
  EXPECT_THAT(a.cns.creates, SizeIs(1));
  clock.advance(std::chrono::minutes(10));

  EXPECT_THAT(a.cns.creates, SizeIs(2));
  EXPECT_EQ(host_of(id), "vc-a");
}

TEST_F(RouterShares, UnsentRegistrationIsNotARefusal) {
  b.cns.store.add_share(id);
  a.cns.create_mischief[0] = Mischief::kUnsent;

  touch(id);
  EXPECT_THAT(b.cns.creates, IsEmpty());
  clock.advance(seconds(10));

  EXPECT_EQ(host_of(id), "vc-b");
}

TEST_F(RouterShares, NothingIsRegisteredWithoutLeadership) {
  a.cns.store.add_share(id);
  leader.held = false;

  touch(id);
  clock.advance(seconds(10));
  EXPECT_THAT(a.cns.creates, IsEmpty());
  leader.held = true;
  clock.advance(seconds(2));

  EXPECT_EQ(host_of(id), "vc-a");
}

TEST_F(RouterShares, RecordThatComesDuringTheRegistrationDecides) {
  a.cns.store.add_share(id);
  a.cns.task_time = seconds(5);
  touch(id);

  records.records[id] = "vc-b";
  router.changed(id);
  clock.advance(seconds(10));

  EXPECT_EQ(host_of(id), "vc-b");
}

} // namespace
} // namespace syncer

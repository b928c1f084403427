// Unregistering: what changes while it is under way, shares, and what becomes of the call.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "departures_rig.h"

namespace syncer {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using testing::UnorderedElementsAre;

// -- the world changes while CNS answers the read

struct Meanwhile {
  const char* name;
  std::function<void(DeparturesRig&)> change;
};
void PrintTo(const Meanwhile& meanwhile, std::ostream* out) { *out << meanwhile.name; }

class UnregisterMeanwhile : public testing::TestWithParam<Meanwhile> {};

TEST_P(UnregisterMeanwhile, IsNotWritten) {
  DeparturesRig rig;
  rig.departed("vol-1");
  rig.cns.read_time = seconds(3);
  bool done = false;
  rig.start("vol-1", [&](const Endings::Result&) { done = true; });
  ASSERT_THAT(rig.cns.reads, SizeIs(1));

  GetParam().change(rig);
  rig.clock.advance(seconds(3));

  EXPECT_TRUE(done);
  EXPECT_THAT(rig.cns.unregistered, IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(
    Rule53, UnregisterMeanwhile,
    testing::Values(
        Meanwhile{"PvComesBack", [](DeparturesRig& rig) { rig.view.volume("vol-1"); }},
        Meanwhile{"PvComesBackAndGoes",
                  [](DeparturesRig& rig) { rig.departures->volume_named("vol-1"); }},
        Meanwhile{"InTreePvComesBack", [](DeparturesRig& rig) { rig.named_by_path = {"vol-1"}; }},
        Meanwhile{"PodComes",
                  [](DeparturesRig& rig) {
                    rig.view.claim_pods[{"shop", "claim-vol-1"}] = {running_pod("web-1")};
                  }},
        Meanwhile{"LeadershipIsLost", [](DeparturesRig& rig) { rig.leader.held = false; }},
        Meanwhile{"LeadershipIsLostAndWonAgain", [](DeparturesRig& rig) { ++rig.leader.number; }},
        Meanwhile{"ViewBecomesPartial", [](DeparturesRig& rig) { rig.view.is_complete = false; }},
        Meanwhile{"ConflictArises", [](DeparturesRig& rig) { rig.no_conflict = false; }},
        Meanwhile{"FeatureIsSwitchedOn", [](DeparturesRig& rig) { rig.departures->retain(true); }},
        Meanwhile{"TooManyGoAtOnce",
                  [](DeparturesRig& rig) {
                    for (int i = 10; i < 16; ++i) {
                      const VolumeId id = "vol-" + std::to_string(i);
                      rig.departures->volume_deleted(id, rig.retained(id), true);
                    }
                  }}),
    [](const auto& info) { return info.param.name; });

// -- held as a whole

TEST(UnregisterHeld, ANewTermKnowsNothingOfTheOldOne) {
  DeparturesRig rig;
  rig.departed("vol-1");

  ++rig.leader.number;

  EXPECT_FALSE(rig.departures->due("vol-1"));
  EXPECT_THAT(rig.departures->agenda(), IsEmpty());
  rig.end("vol-1");
  EXPECT_THAT(rig.cns.unregistered, IsEmpty());
}

TEST(UnregisterHeld, ANewProcessKnowsNothingOfTheOldOne) {
  DeparturesRig rig;
  rig.departed("vol-1");

  rig.restart();

  EXPECT_FALSE(rig.departures->due("vol-1"));
  rig.end("vol-1");
  EXPECT_THAT(rig.cns.unregistered, IsEmpty());
}

TEST(UnregisterHeld, AConflictHoldsIt) {
  DeparturesRig rig;
  rig.departed("vol-1");

  rig.no_conflict = false;
  EXPECT_FALSE(rig.departures->due("vol-1"));

  rig.no_conflict = true;
  EXPECT_TRUE(rig.departures->due("vol-1"));
}

TEST(UnregisterHeld, UpsertOnlyForbidsItAndCountsIt) {
  DepartureOptions options = DeparturesRig::switched_on();
  options.upsert_only = true;
  DeparturesRig rig(options);
  rig.departed("vol-1");

  EXPECT_FALSE(rig.departures->due("vol-1"));
  rig.end("vol-1");

  EXPECT_THAT(rig.cns.unregistered, IsEmpty());
  EXPECT_EQ(rig.departures->counts().unregister.held, 1u);
}

TEST(UnregisterHeld, SwitchedOffItIsRecordedAndNotDone) {
  DeparturesRig rig{DepartureOptions()};
  rig.in_cns("vol-1");

  EXPECT_FALSE(rig.departures->volume_deleted("vol-1", rig.retained("vol-1"), true));
  rig.clock.advance(hours(1));
  rig.end("vol-1");

  EXPECT_FALSE(rig.departures->due("vol-1"));
  EXPECT_THAT(rig.cns.unregistered, IsEmpty());
  EXPECT_EQ(rig.departures->counts().unregister.held, 1u);
}

TEST(UnregisterHeld, TooManyRaiseTheConditionUntilConfirmed) {
  DeparturesRig rig;
  for (int i = 1; i <= 6; ++i) rig.in_cns("vol-" + std::to_string(i));
  for (int i = 1; i <= 6; ++i) {
    const VolumeId id = "vol-" + std::to_string(i);
    rig.departures->volume_deleted(id, rig.retained(id), true);
  }
  rig.clock.advance(hours(1));
  EXPECT_TRUE(rig.conditions_say(Condition::kMassUnregister));
  EXPECT_FALSE(rig.departures->due("vol-1"));
  EXPECT_THAT(rig.departures->unconfirmed_unregister(), SizeIs(6));

  EXPECT_EQ(rig.departures->confirm_unregister(), 6u);

  EXPECT_FALSE(rig.conditions_say(Condition::kMassUnregister));
  EXPECT_THAT(rig.departures->agenda(), SizeIs(6));
  for (int i = 1; i <= 6; ++i) rig.persist("vol-" + std::to_string(i));
  EXPECT_THAT(rig.cns.unregistered, SizeIs(6));
}

TEST(UnregisterHeld, ThePercentageIsOfTheCnsVolumesOfTheLastCompleteCycle) {
  DeparturesRig rig;
  rig.cycle({}, 700);
  for (int i = 1; i <= 7; ++i) {
    const VolumeId id = "vol-" + std::to_string(i);
    rig.departures->volume_deleted(id, rig.retained(id), true);
  }
  EXPECT_FALSE(rig.conditions_say(Condition::kMassUnregister));

  rig.departures->volume_deleted("vol-8", rig.retained("vol-8"), true);

  EXPECT_TRUE(rig.conditions_say(Condition::kMassUnregister));
}

TEST(UnregisterHeld, ACycleTakesOffWhatCameBackUntold) {
  DeparturesRig rig;
  rig.departed("vol-1");
  rig.view.volume("vol-1");
  rig.cycle({});

  rig.view.remove("vol-1"); // and nobody saw it go

  EXPECT_FALSE(rig.departures->due("vol-1"));
}

TEST(UnregisterHeld, APathThatIsNamedAgainTakesItOffThoughNothingLinksIt) {
  DeparturesRig rig;
  rig.in_cns("vol-1");
  BoundVolume last = rig.retained("vol-1");
  last.pv.in_tree_path = "[ds] a.vmdk";
  rig.departures->volume_deleted("vol-1", last, true);

  rig.departures->path_named("[ds] b.vmdk");
  EXPECT_EQ(rig.departures->counts().unregister.candidates, 1u);
  rig.departures->path_named("[ds] a.vmdk");

  EXPECT_EQ(rig.departures->counts().unregister.candidates, 0u);
}

// -- what becomes of the call

TEST(UnregisterCall, ALostReplyLeavesTheVolumeInDoubtAndIsFoundOutByReading) {
  DeparturesRig rig;
  rig.departed("vol-1");
  rig.cns.unregister_mischief[0] = Mischief::kLostApplied;
  const Clock::time_point sent = rig.clock.now();

  const Endings::Result result = rig.end("vol-1");
  EXPECT_EQ(result.lost_at, sent);
  ASSERT_TRUE(result.again);
  EXPECT_GE(*result.again, sent + seconds(300));
  EXPECT_FALSE(rig.departures->unregistered_here("vol-1"));

  rig.persist("vol-1");

  EXPECT_THAT(rig.cns.unregistered, SizeIs(1));
  EXPECT_TRUE(rig.departures->unregistered_here("vol-1"));
  EXPECT_FALSE(rig.departures->due("vol-1"));
}

TEST(UnregisterCall, ACallThatWasLostOnTheWayIsMadeAgain) {
  DeparturesRig rig;
  rig.departed("vol-1");
  rig.cns.unregister_mischief[0] = Mischief::kLostNotApplied;

  rig.persist("vol-1");

  EXPECT_THAT(rig.cns.unregistered, SizeIs(2));
  EXPECT_FALSE(rig.cns.store.contains("vol-1"));
}

TEST(UnregisterCall, AfterALostReplyEveryConditionIsAskedAnew) {
  DeparturesRig rig;
  rig.departed("vol-1");
  rig.cns.unregister_mischief[0] = Mischief::kLostNotApplied;
  rig.end("vol-1");
  rig.kube.volumes = {"pv-vol-1"};

  rig.persist("vol-1");

  EXPECT_THAT(rig.cns.unregistered, SizeIs(1));
  EXPECT_EQ(rig.departures->counts().given_up, 1u);
}

TEST(UnregisterCall, ARefusalIsTriedAgain) {
  for (const Mischief mischief : {Mischief::kRefused, Mischief::kUnsent}) {
    DeparturesRig rig;
    rig.departed("vol-1");
    rig.cns.unregister_mischief[0] = mischief;

    const Endings::Result result = rig.end("vol-1");
    EXPECT_TRUE(result.again);
    EXPECT_FALSE(result.lost_at);
    rig.persist("vol-1");

    EXPECT_FALSE(rig.cns.store.contains("vol-1"));
  }
}

TEST(UnregisterCall, AVolumeThatCnsDoesNotHaveIsOverWithoutACall) {
  DeparturesRig rig;
  rig.departed("vol-1");
  rig.cns.store.drop("vol-1");

  const Endings::Result result = rig.end("vol-1");

  EXPECT_FALSE(result.again);
  EXPECT_THAT(rig.cns.unregistered, IsEmpty());
  EXPECT_FALSE(rig.departures->due("vol-1"));
  EXPECT_FALSE(rig.departures->unregistered_here("vol-1"));
  EXPECT_EQ(rig.departures->counts().unregistered, 0u);
}

// -- shares

TEST(UnregisterShare, ItsEntitiesGoFirstAndThenTheShare) {
  DeparturesRig rig;
  rig.departed("share-1", CnsVolumeType::kFile);

  rig.end("share-1");

  ASSERT_THAT(rig.cns.updates, SizeIs(1));
  EXPECT_THAT(rig.cns.updates[0].upserts, IsEmpty());
  EXPECT_THAT(rig.cns.updates[0].removals,
              UnorderedElementsAre(pv_ref("pv-share-1"), claim_ref("claim-share-1")));
  EXPECT_THAT(rig.cns.reads, SizeIs(2));
  EXPECT_THAT(rig.cns.unregistered, ElementsAre(VolumeId("share-1")));
}

TEST(UnregisterShare, SeveralDeletedPvsAreAllAskedFor) {
  DeparturesRig rig;
  rig.in_cns("share-1", CnsVolumeType::kFile);
  rig.cns.store.set("share-1", {pv_entity("pv-share-1"), pv_entity("pv-second")});
  BoundVolume second = rig.retained("share-1");
  second.pv.name = "pv-second";
  rig.departures->volume_deleted("share-1", rig.retained("share-1"), true);
  rig.departures->volume_deleted("share-1", second, true);
  rig.clock.advance(minutes(5));

  rig.end("share-1");

  EXPECT_EQ(rig.kube.gets, 2u);
  EXPECT_THAT(rig.cns.unregistered, ElementsAre(VolumeId("share-1")));
}

TEST(UnregisterShare, APodEntityThatIsLeftKeepsIt) {
  DeparturesRig rig;
  rig.departed("share-1", CnsVolumeType::kFile);
  rig.cns.store.set("share-1", {pv_entity("pv-share-1"), pod_entity("web-1", "claim-share-1")});

  rig.end("share-1");

  EXPECT_THAT(rig.cns.unregistered, IsEmpty());
  EXPECT_THAT(rig.cns.entities("share-1"), ElementsAre(pod_entity("web-1", "claim-share-1")));
  EXPECT_EQ(rig.departures->counts().given_up, 1u);
}

TEST(UnregisterShare, AnEntityOfAnotherClusterKeepsItAndOursToo) {
  DeparturesRig rig;
  rig.departed("share-1", CnsVolumeType::kFile);
  rig.cns.store.traits("share-1").others = true;

  rig.end("share-1");

  EXPECT_THAT(rig.cns.unregistered, IsEmpty());
  EXPECT_THAT(rig.cns.updates, IsEmpty());
}

TEST(UnregisterShare, AnotherClusterThatComesMeanwhileKeepsIt) {
  DeparturesRig rig;
  rig.departed("share-1", CnsVolumeType::kFile);
  rig.cns.task_time = seconds(3);
  rig.start("share-1", [](const Endings::Result&) {});
  ASSERT_THAT(rig.cns.updates, SizeIs(1));

  rig.cns.store.traits("share-1").others = true;
  rig.clock.advance(seconds(10));

  EXPECT_THAT(rig.cns.unregistered, IsEmpty());
  EXPECT_EQ(rig.departures->counts().given_up, 1u);
}

TEST(UnregisterShare, AVolumeOfUnknownTypeIsTreatedAsAShare) {
  DeparturesRig rig;
  rig.departed("vol-1", CnsVolumeType::kUnknown);
  rig.cns.store.set("vol-1", {pv_entity("pv-vol-1"), pod_entity("web-1", "claim-vol-1")});

  rig.end("vol-1");

  EXPECT_THAT(rig.cns.unregistered, IsEmpty());
}

TEST(UnregisterShare, WithoutLeadershipItsEntitiesStay) {
  DeparturesRig rig;
  rig.departed("share-1", CnsVolumeType::kFile);
  rig.cns.read_time = seconds(3);
  rig.start("share-1", [](const Endings::Result&) {});
  rig.leader.held = false;

  rig.clock.advance(seconds(10));

  EXPECT_THAT(rig.cns.updates, IsEmpty());
}

TEST(UnregisterShare, ARemovalWhoseReplyWasLostIsFoundOutByReading) {
  for (const Mischief mischief : {Mischief::kLostApplied, Mischief::kLostNotApplied}) {
    DeparturesRig rig;
    rig.departed("share-1", CnsVolumeType::kFile);
    rig.cns.update_mischief[0] = mischief;

    EXPECT_TRUE(rig.end("share-1").lost_at);
    // With its entities our cluster id may be gone.
    if (mischief == Mischief::kLostApplied) rig.cns.store.traits("share-1").ours = false;
    rig.persist("share-1");

    EXPECT_THAT(rig.cns.unregistered, ElementsAre(VolumeId("share-1")));
  }
}

TEST(UnregisterShare, ARefusedRemovalIsTriedAgain) {
  DeparturesRig rig;
  rig.departed("share-1", CnsVolumeType::kFile);
  rig.cns.update_mischief[0] = Mischief::kRefused;

  EXPECT_TRUE(rig.end("share-1").again);
  EXPECT_THAT(rig.cns.unregistered, IsEmpty());
  rig.persist("share-1");

  EXPECT_THAT(rig.cns.unregistered, ElementsAre(VolumeId("share-1")));
}

} // namespace
} // namespace syncer

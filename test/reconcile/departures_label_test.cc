#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "departures_rig.h"
#include "reconcile/label_limits.h"

namespace syncer {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

const Labels kLabelled = make_labels({{"pv_missing", "true"}});

TEST(Label, AMissingVolumeIsReadAndLabelledOnce) {
  DeparturesRig rig;
  rig.missing("vol-1");
  ASSERT_TRUE(rig.departures->due("vol-1"));

  const Endings::Result result = rig.end("vol-1");

  EXPECT_FALSE(result.again);
  EXPECT_THAT(rig.cns.reads, SizeIs(1));
  EXPECT_THAT(rig.cns.updates, SizeIs(1));
  EXPECT_THAT(
      rig.cns.entities("vol-1"),
      ElementsAre(pv_entity("pv-vol-1", make_labels({{"pv_missing", "true"}, {"team", "blue"}})),
                  claim_entity("claim-vol-1", "pv-vol-1")));
  EXPECT_FALSE(rig.departures->due("vol-1"));
  EXPECT_EQ(rig.departures->counts().labelled, 1u);
  EXPECT_THAT(rig.cns.unregistered, IsEmpty());
}

TEST(Label, ALabelThatIsThereAlreadyCostsNoWrite) {
  DeparturesRig rig;
  rig.in_cns("vol-1");
  rig.missing("vol-1");
  rig.cns.store.set("vol-1", {pv_entity("pv-vol-1", kLabelled)});

  rig.end("vol-1");

  EXPECT_THAT(rig.cns.updates, IsEmpty());
  EXPECT_FALSE(rig.departures->due("vol-1"));
}

// -- what ends it without a write

struct Reason {
  const char* name;
  std::function<void(DeparturesRig&)> spoil;
};
void PrintTo(const Reason& reason, std::ostream* out) { *out << reason.name; }

const std::string kClaimUid = "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0";

class LabelWithheld : public testing::TestWithParam<Reason> {};

TEST_P(LabelWithheld, TheVolumeIsNotMissing) {
  DeparturesRig rig;
  rig.missing("vol-1", "pvc-" + kClaimUid);
  GetParam().spoil(rig);

  const Endings::Result result = rig.end("vol-1");

  EXPECT_THAT(rig.cns.updates, IsEmpty());
  EXPECT_FALSE(result.again);
  EXPECT_FALSE(rig.departures->due("vol-1"));
  EXPECT_EQ(rig.departures->counts().missing.missing, 0u);
}

INSTANTIATE_TEST_SUITE_P(
    Rule55, LabelWithheld,
    testing::Values(Reason{"PvIsBack", [](DeparturesRig& rig) { rig.view.volume("vol-1"); }},
                    Reason{"PvOfAnyPhaseIsBack",
                           [](DeparturesRig& rig) {
                             rig.view.volume("vol-1").pv.phase = VolumePhase::kFailed;
                           }},
                    Reason{"InTreePathIsNamed",
                           [](DeparturesRig& rig) { rig.named_by_path = {"vol-1"}; }},
                    Reason{"ClaimIsPending",
                           [](DeparturesRig& rig) { rig.view.pending = {Uid::parse(kClaimUid)}; }},
                    Reason{"GoneFromCns", [](DeparturesRig& rig) { rig.cns.store.drop("vol-1"); }},
                    Reason{"NotOursAnyMore",
                           [](DeparturesRig& rig) { rig.cns.store.traits("vol-1").ours = false; }}),
    [](const auto& info) { return info.param.name; });

TEST(Label, AnotherPendingClaimDoesNotWithholdIt) {
  DeparturesRig rig;
  rig.missing("vol-1", "pvc-" + kClaimUid);
  rig.view.pending = {Uid::parse("11111111-4b5a-6978-8796-a5b4c3d2e1f0")};

  rig.end("vol-1");

  EXPECT_EQ(rig.departures->counts().labelled, 1u);
}

// -- what only holds it

class LabelDelay : public testing::TestWithParam<Reason> {};

TEST_P(LabelDelay, IsTriedAgainLater) {
  DeparturesRig rig;
  rig.missing("vol-1");
  GetParam().spoil(rig);

  const Endings::Result result = rig.end("vol-1");
  ASSERT_TRUE(result.again);
  EXPECT_GT(*result.again, rig.clock.now());
  EXPECT_THAT(rig.cns.updates, IsEmpty());

  rig.cns.reads_fail = false;
  rig.leader.held = true;
  rig.view.is_complete = true;
  rig.doubtful.clear();
  rig.persist("vol-1");
  EXPECT_EQ(rig.departures->counts().labelled, 1u);
}

INSTANTIATE_TEST_SUITE_P(
    Rule55, LabelDelay,
    testing::Values(Reason{"CnsReadFails", [](DeparturesRig& rig) { rig.cns.reads_fail = true; }},
                    Reason{"NotLeading", [](DeparturesRig& rig) { rig.leader.held = false; }},
                    Reason{"PartialView", [](DeparturesRig& rig) { rig.view.is_complete = false; }},
                    Reason{"InDoubt", [](DeparturesRig& rig) { rig.doubtful = {"vol-1"}; }}),
    [](const auto& info) { return info.param.name; });

class LabelMeanwhile : public testing::TestWithParam<Reason> {};

TEST_P(LabelMeanwhile, IsNotWritten) {
  DeparturesRig rig;
  rig.missing("vol-1");
  rig.cns.read_time = seconds(3);
  rig.start("vol-1", [](const Endings::Result&) {});
  ASSERT_THAT(rig.cns.reads, SizeIs(1));

  GetParam().spoil(rig);
  rig.clock.advance(seconds(3));

  EXPECT_THAT(rig.cns.updates, IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(
    Rule55, LabelMeanwhile,
    testing::Values(Reason{"PvComesBack", [](DeparturesRig& rig) { rig.view.volume("vol-1"); }},
                    Reason{"PvComesBackTold",
                           [](DeparturesRig& rig) { rig.departures->volume_named("vol-1"); }},
                    Reason{"LeadershipIsLost", [](DeparturesRig& rig) { rig.leader.held = false; }},
                    Reason{"ViewBecomesPartial",
                           [](DeparturesRig& rig) { rig.view.is_complete = false; }},
                    Reason{"ConflictArises", [](DeparturesRig& rig) { rig.no_conflict = false; }},
                    Reason{"TooManyAreMissing",
                           [](DeparturesRig& rig) {
                             rig.cycle({"vol-1", "vol-2", "vol-3"}, 20);
                           }}),
    [](const auto& info) { return info.param.name; });

// -- held as a whole

TEST(LabelHeld, SwitchedOffUpsertOnlyOrInConflictNothingIsDue) {
  DepartureOptions upsert_only = DeparturesRig::switched_on();
  upsert_only.upsert_only = true;
  for (const DepartureOptions& options : {DepartureOptions(), upsert_only}) {
    DeparturesRig rig(options);
    rig.missing("vol-1");

    EXPECT_FALSE(rig.departures->due("vol-1"));
    rig.end("vol-1");
    EXPECT_THAT(rig.cns.updates, IsEmpty());
    EXPECT_EQ(rig.departures->counts().missing.held, 1u);
  }
  DeparturesRig rig;
  rig.missing("vol-1");
  rig.no_conflict = false;
  EXPECT_FALSE(rig.departures->due("vol-1"));
}

TEST(LabelHeld, ANewProcessStartsOver) {
  DeparturesRig rig;
  rig.missing("vol-1");

  rig.restart();
  rig.cycle({"vol-1"});

  EXPECT_FALSE(rig.departures->due("vol-1"));
}

TEST(LabelHeld, TooManyRaiseTheConditionUntilConfirmed) {
  DepartureOptions options = DeparturesRig::switched_on();
  options.vcenter = "vc-1";
  DeparturesRig rig(options);
  const std::vector<VolumeId> ids{"vol-1", "vol-2", "vol-3"};
  for (const VolumeId& id : ids) rig.in_cns(id);
  rig.cycle(ids, 20);
  rig.clock.advance(minutes(30));
  rig.cycle(ids, 20);
  EXPECT_TRUE(rig.conditions_say(Condition::kMassMissing));
  EXPECT_TRUE(rig.departures->mass_missing());
  EXPECT_FALSE(rig.departures->due("vol-1"));

  EXPECT_EQ(rig.departures->confirm_missing(), 3u);

  EXPECT_FALSE(rig.conditions_say(Condition::kMassMissing));
  EXPECT_THAT(rig.departures->agenda(), SizeIs(3));
  for (const VolumeId& id : ids) rig.persist(id);
  EXPECT_EQ(rig.departures->counts().labelled, 3u);
}

TEST(LabelHeld, TheConditionStandsForOneVCenter) {
  DeparturesRig rig;
  rig.cycle({"vol-1", "vol-2", "vol-3"}, 20);

  EXPECT_TRUE(rig.conditions.stands(Condition::kMassMissing, "vc-1"));
  EXPECT_FALSE(rig.conditions.stands(Condition::kMassMissing, "vc-2"));
}

TEST(LabelHeld, ANameByAPathThatIsNotOursBeginsTheWaitAnew) {
  DeparturesRig rig;
  rig.in_cns("vol-1");
  rig.cycle({"vol-1"});
  rig.clock.advance(minutes(29));

  rig.named_by_path = {"vol-1"};
  rig.departures->touched("vol-1");
  rig.named_by_path = {};
  rig.departures->touched("vol-1");
  rig.clock.advance(minutes(1));
  rig.cycle({"vol-1"});
  EXPECT_FALSE(rig.departures->due("vol-1"));
  EXPECT_THAT(rig.departures->agenda(), IsEmpty());

  rig.clock.advance(minutes(30));
  rig.cycle({"vol-1"});
  EXPECT_TRUE(rig.departures->due("vol-1"));
}

// -- what becomes of the call

TEST(LabelCall, ALostReplyIsFoundOutByReading) {
  DeparturesRig rig;
  rig.missing("vol-1");
  rig.cns.update_mischief[0] = Mischief::kLostApplied;
  const Clock::time_point sent = rig.clock.now();

  const Endings::Result result = rig.end("vol-1");
  EXPECT_EQ(result.lost_at, sent);
  ASSERT_TRUE(result.again);
  EXPECT_GE(*result.again, sent + seconds(300));
  EXPECT_TRUE(rig.departures->due("vol-1"));
  rig.persist("vol-1");

  EXPECT_THAT(rig.cns.updates, SizeIs(1));
  EXPECT_FALSE(rig.departures->due("vol-1"));
}

TEST(LabelCall, ADoubtIsWaitedOutEvenIfNobodyNoticesThatItIsOver) {
  DeparturesRig rig;
  rig.missing("vol-1");
  rig.doubtful = {"vol-1"};

  const Endings::Result result = rig.end("vol-1");
  ASSERT_TRUE(result.again);
  EXPECT_EQ(*result.again, rig.clock.now() + seconds(300));
  EXPECT_THAT(rig.cns.reads, IsEmpty());
  rig.persist("vol-1");

  EXPECT_EQ(rig.departures->counts().labelled, 1u);
}

TEST(LabelCall, CyclesDuringTheDoubtDoNotMakeItStartOver) {
  DeparturesRig rig;
  rig.missing("vol-1");
  rig.cns.update_mischief[0] = Mischief::kLostNotApplied;
  rig.end("vol-1");

  for (int i = 0; i < 4; ++i) {
    rig.clock.advance(minutes(1));
    rig.cycle({}); // a volume in doubt is not listed
  }

  EXPECT_TRUE(rig.departures->due("vol-1"));
}

TEST(LabelCall, ACallThatWasLostOnTheWayIsMadeAgain) {
  DeparturesRig rig;
  rig.missing("vol-1");
  rig.cns.update_mischief[0] = Mischief::kLostNotApplied;

  rig.persist("vol-1");

  EXPECT_THAT(rig.cns.updates, SizeIs(2));
  EXPECT_EQ(rig.departures->counts().labelled, 1u);
}

TEST(LabelCall, ARefusalIsTriedAgainUntilAcknowledged) {
  DeparturesRig rig;
  rig.missing("vol-1");
  for (std::size_t call = 0; call < 10; ++call) rig.cns.update_mischief[call] = Mischief::kRefused;

  rig.persist("vol-1", hours(2));

  EXPECT_THAT(rig.cns.updates, SizeIs(11));
  EXPECT_EQ(rig.departures->counts().labelled, 1u);
}

TEST(LabelCall, BeyondTheLimitsOtherLabelsGoAndThisOneStays) {
  DeparturesRig rig;
  rig.missing("vol-1");
  rig.cns.store.label_limit = kMaxLabels;
  rig.cns.store.set("vol-1", {pv_entity("pv-vol-1", many_labels(kMaxLabels))});

  rig.end("vol-1");

  EXPECT_THAT(rig.cns.updates, SizeIs(2));
  Labels expected = many_labels(kMaxLabels - 1);
  expected.emplace_back("pv_missing", "true");
  EXPECT_THAT(rig.cns.entities("vol-1"), ElementsAre(pv_entity("pv-vol-1", expected)));
}

TEST(LabelCall, TheLimitIsRemembered) {
  DeparturesRig rig;
  rig.cns.store.label_limit = kMaxLabels;
  rig.in_cns("vol-1");
  rig.in_cns("vol-2");
  for (const char* id : {"vol-1", "vol-2"})
    rig.cns.store.set(id, {pv_entity("pv", many_labels(kMaxLabels))});
  rig.cycle({"vol-1", "vol-2"});
  rig.clock.advance(minutes(30));
  rig.cycle({"vol-1", "vol-2"});

  rig.end("vol-1");
  rig.end("vol-2");

  EXPECT_THAT(rig.cns.updates, SizeIs(3));
  EXPECT_EQ(rig.departures->counts().labelled, 2u);
}

TEST(LabelCall, WithinTheLimitsAnInvalidArgumentIsNotSentTwice) {
  DeparturesRig rig;
  rig.missing("vol-1");
  rig.cns.update_mischief[0] = Mischief::kInvalidArgument;

  EXPECT_TRUE(rig.end("vol-1").again);

  EXPECT_THAT(rig.cns.updates, SizeIs(1));
}

TEST(LabelCall, OneRefusedVolumeDoesNotStopTheNext) {
  DeparturesRig rig;
  rig.in_cns("vol-1");
  rig.in_cns("vol-2");
  rig.cycle({"vol-1", "vol-2"});
  rig.clock.advance(minutes(30));
  rig.cycle({"vol-1", "vol-2"});
  rig.cns.update_mischief[0] = Mischief::kRefused;

  rig.end("vol-1");
  rig.end("vol-2");

  EXPECT_TRUE(rig.departures->due("vol-1"));
  EXPECT_FALSE(rig.departures->due("vol-2"));
}

} // namespace
} // namespace syncer

#include "reconcile/adopt.h"

#include "adopt_rig.h"

namespace syncer {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::UnorderedElementsAre;
using State = AdoptRow::State;

class AdoptTest : public AdoptRig {};

TEST_F(AdoptTest, DryRunSaysWhatWouldBeDoneAndWritesNothing) {
  options.dry_run = true;
  left_by_old("vol-1");

  begin();

  ASSERT_TRUE(ended) << "a dry run has nothing to wait for";
  const AdoptReport report = result->value();
  const AdoptRow& one = row(report, "vol-1");
  EXPECT_EQ(one.state, State::kPlanned);
  EXPECT_EQ(one.pv, "pv-vol-1");
  EXPECT_THAT(one.add, ElementsAre(pv_ref("pv-vol-1"), claim_ref("claim-vol-1")));
  EXPECT_THAT(one.remove, UnorderedElementsAre(pv_ref("pv-vol-1"), claim_ref("claim-vol-1"),
                                               pod_ref("pod-of-old")));
  EXPECT_THAT(ours.updates, IsEmpty());
  EXPECT_THAT(old.updates, IsEmpty());
}

TEST_F(AdoptTest, DryRunIsTheDefault) { EXPECT_TRUE(AdoptOptions().dry_run); }

TEST_F(AdoptTest, OursComeAndOldsGo) {
  left_by_old("vol-1");

  const AdoptReport report = run();

  EXPECT_EQ(report.refused, "");
  EXPECT_EQ(row(report, "vol-1").state, State::kDone);
  EXPECT_THAT(by_ref(shared.of("new", "vol-1")), wanted("vol-1"));
  EXPECT_FALSE(shared.volumes["vol-1"].clusters.contains("old"));
}

TEST_F(AdoptTest, OursAreThereBeforeTheFirstOfOldsGoes) {
  left_by_old("vol-1");
  bool checked = false;
  old.after = [&](const CnsUpdate&) {
    checked = true;
    EXPECT_THAT(by_ref(shared.of("new", "vol-1")), wanted("vol-1"));
  };

  run();

  EXPECT_TRUE(checked);
}

TEST_F(AdoptTest, NothingIsWrittenBeforeTheWaitIsOver) {
  left_by_old("vol-1");

  begin();
  clock.advance(std::chrono::minutes(10) - std::chrono::seconds(1));
  EXPECT_THAT(ours.updates, IsEmpty());
  clock.advance(std::chrono::minutes(1));

  EXPECT_THAT(ours.updates, SizeIs(1));
  EXPECT_THAT(phases, Contains(Adopt::Progress::Phase::kWaiting));
  EXPECT_EQ(phases.back(), Adopt::Progress::Phase::kWriting);
}

TEST_F(AdoptTest, ThirdClusterIsNotTouched) {
  left_by_old("vol-1");
  const std::vector<CnsEntity> theirs = {pv_entity("pv-vol-1"), pod_entity("p", "c")};
  shared.of("third", "vol-1") = theirs;

  run();

  EXPECT_EQ(shared.of("third", "vol-1"), theirs);
  EXPECT_FALSE(shared.volumes["vol-1"].clusters.contains("old"));
}

TEST_F(AdoptTest, VolumeWithoutPvHereIsListedAndUntouched) {
  shared.of("old", "vol-9") = {pv_entity("pv-of-somebody")};

  const AdoptReport report = run();

  EXPECT_EQ(row(report, "vol-9").state, State::kUntouched);
  EXPECT_THAT(row(report, "vol-9").remove, IsEmpty());
  EXPECT_THAT(shared.of("old", "vol-9"), SizeIs(1));
  EXPECT_THAT(old.updates, IsEmpty());
}

TEST_F(AdoptTest, VolumeThatOldDoesNotHaveIsNoConcernOfAdopt) {
  view.volume("vol-1");
  shared.of("third", "vol-1") = {pv_entity("pv-vol-1")};

  EXPECT_THAT(run().rows, IsEmpty());
  EXPECT_THAT(ours.updates, IsEmpty());
}

TEST_F(AdoptTest, VolumeThatIsHandsOffKeepsWhatItHas) {
  left_by_old("vol-1").pv.phase = VolumePhase::kReleased;

  const AdoptReport report = run();

  EXPECT_EQ(row(report, "vol-1").state, State::kSkipped);
  EXPECT_THAT(row(report, "vol-1").detail, HasSubstr("controller_owns"));
  EXPECT_THAT(shared.of("old", "vol-1"), SizeIs(3));
}

TEST_F(AdoptTest, SomebodyWhoStillWritesUnderOldStopsEverything) {
  left_by_old("vol-1");
  left_by_old("vol-2");
  begin();
  shared.of("old", "vol-2").front().labels = make_labels({{"app", "db"}});
  clock.advance(std::chrono::hours(1));

  ASSERT_TRUE(ended);
  EXPECT_THAT(result->value().refused, AllOf(HasSubstr("old"), HasSubstr("vol-2")));
  EXPECT_THAT(ours.updates, IsEmpty());
  EXPECT_THAT(old.updates, IsEmpty());
}

TEST_F(AdoptTest, VolumeThatComesOrGoesUnderOldIsAWriteToo) {
  left_by_old("vol-1");
  begin();
  shared.of("old", "vol-new") = {pv_entity("pv-new")};
  clock.advance(std::chrono::hours(1));
  EXPECT_THAT(result->value().refused, HasSubstr("vol-new"));

  begin();
  shared.volumes.erase("vol-new");
  clock.advance(std::chrono::hours(1));
  EXPECT_THAT(result->value().refused, HasSubstr("vol-new"));
}

TEST_F(AdoptTest, ChangeAfterTheSecondReadSparesThatVolume) {
  options.max_in_flight = 1;
  left_by_old("vol-1");
  left_by_old("vol-2");
  ours.after = [&](const CnsUpdate& call) {
    if (call.id == VolumeId("vol-1")) shared.of("old", "vol-2").pop_back();
  };

  const AdoptReport report = run();

  EXPECT_EQ(row(report, "vol-1").state, State::kDone);
  EXPECT_EQ(row(report, "vol-2").state, State::kFailed);
  EXPECT_THAT(row(report, "vol-2").detail, HasSubstr("changed meanwhile"));
  EXPECT_THAT(shared.of("old", "vol-2"), SizeIs(2));
}

TEST_F(AdoptTest, OneFailureStopsNoOtherVolumeAndKeepsOldsEntities) {
  left_by_old("vol-1");
  left_by_old("vol-2");
  WriteResult refusal;
  refusal.end = WriteEnd::kRefused;
  refusal.error = {ErrorKind::kRejected, "file is locked"};
  ours.refused["vol-1"] = refusal;

  const AdoptReport report = run();

  EXPECT_EQ(row(report, "vol-1").state, State::kFailed);
  EXPECT_EQ(row(report, "vol-1").detail, "file is locked");
  EXPECT_THAT(shared.of("old", "vol-1"), SizeIs(3));
  EXPECT_EQ(row(report, "vol-2").state, State::kDone);
}

TEST_F(AdoptTest, LostReplyIsAFailureAndRepeatingHealsIt) {
  left_by_old("vol-1");
  WriteResult lost;
  lost.error = {ErrorKind::kTransient, "reset"};
  ours.refused["vol-1"] = lost;
  EXPECT_EQ(row(run(), "vol-1").state, State::kFailed);
  EXPECT_THAT(old.updates, IsEmpty());

  ours.refused.clear();

  EXPECT_EQ(row(run(), "vol-1").state, State::kDone);
  EXPECT_FALSE(shared.volumes["vol-1"].clusters.contains("old"));
}

TEST_F(AdoptTest, DoneTwiceIsDoneOnce) {
  left_by_old("vol-1");
  run();
  ours.updates.clear();
  old.updates.clear();

  EXPECT_THAT(run().rows, IsEmpty());

  EXPECT_THAT(ours.updates, IsEmpty());
  EXPECT_THAT(old.updates, IsEmpty());
}

TEST_F(AdoptTest, OursThatAreCompleteAreNotSentAgain) {
  left_by_old("vol-1");
  shared.of("new", "vol-1") = wanted("vol-1");

  const AdoptReport report = run();

  EXPECT_THAT(row(report, "vol-1").add, IsEmpty());
  EXPECT_THAT(ours.updates, IsEmpty());
  EXPECT_FALSE(shared.volumes["vol-1"].clusters.contains("old"));
}

TEST_F(AdoptTest, InterruptedRunIsContinuedByTheNext) {
  options.max_in_flight = 1;
  for (const char* id : {"vol-1", "vol-2", "vol-3"}) left_by_old(id);
  ours.after = [&](const CnsUpdate& call) {
    if (call.id == VolumeId("vol-2")) adopt->stop();
  };
  const AdoptReport first = run();
  EXPECT_THAT(first.refused, HasSubstr("run it again"));
  EXPECT_EQ(row(first, "vol-3").state, State::kPlanned);
  ours.after = {};

  const AdoptReport second = run();

  EXPECT_EQ(second.refused, "");
  for (const char* id : {"vol-1", "vol-2", "vol-3"}) {
    EXPECT_THAT(by_ref(shared.of("new", id)), wanted(id));
    EXPECT_FALSE(shared.volumes[id].clusters.contains("old"));
  }
}

TEST_F(AdoptTest, StopDuringTheWaitWritesNothing) {
  left_by_old("vol-1");
  begin();
  clock.advance(std::chrono::minutes(5));

  adopt->stop();
  clock.advance(std::chrono::seconds(10));

  ASSERT_TRUE(ended);
  EXPECT_THAT(result->value().refused, HasSubstr("before anything was written"));
  EXPECT_THAT(ours.updates, IsEmpty());
}

TEST_F(AdoptTest, LostLeadershipEndsItBetweenTwoWrites) {
  options.max_in_flight = 1;
  left_by_old("vol-1");
  left_by_old("vol-2");
  ours.after = [&](const CnsUpdate&) { leader.held = false; };

  const AdoptReport report = run();

  EXPECT_THAT(report.refused, HasSubstr("leadership"));
  EXPECT_EQ(row(report, "vol-1").state, State::kFailed);
  EXPECT_THAT(old.updates, IsEmpty());
  EXPECT_EQ(row(report, "vol-2").state, State::kPlanned);
}

TEST_F(AdoptTest, BlockVolumeLosesOneEntityOfAKindPerCall) {
  left_by_old("vol-1");
  shared.of("old", "vol-1").push_back(pod_entity("pod-2-of-old", "claim-vol-1"));

  EXPECT_EQ(row(run(), "vol-1").state, State::kDone);

  EXPECT_THAT(old.updates, SizeIs(2));
  EXPECT_FALSE(shared.volumes["vol-1"].clusters.contains("old"));
}

TEST_F(AdoptTest, LabelsBeyondTheLimitsAreCutOnce) {
  left_by_old("vol-1").pv.labels = many_labels(40);
  shared.label_limit = 32;

  EXPECT_EQ(row(run(), "vol-1").state, State::kDone);

  EXPECT_THAT(ours.updates, SizeIs(2));
  EXPECT_FALSE(shared.volumes["vol-1"].clusters.contains("old"));
}

TEST_F(AdoptTest, PagesAreNoLargerThanAsked) {
  options.dry_run = true;
  options.page = 2;
  for (int i = 0; i < 5; ++i) left_by_old("vol-" + std::to_string(i));

  begin();

  EXPECT_EQ(old.pages, 3u);
  EXPECT_THAT(result->value().rows, SizeIs(5));
}

TEST_F(AdoptTest, OwnIdAndNoIdAreRefusedAtOnce) {
  for (const char* id : {"new", ""}) {
    options.old_id = id;
    begin();
    ASSERT_TRUE(ended);
    EXPECT_FALSE(*result);
  }
  EXPECT_EQ(old.pages, 0u);
}

TEST_F(AdoptTest, WithoutTheListOfPvsNothingIsConcluded) {
  view.is_synced = false;

  begin();

  EXPECT_TRUE(ended);
  EXPECT_FALSE(*result);
}

TEST_F(AdoptTest, ReadThatFailsIsAnErrorThatSaysWhat) {
  left_by_old("vol-1");
  old.read_error = Error{ErrorKind::kTransient, "connection refused"};

  begin();

  ASSERT_TRUE(ended);
  ASSERT_FALSE(*result);
  EXPECT_THAT(result->error().detail, AllOf(HasSubstr("old"), HasSubstr("connection refused")));
}

TEST(RemovalCalls, FileVolumeLosesEverythingInOneCall) {
  const std::vector<CnsEntity> entities = {pod_entity("a", "c"), pod_entity("b", "c")};

  EXPECT_THAT(removal_calls("v", CnsVolumeType::kFile, entities), SizeIs(1));
  EXPECT_THAT(removal_calls("v", CnsVolumeType::kUnknown, entities), SizeIs(2));
  EXPECT_THAT(removal_calls("v", CnsVolumeType::kBlock, {}), IsEmpty());
}

} // namespace
} // namespace syncer

#include "reconcile/desired.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fakes/kube_builders.h"

namespace syncer {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

constexpr Clock::time_point kNow{std::chrono::hours(1000)};

Desired desired(const VolumeFacts& facts) { return desired_state(facts, kNow); }
Desired desired(const BoundVolume& volume) { return desired(facts_of({volume})); }

TEST(DesiredState, BoundVolumeShowsItsPvAndItsClaimWithLabels) {
  BoundVolume volume = bound_volume("1");
  volume.pv.labels = make_labels({{"tier", "gold"}});
  volume.claim->labels = make_labels({{"app", "db"}});

  const Desired result = desired(volume);

  EXPECT_EQ(result.hands_off, HandsOff::kNo);
  EXPECT_THAT(result.entities,
              ElementsAre(pv_entity("pv-1", make_labels({{"tier", "gold"}})),
                          claim_entity("claim-1", "pv-1", make_labels({{"app", "db"}}))));
  EXPECT_FALSE(result.keep_claims);
  EXPECT_FALSE(result.look_again);
}

TEST(DesiredState, RunningPodIsShownWithoutLabelsAndRefersToTheClaim) {
  BoundVolume volume = bound_volume("1");
  volume.pods = {running_pod("web-1")};

  EXPECT_THAT(desired(volume).entities,
              ElementsAre(pv_entity("pv-1"), claim_entity("claim-1", "pv-1"),
                          pod_entity("web-1", "claim-1")));
}

TEST(DesiredState, WithoutAnyPvNobodyWrites) {
  EXPECT_EQ(desired(facts_of({})).hands_off, HandsOff::kNoVolume);
  EXPECT_TRUE(desired(facts_of({})).entities.empty());
}

TEST(DesiredState, MarkedVolumeIsLeftAlone) {
  VolumeFacts facts = facts_of({bound_volume("1")});
  facts.marked = true;

  EXPECT_EQ(desired(facts).hands_off, HandsOff::kMarked);
}

// Safety rule 6: what belongs to the controller, by policy, phase and what became of the claim.
struct Ownership {
  const char* name;
  ReclaimPolicy policy;
  VolumePhase phase;
  bool deleting;
  std::optional<Clock::duration> claim_gone_for;
  HandsOff expected;
  std::optional<Clock::duration> look_again_in = {};
};
void PrintTo(const Ownership& row, std::ostream* out) { *out << row.name; }

class DesiredOwnership : public testing::TestWithParam<Ownership> {};

TEST_P(DesiredOwnership, FollowsPolicyPhaseAndClaim) {
  const Ownership& row = GetParam();
  BoundVolume volume = bound_volume("1");
  volume.pv.policy = row.policy;
  volume.pv.phase = row.phase;
  volume.pv.deleting = row.deleting;
  if (row.claim_gone_for) lose_claim(volume, kNow - *row.claim_gone_for);

  const Desired result = desired(volume);

  EXPECT_EQ(result.hands_off, row.expected);
  std::optional<Clock::time_point> look_again;
  if (row.look_again_in) look_again = kNow + *row.look_again_in;
  EXPECT_EQ(result.look_again, look_again);
  if (row.expected == HandsOff::kNo) {
    EXPECT_EQ(result.entities.front(), pv_entity("pv-1"));
    EXPECT_EQ(result.entities.size(), row.claim_gone_for ? 1u : 2u);
  } else {
    EXPECT_TRUE(result.entities.empty());
  }
}

constexpr auto kDelete = ReclaimPolicy::kDelete;
constexpr auto kRetain = ReclaimPolicy::kRetain;
constexpr auto kBound = VolumePhase::kBound;
constexpr auto kReleased = VolumePhase::kReleased;
constexpr auto kOurs = HandsOff::kNo;
constexpr auto kTheirs = HandsOff::kControllerOwns;

INSTANTIATE_TEST_SUITE_P(
    Rows, DesiredOwnership,
    testing::Values(
        Ownership{"delete_bound", kDelete, kBound, false, {}, kOurs},
        Ownership{"delete_bound_claim_just_gone", kDelete, kBound, false, 0s, kTheirs, 60s},
        Ownership{"delete_bound_claim_gone_59s", kDelete, kBound, false, 59s, kTheirs, 1s},
        Ownership{"delete_bound_claim_gone_60s", kDelete, kBound, false, 60s, kOurs},
        Ownership{"delete_bound_claim_gone_1h", kDelete, kBound, false, 1h, kOurs},
        Ownership{"delete_released", kDelete, kReleased, false, {}, kTheirs},
        Ownership{"delete_released_claim_gone_1h", kDelete, kReleased, false, 1h, kTheirs},
        Ownership{"delete_failed", kDelete, VolumePhase::kFailed, false, 1h, kTheirs},
        Ownership{"delete_available_claim_gone", kDelete, VolumePhase::kAvailable, false, 1h,
                  kTheirs},
        Ownership{"delete_being_deleted", kDelete, kBound, true, {}, kTheirs},
        Ownership{"delete_being_deleted_claim_gone", kDelete, kBound, true, 1h, kTheirs},
        Ownership{"retain_bound", kRetain, kBound, false, {}, kOurs},
        Ownership{"retain_bound_claim_just_gone", kRetain, kBound, false, 0s, kOurs},
        Ownership{"retain_released", kRetain, kReleased, false, 1s, kOurs},
        Ownership{"retain_failed", kRetain, VolumePhase::kFailed, false, 1s, HandsOff::kNotReady},
        Ownership{"retain_pending", kRetain, VolumePhase::kPending, false, std::nullopt,
                  HandsOff::kNotReady},
        Ownership{"delete_pending", kDelete, VolumePhase::kPending, false, std::nullopt,
                  HandsOff::kNotReady},
        Ownership{"unknown_phase", kRetain, VolumePhase::kUnknown, false, std::nullopt, kOurs},
        Ownership{"retain_being_deleted", kRetain, kReleased, true, 1s, kOurs}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(DesiredState, DeletePolicyWithoutClaimUidIsNotTakenForAbandoned) {
  BoundVolume volume = bound_volume("1");
  volume.pv.claim_uid = Uid();
  lose_claim(volume, kNow);

  EXPECT_EQ(desired(volume).hands_off, HandsOff::kNo);
}

TEST(DesiredState, VolumeThatNobodyClaimedShowsItsPvAlone) {
  BoundVolume volume = bound_volume("1");
  volume.pv.phase = VolumePhase::kAvailable;
  volume.pv.claim = ObjectKey();
  volume.pv.claim_uid = Uid();
  volume.claim.reset();

  EXPECT_THAT(desired(volume).entities, ElementsAre(pv_entity("pv-1")));
}

TEST(DesiredState, ClaimThatIsNotLinkedBackIsNotShownAndItsEntityGoes) {
  BoundVolume volume = bound_volume("1");
  volume.claim->volume_name = "pv-of-another-volume";
  volume.pods = {running_pod("web-1")};
  VolumeFacts facts = facts_of({volume});
  facts.view_complete = false;

  EXPECT_THAT(desired(facts).entities, ElementsAre(pv_entity("pv-1")));
  EXPECT_FALSE(desired(facts).keep_claims);
}

struct KeepClaims {
  const char* name;
  bool view_complete;
  bool observed;
  bool expected;
};
void PrintTo(const KeepClaims& row, std::ostream* out) { *out << row.name; }

class DesiredKeepClaims : public testing::TestWithParam<KeepClaims> {};

TEST_P(DesiredKeepClaims, UnlessTheClaimIsSurelyGone) {
  BoundVolume volume = bound_volume("1");
  volume.pv.policy = ReclaimPolicy::kRetain;
  lose_claim(volume, kNow, GetParam().observed);
  VolumeFacts facts = facts_of({volume});
  facts.view_complete = GetParam().view_complete;

  EXPECT_EQ(desired(facts).keep_claims, GetParam().expected);
  EXPECT_THAT(desired(facts).entities, ElementsAre(pv_entity("pv-1")));
}

INSTANTIATE_TEST_SUITE_P(Rows, DesiredKeepClaims,
                         testing::Values(KeepClaims{"partial_and_not_seen", false, false, true},
                                         KeepClaims{"partial_but_seen", false, true, false},
                                         KeepClaims{"complete_and_not_seen", true, false, false},
                                         KeepClaims{"complete_and_seen", true, true, false}),
                         [](const auto& row) { return std::string(row.param.name); });

// Safety rule 7: which pod a block volume shows.
std::vector<CnsEntity> shown_pods(std::vector<Pod> pods) {
  BoundVolume volume = bound_volume("1");
  volume.pods = std::move(pods);
  std::vector<CnsEntity> entities = desired(volume).entities;
  std::erase_if(entities, [](const CnsEntity& e) { return e.ref.kind != EntityKind::kPod; });
  return entities;
}

class PodNotShown : public testing::TestWithParam<PodPhase> {};

TEST_P(PodNotShown, UnlessItRuns) {
  Pod pod = running_pod("job-1");
  pod.phase = GetParam();

  EXPECT_TRUE(shown_pods({pod}).empty());
  EXPECT_THAT(shown_pods({pod, running_pod("web-1")}), ElementsAre(pod_entity("web-1", "claim-1")));
}

INSTANTIATE_TEST_SUITE_P(Phases, PodNotShown,
                         testing::Values(PodPhase::kUnknown, PodPhase::kPending,
                                         PodPhase::kSucceeded, PodPhase::kFailed));

TEST(ListedPod, EarliestStartWins) {
  EXPECT_THAT(shown_pods({running_pod("a", 300), running_pod("c", 100), running_pod("b", 200)}),
              ElementsAre(pod_entity("c", "claim-1")));
}

TEST(ListedPod, NameDecidesBetweenEqualStarts) {
  EXPECT_THAT(shown_pods({running_pod("c", 100), running_pod("a", 100), running_pod("b", 100)}),
              ElementsAre(pod_entity("a", "claim-1")));
}

TEST(ListedPod, OneThatStaysGoesBeforeOneThatLeaves) {
  Pod leaving = running_pod("a", 100);
  leaving.deleting = true;

  EXPECT_THAT(shown_pods({leaving, running_pod("b", 200)}),
              ElementsAre(pod_entity("b", "claim-1")));
}

TEST(ListedPod, OneThatLeavesIsShownWhileItRunsAlone) {
  Pod leaving = running_pod("a");
  leaving.deleting = true;

  EXPECT_THAT(shown_pods({leaving}), ElementsAre(pod_entity("a", "claim-1")));
}

// Two PVs with one block handle: Bound first, then the oldest, then by name.
BoundVolume rival(std::string_view name, VolumePhase phase, std::int64_t created) {
  BoundVolume volume = bound_volume("1");
  volume.pv.name = name;
  volume.pv.policy = ReclaimPolicy::kRetain;
  volume.pv.phase = phase;
  volume.pv.created = created;
  volume.claim.reset();
  return volume;
}

InternedString serving(std::vector<BoundVolume> volumes) {
  return desired(facts_of(std::move(volumes))).entities.at(0).ref.name;
}

TEST(ServingVolume, BoundGoesBeforeOlder) {
  EXPECT_EQ(serving({rival("old", VolumePhase::kReleased, 100), rival("new", kBound, 200)}), "new");
}

TEST(ServingVolume, OlderGoesBeforeName) {
  EXPECT_EQ(serving({rival("a", kBound, 200), rival("b", kBound, 100)}), "b");
}

TEST(ServingVolume, NameDecidesLast) {
  EXPECT_EQ(serving({rival("b", kBound, 100), rival("a", kBound, 100)}), "a");
}

TEST(ServingVolume, ItAloneDecidesAboutHandsOff) {
  BoundVolume leaving = rival("leaving", kReleased, 100);
  leaving.pv.policy = ReclaimPolicy::kDelete;

  EXPECT_EQ(desired(facts_of({leaving, rival("stays", kBound, 200)})).hands_off, HandsOff::kNo);
  EXPECT_EQ(desired(facts_of({leaving})).hands_off, HandsOff::kControllerOwns);
}

TEST(HandsOffReason, HasAName) {
  EXPECT_STREQ(to_string(HandsOff::kNo), "no");
  EXPECT_STREQ(to_string(HandsOff::kNoVolume), "no_volume");
  EXPECT_STREQ(to_string(HandsOff::kMarked), "marked");
  EXPECT_STREQ(to_string(HandsOff::kControllerOwns), "controller_owns");
  EXPECT_STREQ(to_string(HandsOff::kNotReady), "not_ready");
}

} // namespace
} // namespace syncer

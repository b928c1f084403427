#include "reconcile/plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "fakes/cns_store.h"
#include "fakes/kube_builders.h"
#include "reconcile/label_limits.h"

namespace syncer {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAreArray;

using Entities = std::vector<CnsEntity>;

Desired wanting(Entities entities) {
  Desired desired;
  desired.entities = std::move(entities);
  return desired;
}

std::vector<CnsUpdate> plan(const Desired& desired, const Entities& known) {
  return plan_update("1", desired, recorded(known));
}
std::vector<CnsUpdate> plan(const Entities& wanted, const Entities& known) {
  return plan(wanting(wanted), known);
}

const CnsEntity kPv = pv_entity("pv-1", make_labels({{"tier", "gold"}}));
const CnsEntity kClaim = claim_entity("claim-1", "pv-1", make_labels({{"app", "db"}}));
const CnsEntity kPod = pod_entity("web-1", "claim-1");

TEST(PlanUpdate, WithoutADifferenceSendsNothing) {
  EXPECT_THAT(plan({kPv, kClaim, kPod}, {kPod, kPv, kClaim}), IsEmpty());
  EXPECT_THAT(plan(Entities(), Entities()), IsEmpty());
}

TEST(PlanUpdate, HandsOffSendsNothing) {
  Desired desired = wanting({kPv});
  desired.hands_off = HandsOff::kControllerOwns;

  EXPECT_THAT(plan(desired, {kPod}), IsEmpty());
}

TEST(PlanUpdate, ChangedLabelSendsTheCompleteSetInOneCall) {
  CnsEntity edited = kClaim;
  edited.labels = make_labels({{"app", "web"}});

  const auto calls = plan({kPv, edited, kPod}, {kPv, kClaim, kPod});

  ASSERT_EQ(calls.size(), 1u);
  EXPECT_EQ(calls[0].id, VolumeId("1"));
  EXPECT_THAT(calls[0].upserts, ElementsAre(kPv, edited, kPod));
  EXPECT_THAT(calls[0].removals, IsEmpty());
}

TEST(PlanUpdate, ChangedReferenceIsADifference) {
  const CnsEntity moved = claim_entity("claim-1", "pv-2", kClaim.labels);

  EXPECT_EQ(plan({kPv, kClaim}, {kPv, moved}).size(), 1u);
}

TEST(PlanUpdate, LabelThatKubernetesLacksGoes) {
  CnsEntity labelled = kPv;
  labelled.labels = make_labels({{"pv_missing", "true"}, {"tier", "gold"}});

  const auto calls = plan({kPv}, {labelled});

  ASSERT_EQ(calls.size(), 1u);
  EXPECT_THAT(calls[0].upserts, ElementsAre(kPv));
}

TEST(PlanUpdate, EmptyRecordIsFilledInOneCall) {
  const auto calls = plan({kPv, kClaim, kPod}, {});

  ASSERT_EQ(calls.size(), 1u);
  EXPECT_THAT(calls[0].upserts, ElementsAre(kPv, kClaim, kPod));
}

TEST(PlanUpdate, PodThatWentIsRemovedBesideTheCompleteSet) {
  const auto calls = plan({kPv, kClaim}, {kPv, kClaim, kPod});

  ASSERT_EQ(calls.size(), 1u);
  EXPECT_THAT(calls[0].upserts, ElementsAre(kPv, kClaim));
  EXPECT_THAT(calls[0].removals, ElementsAre(pod_ref("web-1")));
}

TEST(PlanUpdate, ReplacedPodTakesTwoCallsRemovalFirst) {
  const CnsEntity next = pod_entity("web-2", "claim-1");

  const auto calls = plan({kPv, kClaim, next}, {kPv, kClaim, kPod});

  ASSERT_EQ(calls.size(), 2u);
  EXPECT_THAT(calls[0].upserts, ElementsAre(kPv, kClaim));
  EXPECT_THAT(calls[0].removals, ElementsAre(pod_ref("web-1")));
  EXPECT_THAT(calls[1].upserts, ElementsAre(kPv, kClaim, next));
  EXPECT_THAT(calls[1].removals, IsEmpty());
}

TEST(PlanUpdate, StaleClaimAndPodGoTogether) {
  const CnsEntity claim = claim_entity("claim-2", "pv-1");
  const CnsEntity pod = pod_entity("web-2", "claim-2");

  const auto calls = plan({kPv, claim, pod}, {kPv, kClaim, kPod});

  ASSERT_EQ(calls.size(), 2u);
  EXPECT_THAT(calls[0].upserts, ElementsAre(kPv));
  EXPECT_THAT(calls[0].removals, ElementsAre(claim_ref("claim-1"), pod_ref("web-1")));
  EXPECT_THAT(calls[1].upserts, ElementsAre(kPv, claim, pod));
}

TEST(PlanUpdate, SeveralStalePodsGoOneByOne) {
  const CnsEntity next = pod_entity("web-9", "claim-1");
  const Entities known{kPv, kClaim, kPod, pod_entity("web-2", "claim-1")};

  const auto calls = plan({kPv, kClaim, next}, known);

  ASSERT_EQ(calls.size(), 3u);
  EXPECT_THAT(calls[0].removals, ElementsAre(pod_ref("web-1")));
  EXPECT_THAT(calls[1].removals, ElementsAre(pod_ref("web-2")));
  EXPECT_THAT(calls[2].upserts, ElementsAre(kPv, kClaim, next));
}

TEST(PlanUpdate, SeveralStalePodsWithoutASuccessorEndWithTheLastRemoval) {
  const auto calls = plan({kPv}, {kPv, kPod, pod_entity("web-2", "claim-1")});

  ASSERT_EQ(calls.size(), 2u);
  EXPECT_THAT(calls[1].removals, ElementsAre(pod_ref("web-2")));
  EXPECT_THAT(calls[1].upserts, ElementsAre(kPv));
}

TEST(PlanUpdate, RenamedPvTakesTwoCalls) {
  const auto calls = plan({pv_entity("pv-2")}, {kPv});

  ASSERT_EQ(calls.size(), 2u);
  EXPECT_THAT(calls[0].removals, ElementsAre(pv_ref("pv-1")));
  EXPECT_THAT(calls[0].upserts, IsEmpty());
  EXPECT_THAT(calls[1].upserts, ElementsAre(pv_entity("pv-2")));
}

TEST(PlanUpdate, ClaimStaysWhileItIsNotSurelyGoneButItsPodGoes) {
  Desired desired = wanting({kPv});
  desired.keep_claims = true;

  const auto calls = plan(desired, {kPv, kClaim, kPod});

  ASSERT_EQ(calls.size(), 1u);
  EXPECT_THAT(calls[0].removals, ElementsAre(pod_ref("web-1")));
  EXPECT_THAT(plan(desired, {kPv, kClaim}), IsEmpty());
}

TEST(PlanUpdate, RetainedLabelOfSomebodyElseSurvivesOurWrites) {
  CnsEntity held = kPv;
  held.labels = make_labels({{"pv_retained", "true"}, {"tier", "gold"}});
  CnsEntity edited = kPv;
  edited.labels = make_labels({{"tier", "silver"}});

  EXPECT_THAT(plan({kPv}, {held}), IsEmpty());
  const auto calls = plan({edited}, {held});

  ASSERT_EQ(calls.size(), 1u);
  EXPECT_EQ(calls[0].upserts[0].labels, make_labels({{"pv_retained", "true"}, {"tier", "silver"}}));
}

TEST(PlanUpdate, RetainedLabelOfKubernetesIsALabelLikeOthers) {
  CnsEntity labelled = kPv;
  labelled.labels = make_labels({{"pv_retained", "yes"}, {"tier", "gold"}});

  const auto calls = plan({labelled}, {kPv});

  ASSERT_EQ(calls.size(), 1u);
  EXPECT_THAT(calls[0].upserts, ElementsAre(labelled));
}

TEST(PlanUpdate, CutSetIsWhatIsComparedAndSent) {
  CnsEntity rich = kPv;
  rich.labels = many_labels(kMaxLabels + 8);
  CnsEntity cut = kPv;
  cut.labels = many_labels(kMaxLabels);
  Desired desired = wanting({rich});
  EXPECT_THAT(plan(desired, {cut}), testing::SizeIs(1));

  desired.cut_labels = true;

  EXPECT_THAT(plan(desired, {cut}), IsEmpty());
  const auto calls = plan(desired, {kPv});
  ASSERT_EQ(calls.size(), 1u);
  EXPECT_THAT(calls[0].upserts, ElementsAre(cut));
}

TEST(PlanUpdate, CutSetKeepsTheRetainedLabel) {
  CnsEntity rich = kPv;
  rich.labels = many_labels(kMaxLabels);
  CnsEntity held = kPv;
  held.labels = make_labels({{"pv_retained", "true"}});
  Desired desired = wanting({rich});
  desired.cut_labels = true;

  const auto calls = plan(desired, {held});

  ASSERT_EQ(calls.size(), 1u);
  Labels expected = many_labels(kMaxLabels - 1);
  expected.emplace_back("pv_retained", "true");
  EXPECT_EQ(calls[0].upserts[0].labels, expected);
}

TEST(ApplyAcknowledged, ReplacesByEntityAndForgetsRemovals) {
  CnsEntity edited = kClaim;
  edited.labels = make_labels({{"app", "web"}});
  RecordedEntities record = recorded({kPv, kClaim, kPod});

  apply_acknowledged(CnsUpdate{"1", {edited}, {kPod.ref}}, record);

  ASSERT_EQ(record.size(), 2u);
  EXPECT_THAT(plan_update("1", wanting({kPv, edited}), record), IsEmpty());
}

// Random states and wishes: the calls, made one by one to a strict CNS, end at what is wanted.
class PlanProperty : public testing::Test {
 protected:
  std::size_t below(std::size_t bound) { return random() % bound; }
  bool chance() { return below(2) == 0; }
  std::string number() { return std::to_string(below(3)); }

  Labels some_labels() {
    Labels result;
    for (std::size_t i = below(4); i > 0; --i) result.emplace_back("key-" + number(), number());
    sort_labels(result);
    return result;
  }
  // A PV always, a claim and pod perhaps, as desired_state makes them.
  Entities some_wish() {
    Entities result{pv_entity("pv-" + number(), some_labels())};
    if (chance()) {
      result.push_back(claim_entity("claim-" + number(), result[0].ref.name.view(), some_labels()));
      if (chance()) {
        result.push_back(pod_entity("pod-" + number(), result[1].ref.name.view()));
      }
    }
    return result;
  }
  // Whatever former writers may have left: any subset of the kinds.
  Entities some_state() {
    Entities result = some_wish();
    if (chance()) result.erase(result.begin() + static_cast<std::ptrdiff_t>(below(result.size())));
    for (CnsEntity& entity : result) {
      if (entity.ref.kind != EntityKind::kVolume || chance()) continue;
      entity.labels.emplace_back("pv_retained", "true");
      sort_labels(entity.labels);
    }
    return result;
  }
  static Entities with_preserved(Entities wish, const Entities& state) {
    for (CnsEntity& entity : wish) {
      for (const CnsEntity& old : state) {
        if (!(old.ref == entity.ref)) continue;
        for (const auto& label : old.labels) {
          if (label.first == "pv_retained") entity.labels.push_back(label);
        }
        sort_labels(entity.labels);
      }
    }
    return wish;
  }

  std::mt19937 random{20240229};
};

TEST_F(PlanProperty, CallsEndAtTheWishAndBreakNoRule) {
  for (int round = 0; round < 400; ++round) {
    SCOPED_TRACE(round);
    const Entities state = some_state();
    const Entities wish = some_wish();
    CnsStore cns;
    cns.set("1", state);
    RecordedEntities record = recorded(state);

    const auto calls = plan_update("1", wanting(wish), record);
    for (const CnsUpdate& call : calls) {
      ASSERT_EQ(cns.apply(call), CnsFault::kNone);
      apply_acknowledged(call, record);
    }

    const Entities expected = with_preserved(wish, state);
    ASSERT_EQ(cns.entities("1"), by_ref(expected));
    if (!calls.empty()) {
      ASSERT_THAT(calls.back().upserts, UnorderedElementsAreArray(expected));
    }
    ASSERT_EQ(calls.empty(), by_ref(state) == by_ref(expected));
    ASSERT_LE(calls.size(), 2u);
    ASSERT_EQ(record.size(), expected.size());
    ASSERT_THAT(plan_update("1", wanting(wish), record), IsEmpty());
    ASSERT_THAT(plan_update("1", wanting(wish), recorded(cns.entities("1"))), IsEmpty());
  }
}

} // namespace
} // namespace syncer

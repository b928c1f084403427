#include "reconcile/unregister.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fakes/kube_builders.h"

namespace syncer {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

constexpr Clock::time_point kStart{std::chrono::hours(1000)};
constexpr std::uint64_t kTerm = 3;

UnregisterOptions switched_on() {
  UnregisterOptions options;
  options.enabled = true;
  return options;
}

// Provisioned, Retain, and its claim went before it.
BoundVolume retained(std::string_view id) {
  BoundVolume volume = bound_volume(id);
  volume.pv.policy = ReclaimPolicy::kRetain;
  volume.pv.dynamic = true;
  volume.pv.phase = VolumePhase::kReleased;
  volume.pv.deleting = true;
  lose_claim(volume, kStart - minutes(10));
  return volume;
}

// Made by a human, policy Delete, and deleted with its claim still there.
BoundVolume static_volume(std::string_view id) {
  BoundVolume volume = bound_volume(id);
  volume.pv.dynamic = false;
  return volume;
}

std::string name(std::size_t number) { return "vol-" + std::to_string(100 + number); }

void delete_many(UnregisterBook& book, std::size_t from, std::size_t count, Clock::time_point now) {
  for (std::size_t i = from; i < from + count; ++i) {
    book.deleted(name(i), retained(name(i)), true, kTerm, now);
  }
}

// -- which deletions count

TEST(KeptBecause, ARetainPvIsUnregistered) {
  EXPECT_EQ(kept_because(retained("vol-1"), true, kStart), KeptBecause::kNothing);
}

TEST(KeptBecause, AStaticPvIsUnregistered) {
  EXPECT_EQ(kept_because(static_volume("vol-1"), true, kStart), KeptBecause::kNothing);
}

TEST(KeptBecause, ADeletionThatNobodySawIsNot) {
  EXPECT_EQ(kept_because(retained("vol-1"), false, kStart), KeptBecause::kUnobserved);
}

TEST(KeptBecause, AProvisionedPvOfAnotherPolicyIsNot) {
  BoundVolume volume = static_volume("vol-1");
  volume.pv.dynamic = true;
  EXPECT_EQ(kept_because(volume, true, kStart), KeptBecause::kProvisioned);

  volume.pv.policy = ReclaimPolicy::kUnknown;
  EXPECT_EQ(kept_because(volume, true, kStart), KeptBecause::kProvisioned);
}

TEST(KeptBecause, ADeletePolicyPvThatWasReleasedBelongsToTheController) {
  BoundVolume volume = static_volume("vol-1");
  volume.pv.phase = VolumePhase::kReleased;

  EXPECT_EQ(kept_because(volume, true, kStart), KeptBecause::kControllerOwns);
}

TEST(KeptBecause, ADeletePolicyPvThatFailedBelongsToTheController) {
  BoundVolume volume = static_volume("vol-1");
  volume.pv.phase = VolumePhase::kFailed;

  EXPECT_EQ(kept_because(volume, true, kStart), KeptBecause::kControllerOwns);
}

TEST(KeptBecause, ADeletePolicyPvThatWasBeingDeletedBelongsToTheController) {
  BoundVolume volume = static_volume("vol-1");
  volume.pv.deleting = true;

  EXPECT_EQ(kept_because(volume, true, kStart), KeptBecause::kControllerOwns);
}

TEST(KeptBecause, ADeletePolicyPvWhoseClaimIsGoneBelongsToTheControllerForAMinute) {
  BoundVolume volume = static_volume("vol-1");

  lose_claim(volume, kStart - seconds(59));
  EXPECT_EQ(kept_because(volume, true, kStart), KeptBecause::kControllerOwns);

  lose_claim(volume, kStart - seconds(60));
  EXPECT_EQ(kept_because(volume, true, kStart), KeptBecause::kNothing);

  volume.pv.phase = VolumePhase::kAvailable;
  EXPECT_EQ(kept_because(volume, true, kStart), KeptBecause::kControllerOwns);
}

TEST(KeptBecause, ADeletePolicyPvWhoseClaimIsNotInTheViewBelongsToTheController) {
  BoundVolume volume = static_volume("vol-1");
  volume.claim.reset(); // and nobody knows since when

  EXPECT_EQ(kept_because(volume, true, kStart), KeptBecause::kControllerOwns);
}

TEST(KeptBecause, AStaticPvThatWasNeverBoundIsUnregistered) {
  BoundVolume volume = static_volume("vol-1");
  volume.claim.reset();
  volume.pv.claim = {};
  volume.pv.claim_uid = {};
  volume.pv.phase = VolumePhase::kAvailable;

  EXPECT_EQ(kept_because(volume, true, kStart), KeptBecause::kNothing);
}

// -- when

TEST(UnregisterBook, WaitsForTheGrace) {
  UnregisterBook book(switched_on());

  book.deleted("vol-1", retained("vol-1"), true, kTerm, kStart);

  EXPECT_FALSE(book.due("vol-1", kTerm, kStart + minutes(5) - seconds(1)));
  EXPECT_TRUE(book.due("vol-1", kTerm, kStart + minutes(5)));
  EXPECT_THAT(book.agenda(kTerm), ElementsAre(Pair(VolumeId("vol-1"), kStart + minutes(5))));
}

TEST(UnregisterBook, RemembersThePvAndItsClaim) {
  UnregisterBook book(switched_on());

  book.deleted("vol-1", retained("vol-1"), true, kTerm, kStart);

  const auto* const candidate = book.find("vol-1", kTerm);
  ASSERT_NE(candidate, nullptr);
  ASSERT_EQ(candidate->volumes.size(), 1u);
  EXPECT_EQ(candidate->volumes[0].name.view(), "pv-vol-1");
  EXPECT_EQ(candidate->volumes[0].claim, (ObjectKey{"shop", "claim-vol-1"}));
}

TEST(UnregisterBook, AnUnobservedDeletionIsNeverDue) {
  UnregisterBook book(switched_on());

  book.deleted("vol-1", retained("vol-1"), false, kTerm, kStart);

  EXPECT_FALSE(book.due("vol-1", kTerm, kStart + std::chrono::hours(24)));
}

TEST(UnregisterBook, ADeletionThatIsTheControllersIsNeverDue) {
  UnregisterBook book(switched_on());
  BoundVolume volume = static_volume("vol-1");
  volume.pv.phase = VolumePhase::kReleased;

  book.deleted("vol-1", volume, true, kTerm, kStart);

  EXPECT_FALSE(book.due("vol-1", kTerm, kStart + std::chrono::hours(24)));
}

TEST(UnregisterBook, APvThatComesBackCancels) {
  UnregisterBook book(switched_on());
  book.deleted("vol-1", retained("vol-1"), true, kTerm, kStart);

  book.drop("vol-1");

  EXPECT_FALSE(book.due("vol-1", kTerm, kStart + minutes(5)));
}

TEST(UnregisterBook, SwitchedOffNothingIsDueAndWhatWouldBeIsCounted) {
  UnregisterBook book{UnregisterOptions()};

  book.deleted("vol-1", retained("vol-1"), true, kTerm, kStart);

  EXPECT_FALSE(book.due("vol-1", kTerm, kStart + minutes(5)));
  EXPECT_THAT(book.agenda(kTerm), IsEmpty());
  EXPECT_EQ(book.counts(kStart + minutes(5)).candidates, 1u);
  EXPECT_EQ(book.counts(kStart + minutes(5)).held, 1u);
}

TEST(UnregisterBook, ANewTermForgetsWhatWasObservedInTheOldOne) {
  UnregisterBook book(switched_on());
  book.deleted("vol-1", retained("vol-1"), true, kTerm, kStart);

  EXPECT_FALSE(book.due("vol-1", kTerm + 1, kStart + minutes(5)));
  EXPECT_EQ(book.find("vol-1", kTerm + 1), nullptr);
  EXPECT_THAT(book.agenda(kTerm + 1), IsEmpty());

  book.deleted("vol-2", retained("vol-2"), true, kTerm + 1, kStart);
  EXPECT_FALSE(book.due("vol-1", kTerm + 1, kStart + minutes(5)));
  EXPECT_TRUE(book.due("vol-2", kTerm + 1, kStart + minutes(5)));
}

TEST(UnregisterBook, ANewBookRemembersNothing) {
  const UnregisterBook after_restart(switched_on());

  EXPECT_FALSE(after_restart.due("vol-1", kTerm, kStart + minutes(5)));
  EXPECT_FALSE(after_restart.due("vol-1", 0, kStart + minutes(5)));
}

TEST(UnregisterBook, WithImprovedVisibilityNothingIsUnregistered) {
  UnregisterBook book(switched_on());
  book.deleted("vol-1", retained("vol-1"), true, kTerm, kStart);

  book.retain(true);
  book.deleted("vol-2", retained("vol-2"), true, kTerm, kStart);

  EXPECT_FALSE(book.due("vol-1", kTerm, kStart + minutes(5)));
  EXPECT_FALSE(book.due("vol-2", kTerm, kStart + minutes(5)));

  book.retain(false);
  EXPECT_FALSE(book.due("vol-1", kTerm, kStart + minutes(5)));
}

TEST(UnregisterBook, TheLastPvOfAShareStartsTheGraceAnew) {
  UnregisterBook book(switched_on());
  BoundVolume second = retained("share-1");
  second.pv.name = "pv-second";
  book.deleted("share-1", retained("share-1"), true, kTerm, kStart);

  book.deleted("share-1", second, true, kTerm, kStart + minutes(3));

  EXPECT_FALSE(book.due("share-1", kTerm, kStart + minutes(5)));
  EXPECT_TRUE(book.due("share-1", kTerm, kStart + minutes(8)));
  EXPECT_EQ(book.find("share-1", kTerm)->volumes.size(), 2u);
}

TEST(UnregisterBook, APvOfAShareThatWasNotSeenToGoKeepsTheVolume) {
  UnregisterBook book(switched_on());
  book.deleted("share-1", retained("share-1"), true, kTerm, kStart);

  book.deleted("share-1", retained("share-1"), false, kTerm, kStart);

  EXPECT_FALSE(book.due("share-1", kTerm, kStart + minutes(5)));
}

TEST(UnregisterBook, TakesNoMoreThanItsCapAndCountsTheRest) {
  UnregisterOptions options = switched_on();
  options.most_candidates = 3;
  UnregisterBook book(options);

  delete_many(book, 0, 5, kStart);

  EXPECT_EQ(book.counts(kStart).candidates, 3u);
  EXPECT_EQ(book.counts(kStart).refused, 2u);
}

// -- the breaker

TEST(UnregisterBreaker, FiveAreNotTooManyAndSixAre) {
  UnregisterBook book(switched_on());
  book.cns_volumes(500);

  delete_many(book, 0, 5, kStart);
  EXPECT_FALSE(book.mass());

  delete_many(book, 5, 1, kStart + minutes(10));
  EXPECT_TRUE(book.mass());
}

TEST(UnregisterBreaker, OnePercentIsNotTooManyInALargeCluster) {
  UnregisterBook book(switched_on());
  book.cns_volumes(650);

  delete_many(book, 0, 6, kStart);
  EXPECT_FALSE(book.mass());

  delete_many(book, 6, 1, kStart);
  EXPECT_TRUE(book.mass());
}

TEST(UnregisterBreaker, DeletionsOutsideTheWindowDoNotCount) {
  UnregisterBook book(switched_on());
  delete_many(book, 0, 5, kStart);

  delete_many(book, 5, 5, kStart + minutes(10) + seconds(1));

  EXPECT_FALSE(book.mass());
}

TEST(UnregisterBreaker, OneVolumeCountsOnce) {
  UnregisterBook book(switched_on());
  for (int i = 0; i < 20; ++i) {
    book.deleted("share-1", retained("share-1"), true, kTerm, kStart);
  }

  EXPECT_FALSE(book.mass());
}

TEST(UnregisterBreaker, DeletionsThatCountForNothingDoNotRaiseIt) {
  UnregisterBook book(switched_on());
  for (std::size_t i = 0; i < 20; ++i) {
    book.deleted(name(i), retained(name(i)), false, kTerm, kStart);
  }

  EXPECT_FALSE(book.mass());
}

TEST(UnregisterBreaker, HoldsAllWhetherTheyCameBeforeOrAfter) {
  UnregisterBook book(switched_on());
  delete_many(book, 0, 6, kStart);
  delete_many(book, 6, 1, kStart + std::chrono::hours(2));

  EXPECT_TRUE(book.mass());
  EXPECT_FALSE(book.due(name(0), kTerm, kStart + std::chrono::hours(24)));
  EXPECT_FALSE(book.due(name(6), kTerm, kStart + std::chrono::hours(24)));
  EXPECT_EQ(book.counts(kStart + std::chrono::hours(24)).held, 7u);
  EXPECT_THAT(book.mass_detail(), HasSubstr("7 of 0"));
}

TEST(UnregisterBreaker, ANewTermInTheSameProcessDoesNotEndIt) {
  UnregisterBook book(switched_on());
  delete_many(book, 0, 6, kStart);

  book.deleted("vol-1", retained("vol-1"), true, kTerm + 1, kStart);

  EXPECT_TRUE(book.mass());
  EXPECT_FALSE(book.due("vol-1", kTerm + 1, kStart + minutes(5)));
}

TEST(UnregisterConfirm, ReleasesTheSetThatWasHeld) {
  UnregisterBook book(switched_on());
  delete_many(book, 0, 6, kStart);

  EXPECT_EQ(book.confirm(), 6u);

  EXPECT_FALSE(book.mass());
  EXPECT_FALSE(book.due(name(0), kTerm, kStart + minutes(4)));
  EXPECT_TRUE(book.due(name(0), kTerm, kStart + minutes(5)));
}

TEST(UnregisterConfirm, LaterOnesAreCountedAnew) {
  UnregisterBook book(switched_on());
  delete_many(book, 0, 6, kStart);
  book.confirm();

  delete_many(book, 10, 5, kStart + minutes(1));
  EXPECT_FALSE(book.mass());

  delete_many(book, 15, 1, kStart + minutes(1));
  EXPECT_TRUE(book.mass());
  EXPECT_TRUE(book.due(name(0), kTerm, kStart + minutes(6)));
  EXPECT_FALSE(book.due(name(10), kTerm, kStart + minutes(6)));
  EXPECT_EQ(book.unconfirmed().size(), 6u);
}

TEST(UnregisterConfirm, IsGoneWithAPvThatCameBack) {
  UnregisterBook book(switched_on());
  delete_many(book, 0, 6, kStart);
  book.confirm();
  book.drop(name(0));

  delete_many(book, 10, 5, kStart + minutes(1));
  delete_many(book, 0, 1, kStart + minutes(1));

  EXPECT_TRUE(book.mass());
  EXPECT_FALSE(book.due(name(0), kTerm, kStart + minutes(6)));
}

TEST(UnregisterConfirm, ALaterDeletionOnTheSameShareIsNotInTheSet) {
  UnregisterBook book(switched_on());
  delete_many(book, 0, 6, kStart);
  book.confirm();

  delete_many(book, 10, 5, kStart + minutes(1));
  delete_many(book, 0, 1, kStart + minutes(1));

  EXPECT_TRUE(book.mass());
  EXPECT_FALSE(book.due(name(0), kTerm, kStart + minutes(6)));
  EXPECT_TRUE(book.due(name(1), kTerm, kStart + minutes(6)));
}

TEST(UnregisterConfirm, WithoutTheConditionReleasesNothingInAdvance) {
  UnregisterBook book(switched_on());
  delete_many(book, 0, 3, kStart);

  EXPECT_EQ(book.confirm(), 0u);

  delete_many(book, 3, 3, kStart);
  EXPECT_TRUE(book.mass());
  EXPECT_FALSE(book.due(name(0), kTerm, kStart + minutes(5)));
}

} // namespace
} // namespace syncer

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "missing_findings.h"

namespace syncer {
namespace {

using std::chrono::minutes;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(MissingBreaker, TenPercentAreNotTooManyAndOneMoreIs) {
  EXPECT_FALSE(ripe_book(findings(names(10), 100)).mass());
  EXPECT_TRUE(ripe_book(findings(names(11), 100)).mass());
}

TEST(MissingBreaker, APartOfAVolumeCounts) {
  // 10 % of 105 are ten and a half.
  EXPECT_FALSE(ripe_book(findings(names(10), 105)).mass());
  EXPECT_TRUE(ripe_book(findings(names(11), 105)).mass());
}

TEST(MissingBreaker, TwoAreNeverTooManyAndThreeAreInASmallCluster) {
  EXPECT_FALSE(ripe_book(findings(names(2), 3)).mass());
  EXPECT_FALSE(ripe_book(findings(names(2), 20)).mass());
  EXPECT_TRUE(ripe_book(findings(names(3), 20)).mass());
}

TEST(MissingBreaker, AllOfThemAreTooManyHoweverFew) {
  EXPECT_TRUE(ripe_book(findings(names(1), 1)).mass());
  EXPECT_TRUE(ripe_book(findings(names(2), 2)).mass());
}

TEST(MissingBreaker, TheLastOneBesideLabelledOnesIsAllOfThem) {
  CycleFindings found = findings(names(2), 2);
  found.missing[0].labelled = true;

  EXPECT_TRUE(ripe_book(found).mass());
}

TEST(MissingBreaker, VolumesThatAllHaveTheirLabelAreNoNews) {
  CycleFindings found = findings(names(20), 20);
  for (MissingVolume& volume : found.missing) volume.labelled = true;

  EXPECT_FALSE(ripe_book(found).mass());
}

TEST(MissingBreaker, LabelledVolumesDoNotCount) {
  CycleFindings found = findings(names(11), 100);
  found.missing[0].labelled = true;

  EXPECT_FALSE(ripe_book(found).mass());
}

TEST(MissingBreaker, CountsVolumesOfAnyAge) {
  MissingBook book(switched_on());

  book.cycle(findings(names(11)), kStart);

  EXPECT_TRUE(book.mass());
}

TEST(MissingBreaker, ClaimsLostInARelistCount) {
  CycleFindings at_the_limit = findings(names(4));
  at_the_limit.claims_lost_in_relist = 6;
  CycleFindings above = at_the_limit;
  above.claims_lost_in_relist = 7;

  EXPECT_FALSE(ripe_book(at_the_limit).mass());
  EXPECT_TRUE(ripe_book(above).mass());
}

TEST(MissingBreaker, ClaimsAloneAreEnough) {
  CycleFindings found = findings({});
  found.claims_lost_in_relist = 11;

  EXPECT_TRUE(ripe_book(found).mass());
}

TEST(MissingBreaker, NothingIsDueWhileItStands) {
  const MissingBook book = ripe_book(findings(names(11)));

  EXPECT_FALSE(book.due("vol-100", kStart + minutes(30)));
  EXPECT_THAT(book.agenda(), IsEmpty());
  EXPECT_EQ(book.counts(kStart + minutes(30)).held, 11u);
}

TEST(MissingBreaker, NeitherTimeNorACycleEndsIt) {
  MissingBook book = ripe_book(findings(names(11)));

  book.cycle(findings(names(3)), kStart + minutes(60));
  book.cycle(findings(names(3)), kStart + minutes(60 * 24 * 30));

  EXPECT_TRUE(book.mass());
  EXPECT_FALSE(book.due("vol-100", kStart + minutes(60 * 24 * 30)));
}

TEST(MissingBreaker, NoRestartEndsIt) {
  const CycleFindings found = findings(names(11));
  const MissingBook before = ripe_book(found);
  ASSERT_TRUE(before.mass());

  const MissingBook after = ripe_book(found);

  EXPECT_TRUE(after.mass());
}

TEST(MissingBreaker, SaysWhatItCounted) {
  CycleFindings found = findings(names(11));
  found.claims_lost_in_relist = 2;

  EXPECT_THAT(ripe_book(found).mass_detail(), HasSubstr("11 of 100"));
  EXPECT_THAT(ripe_book(found).mass_detail(), HasSubstr("vol-100"));
  EXPECT_THAT(ripe_book(found).mass_detail(), HasSubstr("2 claims"));
}

TEST(MissingConfirm, ReleasesTheSetThatWasHeld) {
  MissingBook book = ripe_book(findings(names(11)));

  EXPECT_EQ(book.confirm(), 11u);

  EXPECT_FALSE(book.mass());
  for (const std::string& id : names(11)) EXPECT_TRUE(book.due(id, kStart + minutes(30))) << id;
}

TEST(MissingConfirm, TheConfirmedSetDoesNotRaiseItAgain) {
  MissingBook book = ripe_book(findings(names(11)));
  book.confirm();

  book.cycle(findings(names(11)), kStart + minutes(60));

  EXPECT_FALSE(book.mass());
  EXPECT_TRUE(book.due("vol-100", kStart + minutes(60)));
}

TEST(MissingConfirm, DoesNotShortenTheWait) {
  MissingBook book(switched_on());
  book.cycle(findings(names(11)), kStart);
  book.confirm();

  EXPECT_FALSE(book.due("vol-100", kStart + minutes(60)));

  book.cycle(findings(names(11)), kStart + minutes(10));
  EXPECT_FALSE(book.due("vol-100", kStart + minutes(29)));
  EXPECT_TRUE(book.due("vol-100", kStart + minutes(30)));
}

TEST(MissingConfirm, ReleasesNoVolumeThatWasNotInTheSet) {
  MissingBook book = ripe_book(findings(names(11)));
  book.confirm();

  book.cycle(findings(names(22)), kStart + minutes(60));
  book.cycle(findings(names(22)), kStart + minutes(90));

  EXPECT_TRUE(book.mass());
  EXPECT_TRUE(book.due("vol-100", kStart + minutes(90)));
  EXPECT_FALSE(book.due("vol-111", kStart + minutes(90)));
  EXPECT_EQ(book.unconfirmed().size(), 11u);
}

TEST(MissingConfirm, HoldsForOneLabelOnly) {
  MissingBook book = ripe_book(findings(names(11)));
  book.confirm();
  for (const std::string& id : names(11)) book.labelled(id);
  book.cycle(findings(names(11)), kStart + minutes(60)); // read before the labels were written

  book.cycle(findings(names(11)), kStart + minutes(90)); // somebody took them all off

  EXPECT_TRUE(book.mass());
  EXPECT_FALSE(book.due("vol-100", kStart + minutes(90)));
}

TEST(MissingConfirm, IsUsedUpByALabelThatCnsShows) {
  MissingBook book = ripe_book(findings(names(11)));
  book.confirm();
  CycleFindings labelled = findings(names(11));
  for (MissingVolume& volume : labelled.missing) volume.labelled = true;
  book.cycle(labelled, kStart + minutes(60));

  book.cycle(findings(names(11)), kStart + minutes(90));

  EXPECT_TRUE(book.mass());
}

TEST(MissingConfirm, IsGoneWithAVolumeThatCameBack) {
  MissingBook book = ripe_book(findings(names(11)));
  book.confirm();
  book.cycle(findings({}), kStart + minutes(60));

  book.cycle(findings(names(11)), kStart + minutes(90));

  EXPECT_TRUE(book.mass());
}

TEST(MissingConfirm, SurvivesALostLabel) {
  MissingBook book = ripe_book(findings(names(11)));
  book.confirm();
  book.lost("vol-100", kStart + minutes(35));
  const std::vector<std::string> all = names(11);

  book.cycle(findings({all.begin() + 1, all.end()}), kStart + minutes(60));
  book.cycle(findings(all), kStart + minutes(90));

  EXPECT_FALSE(book.mass());
  EXPECT_TRUE(book.due("vol-100", kStart + minutes(90)));
}

TEST(MissingConfirm, ClaimsThatWereConfirmedCountNoMore) {
  CycleFindings found = findings({});
  found.claims_lost_in_relist = 11;
  MissingBook book = ripe_book(found);
  book.confirm();

  book.cycle(found, kStart + minutes(60));
  EXPECT_FALSE(book.mass());

  found.claims_lost_in_relist = 22;
  book.cycle(found, kStart + minutes(90));
  EXPECT_TRUE(book.mass());
}

TEST(MissingConfirm, ClaimsThatWentAndCameAgainCountAgain) {
  CycleFindings found = findings({});
  found.claims_lost_in_relist = 11;
  MissingBook book = ripe_book(found);
  book.confirm();
  book.cycle(findings({}), kStart + minutes(60));

  book.cycle(found, kStart + minutes(90));

  EXPECT_TRUE(book.mass());
}

TEST(MissingConfirm, WithoutTheConditionReleasesNothingInAdvance) {
  MissingBook book(switched_on());
  book.cycle(findings(names(5)), kStart);

  EXPECT_EQ(book.confirm(), 0u);

  book.cycle(findings(names(11)), kStart + minutes(30));
  EXPECT_TRUE(book.mass());
  EXPECT_FALSE(book.due("vol-100", kStart + minutes(30)));
}

TEST(MissingConfirm, SwitchedOffReleasesNothing) {
  MissingBook book = ripe_book(findings(names(11)), MissingOptions());

  book.confirm();

  EXPECT_FALSE(book.due("vol-100", kStart + minutes(30)));
}

} // namespace
} // namespace syncer

#include "reconcile/missing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>

#include "missing_findings.h"

namespace syncer {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

TEST(MissingBook, OneCycleIsNotEnoughHoweverOld) {
  MissingBook book(switched_on());

  book.cycle(findings({"vol-1"}), kStart);

  EXPECT_FALSE(book.due("vol-1", kStart + std::chrono::hours(24)));
  EXPECT_THAT(book.agenda(), IsEmpty());
}

TEST(MissingBook, TwoCyclesHalfAnHourApartAreEnough) {
  const MissingBook book = ripe_book(findings({"vol-1"}));

  EXPECT_TRUE(book.due("vol-1", kStart + minutes(30)));
}

TEST(MissingBook, CyclesCloserThanFiveMinutesCountAsOne) {
  MissingBook book(switched_on());
  book.cycle(findings({"vol-1"}), kStart);

  book.cycle(findings({"vol-1"}), kStart + minutes(5) - seconds(1));
  EXPECT_FALSE(book.due("vol-1", kStart + minutes(60)));

  book.cycle(findings({"vol-1"}), kStart + minutes(5));
  EXPECT_TRUE(book.due("vol-1", kStart + minutes(60)));
}

TEST(MissingBook, BecomesDueByAgeWithoutAnotherCycle) {
  MissingBook book(switched_on());
  book.cycle(findings({"vol-1"}), kStart);
  book.cycle(findings({"vol-1"}), kStart + minutes(10));

  EXPECT_FALSE(book.due("vol-1", kStart + minutes(30) - seconds(1)));
  EXPECT_TRUE(book.due("vol-1", kStart + minutes(30)));
  EXPECT_THAT(book.agenda(), ElementsAre(Pair(VolumeId("vol-1"), kStart + minutes(30))));
}

TEST(MissingBook, AnIncompleteCycleIsNoSecondCycle) {
  MissingBook book(switched_on());
  book.cycle(findings({"vol-1"}), kStart);
  CycleFindings partial = findings({"vol-1"});
  partial.complete = false;

  book.cycle(partial, kStart + minutes(30));

  EXPECT_FALSE(book.due("vol-1", kStart + minutes(60)));
}

TEST(MissingBook, AnIncompleteCycleStartsNothing) {
  MissingBook book(switched_on());
  CycleFindings partial = findings({"vol-1"});
  partial.complete = false;
  book.cycle(partial, kStart);

  book.cycle(findings({"vol-1"}), kStart + minutes(30));

  EXPECT_FALSE(book.due("vol-1", kStart + minutes(30)));
}

TEST(MissingBook, AnIncompleteCycleWithoutTheVolumeDoesNotResetItsAge) {
  MissingBook book(switched_on());
  book.cycle(findings({"vol-1"}), kStart);
  CycleFindings partial = findings({});
  partial.complete = false;
  book.cycle(partial, kStart + minutes(15));

  book.cycle(findings({"vol-1"}), kStart + minutes(30));

  EXPECT_TRUE(book.due("vol-1", kStart + minutes(30)));
}

TEST(MissingBook, AnIncompleteCycleFullOfMissingVolumesRaisesNothing) {
  MissingBook book(switched_on());
  CycleFindings partial = findings(names(50));
  partial.complete = false;

  book.cycle(partial, kStart);

  EXPECT_FALSE(book.mass());
}

TEST(MissingBook, AVolumeThatWasBackInBetweenStartsOver) {
  MissingBook book(switched_on());
  book.cycle(findings({"vol-1"}), kStart);
  book.cycle(findings({}), kStart + minutes(30));
  book.cycle(findings({"vol-1"}), kStart + minutes(60));

  EXPECT_FALSE(book.due("vol-1", kStart + minutes(60)));
  EXPECT_FALSE(book.due("vol-1", kStart + minutes(120)));
}

TEST(MissingBook, AVolumeThatIsNamedAgainIsForgottenAtOnce) {
  MissingBook book = ripe_book(findings({"vol-1"}));

  book.forget("vol-1");

  EXPECT_FALSE(book.due("vol-1", kStart + minutes(30)));
  EXPECT_EQ(book.counts(kStart).missing, 0u);
}

TEST(MissingBook, NothingIsKeptOfVolumesThatLeftCns) {
  MissingBook book = ripe_book(findings({"vol-1", "vol-2"}));

  book.cycle(findings({}), kStart + minutes(60));

  EXPECT_EQ(book.counts(kStart + minutes(60)).missing, 0u);
}

TEST(MissingBook, SwitchedOffNothingIsDueAndWhatWouldBeIsCounted) {
  const MissingBook book = ripe_book(findings({"vol-1", "vol-2"}), MissingOptions());

  EXPECT_FALSE(book.due("vol-1", kStart + minutes(30)));
  EXPECT_THAT(book.agenda(), IsEmpty());
  EXPECT_EQ(book.counts(kStart + minutes(30)).held, 2u);
}

TEST(MissingBook, ALabelledVolumeIsNotDue) {
  CycleFindings found = findings({"vol-1"});
  found.missing[0].labelled = true;

  const MissingBook book = ripe_book(found);

  EXPECT_FALSE(book.due("vol-1", kStart + minutes(30)));
  EXPECT_EQ(book.counts(kStart + minutes(30)).missing, 1u);
  EXPECT_EQ(book.counts(kStart + minutes(30)).labelled, 1u);
}

TEST(MissingBook, IsDueUntilTheLabelIsAcknowledged) {
  MissingBook book = ripe_book(findings({"vol-1"}));
  ASSERT_TRUE(book.due("vol-1", kStart + minutes(90)));

  book.labelled("vol-1");

  EXPECT_FALSE(book.due("vol-1", kStart + minutes(90)));
}

TEST(MissingBook, ACycleThatReadBeforeTheLabelWasWrittenDoesNotTakeItBack) {
  MissingBook book = ripe_book(findings({"vol-1"}));
  book.labelled("vol-1");

  book.cycle(findings({"vol-1"}), kStart + minutes(31));

  EXPECT_FALSE(book.due("vol-1", kStart + minutes(31)));
}

TEST(MissingBook, ALabelThatSomebodyTookOffIsWrittenAgain) {
  MissingBook book = ripe_book(findings({"vol-1"}));
  book.labelled("vol-1");
  book.cycle(findings({"vol-1"}), kStart + minutes(60));

  book.cycle(findings({"vol-1"}), kStart + minutes(90));

  EXPECT_TRUE(book.due("vol-1", kStart + minutes(90)));
}

TEST(MissingBook, AVolumeInDoubtAfterALostLabelKeepsItsAge) {
  MissingBook book = ripe_book(findings({"vol-1"}));
  book.lost("vol-1", kStart + minutes(35));

  for (int minute = 31; minute <= 36; ++minute) {
    book.cycle(findings({}), kStart + minutes(minute));
    EXPECT_TRUE(book.due("vol-1", kStart + minutes(minute))) << minute;
  }
  book.cycle(findings({}), kStart + minutes(37));
  EXPECT_FALSE(book.due("vol-1", kStart + minutes(37)));
}

TEST(MissingBook, DoubtEndsWithTheCycleThatListsTheVolume) {
  MissingBook book = ripe_book(findings({"vol-1"}));
  book.lost("vol-1", kStart + minutes(35));
  book.cycle(findings({"vol-1"}), kStart + minutes(31));

  book.cycle(findings({}), kStart + minutes(32));

  EXPECT_FALSE(book.follows("vol-1"));
}

TEST(MissingBook, ANewBookRemembersNothing) {
  MissingBook after_restart(switched_on());

  after_restart.cycle(findings({"vol-1"}), kStart + minutes(60));

  EXPECT_FALSE(after_restart.due("vol-1", kStart + minutes(60)));
}

// A naive reading of the rule, by keeping the whole history.
TEST(MissingBook, AgreesWithANaiveModelOnRandomCycles) {
  std::mt19937 random(7); // NOLINT(cert-msc51-cpp,cert-msc32-c): the same every time
  MissingBook book(switched_on());
  std::map<std::string, std::vector<Clock::time_point>> seen; // by running complete cycles
  std::set<std::string> labelled;
  const std::vector<std::string> ids = names(8);
  Clock::time_point now = kStart;
  std::size_t due_ever = 0;
  for (int step = 0; step < 3'000; ++step) {
    now += seconds(random() % 900);
    std::vector<std::string> missing;
    for (const std::string& id : ids) {
      if (random() % 20 != 0) missing.push_back(id);
    }
    CycleFindings found = findings(missing);
    found.complete = random() % 4 != 0;
    for (MissingVolume& volume : found.missing) {
      volume.labelled = labelled.contains(volume.id.str());
    }
    book.cycle(found, now);
    if (found.complete) {
      const std::set<std::string> present(missing.begin(), missing.end());
      for (const std::string& id : ids) {
        if (present.contains(id)) {
          seen[id].push_back(now);
        } else {
          seen.erase(id);
          labelled.erase(id); // the PV was back and took it off
        }
      }
    }
    for (const std::string& id : ids) {
      const auto history = seen.find(id);
      const bool expected = history != seen.end() && !labelled.contains(id) &&
                            history->second.back() - history->second.front() >= minutes(5) &&
                            now - history->second.front() >= minutes(30);
      ASSERT_EQ(book.due(id, now), expected) << id << " at step " << step;
      if (!expected || random() % 3 != 0) continue;
      ++due_ever;
      book.labelled(id);
      labelled.insert(id);
    }
  }
  EXPECT_GT(due_ever, 100u);
}

} // namespace
} // namespace syncer

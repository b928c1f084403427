#include "reconcile/drift.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace syncer {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class DriftBookTest : public testing::Test {
 protected:
  static Drift drift(const char* volume, DriftClass type = DriftClass::kCnsWithoutPv) {
    Drift one;
    one.type = type;
    one.volume = volume;
    return one;
  }
  void cycle(std::vector<Drift> found, Clock::duration after = 10min) {
    now += after;
    book.cycle(std::move(found), now, now + 1s);
  }
  std::vector<std::string> told() const {
    std::vector<std::string> volumes;
    for (const DriftRow& row : book.report()->rows) volumes.push_back(row.drift.volume.str());
    return volumes;
  }
  std::size_t count(DriftClass type = DriftClass::kCnsWithoutPv) const {
    return book.report()->counts[index_of(type)];
  }

  DriftBook book{5min};
  Clock::time_point now{1h};
};

TEST_F(DriftBookTest, NothingIsToldBeforeTheFirstCycle) {
  EXPECT_FALSE(book.report()->ended);
  EXPECT_THAT(told(), IsEmpty());
}

TEST_F(DriftBookTest, OneCycleIsNotEnough) {
  cycle({drift("1")});
  EXPECT_THAT(told(), IsEmpty());
  EXPECT_EQ(count(), 0u);

  cycle({drift("1")});
  EXPECT_THAT(told(), ElementsAre("1"));
  EXPECT_EQ(count(), 1u);
  EXPECT_EQ(book.report()->rows[0].since, Clock::time_point(1h + 10min));
  EXPECT_EQ(book.report()->ended, Clock::time_point(1h + 20min + 1s));
}

TEST_F(DriftBookTest, WhatIsYoungIsNotTold) {
  cycle({drift("1")});
  cycle({drift("1")}, 4min);
  EXPECT_THAT(told(), IsEmpty());

  cycle({drift("1")}, 1min);
  EXPECT_THAT(told(), ElementsAre("1"));
}

TEST_F(DriftBookTest, AgeCountsFromTheFirstCycleEvenIfOneIsEnough) {
  Drift seen_at_once = drift("1");
  seen_at_once.cycles = 1;
  cycle({seen_at_once});
  EXPECT_THAT(told(), IsEmpty());

  DriftBook without_age(0s);
  without_age.cycle({seen_at_once}, now, now);
  EXPECT_THAT(without_age.report()->rows, SizeIs(1));
}

TEST_F(DriftBookTest, WhatVanishedBeginsAnew) {
  cycle({drift("1")});
  cycle({drift("1")});
  cycle({});
  EXPECT_THAT(told(), IsEmpty());

  cycle({drift("1")});
  EXPECT_THAT(told(), IsEmpty());
}

TEST_F(DriftBookTest, ClassesOfOneVolumeAreApart) {
  cycle({drift("1")});
  cycle({drift("1", DriftClass::kSharedHandle)});
  EXPECT_THAT(told(), IsEmpty());
}

TEST_F(DriftBookTest, EachReleasedPvIsARow) {
  Drift a = drift("share", DriftClass::kReleasedWithoutConsumer);
  a.pvs = {"a"};
  Drift b = a;
  b.pvs = {"b"};
  cycle({a});
  cycle({b, a});

  EXPECT_THAT(told(), SizeIs(1));
  EXPECT_THAT(book.report()->rows[0].drift.pvs, ElementsAre("a"));
}

TEST_F(DriftBookTest, PathsWithoutVolumeAreApart) {
  Drift a;
  a.in_tree_path = "[ds] a.vmdk";
  Drift b;
  b.in_tree_path = "[ds] b.vmdk";
  cycle({a, b});
  cycle({a, b});

  EXPECT_THAT(told(), SizeIs(2));
}

TEST_F(DriftBookTest, RowsAreOrderedByClassThenAge) {
  cycle({drift("young", DriftClass::kMovedBacking), drift("b")});
  cycle({drift("old"), drift("a"), drift("young", DriftClass::kMovedBacking), drift("b")});
  cycle({drift("a"), drift("young", DriftClass::kMovedBacking), drift("old"), drift("b")});

  EXPECT_THAT(told(), ElementsAre("b", "a", "old", "young"));
}

TEST_F(DriftBookTest, MoreThanFitAreCounted) {
  std::vector<Drift> many;
  for (std::size_t i = 0; i < DriftReport::kMostRowsPerClass + 7; ++i) {
    many.push_back(drift(std::to_string(i).c_str()));
  }
  many.push_back(drift("other", DriftClass::kMovedBacking));
  cycle(many);
  cycle(many);

  EXPECT_EQ(count(), DriftReport::kMostRowsPerClass + 7);
  EXPECT_THAT(told(), SizeIs(DriftReport::kMostRowsPerClass + 1));
  EXPECT_EQ(told().back(), "other");
}

TEST_F(DriftBookTest, AReportInHandsDoesNotChange) {
  cycle({drift("1")});
  cycle({drift("1")});
  const std::shared_ptr<const DriftReport> kept = book.report();
  cycle({});

  EXPECT_THAT(kept->rows, SizeIs(1));
}

} // namespace
} // namespace syncer

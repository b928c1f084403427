#include "informers/reflector_fsm.h"

#include <gtest/gtest.h>

namespace syncer {
namespace {

using namespace std::chrono_literals;
using Action = ReflectorFsm::Action;
using End = ReflectorFsm::End;

class ReflectorFsmTest : public testing::Test {
 protected:
  // Starts the next step and moves to the moment it begins; returns how long that was.
  Clock::duration next() {
    step = fsm.next(now);
    const auto waited = step.not_before - now;
    now = step.not_before;
    return waited;
  }
  void end(End end, std::optional<std::chrono::seconds> retry_after = std::nullopt) {
    fsm.ended(ReflectorFsm::Report{end, retry_after}, now);
  }
  // A streaming list up to `version`, then the watch on it.
  void synced(const char* version) {
    next();
    fsm.opened(now);
    ASSERT_TRUE(fsm.listed(version));
  }

  double chance = 0;
  Clock::time_point now{1000h};
  ReflectorFsm fsm{[this] { return chance; }};
  ReflectorFsm::Step step;
};

TEST_F(ReflectorFsmTest, StartsWithAConsistentStreamingList) {
  EXPECT_EQ(next(), 0s);

  EXPECT_EQ(step.action, Action::kStreamList);
  EXPECT_EQ(step.version, "");
  EXPECT_FALSE(step.force);
  EXPECT_EQ(step.timeout, 300s);
}

TEST_F(ReflectorFsmTest, WatchTimeoutIsSpread) {
  chance = 0.5;
  next();
  EXPECT_EQ(step.timeout, 450s);
}

TEST_F(ReflectorFsmTest, ClosedWatchGoesOnFromTheLastVersionAtOnce) {
  synced("10");
  EXPECT_TRUE(fsm.consistent());
  fsm.event("12", now);
  EXPECT_TRUE(fsm.bookmark("15"));
  end(End::kClosed);

  EXPECT_EQ(next(), 0s);
  EXPECT_EQ(step.action, Action::kWatch);
  EXPECT_EQ(step.version, "15");
}

TEST_F(ReflectorFsmTest, ObjectsOfAStreamingListDoNotMoveTheVersion) {
  next();
  fsm.opened(now);
  fsm.event("99", now);
  end(End::kClosed);

  next();
  EXPECT_EQ(step.action, Action::kStreamList);
  EXPECT_EQ(step.version, "");
}

TEST_F(ReflectorFsmTest, UnsupportedStreamingListIsRememberedForHalfAnHour) {
  next();
  end(End::kUnsupported);

  EXPECT_EQ(next(), 0s);
  EXPECT_EQ(step.action, Action::kList);
  EXPECT_EQ(step.version, "0");
  EXPECT_TRUE(step.probe_paging);
  fsm.opened(now);
  ASSERT_TRUE(fsm.listed("10"));
  EXPECT_FALSE(fsm.consistent());
  end(End::kListed);
  EXPECT_EQ(next(), 0s);
  EXPECT_EQ(step.action, Action::kWatch);
  end(End::kExpired);
  next();
  EXPECT_EQ(step.action, Action::kList);
  EXPECT_EQ(step.version, "10"); // not older than what we have
  EXPECT_FALSE(step.probe_paging);
  now += 31min;
  end(End::kClosed);
  next();
  EXPECT_EQ(step.action, Action::kStreamList);
}

TEST_F(ReflectorFsmTest, SilenceBeforeTheBookmarkCountsAsUnsupported) {
  next();
  fsm.opened(now);
  end(End::kIdle);

  EXPECT_EQ(next(), 0s);
  EXPECT_EQ(step.action, Action::kList);
}

TEST_F(ReflectorFsmTest, FailedStreamingListIsTriedOnceAsPlainList) {
  next();
  end(End::kServerError);
  EXPECT_EQ(next(), 0s);
  EXPECT_EQ(step.action, Action::kList);
  end(End::kServerError);
  EXPECT_EQ(next(), 800ms);
  EXPECT_EQ(step.action, Action::kStreamList);
}

TEST_F(ReflectorFsmTest, BackoffDoublesUpToThirtySecondsWithJitter) {
  chance = 0.5;
  for (const auto base : {800ms, 1600ms, 3200ms, 6400ms, 12800ms, 25600ms, 30000ms, 30000ms}) {
    next();
    end(End::kUnreachable);
    EXPECT_EQ(fsm.next(now).not_before - now, base * 3 / 2);
  }
}

TEST_F(ReflectorFsmTest, BackoffResetsOnlyAfterTwoHealthyMinutes) {
  synced("10");
  end(End::kUnreachable); // the first failure: 0.8 s
  next();
  end(End::kUnreachable);
  EXPECT_EQ(next(), 1600ms);
  fsm.opened(now);
  now += 119s;
  end(End::kUnreachable);
  EXPECT_EQ(next(), 3200ms); // not healthy for long enough
  fsm.opened(now);
  now += 120s;
  end(End::kUnreachable);
  EXPECT_EQ(next(), 800ms);
}

TEST_F(ReflectorFsmTest, AnOutageOfManyMinutesIsNotHealth) {
  next();
  for (int i = 0; i < 20; ++i) {
    end(End::kUnreachable);
    next();
  }
  end(End::kUnreachable);

  EXPECT_EQ(next(), 30s);
}

TEST_F(ReflectorFsmTest, ExpiredWatchListsAtOnceTheFirstTime) {
  synced("10");
  chance = 0.5;
  end(End::kExpired);

  EXPECT_EQ(next(), 250ms);
  EXPECT_EQ(step.action, Action::kStreamList);
  EXPECT_EQ(step.version, "10");
  chance = 0;
  fsm.opened(now);
  ASSERT_TRUE(fsm.listed("20"));
  end(End::kExpired);
  EXPECT_EQ(next(), 800ms);
}

TEST_F(ReflectorFsmTest, ExpiredListAsksForAnyVersionAtOnceThenWithBackoff) {
  synced("10");
  end(End::kExpired);
  next();
  end(End::kExpired);

  EXPECT_EQ(next(), 0s);
  EXPECT_EQ(step.version, "");
  end(End::kExpired);
  EXPECT_EQ(next(), 800ms);
  EXPECT_EQ(step.version, "");
}

TEST_F(ReflectorFsmTest, ThrottledWaitsAsAskedAndUpToHalfAsLongAgain) {
  synced("10");
  chance = 0.5;
  end(End::kThrottled, 8s);

  EXPECT_EQ(next(), 10s);
  EXPECT_EQ(step.action, Action::kWatch);
  EXPECT_EQ(step.version, "10");
}

TEST_F(ReflectorFsmTest, ThrottlingTimesOutsideReasonAreCut) {
  synced("10");
  end(End::kThrottled, 0s);
  EXPECT_EQ(next(), 1s);
  end(End::kThrottled, 86400s);
  EXPECT_EQ(next(), 120s);
}

TEST_F(ReflectorFsmTest, ThrottledWithoutATimeBacksOff) {
  synced("10");
  end(End::kThrottled);
  EXPECT_EQ(next(), 800ms);
}

TEST_F(ReflectorFsmTest, ShortEmptyWatchBacksOffAndInTheEndLists) {
  synced("10");
  end(End::kClosed);
  for (int i = 0; i < 4; ++i) {
    next();
    EXPECT_EQ(step.action, Action::kWatch);
    fsm.opened(now);
    end(End::kClosed);
  }
  EXPECT_GT(next(), 10s);
  EXPECT_EQ(step.action, Action::kStreamList);
}

TEST_F(ReflectorFsmTest, ASecondIdleWatchInARowLeadsToAList) {
  synced("10");
  end(End::kIdle);
  next();
  end(End::kIdle);

  next();
  EXPECT_NE(step.action, Action::kWatch);
}

TEST_F(ReflectorFsmTest, ABookmarkBetweenTwoIdleWatchesKeepsWatching) {
  synced("10");
  end(End::kIdle);
  next();
  EXPECT_TRUE(fsm.bookmark("11"));
  end(End::kIdle);

  next();
  EXPECT_EQ(step.action, Action::kWatch);
}

TEST_F(ReflectorFsmTest, IdleWatchIsReplacedAtOnce) {
  synced("10");
  end(End::kIdle);

  EXPECT_EQ(next(), 0s);
  EXPECT_EQ(step.action, Action::kWatch);
  EXPECT_EQ(step.version, "10");
}

TEST_F(ReflectorFsmTest, SecondServerErrorInARowLists) {
  synced("10");
  end(End::kServerError);
  EXPECT_EQ(next(), 800ms);
  EXPECT_EQ(step.action, Action::kWatch);
  end(End::kServerError);
  EXPECT_EQ(next(), 1600ms);
  EXPECT_EQ(step.action, Action::kStreamList);
}

TEST_F(ReflectorFsmTest, ServerBehindUsGetsAConsistentRead) {
  synced("10");
  end(End::kVersionTooLarge);

  next();
  EXPECT_EQ(step.action, Action::kStreamList);
  EXPECT_EQ(step.version, "");
  EXPECT_FALSE(step.force);
  EXPECT_FALSE(fsm.take_went_back());
  fsm.opened(now);
  EXPECT_TRUE(fsm.listed("11"));
  EXPECT_FALSE(fsm.take_went_back());
}

TEST_F(ReflectorFsmTest, ServerBehindUsForMoreThanHalfAMinuteWentBack) {
  synced("10");
  end(End::kVersionTooLarge);
  const auto since = now;
  while (now - since <= 30s) {
    EXPECT_FALSE(fsm.take_went_back());
    next();
    end(End::kVersionTooLarge);
  }

  EXPECT_TRUE(fsm.take_went_back());
  EXPECT_FALSE(fsm.take_went_back());
  next();
  EXPECT_TRUE(step.force);
}

TEST_F(ReflectorFsmTest, BookmarkBelowOursWentBack) {
  synced("10");

  EXPECT_FALSE(fsm.bookmark("9"));
  end(End::kBackwards);

  EXPECT_TRUE(fsm.take_went_back());
  EXPECT_EQ(next(), 0s);
  EXPECT_EQ(step.version, "");
  EXPECT_TRUE(step.force);
  fsm.opened(now);
  EXPECT_TRUE(fsm.listed("5")); // now it is what there is
  end(End::kClosed);
  next();
  EXPECT_EQ(step.version, "5");
  EXPECT_FALSE(step.force);
}

TEST_F(ReflectorFsmTest, ListBelowOursIsNotTaken) {
  synced("10");
  end(End::kExpired);
  next();
  fsm.opened(now);

  EXPECT_FALSE(fsm.listed("9"));
}

TEST_F(ReflectorFsmTest, BrokenFramingLists) {
  synced("10");
  end(End::kUndecodable);

  EXPECT_EQ(next(), 0s);
  EXPECT_EQ(step.action, Action::kStreamList);
  end(End::kUndecodable);
  EXPECT_EQ(next(), 800ms);
}

TEST_F(ReflectorFsmTest, LostServerIsWatchedAgainFromTheSameVersion) {
  synced("10");
  end(End::kUnreachable);

  EXPECT_EQ(next(), 800ms);
  EXPECT_EQ(step.action, Action::kWatch);
  EXPECT_EQ(step.version, "10");
}

TEST_F(ReflectorFsmTest, PagingIsKeptOnceNeeded) {
  next();
  end(End::kUnsupported);
  next();
  EXPECT_FALSE(step.paged);
  fsm.paging_needed();
  fsm.opened(now);
  ASSERT_TRUE(fsm.listed("10"));
  end(End::kListed);
  next();
  end(End::kExpired);
  next();
  EXPECT_TRUE(step.paged);
}

} // namespace
} // namespace syncer

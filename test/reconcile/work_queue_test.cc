#include "reconcile/work_queue.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace syncer {
namespace {

using namespace std::chrono_literals;

class WorkQueueTest : public testing::Test {
 protected:
  void add(const char* id, EntityKind kind = EntityKind::kVolume) { queue.add(id, kind, now); }
  // The id of the next volume, "" if there is none.
  std::string take(bool allow_bulk = true) {
    const auto taken = queue.take(now, allow_bulk);
    lane = taken ? std::optional(taken->lane) : std::nullopt;
    return taken ? taken->id.str() : "";
  }
  std::string take_and_finish() {
    const std::string id = take();
    if (!id.empty()) queue.done(id);
    return id;
  }

  Clock::time_point now{std::chrono::hours(1000)};
  std::optional<Lane> lane; // of what `take` gave last
  WorkQueue queue;
};

TEST_F(WorkQueueTest, CountsWhatWasPutInWhatIsReadyAndWhatCameBack) {
  add("a");
  add("a"); // stands there already
  queue.add_bulk({"b"});
  EXPECT_EQ(queue.adds(), 2u);
  EXPECT_EQ(queue.ready(), 2u);

  take();
  EXPECT_EQ(queue.ready(), 1u);
  EXPECT_EQ(queue.retries(), 0u);

  queue.retry_at({"a"}, now + 1s);
  EXPECT_EQ(queue.retries(), 1u);
  EXPECT_EQ(queue.ready(), 1u);

  now += 1s;
  EXPECT_TRUE(queue.has_ready(now, true));
  EXPECT_EQ(queue.adds(), 3u);
  EXPECT_EQ(queue.ready(), 2u);
}

TEST_F(WorkQueueTest, GivesVolumesInTheOrderOfTheirEvents) {
  add("a");
  add("b");
  add("c");

  EXPECT_EQ(take(), "a");
  EXPECT_EQ(lane, Lane::kLive);
  EXPECT_EQ(take(), "b");
  EXPECT_EQ(take(), "c");
  EXPECT_EQ(take(), "");
  EXPECT_EQ(queue.processing(), 3u);
}

TEST_F(WorkQueueTest, SeveralEventsMakeOneRun) {
  for (int i = 0; i < 10; ++i) add("a");

  EXPECT_EQ(take_and_finish(), "a");
  EXPECT_EQ(take(), "");
}

TEST_F(WorkQueueTest, KeyAddedWhileProcessedRunsAgainButNotBeforeItIsDone) {
  add("a");
  take();
  add("a");
  add("a");

  EXPECT_EQ(take(), "");
  queue.done("a");
  EXPECT_EQ(take_and_finish(), "a");
  EXPECT_EQ(take(), "");
}

TEST_F(WorkQueueTest, VolumesAtRestCostNothing) {
  add("a");
  queue.add_bulk("b");
  EXPECT_EQ(queue.size(), 2u);

  take_and_finish();
  take_and_finish();

  EXPECT_EQ(queue.size(), 0u);
  EXPECT_EQ(queue.processing(), 0u);
  EXPECT_FALSE(queue.next_deadline());
}

TEST_F(WorkQueueTest, BulkComesAfterLive) {
  queue.add_bulk("bulk");
  add("live");

  EXPECT_EQ(take(), "live");
  EXPECT_EQ(take(), "bulk");
  EXPECT_EQ(lane, Lane::kBulk);
}

TEST_F(WorkQueueTest, BulkWaitsUntilItIsAllowed) {
  queue.add_bulk("bulk");

  EXPECT_FALSE(queue.has_ready(now, false));
  EXPECT_EQ(take(false), "");
  EXPECT_TRUE(queue.has_ready(now, true));
  EXPECT_EQ(take(true), "bulk");
}

TEST_F(WorkQueueTest, LiveEventOvertakesTheBulkLaneAndRunsOnce) {
  queue.add_bulk("a");
  queue.add_bulk("b");
  add("b");

  EXPECT_EQ(take(false), "b");
  EXPECT_EQ(lane, Lane::kLive);
  queue.done("b");
  EXPECT_EQ(take_and_finish(), "a");
  EXPECT_EQ(take(), "");
}

TEST_F(WorkQueueTest, BulkDoesNotDemoteALiveEvent) {
  add("a");
  queue.add_bulk("a");

  EXPECT_EQ(take(false), "a");
}

TEST_F(WorkQueueTest, LiveEventDuringABulkRunMakesTheRestOfItLive) {
  queue.add_bulk("a");
  take();
  add("a");

  queue.requeue("a");

  EXPECT_EQ(take(false), "a");
  EXPECT_EQ(lane, Lane::kLive);
}

TEST_F(WorkQueueTest, BulkAskedForDuringARunStaysBulk) {
  add("a");
  take();
  queue.add_bulk("a");
  queue.done("a");

  EXPECT_EQ(take(false), "");
  EXPECT_EQ(take(true), "a");
  EXPECT_EQ(lane, Lane::kBulk);
}

TEST_F(WorkQueueTest, FailedVolumeWaitsForItsRetry) {
  add("a");
  take();
  queue.retry_at("a", now + 5s);

  EXPECT_EQ(queue.next_deadline(), now + 5s);
  EXPECT_EQ(queue.failures("a"), 1u);
  now += 4999ms;
  EXPECT_EQ(take(), "");
  now += 1ms;
  EXPECT_EQ(take(), "a");
}

TEST_F(WorkQueueTest, FailuresCountUntilASuccess) {
  add("a");
  for (std::uint32_t failures = 1; failures <= 3; ++failures) {
    take();
    queue.retry_at("a", now);
    EXPECT_EQ(queue.failures("a"), failures);
  }
  take();
  queue.done("a");

  EXPECT_EQ(queue.failures("a"), 0u);
}

TEST_F(WorkQueueTest, LiveEventPromotesAVolumeOutOfItsBackoff) {
  add("a");
  take();
  queue.retry_at("a", now + 5min);
  add("a");

  EXPECT_EQ(take_and_finish(), "a");
  now += 10min;
  EXPECT_EQ(take(), "");
}

TEST_F(WorkQueueTest, FullSyncDoesNotShortenABackoff) {
  add("a");
  take();
  queue.retry_at("a", now + 5min);
  queue.add_bulk("a");

  EXPECT_EQ(take(), "");
}

TEST_F(WorkQueueTest, FullSyncDuringTheFailingRunDoesNotShortenItsBackoff) {
  add("a");
  take();
  queue.add_bulk("a");
  queue.retry_at("a", now + 5min);

  EXPECT_EQ(take(), "");
  EXPECT_EQ(queue.next_deadline(), now + 5min);
}

TEST_F(WorkQueueTest, LiveEventDuringTheFailingRunIsTriedAtOnce) {
  add("a");
  take();
  add("a");
  queue.retry_at("a", now + 5min);

  EXPECT_EQ(take(), "a");
  EXPECT_EQ(queue.failures("a"), 1u);
}

TEST_F(WorkQueueTest, FailedBulkWorkStaysBulk) {
  queue.add_bulk("a");
  take();
  queue.retry_at("a", now + 5s);
  now += 5s;

  EXPECT_EQ(take(false), "");
  EXPECT_EQ(take(true), "a");
}

TEST_F(WorkQueueTest, DeferredVolumeComesBackWithoutAFailure) {
  add("a");
  take();
  queue.defer("a", now + 10s);

  EXPECT_EQ(take(), "");
  EXPECT_EQ(queue.failures("a"), 0u);
  now += 10s;
  EXPECT_EQ(take(), "a");
}

TEST_F(WorkQueueTest, DeferSwallowsEventsThatCouldNotBeServedEarlierEither) {
  add("a");
  take();
  add("a");
  queue.defer("a", now + 10s);

  EXPECT_EQ(take(), "");
  EXPECT_EQ(queue.oldest_pending(), now);
}

TEST_F(WorkQueueTest, DeferredBulkWorkStaysBulk) {
  queue.add_bulk("a");
  take();
  queue.defer("a", now + 1s);
  now += 1s;

  EXPECT_EQ(take(false), "");
  EXPECT_EQ(take(true), "a");
}

TEST_F(WorkQueueTest, RequeuedVolumeGoesOnBeforeTheOthers) {
  add("a");
  add("b");
  take();
  queue.requeue("a");

  EXPECT_EQ(take(), "a");
  EXPECT_EQ(take(), "b");
}

TEST_F(WorkQueueTest, LookAtALaterTime) {
  queue.add_at("a", now + 1min);

  EXPECT_EQ(take(), "");
  EXPECT_EQ(queue.next_deadline(), now + 1min);
  now += 1min;
  EXPECT_EQ(take(), "a");
}

TEST_F(WorkQueueTest, EarliestOfTwoLooksWins) {
  queue.add_at("a", now + 2min);
  queue.add_at("a", now + 1min);
  queue.add_at("a", now + 3min);
  EXPECT_EQ(queue.next_deadline(), now + 1min);

  now += 1min;
  EXPECT_EQ(take_and_finish(), "a");
  now += 5min;
  EXPECT_EQ(take(), "");
}

TEST_F(WorkQueueTest, LookAskedForDuringARunComesAfterIt) {
  add("a");
  take();
  queue.add_at("a", now + 1min);
  queue.done("a");

  EXPECT_EQ(take(), "");
  EXPECT_EQ(queue.size(), 1u);
  now += 1min;
  EXPECT_EQ(take(), "a");
}

TEST_F(WorkQueueTest, EndOfAVolumeNobodyTookIsIgnored) {
  add("a");
  queue.done("a");
  queue.done("unknown");
  queue.retry_at("a", now + 1h);
  queue.requeue("a");

  EXPECT_EQ(take(), "a");
  EXPECT_EQ(queue.processing(), 1u);
}

TEST_F(WorkQueueTest, PendingTimeIsThatOfTheOldestEvent) {
  const Clock::time_point first = now;
  add("a", EntityKind::kClaim);
  now += 1s;
  add("a", EntityKind::kClaim);
  add("a", EntityKind::kPod);
  EXPECT_EQ(queue.oldest_pending(), first);

  take();
  const PendingSince pending = queue.take_pending("a");

  EXPECT_EQ(pending.by_kind[0], std::nullopt);
  EXPECT_EQ(pending.by_kind[1], first);
  EXPECT_EQ(pending.by_kind[2], now);
}

TEST_F(WorkQueueTest, WhatIsBeingSentIsPendingUntilItIsDone) {
  const Clock::time_point first = now;
  add("a", EntityKind::kClaim);
  take();
  queue.take_pending("a");
  now += 1s;
  EXPECT_EQ(queue.oldest_pending(), first);
  EXPECT_EQ(queue.standing("a").pending_since, first);

  queue.done("a");

  EXPECT_FALSE(queue.oldest_pending());
}

TEST_F(WorkQueueTest, LaterChangeIsNotAmongTheOnesBeingSent) {
  add("a", EntityKind::kClaim);
  take();
  queue.take_pending("a");
  now += 1s;
  add("a", EntityKind::kClaim);
  queue.done("a");

  EXPECT_EQ(queue.oldest_pending(), now);
}

TEST_F(WorkQueueTest, LostChangesAreMergedBackAndTheEarlierTimeStays) {
  const Clock::time_point first = now;
  add("a", EntityKind::kClaim);
  take();
  const PendingSince pending = queue.take_pending("a");
  now += 1s;
  add("a", EntityKind::kClaim);
  queue.retry_at("a", now + 1s);
  queue.restore_pending("a", pending);

  EXPECT_EQ(queue.oldest_pending(), first);
  EXPECT_EQ(queue.take_pending("a").by_kind[1], first);
}

TEST_F(WorkQueueTest, WhatWasDoneIsNotPending) {
  add("a");
  take_and_finish();
  queue.add_at("a", now + 1min);

  EXPECT_FALSE(queue.oldest_pending());
}

TEST_F(WorkQueueTest, ALaterLookAloneIsNotUnfinishedWork) {
  add("failing");
  take();
  queue.retry_at("failing", now + 1s);
  queue.add_at("later look", now + 60s);

  EXPECT_EQ(queue.unfinished(), 1u);

  add("waiting");
  EXPECT_EQ(queue.unfinished(), 2u);
}

} // namespace
} // namespace syncer

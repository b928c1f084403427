#include "app/full_sync_run.h"

#include <gtest/gtest.h>

namespace syncer {
namespace {

FullSync::Status status(std::uint64_t begun, std::uint64_t ended, CycleResult result) {
  FullSync::Status made;
  made.begun = begun;
  made.ended = ended;
  made.volumes_read = 10;
  made.last_result = result;
  return made;
}

TEST(FullSyncRun, IsNotOverBeforeEveryVCenterHasEndedItsCycle) {
  FullSyncRun run({{"vc-1", 3}, {"vc-2", 1}});

  run.look("vc-1", status(3, 3, CycleResult::kSuccess), {4, 4, 0});
  EXPECT_FALSE(is_over(run.vcenters()));
  run.look("vc-2", status(1, 1, CycleResult::kSuccess), {});

  EXPECT_TRUE(is_over(run.vcenters()));
  EXPECT_EQ(run.vcenters()[0].differed, 4u);
}

TEST(FullSyncRun, CountsOfTheCycleBeforeAreNotShown) {
  FullSyncRun run({{"vc-1", 3}});

  run.look("vc-1", status(2, 2, CycleResult::kFailure), {4, 4, 0});

  EXPECT_EQ(run.vcenters()[0].differed, 0u);
  EXPECT_FALSE(is_over(run.vcenters()));
}

TEST(FullSyncRun, WhatACycleEndedWithStays) {
  FullSyncRun run({{"vc-1", 3}});
  run.look("vc-1", status(3, 3, CycleResult::kSuccess), {4, 4, 0});

  run.look("vc-1", status(4, 4, CycleResult::kFailure), {});

  EXPECT_EQ(run.vcenters()[0].result, "success");
  EXPECT_EQ(run.vcenters()[0].synced, 4u);
}

TEST(FullSyncRun, AFailureHasItsReason) {
  FullSyncRun run({{"vc-1", 1}});
  FullSync::Status failed = status(1, 1, CycleResult::kFailure);
  failed.last_error = "read of all ids: timed out";

  run.look("vc-1", failed, {});

  EXPECT_EQ(error_of(run.vcenters()), "vc-1: read of all ids: timed out");
}

TEST(FullSyncRun, VolumesThatFailedAreNoSuccess) {
  FullSyncRun run({{"vc-1", 1}});

  run.look("vc-1", status(1, 1, CycleResult::kPartial), {4, 3, 1});

  EXPECT_EQ(run.vcenters()[0].result, "partial");
  EXPECT_EQ(error_of(run.vcenters()), "vc-1: some volumes could not be brought into sync");
}

} // namespace
} // namespace syncer

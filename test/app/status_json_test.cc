#include "app/status_json.h"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <nlohmann/json.hpp>

#include "fakes/fake_clock.h"

namespace syncer {
namespace {

using nlohmann::json;

class StatusJson : public testing::Test {
 protected:
  StatusJson() {
    VCenterStatus vcenter;
    vcenter.host = "vc";
    vcenter.numbers.volumes_in_sync = 5;
    status.vcenters = {vcenter};
  }
  std::string health() const { return health_of(status, conditions).sentence; }

  asio::io_context io;
  FakeClock clock{io};
  Conditions conditions{clock};
  ProcessStatus status;
};

TEST_F(StatusJson, AllIsWell) {
  EXPECT_EQ(health(), "All 5 volumes in sync.");
  status.vcenters.front().numbers.volumes_in_sync = 1;
  EXPECT_EQ(health(), "All 1 volume in sync.");
}

TEST_F(StatusJson, SaysHowLongTheLastChangeTook) {
  status.vcenters.front().lag.add(0.038);
  EXPECT_EQ(health(), "All 5 volumes in sync; last change reached CNS in 38 ms.");
  status.vcenters.front().lag.add(61.4);
  EXPECT_EQ(health(), "All 5 volumes in sync; last change reached CNS in 61 s.");
}

TEST_F(StatusJson, ShowsTheLastFullSyncsAndTheLagOfEachMinute) {
  VCenterStatus& vcenter = status.vcenters.front();
  FullSync::Ended sync;
  sync.began = clock.now();
  sync.took = std::chrono::seconds(3);
  sync.result = CycleResult::kPartial;
  sync.found = {7, 5, 2};
  vcenter.full_syncs.push_back(sync);
  vcenter.lag.add(1);
  vcenter.lag.close_minute();
  clock.advance(std::chrono::seconds(10));

  const json all = json::parse(status_json(status, conditions, clock.now()));

  const json& row = all["vcenters"][0]["full_syncs"][0];
  EXPECT_EQ(row["began_seconds_ago"], 10);
  EXPECT_EQ(row["took_seconds"], 3);
  EXPECT_EQ(row["result"], "partial");
  EXPECT_EQ(row["differed"], 7);
  EXPECT_EQ(row["failed"], 2);
  EXPECT_EQ(all["vcenters"][0]["lag"]["minutes"][0]["changes"], 1);
  EXPECT_EQ(all["vcenters"][0]["lag"]["last_seconds"], 1);
}

TEST_F(StatusJson, CountsDriftByClass) {
  status.vcenters.front().drift[index_of(DriftClass::kMovedBacking)] = 3;

  const json all = json::parse(status_json(status, conditions, clock.now()));

  EXPECT_EQ(all["vcenters"][0]["drift"]["moved_backing"], 3);
  EXPECT_EQ(all["vcenters"][0]["drift"]["cns_without_pv"], 0);
  EXPECT_EQ(all["vcenters"][0]["drift"].size(), kDriftClasses.size());
}

TEST_F(StatusJson, TheWorstComesFirst) {
  status.vcenters.front().numbers.volumes_pending = 2;
  EXPECT_EQ(health(), "2 volumes to go; 5 in sync.");
  status.vcenters.front().numbers.volumes_failed = 1;
  EXPECT_EQ(health(), "1 volume cannot be brought into sync; 5 in sync.");
  status.not_ready_because = "waiting for lists";
  EXPECT_EQ(health(), "Not ready: waiting for lists.");
  conditions.raise(Condition::kMassMissing, "vc", "9 of 10");
  EXPECT_EQ(health(), "MassMissing at vc: 9 of 10.");
  status.leads = false;
  status.leader = "pod-1";
  EXPECT_EQ(health(), "Standing by; pod-1 leads.");
  conditions.raise(Condition::kNoLeader, "", "update: forbidden");
  EXPECT_EQ(health(), "Nobody leads: update: forbidden.");
}

TEST_F(StatusJson, TheLevelSaysHowBadItIs) {
  const auto level = [&] {
    return json::parse(status_json(status, conditions, clock.now()))["health_level"];
  };
  EXPECT_EQ(level(), "good");
  status.vcenters.front().numbers.volumes_unknown = 2;
  EXPECT_EQ(level(), "attention");
  status.vcenters.front().numbers.volumes_failed = 1;
  EXPECT_EQ(level(), "bad");
  status.leads = false;
  EXPECT_EQ(level(), "attention");
  status.leader = "pod-1";
  EXPECT_EQ(level(), "good");
}

TEST_F(StatusJson, ATryThatIsOverdueIsDueNow) {
  status.vcenters.front().failures = {
      {"vol-1", "pv-1", "refused", clock.now(), FailureReason::kOtherFault, 1, clock.now()}};
  clock.advance(std::chrono::seconds(5));

  const json shown = json::parse(status_json(status, conditions, clock.now()));

  EXPECT_EQ(shown["vcenters"][0]["failures"][0]["next_retry_seconds"], 0);
}

TEST_F(StatusJson, SaysWhatWasBuiltAndSinceWhenItLeads) {
  json shown = json::parse(status_json(status, conditions, clock.now()));
  EXPECT_EQ(shown["build"]["version"], shown["version"]);
  EXPECT_NE(shown["build"]["compiler"], "");
  EXPECT_TRUE(shown["leads_for_seconds"].is_null());
  status.led_since = clock.now();
  clock.advance(std::chrono::seconds(30));

  shown = json::parse(status_json(status, conditions, clock.now()));

  EXPECT_EQ(shown["leads_for_seconds"], 30);
}

TEST_F(StatusJson, LargeNumbersAreReadable) {
  status.vcenters.front().numbers.volumes_in_sync = 25'000;
  EXPECT_EQ(health(), "All 25,000 volumes in sync.");
}

TEST_F(StatusJson, ShowsTheLastRunAsItIsOrNothing) {
  EXPECT_TRUE(json::parse(status_json(status, conditions, clock.now()))["last_run"].is_null());
  status.last_run = R"({"state":"success"})";

  const json shown = json::parse(status_json(status, conditions, clock.now()));

  EXPECT_EQ(shown["last_run"]["state"], "success");
}

TEST_F(StatusJson, SumsUpAllVCenters) {
  status.vcenters.push_back(status.vcenters.front());

  EXPECT_EQ(health(), "All 10 volumes in sync.");
}

TEST_F(StatusJson, SaysWhatFailsAndSinceWhen) {
  const Clock::time_point then = clock.now();
  status.vcenters.front().failures = {
      {"vol-1", "pv-1", "no \"permission\"", then, FailureReason::kNoPermission, 4,
       then + std::chrono::seconds(100)},
      {"vol-2", "-", "refused", then, FailureReason::kOtherFault, 1, std::nullopt}};
  status.vcenters.front().failures_by_reason = {{FailureReason::kNoPermission, 7},
                                                {FailureReason::kOtherFault, 1}};
  status.vcenters.front().full_sync.last_result = CycleResult::kPartial;
  conditions.raise(Condition::kConfigInvalid, "", "line 3");
  clock.advance(std::chrono::seconds(90));

  const json shown = json::parse(status_json(status, conditions, clock.now()));

  EXPECT_EQ(shown["schema"], 1);
  const json& vcenter = shown["vcenters"][0];
  EXPECT_EQ(vcenter["host"], "vc");
  EXPECT_EQ(vcenter["volumes"]["in_sync"], 5);
  EXPECT_EQ(vcenter["full_sync"]["last_result"], "partial");
  EXPECT_EQ(vcenter["failures"][0]["error"], "no \"permission\"");
  EXPECT_EQ(vcenter["failures"][0]["kind"], "no_permission");
  EXPECT_EQ(vcenter["failures"][0]["attempts"], 4);
  EXPECT_EQ(vcenter["failures"][0]["next_retry_seconds"], 10);
  EXPECT_TRUE(vcenter["failures"][1]["next_retry_seconds"].is_null());
  EXPECT_EQ(vcenter["failures_by_reason"],
            json::parse(R"({"no_permission": 7, "other_fault": 1})"));
  EXPECT_EQ(vcenter["failures"][0]["for_seconds"], 90);
  EXPECT_EQ(shown["conditions"][0]["type"], "ConfigInvalid");
  EXPECT_EQ(shown["conditions"][0]["for_seconds"], 90);
}

TEST_F(StatusJson, BeforeTheFirstFullSyncThereIsNoResult) {
  const json shown = json::parse(status_json(status, conditions, clock.now()));

  EXPECT_TRUE(shown["vcenters"][0]["full_sync"]["last_result"].is_null());
}

} // namespace
} // namespace syncer

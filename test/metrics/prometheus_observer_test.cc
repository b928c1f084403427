#include "metrics/prometheus_observer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "fakes/fake_clock.h"
#include "metrics/definitions.h"
#include "metrics/process_metrics.h"

namespace syncer {
namespace {

using namespace std::chrono_literals;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::IsSupersetOf;
using testing::Not;

class PrometheusObserverTest : public testing::Test {
 protected:
  std::vector<std::string> all_lines() {
    std::vector<std::string> lines;
    whole.vcenters["vc.example"] = snapshot;
    std::istringstream text(process.render(whole));
    for (std::string line; std::getline(text, line);) lines.push_back(line);
    return lines;
  }
  // The samples of one metric, in the order of the exposition.
  std::vector<std::string> samples(const std::string& name) {
    std::vector<std::string> found;
    for (const std::string& line : all_lines()) {
      if (line.rfind(name + "{", 0) == 0 || line.rfind(name + " ", 0) == 0) found.push_back(line);
    }
    return found;
  }

  MetricsSnapshot snapshot;
  ProcessSnapshot whole;
  asio::io_context io;
  FakeClock clock{io};
  PrometheusObserver process{clock, "1.2.3", {"MassMissing", "ViewWentBack"}};
  Observer& observer = process.vcenter("vc.example");
};

TEST_F(PrometheusObserverTest, VersionIsALabel) {
  EXPECT_THAT(samples("vsphere_syncer_info"),
              ElementsAre("vsphere_syncer_info{version=\"1.2.3\"} 1"));
}

TEST_F(PrometheusObserverTest, WhatHappenedLatelyIsKeptForEachVCenter) {
  Observer& other = process.vcenter("other.example");
  observer.change_acknowledged(EntityKind::kClaim, 2s);
  observer.update_finished("acknowledged");
  other.update_finished("refused");
  other.update_finished("acknowledged");
  process.close_minute();

  EXPECT_EQ(process.recent_lag("vc.example").minutes().back().changes, 1u);
  EXPECT_EQ(process.recent_lag("other.example").minutes().back().changes, 0u);
  EXPECT_EQ(process.updates(), (PrometheusObserver::Updates{2, 1, 0}));
}

TEST_F(PrometheusObserverTest, EveryMetricHasHelpAndType) {
  observer.cns_call("CnsUpdateVolumeMetadata", "ok", 1ms);
  std::set<std::string> documented;
  for (const std::string& line : all_lines()) {
    std::istringstream words(line);
    std::string hash, what, name, rest;
    words >> hash >> what >> name;
    std::getline(words, rest);
    if (hash == "#") {
      EXPECT_FALSE(rest.empty()) << line;
      if (what == "TYPE") documented.insert(name);
    } else {
      std::string metric = hash.substr(0, hash.find('{'));
      for (const char* suffix : {"_bucket", "_sum", "_count"}) {
        if (metric.ends_with(suffix) && !documented.contains(metric)) {
          metric.resize(metric.size() - std::string(suffix).size());
        }
      }
      EXPECT_TRUE(documented.contains(metric)) << line;
    }
  }
  EXPECT_GE(documented.size(), 15u);
}

TEST_F(PrometheusObserverTest, LagAndResultsAreThereBeforeAnythingHappened) {
  EXPECT_THAT(samples("vsphere_syncer_propagation_seconds_count"),
              testing::UnorderedElementsAre(
                  "vsphere_syncer_propagation_seconds_count{kind=\"pv\",vc=\"vc.example\"} 0",
                  "vsphere_syncer_propagation_seconds_count{kind=\"pvc\",vc=\"vc.example\"} 0",
                  "vsphere_syncer_propagation_seconds_count{kind=\"pod\",vc=\"vc.example\"} 0"));
  EXPECT_THAT(samples("vsphere_syncer_updates_total"),
              testing::UnorderedElementsAre(
                  "vsphere_syncer_updates_total{result=\"acknowledged\",vc=\"vc.example\"} 0",
                  "vsphere_syncer_updates_total{result=\"refused\",vc=\"vc.example\"} 0",
                  "vsphere_syncer_updates_total{result=\"unknown\",vc=\"vc.example\"} 0"));
}

TEST_F(PrometheusObserverTest, LagIsCountedByKindInBucketsFromOneMillisecond) {
  observer.change_acknowledged(EntityKind::kClaim, 500us);
  observer.change_acknowledged(EntityKind::kClaim, 4ms);
  observer.change_acknowledged(EntityKind::kClaim, 500s);

  const std::string series = "{kind=\"pvc\",vc=\"vc.example\"";
  const std::string bucket = "vsphere_syncer_propagation_seconds_bucket" + series + ",le=";
  EXPECT_THAT(all_lines(),
              IsSupersetOf({bucket + "\"0.001\"} 1", bucket + "\"0.003\"} 1",
                            bucket + "\"0.005\"} 2", bucket + "\"300\"} 2", bucket + "\"+Inf\"} 3",
                            "vsphere_syncer_propagation_seconds_count" + series + "} 3"}));
}

TEST_F(PrometheusObserverTest, UpdatesAreCountedByResult) {
  for (const char* result : {"acknowledged", "acknowledged", "unknown"}) {
    observer.update_finished(result);
  }

  EXPECT_THAT(
      all_lines(),
      IsSupersetOf({"vsphere_syncer_updates_total{result=\"acknowledged\",vc=\"vc.example\"} 2",
                    "vsphere_syncer_updates_total{result=\"refused\",vc=\"vc.example\"} 0",
                    "vsphere_syncer_updates_total{result=\"unknown\",vc=\"vc.example\"} 1"}));
}

TEST_F(PrometheusObserverTest, SnapshotIsShownAsGaugesOfNow) {
  snapshot.volumes_in_sync = 7;
  snapshot.volumes_failed = 1;
  snapshot.queue_depth = 3;
  snapshot.flight_limit = 4;
  snapshot.oldest_pending_seconds = 1.5;
  all_lines();
  snapshot.volumes_in_sync = 8;
  snapshot.volumes_failed = 0;

  EXPECT_THAT(all_lines(),
              IsSupersetOf({"vsphere_syncer_volumes{state=\"in_sync\",vc=\"vc.example\"} 8",
                            "vsphere_syncer_volumes{state=\"failed\",vc=\"vc.example\"} 0",
                            "vsphere_syncer_volumes{state=\"pending\",vc=\"vc.example\"} 0",
                            "vsphere_syncer_volumes{state=\"unknown\",vc=\"vc.example\"} 0",
                            "vsphere_syncer_queue_depth{vc=\"vc.example\"} 3",
                            "vsphere_syncer_in_flight_limit{vc=\"vc.example\"} 4",
                            "vsphere_syncer_oldest_pending_seconds{vc=\"vc.example\"} 1.5"}));
}

TEST_F(PrometheusObserverTest, InformersReportByResource) {
  process.informer_synced("pods", true);
  process.informer_synced("persistentvolumes", true);
  process.informer_synced("persistentvolumes", false);
  process.informer_objects("pods", 12);
  process.watch_restarted("pods", "expired");
  process.watch_restarted("pods", "expired");
  process.relisted("pods", 1s);
  process.watch_event("pods");
  process.event_ignored("pods");
  process.decode_failed("pods");

  EXPECT_THAT(
      all_lines(),
      IsSupersetOf({"vsphere_syncer_informer_synced{resource=\"pods\"} 1",
                    "vsphere_syncer_informer_synced{resource=\"persistentvolumes\"} 0",
                    "vsphere_syncer_informer_objects{resource=\"pods\"} 12",
                    "vsphere_syncer_watch_restarts_total{reason=\"expired\",resource=\"pods\"} 2",
                    "vsphere_syncer_relists_total{resource=\"pods\"} 1",
                    "vsphere_syncer_watch_events_total{resource=\"pods\"} 1",
                    "vsphere_syncer_watch_events_ignored_total{resource=\"pods\"} 1",
                    "vsphere_syncer_decode_errors_total{resource=\"pods\"} 1"}));
}

TEST_F(PrometheusObserverTest, CallsToVCenterAreCountedAndTimed) {
  observer.cns_call("CnsQueryVolume", "ok", 3ms);
  observer.cns_call("CnsQueryVolume", "transient", 40s);
  observer.cns_session(true);
  observer.cns_login("ok");
  observer.full_sync_finished("success", 2500ms, true);

  const std::string calls = "vsphere_syncer_vcenter_calls_total{operation=\"CnsQueryVolume\",";
  EXPECT_THAT(
      all_lines(),
      IsSupersetOf(
          {calls + "result=\"ok\",vc=\"vc.example\"} 1",
           calls + "result=\"transient\",vc=\"vc.example\"} 1",
           std::string("vsphere_syncer_vcenter_session{vc=\"vc.example\"} 1"),
           std::string("vsphere_syncer_vcenter_logins_total{result=\"ok\",vc=\"vc.example\"} 1"),
           std::string("vsphere_syncer_full_syncs_total{result=\"success\",vc=\"vc.example\"} 1"),
           std::string("vsphere_syncer_full_sync_last_duration_seconds{vc=\"vc.example\"} 2.5")}));
}

TEST_F(PrometheusObserverTest, SameEventsMakeNoNewSeries) {
  const auto busy_second = [&] {
    observer.update_finished("acknowledged");
    observer.change_acknowledged(EntityKind::kPod, 1ms);
    observer.cns_call("CnsUpdateVolumeMetadata", "ok", 1ms);
    process.watch_event("pods");
  };
  busy_second();
  const std::size_t before = all_lines().size();

  for (int i = 0; i < 100; ++i) busy_second();

  EXPECT_EQ(all_lines().size(), before);
}

TEST_F(PrometheusObserverTest, EachVCenterHasItsOwnSeries) {
  process.vcenter("other.example").update_finished("acknowledged");
  observer.update_finished("refused");
  EXPECT_EQ(&process.vcenter("vc.example"), &observer);
  EXPECT_THAT(
      all_lines(),
      IsSupersetOf({"vsphere_syncer_updates_total{result=\"acknowledged\",vc=\"other.example\"} 1",
                    "vsphere_syncer_updates_total{result=\"acknowledged\",vc=\"vc.example\"} 0",
                    "vsphere_syncer_updates_total{result=\"refused\",vc=\"vc.example\"} 1"}));
}

TEST_F(PrometheusObserverTest, ConditionsRiseAndFall) {
  whole.conditions = {{"MassMissing", "vc.example"}};
  EXPECT_THAT(all_lines(),
              IsSupersetOf({"vsphere_syncer_condition{type=\"MassMissing\",vc=\"vc.example\"} 1",
                            "vsphere_syncer_condition{type=\"ViewWentBack\",vc=\"\"} 0"}));
  whole.conditions.clear();
  EXPECT_THAT(all_lines(),
              Contains("vsphere_syncer_condition{type=\"MassMissing\",vc=\"vc.example\"} 0"));
}

TEST_F(PrometheusObserverTest, WhoLeadsIsShownWhereThereIsAnElection) {
  EXPECT_THAT(samples("leader_election_master_status"), IsEmpty());
  whole.leads = false;
  EXPECT_THAT(samples("leader_election_master_status"),
              ElementsAre("leader_election_master_status{name=\"vsphere-syncer\"} 0"));
  whole.leads = true;
  EXPECT_THAT(samples("leader_election_master_status"),
              ElementsAre("leader_election_master_status{name=\"vsphere-syncer\"} 1"));
}

TEST_F(PrometheusObserverTest, ProcessIsShownAndItsCpuTimeNeverFalls) {
  const auto cpu = [&] {
    const auto found = samples("process_cpu_seconds_total");
    return found.size() == 1 ? std::stod(found[0].substr(found[0].find(' '))) : -1;
  };
  const double before = cpu();
  EXPECT_GE(before, 0);
  EXPECT_GE(cpu(), before);
  EXPECT_THAT(samples("process_resident_memory_bytes"), Not(IsEmpty()));
}

TEST(ProcessUse, IsThatOfARunningProcess) {
  const ProcessUse use = process_use();

  EXPECT_GT(use.resident_bytes, 1e6);
  EXPECT_GE(use.virtual_bytes, use.resident_bytes);
  EXPECT_GE(use.open_fds, 3);
  EXPECT_GT(use.start_time_seconds, 1.6e9);
}

} // namespace
} // namespace syncer

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include <boost/asio/io_context.hpp>

#include "exposition.h"
#include "fakes/fake_clock.h"
#include "metrics/prometheus_observer.h"

namespace syncer {
namespace {

using namespace std::chrono_literals;

class ReportedSeries : public testing::Test {
 protected:
  double value(const std::string& family, const std::map<std::string, std::string>& labels) {
    double found = -1;
    for (const Sample& sample : samples_of(process.render(whole))) {
      if (sample.family == family && sample.labels == labels) found = sample.value;
    }
    return found;
  }
  double of_vcenter(const std::string& family) { return value(family, {{"vc", "vc.example"}}); }
  double wall() const {
    return std::chrono::duration<double>(clock.wall_now().time_since_epoch()).count();
  }

  asio::io_context io;
  FakeClock clock{io};
  PrometheusObserver process{clock, "1", {}};
  Observer& observer = process.vcenter("vc.example");
  ProcessSnapshot whole;
};

constexpr const char* kAttempt = "vsphere_syncer_full_sync_last_attempt_timestamp_seconds";
constexpr const char* kSuccess = "vsphere_syncer_full_sync_last_success_timestamp_seconds";
constexpr const char* kFailures = "vsphere_syncer_full_sync_consecutive_failures";

TEST_F(ReportedSeries, FreshnessIsThatOfTheLastCycleThatReadEverything) {
  EXPECT_EQ(of_vcenter(kSuccess), 0);

  observer.full_sync_finished("partial", 1s, false);
  const double read_all = wall();
  clock.advance(600s);
  observer.full_sync_finished("failure", 1s, false);
  observer.full_sync_finished("failure", 1s, false);

  EXPECT_NEAR(of_vcenter(kSuccess), read_all, 1);
  EXPECT_NEAR(of_vcenter(kAttempt), wall(), 1);
  EXPECT_EQ(of_vcenter(kFailures), 2);

  observer.full_sync_finished("success", 1s, false);
  EXPECT_NEAR(of_vcenter(kSuccess), wall(), 1);
  EXPECT_EQ(of_vcenter(kFailures), 0);
}

// For a histogram `value` finds its last line, the count.
TEST_F(ReportedSeries, APartialFullSyncIsAFailForTheReplacedName) {
  for (const char* const result : {"success", "partial", "failure"}) {
    observer.full_sync_finished(result, 3s, false);
  }
  EXPECT_EQ(value("vsphere_full_sync_ops_histogram", {{"status", "pass"}, {"le", "2"}}), 0);
  EXPECT_EQ(value("vsphere_full_sync_ops_histogram", {{"status", "pass"}, {"le", "5"}}), 1);
  EXPECT_EQ(value("vsphere_full_sync_ops_histogram", {{"status", "fail"}, {"le", "5"}}), 2);
}

TEST_F(ReportedSeries, OperationsAndRequestsHaveTheReplacedNamesAndLabels) {
  observer.cns_operation("update-volume-metadata", true, 3s);
  observer.cns_operation("update-volume-metadata", false, 1s);
  observer.cns_call("CnsUpdateVolumeMetadata", "ok", 1ms);
  observer.cns_call("Login", "transient", 1ms);
  observer.cns_call("GetTag", "ok", 1ms);

  const auto operation = [&](const char* status, const char* bucket) {
    return value("vsphere_cns_volume_ops_histogram",
                 {{"optype", "update-volume-metadata"}, {"status", status}, {"le", bucket}});
  };
  EXPECT_EQ(operation("pass", "2"), 0);
  EXPECT_EQ(operation("pass", "5"), 1);
  EXPECT_EQ(operation("fail", "2"), 1);
  const auto request = [&](const char* name, const char* client, const char* status) {
    return value("vsphere_request_ops_seconds",
                 {{"request", name}, {"client", client}, {"status", status}, {"le", "2"}});
  };
  EXPECT_EQ(request("CnsUpdateVolumeMetadata", "cns", "success"), 1);
  EXPECT_EQ(request("Login", "soap", "fail-unknown"), 1);
  EXPECT_EQ(request("GetTag", "", "success"), -1);
}

TEST_F(ReportedSeries, MissingVolumesHaveTheReplacedNameAndAreAllOfThem) {
  whole.vcenters["vc.example"].cns_without_pv = 7;

  EXPECT_EQ(of_vcenter("vsphere_cns_volume_pv_missing"), 7);
  EXPECT_EQ(of_vcenter("vsphere_syncer_cns_volumes_without_pv"), 7);
}

TEST_F(ReportedSeries, AFullSyncThatFoundNothingToDoIsCounted) {
  observer.full_sync_finished("success", 1s, true);
  observer.full_sync_finished("success", 1s, false);

  EXPECT_EQ(of_vcenter("vsphere_syncer_full_sync_noop_cycles_total"), 1);
}

TEST_F(ReportedSeries, TheQueueHasTheUsualHistograms) {
  observer.queue_waited(20ms);
  observer.queue_worked(2s);
  whole.vcenters["vc.example"].work_seconds = 12;
  whole.vcenters["vc.example"].longest_work_seconds = 7;

  const auto queue = [&](const char* name, const char* bucket) {
    std::map<std::string, std::string> labels{{"name", "vc.example"},
                                              {"controller", "vsphere-syncer"}};
    if (bucket != nullptr) labels["le"] = bucket;
    return value(name, labels);
  };
  EXPECT_EQ(queue("workqueue_queue_duration_seconds", "0.01"), 0);
  EXPECT_EQ(queue("workqueue_queue_duration_seconds", "0.1"), 1);
  EXPECT_EQ(queue("workqueue_work_duration_seconds", "1"), 0);
  EXPECT_EQ(queue("workqueue_work_duration_seconds", "10"), 1);
  EXPECT_EQ(queue("workqueue_unfinished_work_seconds", nullptr), 12);
  EXPECT_EQ(queue("workqueue_longest_running_processor_seconds", nullptr), 7);
}

TEST_F(ReportedSeries, TroublesOfAVCenterAreShown) {
  EXPECT_EQ(of_vcenter("vsphere_syncer_vcenter_credentials_latched"), 0);
  MetricsSnapshot& numbers = whole.vcenters["vc.example"];
  numbers.credentials_latched = true;
  numbers.breaker_open = true;
  numbers.throttled = 3;
  numbers.missing_privileges = {"Cns.Searchable"};

  EXPECT_EQ(of_vcenter("vsphere_syncer_vcenter_credentials_latched"), 1);
  EXPECT_EQ(of_vcenter("vsphere_syncer_vcenter_breaker_open"), 1);
  EXPECT_EQ(of_vcenter("vsphere_syncer_vcenter_throttled_total"), 3);
  const auto lacks = [&](const char* privilege) {
    return value("vsphere_syncer_vcenter_missing_privileges",
                 {{"vc", "vc.example"}, {"privilege", privilege}});
  };
  EXPECT_EQ(lacks("Cns.Searchable"), 1);
  EXPECT_EQ(lacks("System.Read"), 0);
}

TEST_F(ReportedSeries, RequestsToTheApiServerAreTimedAndNameItsHost) {
  process.kube_request("PUT", "10.96.0.1:443", "409", 300ms);

  const auto requests = [&](const char* method, const char* code) {
    return value("rest_client_requests_total",
                 {{"method", method}, {"host", "10.96.0.1:443"}, {"code", code}});
  };
  EXPECT_EQ(requests("PUT", "409"), 1);
  EXPECT_EQ(requests("PUT", "200"), 0);
  const auto within = [&](const char* bucket) {
    return value("rest_client_request_duration_seconds",
                 {{"verb", "PUT"}, {"host", "10.96.0.1:443"}, {"le", bucket}});
  };
  EXPECT_EQ(within("0.25"), 0);
  EXPECT_EQ(within("0.5"), 1);
}

TEST_F(ReportedSeries, TheTimeLeftOfTheLeaseIsShownWhereThereIsAnElection) {
  EXPECT_EQ(value("vsphere_syncer_lease_seconds_left", {}), -1);
  whole.leads = true;
  whole.lease_seconds_left = 9.5;
  EXPECT_EQ(value("vsphere_syncer_lease_seconds_left", {}), 9.5);
}

TEST_F(ReportedSeries, EveryClassOfDriftHasASeries) {
  whole.vcenters["vc.example"].drift[index_of(DriftClass::kSharedHandle)] = 2;

  const auto drift = [&](const char* type) {
    return value("vsphere_syncer_drift_volumes", {{"vc", "vc.example"}, {"class", type}});
  };
  EXPECT_EQ(drift("shared_handle"), 2);
  EXPECT_EQ(drift("moved_backing"), 0);
}

TEST_F(ReportedSeries, ACounterOfSomebodyWhoBeganAnewGoesOn) {
  const auto adds = [&](std::uint64_t now) {
    whole.vcenters["vc.example"].queue_adds = now;
    return value("workqueue_adds_total",
                 {{"name", "vc.example"}, {"controller", "vsphere-syncer"}});
  };
  EXPECT_EQ(adds(5), 5);
  EXPECT_EQ(adds(7), 7);
  EXPECT_EQ(adds(2), 9); // a world for a changed configuration counts from zero
  EXPECT_EQ(adds(2), 9);
}

TEST_F(ReportedSeries, WhatWaitsForAHumanIsShown) {
  MetricsSnapshot& numbers = whole.vcenters["vc.example"];
  numbers.labels_held = 3;
  numbers.unregisters_held = 4;
  numbers.labels_limited = true;

  const auto held = [&](const char* action) {
    return value("vsphere_syncer_volumes_held", {{"vc", "vc.example"}, {"action", action}});
  };
  EXPECT_EQ(held("label"), 3);
  EXPECT_EQ(held("unregister"), 4);
  EXPECT_EQ(of_vcenter("vsphere_syncer_labels_limited"), 1);
}

TEST_F(ReportedSeries, TheCertificateOfAVCenterIsShownOnceItIsKnown) {
  constexpr const char* kExpiry = "vsphere_syncer_vcenter_certificate_expiry_timestamp_seconds";
  EXPECT_EQ(of_vcenter(kExpiry), -1);

  whole.vcenters["vc.example"].certificate_expiry = 2e9;

  EXPECT_EQ(of_vcenter(kExpiry), 2e9);
}

TEST_F(ReportedSeries, AWatchShowsWhenItLastHeardSomething) {
  process.watch_event("pods");

  EXPECT_NEAR(value("vsphere_syncer_watch_last_event_timestamp_seconds", {{"resource", "pods"}}),
              wall(), 1);
}

} // namespace
} // namespace syncer

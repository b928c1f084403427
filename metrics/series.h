#pragma once

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <cstdint>
#include <functional>
#include <map>
#include <string>

namespace syncer {

using SeriesLabels = std::map<std::string, std::string>;

// A family with the series made so far: making one again costs far more than finding it.
template <class T>
class SeriesOf {
 public:
  template <class... Make>
  explicit SeriesOf(prometheus::Family<T>& family, Make... make)
      : make_([&family, make...](const SeriesLabels& labels) -> T& {
          return family.Add(labels, make...);
        }) {}

  T& operator()(const SeriesLabels& labels) {
    const auto found = made_.find(labels);
    if (found != made_.end()) return *found->second;
    return *made_.emplace(labels, &make_(labels)).first->second;
  }

 private:
  std::function<T&(const SeriesLabels&)> make_;
  std::map<SeriesLabels, T*> made_;
};

// A counter of somebody who may begin anew: goes on from where it was.
class FollowedCounter {
 public:
  void follow(prometheus::Counter& counter, std::uint64_t now) {
    counter.Increment(static_cast<double>(now >= last_ ? now - last_ : now));
    last_ = now;
  }

 private:
  std::uint64_t last_ = 0;
};

// All series of one process, named and described by metric_definitions().
struct Series {
  SeriesOf<prometheus::Counter> counter(const char* name);
  SeriesOf<prometheus::Gauge> gauge(const char* name);
  SeriesOf<prometheus::Histogram> histogram(const char* name);

  prometheus::Registry registry;

  SeriesOf<prometheus::Histogram> lag = histogram("vsphere_syncer_propagation_seconds");
  SeriesOf<prometheus::Gauge> oldest = gauge("vsphere_syncer_oldest_pending_seconds");
  SeriesOf<prometheus::Gauge> volumes = gauge("vsphere_syncer_volumes");
  SeriesOf<prometheus::Gauge> depth = gauge("vsphere_syncer_queue_depth");
  SeriesOf<prometheus::Counter> updates = counter("vsphere_syncer_updates_total");
  SeriesOf<prometheus::Gauge> cns_volumes = gauge("vsphere_syncer_cns_volumes");
  SeriesOf<prometheus::Gauge> without_pv = gauge("vsphere_syncer_cns_volumes_without_pv");
  SeriesOf<prometheus::Gauge> drift = gauge("vsphere_syncer_drift_volumes");
  SeriesOf<prometheus::Gauge> held = gauge("vsphere_syncer_volumes_held");
  SeriesOf<prometheus::Gauge> labels_limited = gauge("vsphere_syncer_labels_limited");
  SeriesOf<prometheus::Counter> full_syncs = counter("vsphere_syncer_full_syncs_total");
  SeriesOf<prometheus::Gauge> full_sync_time =
      gauge("vsphere_syncer_full_sync_last_duration_seconds");
  SeriesOf<prometheus::Gauge> last_attempt =
      gauge("vsphere_syncer_full_sync_last_attempt_timestamp_seconds");
  SeriesOf<prometheus::Gauge> last_success =
      gauge("vsphere_syncer_full_sync_last_success_timestamp_seconds");
  SeriesOf<prometheus::Gauge> failures_in_a_row =
      gauge("vsphere_syncer_full_sync_consecutive_failures");
  SeriesOf<prometheus::Counter> idle_syncs = counter("vsphere_syncer_full_sync_noop_cycles_total");
  SeriesOf<prometheus::Gauge> interval = gauge("vsphere_syncer_full_sync_interval_seconds");
  SeriesOf<prometheus::Gauge> in_tree = gauge("vsphere_syncer_in_tree_paths");
  SeriesOf<prometheus::Gauge> unrouted = gauge("vsphere_syncer_volumes_unrouted");
  SeriesOf<prometheus::Gauge> condition = gauge("vsphere_syncer_condition");

  SeriesOf<prometheus::Counter> calls = counter("vsphere_syncer_vcenter_calls_total");
  SeriesOf<prometheus::Histogram> call_time = histogram("vsphere_syncer_vcenter_call_seconds");
  SeriesOf<prometheus::Gauge> session = gauge("vsphere_syncer_vcenter_session");
  SeriesOf<prometheus::Counter> logins = counter("vsphere_syncer_vcenter_logins_total");
  SeriesOf<prometheus::Gauge> certificate =
      gauge("vsphere_syncer_vcenter_certificate_expiry_timestamp_seconds");
  SeriesOf<prometheus::Gauge> latched = gauge("vsphere_syncer_vcenter_credentials_latched");
  SeriesOf<prometheus::Gauge> lacks = gauge("vsphere_syncer_vcenter_missing_privileges");
  SeriesOf<prometheus::Gauge> breaker = gauge("vsphere_syncer_vcenter_breaker_open");
  SeriesOf<prometheus::Counter> throttled = counter("vsphere_syncer_vcenter_throttled_total");
  SeriesOf<prometheus::Gauge> in_flight = gauge("vsphere_syncer_in_flight");
  SeriesOf<prometheus::Gauge> limit = gauge("vsphere_syncer_in_flight_limit");

  SeriesOf<prometheus::Gauge> synced = gauge("vsphere_syncer_informer_synced");
  SeriesOf<prometheus::Gauge> objects = gauge("vsphere_syncer_informer_objects");
  SeriesOf<prometheus::Counter> events = counter("vsphere_syncer_watch_events_total");
  SeriesOf<prometheus::Gauge> last_event =
      gauge("vsphere_syncer_watch_last_event_timestamp_seconds");
  SeriesOf<prometheus::Counter> ignored = counter("vsphere_syncer_watch_events_ignored_total");
  SeriesOf<prometheus::Counter> restarts = counter("vsphere_syncer_watch_restarts_total");
  SeriesOf<prometheus::Counter> relists = counter("vsphere_syncer_relists_total");
  SeriesOf<prometheus::Counter> broken = counter("vsphere_syncer_decode_errors_total");
  SeriesOf<prometheus::Counter> evictions = counter("vsphere_syncer_evictions_total");
  SeriesOf<prometheus::Counter> kube_requests = counter("rest_client_requests_total");
  SeriesOf<prometheus::Histogram> kube_request_time =
      histogram("rest_client_request_duration_seconds");

  SeriesOf<prometheus::Gauge> leads = gauge("leader_election_master_status");
  SeriesOf<prometheus::Gauge> lease_left = gauge("vsphere_syncer_lease_seconds_left");
  SeriesOf<prometheus::Gauge> queue_ready = gauge("workqueue_depth");
  SeriesOf<prometheus::Counter> queue_adds = counter("workqueue_adds_total");
  SeriesOf<prometheus::Counter> queue_retries = counter("workqueue_retries_total");
  SeriesOf<prometheus::Histogram> queue_wait = histogram("workqueue_queue_duration_seconds");
  SeriesOf<prometheus::Histogram> queue_work = histogram("workqueue_work_duration_seconds");
  SeriesOf<prometheus::Gauge> unfinished_work = gauge("workqueue_unfinished_work_seconds");
  SeriesOf<prometheus::Gauge> longest_work = gauge("workqueue_longest_running_processor_seconds");
  SeriesOf<prometheus::Counter> cpu = counter("process_cpu_seconds_total");
  SeriesOf<prometheus::Gauge> resident = gauge("process_resident_memory_bytes");
  SeriesOf<prometheus::Gauge> virtual_size = gauge("process_virtual_memory_bytes");
  SeriesOf<prometheus::Gauge> fds = gauge("process_open_fds");
  SeriesOf<prometheus::Gauge> started = gauge("process_start_time_seconds");

  SeriesOf<prometheus::Gauge> info = gauge("vsphere_syncer_info");
  SeriesOf<prometheus::Histogram> old_full_sync = histogram("vsphere_full_sync_ops_histogram");
  SeriesOf<prometheus::Histogram> old_operation = histogram("vsphere_cns_volume_ops_histogram");
  SeriesOf<prometheus::Histogram> old_request = histogram("vsphere_request_ops_seconds");
  SeriesOf<prometheus::Gauge> old_missing = gauge("vsphere_cns_volume_pv_missing");

  FollowedCounter events_evicted, migrations_evicted, log_shapes_evicted;
};

} // namespace syncer

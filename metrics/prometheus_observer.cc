#include "metrics/prometheus_observer.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <functional>
#include <map>

#include "metrics/process_metrics.h"

namespace syncer {

namespace {

using prometheus::BuildCounter;
using prometheus::BuildGauge;
using prometheus::BuildHistogram;
using prometheus::Family;
using Labels = std::map<std::string, std::string>;
using Buckets = prometheus::Histogram::BucketBoundaries;

const Buckets& lag_buckets() {
  static const Buckets kBuckets{0.001, 0.002, 0.003, 0.005, 0.0075, 0.01, 0.015, 0.025, 0.05, 0.1,
                                0.25,  0.5,   1,     2.5,   5,      10,   30,    60,    300};
  return kBuckets;
}

const Buckets& call_buckets() {
  static const Buckets kBuckets{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1,
                                0.25,  0.5,    1,     2.5,  5,     10,   30};
  return kBuckets;
}

const char* lag_kind(EntityKind kind) {
  switch (kind) {
    case EntityKind::kVolume:
      return "pv";
    case EntityKind::kClaim:
      return "pvc";
    case EntityKind::kPod:
      return "pod";
  }
  return "";
}

// A family with the series made so far: making one again costs far more than finding it.
template <class T>
class Series1 {
 public:
  template <class... Make>
  explicit Series1(Family<T>& family, Make... make)
      : make_([&family, make...](const Labels& labels) -> T& {
          return family.Add(labels, make...);
        }) {}

  T& operator()(const Labels& labels) {
    const auto found = made_.find(labels);
    if (found != made_.end()) return *found->second;
    return *made_.emplace(labels, &make_(labels)).first->second;
  }

 private:
  std::function<T&(const Labels&)> make_;
  std::map<Labels, T*> made_;
};

} // namespace

struct PrometheusObserver::Series {
  using Counter = prometheus::Counter;
  using Gauge = prometheus::Gauge;
  using Histogram = prometheus::Histogram;

  Series1<Counter> counter(const char* name, const char* help) {
    return Series1<Counter>(BuildCounter().Name(name).Help(help).Register(registry));
  }
  Series1<Gauge> gauge(const char* name, const char* help) {
    return Series1<Gauge>(BuildGauge().Name(name).Help(help).Register(registry));
  }
  Series1<Histogram> histogram(const char* name, const char* help, const Buckets& buckets) {
    return Series1<Histogram>(BuildHistogram().Name(name).Help(help).Register(registry), buckets);
  }

  prometheus::Registry registry;
  Series1<Gauge> info = gauge("vsphere_syncer_info", "Always 1; the label tells the version.");
  Series1<Gauge> leads = gauge("leader_election_master_status", "1 while this replica leads.");
  Series1<Histogram> lag = histogram(
      "vsphere_syncer_propagation_seconds",
      "Time from observing a Kubernetes change to its acknowledgement by CNS.", lag_buckets());
  Series1<Counter> updates =
      counter("vsphere_syncer_updates_total", "Metadata updates sent to CNS, by how they ended.");
  Series1<Gauge> volumes = gauge("vsphere_syncer_volumes", "Volumes by state.");
  Series1<Gauge> depth = gauge("vsphere_syncer_queue_depth",
                               "Volumes that wait for a look, for a retry, or are worked on.");
  Series1<Gauge> in_flight = gauge("vsphere_syncer_in_flight", "Updates under way.");
  Series1<Gauge> limit =
      gauge("vsphere_syncer_in_flight_limit", "Updates that may be under way at once now.");
  Series1<Gauge> oldest =
      gauge("vsphere_syncer_oldest_pending_seconds",
            "Age of the oldest change that CNS has not acknowledged, 0 if none.");
  Series1<Gauge> cns_volumes =
      gauge("vsphere_syncer_cns_volumes", "Volumes that CNS holds for this cluster id.");
  Series1<Gauge> without_pv = gauge("vsphere_syncer_cns_volumes_without_pv",
                                    "Volumes that CNS holds for this cluster id and no PV names.");
  Series1<Gauge> condition =
      gauge("vsphere_syncer_condition", "1 while this standing trouble needs a human.");
  Series1<Gauge> in_tree = gauge("vsphere_syncer_in_tree_paths",
                                 "Paths of in-tree volumes that are not in CNS, by reason.");
  Series1<Gauge> unrouted =
      gauge("vsphere_syncer_volumes_unrouted", "Volumes that belong to no vCenter that is known.");
  Series1<Gauge> synced =
      gauge("vsphere_syncer_informer_synced", "1 when the first list of the resource is complete.");
  Series1<Gauge> objects = gauge("vsphere_syncer_informer_objects", "Objects kept in memory.");
  Series1<Counter> restarts = counter("vsphere_syncer_watch_restarts_total",
                                      "Watches that ended and were begun again, by cause.");
  Series1<Counter> relists = counter("vsphere_syncer_relists_total", "Complete lists read.");
  Series1<Counter> events =
      counter("vsphere_syncer_watch_events_total", "Events and bookmarks received.");
  Series1<Counter> ignored = counter("vsphere_syncer_watch_events_ignored_total",
                                     "Events that changed nothing that is sent to CNS.");
  Series1<Counter> broken =
      counter("vsphere_syncer_decode_errors_total", "Objects that could not be decoded.");
  Series1<Counter> calls = counter("vsphere_syncer_vcenter_calls_total",
                                   "Calls to vCenter by SOAP operation and result.");
  Series1<Histogram> call_time = histogram("vsphere_syncer_vcenter_call_seconds",
                                           "Duration of calls to vCenter.", call_buckets());
  Series1<Gauge> session = gauge("vsphere_syncer_vcenter_session", "1 while a session is held.");
  Series1<Counter> logins = counter("vsphere_syncer_vcenter_logins_total", "Logins by result.");
  Series1<Counter> full_syncs =
      counter("vsphere_syncer_full_syncs_total", "Full sync cycles by result.");
  Series1<Gauge> full_sync_time = gauge("vsphere_syncer_full_sync_last_duration_seconds",
                                        "Duration of the last full sync cycle.");
  Series1<Gauge> resident =
      gauge("process_resident_memory_bytes", "Resident memory size in bytes.");
  Series1<Gauge> virtual_size =
      gauge("process_virtual_memory_bytes", "Virtual memory size in bytes.");
  Series1<Counter> cpu =
      counter("process_cpu_seconds_total", "Total user and system CPU time spent in seconds.");
  Series1<Gauge> started =
      gauge("process_start_time_seconds", "Start time of the process since unix epoch in seconds.");
  Series1<Gauge> fds = gauge("process_open_fds", "Number of open file descriptors.");
};

class PrometheusObserver::OfVCenter final : public Observer {
 public:
  OfVCenter(Series& series, std::string vc) : series_(series), vc_(std::move(vc)) {
    for (const EntityKind kind : {EntityKind::kVolume, EntityKind::kClaim, EntityKind::kPod}) {
      series_.lag({{"vc", vc_}, {"kind", lag_kind(kind)}});
    }
    for (const char* const result : {"acknowledged", "refused", "unknown"}) {
      series_.updates({{"vc", vc_}, {"result", result}});
    }
  }

  void set(const MetricsSnapshot& now) {
    const auto set = [&](Series1<prometheus::Gauge>& gauge, double value) {
      gauge({{"vc", vc_}}).Set(value);
    };
    const auto volumes = [&](const char* state, std::size_t count) {
      series_.volumes({{"vc", vc_}, {"state", state}}).Set(static_cast<double>(count));
    };
    volumes("in_sync", now.volumes_in_sync);
    volumes("pending", now.volumes_pending);
    volumes("failed", now.volumes_failed);
    volumes("unknown", now.volumes_unknown);
    set(series_.depth, static_cast<double>(now.queue_depth));
    set(series_.in_flight, static_cast<double>(now.in_flight));
    set(series_.limit, static_cast<double>(now.flight_limit));
    set(series_.cns_volumes, static_cast<double>(now.cns_volumes));
    set(series_.without_pv, static_cast<double>(now.cns_without_pv));
    set(series_.oldest, now.oldest_pending_seconds);
  }

  void cns_call(std::string_view operation, std::string_view result, Seconds took) override {
    series_
        .calls(
            {{"vc", vc_}, {"operation", std::string(operation)}, {"result", std::string(result)}})
        .Increment();
    series_.call_time({{"operation", std::string(operation)}}).Observe(took.count());
  }
  void cns_session(bool established) override {
    series_.session({{"vc", vc_}}).Set(established ? 1 : 0);
  }
  void cns_login(std::string_view result) override {
    series_.logins({{"vc", vc_}, {"result", std::string(result)}}).Increment();
  }
  void change_acknowledged(EntityKind kind, Seconds seconds) override {
    series_.lag({{"vc", vc_}, {"kind", lag_kind(kind)}}).Observe(seconds.count());
  }
  void update_finished(std::string_view result) override {
    series_.updates({{"vc", vc_}, {"result", std::string(result)}}).Increment();
  }
  void full_sync_finished(std::string_view result, Seconds took) override {
    series_.full_syncs({{"vc", vc_}, {"result", std::string(result)}}).Increment();
    series_.full_sync_time({{"vc", vc_}}).Set(took.count());
  }

 private:
  Series& series_;
  std::string vc_;
};

PrometheusObserver::PrometheusObserver(const std::string& version,
                                       std::vector<std::string> conditions)
    : series_(std::make_unique<Series>()), conditions_(std::move(conditions)) {
  series_->info({{"version", version}}).Set(1);
}

PrometheusObserver::~PrometheusObserver() = default;

Observer& PrometheusObserver::vcenter(const std::string& host) {
  std::unique_ptr<OfVCenter>& observer = vcenters_[host];
  if (!observer) observer = std::make_unique<OfVCenter>(*series_, host);
  return *observer;
}

std::string PrometheusObserver::render(const ProcessSnapshot& now) {
  Series& s = *series_;
  for (const auto& [host, observer] : vcenters_) {
    const auto state = now.vcenters.find(host);
    // One that was taken out of the configuration holds nothing any more.
    observer->set(state == now.vcenters.end() ? MetricsSnapshot() : state->second);
  }
  for (const std::string& type : conditions_) s.condition({{"type", type}, {"vc", ""}}).Set(0);
  for (const auto& [host, observer] : vcenters_) {
    for (const std::string& type : conditions_) s.condition({{"type", type}, {"vc", host}}).Set(0);
  }
  for (const auto& [type, host] : now.conditions) {
    s.condition({{"type", type}, {"vc", host}}).Set(1);
  }
  if (now.leads) s.leads({{"name", "vsphere-syncer"}}).Set(*now.leads ? 1 : 0);
  s.in_tree({{"reason", "failed"}}).Set(static_cast<double>(now.in_tree_failed));
  s.in_tree({{"reason", "unsupported"}}).Set(static_cast<double>(now.in_tree_unsupported));
  s.unrouted({}).Set(static_cast<double>(now.unrouted));

  const ProcessUse use = process_use();
  s.resident({}).Set(use.resident_bytes);
  s.virtual_size({}).Set(use.virtual_bytes);
  s.started({}).Set(use.start_time_seconds);
  s.fds({}).Set(use.open_fds);
  prometheus::Counter& cpu = s.cpu({});
  cpu.Increment(use.cpu_seconds - cpu.Value());
  return prometheus::TextSerializer().Serialize(s.registry.Collect());
}

void PrometheusObserver::informer_synced(std::string_view resource, bool synced) {
  series_->synced({{"resource", std::string(resource)}}).Set(synced ? 1 : 0);
}
void PrometheusObserver::informer_objects(std::string_view resource, std::size_t count) {
  series_->objects({{"resource", std::string(resource)}}).Set(static_cast<double>(count));
}
void PrometheusObserver::watch_restarted(std::string_view resource, std::string_view reason) {
  series_->restarts({{"resource", std::string(resource)}, {"reason", std::string(reason)}})
      .Increment();
}
void PrometheusObserver::relisted(std::string_view resource, Seconds) {
  series_->relists({{"resource", std::string(resource)}}).Increment();
}
void PrometheusObserver::watch_event(std::string_view resource) {
  series_->events({{"resource", std::string(resource)}}).Increment();
}
void PrometheusObserver::decode_failed(std::string_view resource) {
  series_->broken({{"resource", std::string(resource)}}).Increment();
}
void PrometheusObserver::event_ignored(std::string_view resource) {
  series_->ignored({{"resource", std::string(resource)}}).Increment();
}
} // namespace syncer

#include "metrics/prometheus_observer.h"

#include <prometheus/text_serializer.h>

#include "metrics/process_metrics.h"
#include "metrics/vcenter_series.h"

namespace syncer {

namespace {

SeriesLabels of(std::string_view resource) { return {{"resource", std::string(resource)}}; }

} // namespace

PrometheusObserver::PrometheusObserver(const Clock& clock, const std::string& version,
                                       std::vector<std::string> conditions)
    : clock_(clock), series_(std::make_unique<Series>()), conditions_(std::move(conditions)) {
  series_->info({{"version", version}}).Set(1);
  for (const char* const optype : {"create-volume", "delete-volume", "update-volume-metadata",
                                   "query-volume", "query-all-volume"}) {
    for (const char* const status : {"pass", "fail"}) {
      series_->old_operation({{"optype", optype}, {"status", status}});
    }
  }
  for (const char* const status : {"pass", "fail"}) series_->old_full_sync({{"status", status}});
  for (const char* const resource : {"persistentvolumes", "persistentvolumeclaims", "pods"}) {
    for (SeriesOf<prometheus::Counter>* const zero :
         {&series_->events, &series_->ignored, &series_->relists, &series_->broken}) {
      (*zero)(of(resource));
    }
    series_->synced(of(resource)).Set(0);
    series_->objects(of(resource)).Set(0);
  }
}

PrometheusObserver::~PrometheusObserver() = default;

Observer& PrometheusObserver::vcenter(const std::string& host) { return observer_of(host); }

const RecentLag& PrometheusObserver::recent_lag(const std::string& host) {
  return observer_of(host).recent_lag();
}

void PrometheusObserver::close_minute() {
  for (const auto& [host, observer] : vcenters_) observer->recent_lag().close_minute();
}

PrometheusObserver::Updates PrometheusObserver::updates() const {
  Updates all;
  for (const auto& [host, observer] : vcenters_) {
    all.acknowledged += static_cast<std::uint64_t>(observer->updates("acknowledged"));
    all.refused += static_cast<std::uint64_t>(observer->updates("refused"));
    all.unknown += static_cast<std::uint64_t>(observer->updates("unknown"));
  }
  return all;
}

PrometheusObserver::OfVCenter& PrometheusObserver::observer_of(const std::string& host) {
  std::unique_ptr<OfVCenter>& observer = vcenters_[host];
  if (!observer) observer = std::make_unique<OfVCenter>(*series_, clock_, host);
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
  if (now.leads) s.lease_left({}).Set(now.lease_seconds_left);
  s.in_tree({{"reason", "failed"}}).Set(static_cast<double>(now.in_tree_failed));
  s.in_tree({{"reason", "unsupported"}}).Set(static_cast<double>(now.in_tree_unsupported));
  s.unrouted({}).Set(static_cast<double>(now.unrouted));
  s.interval({}).Set(now.full_sync_interval_seconds);
  s.events_evicted.follow(s.evictions({{"map", "events"}}), now.events_evicted);
  s.migrations_evicted.follow(s.evictions({{"map", "migrations"}}), now.migrations_evicted);
  s.log_shapes_evicted.follow(s.evictions({{"map", "log"}}), now.log_shapes_evicted);

  const ProcessUse use = process_use();
  s.resident({}).Set(use.resident_bytes);
  s.virtual_size({}).Set(use.virtual_bytes);
  s.started({}).Set(use.start_time_seconds);
  s.fds({}).Set(use.open_fds);
  prometheus::Counter& cpu = s.cpu({});
  cpu.Increment(use.cpu_seconds - cpu.Value());
  return prometheus::TextSerializer().Serialize(s.registry.Collect());
}

void PrometheusObserver::kube_request(std::string_view method, std::string_view host,
                                      std::string_view code, Seconds took) {
  const std::string name(host);
  const auto requests = [&](std::string_view verb, std::string_view status) -> auto& {
    return series_->kube_requests(
        {{"method", std::string(verb)}, {"host", name}, {"code", std::string(status)}});
  };
  if (kube_hosts_.insert(name).second) {
    // There from the start, so that a rate over the first one is right.
    for (const auto& [verb, status] : {std::pair("GET", "200"), std::pair("POST", "201"),
                                       std::pair("PUT", "200"), std::pair("PATCH", "200")}) {
      requests(verb, status);
    }
  }
  requests(method, code).Increment();
  series_->kube_request_time({{"verb", std::string(method)}, {"host", name}}).Observe(took.count());
}
void PrometheusObserver::informer_synced(std::string_view resource, bool synced) {
  series_->synced(of(resource)).Set(synced ? 1 : 0);
}
void PrometheusObserver::informer_objects(std::string_view resource, std::size_t count) {
  series_->objects(of(resource)).Set(static_cast<double>(count));
}
void PrometheusObserver::watch_restarted(std::string_view resource, std::string_view reason) {
  series_->restarts({{"resource", std::string(resource)}, {"reason", std::string(reason)}})
      .Increment();
}
void PrometheusObserver::relisted(std::string_view resource, Seconds) {
  series_->relists(of(resource)).Increment();
}
void PrometheusObserver::watch_event(std::string_view resource) {
  series_->events(of(resource)).Increment();
  series_->last_event(of(resource)).Set(Seconds(clock_.wall_now().time_since_epoch()).count());
}
void PrometheusObserver::decode_failed(std::string_view resource) {
  series_->broken(of(resource)).Increment();
}
void PrometheusObserver::event_ignored(std::string_view resource) {
  series_->ignored(of(resource)).Increment();
}

} // namespace syncer

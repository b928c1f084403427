#include "metrics/vcenter_series.h"

#include "metrics/definitions.h"

namespace syncer {

namespace {

constexpr const char* kMissingPrivileges = "vsphere_syncer_vcenter_missing_privileges";

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

} // namespace

PrometheusObserver::OfVCenter::OfVCenter(Series& series, const Clock& clock, std::string vc)
    : series_(series),
      clock_(clock),
      vc_(std::move(vc)),
      label_{{"vc", vc_}},
      queue_{{"name", vc_}, {"controller", "vsphere-syncer"}} {
  series_.idle_syncs(label_);
  series_.queue_wait(queue_);
  series_.queue_work(queue_);
  for (const EntityKind kind : {EntityKind::kVolume, EntityKind::kClaim, EntityKind::kPod}) {
    series_.lag({{"vc", vc_}, {"kind", lag_kind(kind)}});
  }
  for (const char* const result : {"acknowledged", "refused", "unknown"}) {
    series_.updates({{"vc", vc_}, {"result", result}});
  }
  for (const char* const result : {"success", "partial", "failure"}) {
    series_.full_syncs({{"vc", vc_}, {"result", result}});
  }
  for (const char* const result : {"ok", "refused"}) {
    series_.logins({{"vc", vc_}, {"result", result}});
  }
  for (SeriesOf<prometheus::Gauge>* const zero :
       {&series_.session, &series_.last_attempt, &series_.last_success,
        &series_.failures_in_a_row}) {
    (*zero)(label_).Set(0);
  }
}

double PrometheusObserver::OfVCenter::unixtime() const {
  return Seconds(clock_.wall_now().time_since_epoch()).count();
}

void PrometheusObserver::OfVCenter::set(const MetricsSnapshot& now) {
  const auto volumes = [&](const char* state, std::size_t count) {
    series_.volumes({{"vc", vc_}, {"state", state}}).Set(static_cast<double>(count));
  };
  volumes("in_sync", now.volumes_in_sync);
  volumes("pending", now.volumes_pending);
  volumes("failed", now.volumes_failed);
  volumes("unknown", now.volumes_unknown);
  for (const DriftClass type : kDriftClasses) {
    series_.drift({{"vc", vc_}, {"class", to_string(type)}})
        .Set(static_cast<double>(now.drift[index_of(type)]));
  }
  const auto held = [&](const char* action, std::size_t count) {
    series_.held({{"vc", vc_}, {"action", action}}).Set(static_cast<double>(count));
  };
  held("label", now.labels_held);
  held("unregister", now.unregisters_held);
  const auto set = [&](SeriesOf<prometheus::Gauge>& gauge, std::size_t value) {
    gauge(label_).Set(static_cast<double>(value));
  };
  set(series_.depth, now.queue_depth);
  set(series_.in_flight, now.in_flight);
  set(series_.limit, now.flight_limit);
  set(series_.cns_volumes, now.cns_volumes);
  set(series_.without_pv, now.cns_without_pv);
  set(series_.old_missing, now.cns_without_pv);
  set(series_.labels_limited, now.labels_limited ? 1 : 0);
  series_.oldest(label_).Set(now.oldest_pending_seconds);
  if (now.certificate_expiry) series_.certificate(label_).Set(*now.certificate_expiry);
  set(series_.latched, now.credentials_latched ? 1 : 0);
  set(series_.breaker, now.breaker_open ? 1 : 0);
  for (const MetricLabel& label : metric_definition(kMissingPrivileges).labels) {
    for (const std::string& name : label.values) {
      series_.lacks({{"vc", vc_}, {label.name, name}})
          .Set(now.missing_privileges.contains(name) ? 1 : 0);
    }
  }
  throttled_.follow(series_.throttled(label_), now.throttled);
  series_.queue_ready(queue_).Set(static_cast<double>(now.queue_ready));
  adds_.follow(series_.queue_adds(queue_), now.queue_adds);
  retries_.follow(series_.queue_retries(queue_), now.queue_retries);
  series_.unfinished_work(queue_).Set(now.work_seconds);
  series_.longest_work(queue_).Set(now.longest_work_seconds);
}

void PrometheusObserver::OfVCenter::cns_call(std::string_view operation, std::string_view result,
                                             Seconds took) {
  const std::string name(operation);
  series_.calls({{"vc", vc_}, {"operation", name}, {"result", std::string(result)}}).Increment();
  series_.call_time({{"operation", name}}).Observe(took.count());
  const char* const client = soap_client(operation);
  if (*client == '\0') return;
  series_
      .old_request({{"request", name},
                    {"client", client},
                    {"status", result == "ok" ? "success" : "fail-unknown"}})
      .Observe(took.count());
}

void PrometheusObserver::OfVCenter::cns_operation(std::string_view operation, bool passed,
                                                  Seconds took) {
  series_.old_operation({{"optype", std::string(operation)}, {"status", passed ? "pass" : "fail"}})
      .Observe(took.count());
}

void PrometheusObserver::OfVCenter::cns_session(bool established) {
  series_.session(label_).Set(established ? 1 : 0);
}

void PrometheusObserver::OfVCenter::cns_login(std::string_view result) {
  series_.logins({{"vc", vc_}, {"result", std::string(result)}}).Increment();
}

void PrometheusObserver::OfVCenter::change_acknowledged(EntityKind kind, Seconds seconds) {
  series_.lag({{"vc", vc_}, {"kind", lag_kind(kind)}}).Observe(seconds.count());
  recent_lag_.add(seconds.count());
}

double PrometheusObserver::OfVCenter::updates(const char* result) const {
  return series_.updates({{"vc", vc_}, {"result", result}}).Value();
}

void PrometheusObserver::OfVCenter::update_finished(std::string_view result) {
  series_.updates({{"vc", vc_}, {"result", std::string(result)}}).Increment();
}

void PrometheusObserver::OfVCenter::queue_waited(Seconds waited) {
  series_.queue_wait(queue_).Observe(waited.count());
}

void PrometheusObserver::OfVCenter::queue_worked(Seconds took) {
  series_.queue_work(queue_).Observe(took.count());
}

void PrometheusObserver::OfVCenter::full_sync_finished(std::string_view result, Seconds took,
                                                       bool idle) {
  if (idle) series_.idle_syncs(label_).Increment();
  series_.full_syncs({{"vc", vc_}, {"result", std::string(result)}}).Increment();
  series_.full_sync_time(label_).Set(took.count());
  series_.old_full_sync({{"status", result == "success" ? "pass" : "fail"}}).Observe(took.count());
  series_.last_attempt(label_).Set(unixtime());
  if (result == "failure") {
    series_.failures_in_a_row(label_).Increment();
  } else {
    series_.last_success(label_).Set(unixtime());
    series_.failures_in_a_row(label_).Set(0);
  }
}

} // namespace syncer

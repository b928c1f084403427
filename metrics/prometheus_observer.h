// metrics: what the rooms report, as Prometheus series. The only room that knows prometheus-cpp.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/clock.h"
#include "core/drift_class.h"
#include "core/observer.h"
#include "metrics/recent_lag.h"

namespace syncer {

struct Series;

// State that is read when somebody scrapes, instead of being reported as it changes.
struct MetricsSnapshot {
  std::size_t volumes_in_sync = 0;
  std::size_t volumes_pending = 0;
  std::size_t volumes_failed = 0;
  std::size_t volumes_unknown = 0; // not read from CNS yet
  std::size_t queue_depth = 0;
  std::size_t queue_ready = 0; // of those, neither delayed nor worked on
  // Ever, by what stands behind this vCenter now.
  std::uint64_t queue_adds = 0;
  std::uint64_t queue_retries = 0;
  double work_seconds = 0; // of the volumes worked on now, all together
  double longest_work_seconds = 0;
  std::size_t in_flight = 0;
  std::size_t flight_limit = 0;
  std::uint64_t throttled = 0; // ever: the limit was halved
  bool breaker_open = false;   // nothing is begun, because calls do not reach vCenter
  bool credentials_latched = false;
  std::set<std::string> missing_privileges; // their names
  std::size_t cns_volumes = 0;
  std::size_t cns_without_pv = 0;
  DriftCounts drift{};
  std::size_t labels_held = 0; // volumes that wait for a human
  std::size_t unregisters_held = 0;
  bool labels_limited = false;
  double oldest_pending_seconds = 0;
  std::optional<double> certificate_expiry; // seconds since 1970; nothing: none was shown yet
};

// What concerns the process as a whole, read at a scrape.
struct ProcessSnapshot {
  std::map<std::string, MetricsSnapshot> vcenters; // by host
  std::optional<bool> leads;                       // nothing: there is no election
  double lease_seconds_left = 0;                   // without another renewal; 0 unless we lead
  // Conditions that stand, as type and vCenter ("" for the whole cluster).
  std::vector<std::pair<std::string, std::string>> conditions;
  std::size_t in_tree_failed = 0;      // paths that could not be registered
  std::size_t in_tree_unsupported = 0; // paths left alone because there are several vCenters
  std::size_t unrouted = 0;            // volumes that belong to no vCenter that we know
  double full_sync_interval_seconds = 0;
  // Ever, by the present maps.
  std::uint64_t events_evicted = 0;
  std::uint64_t migrations_evicted = 0;
  std::uint64_t log_shapes_evicted = 0;
};

// Keeps the series of one process. What vCenters report goes to the observer of each.
class PrometheusObserver final : public Observer {
 public:
  // `conditions`: the names of all conditions, so that each has a series from the start.
  PrometheusObserver(const Clock& clock, const std::string& version,
                     std::vector<std::string> conditions);
  ~PrometheusObserver() override;

  // The observer whose series carry vc=`host`; lives as long as this one.
  Observer& vcenter(const std::string& host);
  // What was reported to that observer lately.
  const RecentLag& recent_lag(const std::string& host);
  // To be called once a minute.
  void close_minute();
  // Updates of all vCenters that ended so, ever.
  struct Updates {
    std::uint64_t acknowledged = 0;
    std::uint64_t refused = 0;
    std::uint64_t unknown = 0;
    bool operator==(const Updates&) const = default;
  };
  Updates updates() const;
  // The exposition in text format 0.0.4.
  std::string render(const ProcessSnapshot& now);

  void kube_request(std::string_view method, std::string_view host, std::string_view code,
                    Seconds took) override;
  void informer_synced(std::string_view resource, bool synced) override;
  void informer_objects(std::string_view resource, std::size_t count) override;
  void watch_restarted(std::string_view resource, std::string_view reason) override;
  void relisted(std::string_view resource, Seconds took) override;
  void watch_event(std::string_view resource) override;
  void decode_failed(std::string_view resource) override;
  void event_ignored(std::string_view resource) override;

 private:
  class OfVCenter;
  OfVCenter& observer_of(const std::string& host);
  const Clock& clock_;
  std::unique_ptr<Series> series_;
  std::map<std::string, std::unique_ptr<OfVCenter>> vcenters_;
  std::vector<std::string> conditions_;
  std::set<std::string> kube_hosts_; // one, unless the API server moves
};

} // namespace syncer

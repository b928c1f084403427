// metrics: what the rooms report, as Prometheus series. The only room that knows prometheus-cpp.
#pragma once

#include <memory>
#include <string>

#include "core/observer.h"

namespace syncer {

// State that is read when somebody scrapes, instead of being reported as it changes.
struct MetricsSnapshot {
  std::size_t volumes_in_sync = 0;
  std::size_t volumes_pending = 0;
  std::size_t volumes_failed = 0;
  std::size_t volumes_unknown = 0; // not read from CNS yet
  std::size_t queue_depth = 0;
  std::size_t in_flight = 0;
  std::size_t flight_limit = 0;
  std::size_t cns_volumes = 0;
  std::size_t cns_without_pv = 0;
  double oldest_pending_seconds = 0;
};

// Keeps the series of one process with one vCenter, named by `vc` in labels.
class PrometheusObserver final : public Observer {
 public:
  PrometheusObserver(const std::string& version, const std::string& vc);
  ~PrometheusObserver() override;

  // The exposition in text format 0.0.4.
  std::string render(const MetricsSnapshot& now);

  void informer_synced(std::string_view resource, bool synced) override;
  void informer_objects(std::string_view resource, std::size_t count) override;
  void watch_restarted(std::string_view resource, std::string_view reason) override;
  void relisted(std::string_view resource, Seconds took) override;
  void watch_event(std::string_view resource) override;
  void decode_failed(std::string_view resource) override;
  void event_ignored(std::string_view resource) override;
  void cns_call(std::string_view operation, std::string_view result, Seconds took) override;
  void cns_session(bool established) override;
  void cns_login(std::string_view result) override;
  void change_acknowledged(EntityKind kind, Seconds seconds) override;
  void update_finished(std::string_view result) override;
  void full_sync_finished(std::string_view result, Seconds took) override;

 private:
  struct Series;
  std::unique_ptr<Series> series_;
};

} // namespace syncer

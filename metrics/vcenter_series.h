#pragma once

#include <string>

#include "metrics/prometheus_observer.h"
#include "metrics/recent_lag.h"
#include "metrics/series.h"

namespace syncer {

// The series that carry the name of one vCenter. All that can be named before something happens is
// there from the start, so that a rate over the first event is right.
class PrometheusObserver::OfVCenter final : public Observer {
 public:
  OfVCenter(Series& series, const Clock& clock, std::string vc);

  void set(const MetricsSnapshot& now);
  RecentLag& recent_lag() { return recent_lag_; }
  // Updates that ended so, ever.
  double updates(const char* result) const;

  void cns_call(std::string_view operation, std::string_view result, Seconds took) override;
  void cns_operation(std::string_view operation, bool passed, Seconds took) override;
  void cns_session(bool established) override;
  void cns_login(std::string_view result) override;
  void change_acknowledged(EntityKind kind, Seconds seconds) override;
  void update_finished(std::string_view result) override;
  void full_sync_finished(std::string_view result, Seconds took, bool idle) override;
  void queue_waited(Seconds waited) override;
  void queue_worked(Seconds took) override;

 private:
  double unixtime() const;

  Series& series_;
  const Clock& clock_;
  std::string vc_;
  SeriesLabels label_;
  SeriesLabels queue_; // of workqueue_*
  FollowedCounter adds_, retries_, throttled_;
  RecentLag recent_lag_;
};

} // namespace syncer

#pragma once

#include <deque>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "core/clock.h"
#include "core/conditions.h"
#include "metrics/prometheus_observer.h"
#include "metrics/recent_lag.h"
#include "reconcile/cycle_tally.h"
#include "reconcile/departures.h"
#include "reconcile/failure_reason.h"
#include "reconcile/full_sync.h"

namespace syncer {

struct FailureStatus {
  std::string volume;
  std::string pv; // "-": none
  std::string error;
  Clock::time_point since;
  FailureReason reason = FailureReason::kCallFailed;
  std::uint32_t attempts = 0;
  std::optional<Clock::time_point> next_try; // see Reconciler::next_try
  std::string trace = {};                    // see Error
};

struct VCenterStatus {
  std::string host;
  MetricsSnapshot numbers;
  FullSync::Status full_sync;
  std::deque<FullSync::Ended> full_syncs; // the last ones, the oldest first
  RecentLag lag;
  CycleTally::Counts cycle; // of the full sync that runs, or ran last
  Departures::Counts endings;
  DriftCounts drift{};
  std::vector<FailureStatus> failures; // the oldest first, kMostFailures at most
  std::map<FailureReason, std::size_t> failures_by_reason; // of all of them
};

struct ProcessStatus {
  static constexpr std::size_t kMostFailures = 100;

  bool leads = true;
  std::string leader; // the holder of the Lease; empty without an election
  std::string leader_namespace;
  std::optional<Clock::time_point> led_since; // by this replica, with an election
  std::string not_ready_because;
  std::vector<VCenterStatus> vcenters;
  std::string last_run;         // JSON of the last run for TriggerCsiFullSync; empty: none
  nlohmann::json configuration; // settings_json
};

// /statusz, schema 1, as docs/admin.md describes it. Members may be added without a new number.
std::string status_json(const ProcessStatus& status, const Conditions& conditions,
                        Clock::time_point now);

struct Health {
  enum class Level { kGood, kAttention, kBad };
  Level level = Level::kGood; // attention: it may pass by itself
  std::string sentence;       // for people: what is wrong first, or that all is well
};
Health health_of(const ProcessStatus& status, const Conditions& conditions);

} // namespace syncer

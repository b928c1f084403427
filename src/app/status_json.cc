#include "app/status_json.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "cli/number_text.h"

namespace syncer {

namespace {

using nlohmann::json;

constexpr int kSchema = 1;
#ifdef __clang__
constexpr const char* kCompiler = __VERSION__;
#else
constexpr const char* kCompiler = "g++ " __VERSION__;
#endif

double seconds(Clock::duration time) { return std::chrono::duration<double>(time).count(); }

// Not less than 0; null: none.
json seconds_to(std::optional<Clock::time_point> moment, Clock::time_point now) {
  return moment ? json(std::max(0.0, seconds(*moment - now))) : json(nullptr);
}

json of(const MetricsSnapshot& numbers) {
  return {{"in_sync", numbers.volumes_in_sync},
          {"pending", numbers.volumes_pending},
          {"failed", numbers.volumes_failed},
          {"unknown", numbers.volumes_unknown}};
}

json of(const FullSync::Status& sync, const CycleTally::Counts& cycle) {
  json result = {{"running", sync.running},
                 {"begun", sync.begun},
                 {"ended", sync.ended},
                 {"last_error", sync.last_error},
                 {"volumes_read", sync.volumes_read},
                 {"cns_volumes", sync.cns_volumes},
                 {"cns_without_pv", sync.cns_without_pv},
                 {"differed", cycle.queued},
                 {"synced", cycle.synced},
                 {"failed", cycle.failed}};
  result["last_result"] = sync.last_result ? json(to_string(*sync.last_result)) : json(nullptr);
  return result;
}

json of(const FullSync::Ended& sync, Clock::time_point now) {
  return {{"began_seconds_ago", seconds(now - sync.began)},
          {"took_seconds", seconds(sync.took)},
          {"result", to_string(sync.result)},
          {"volumes_read", sync.volumes_read},
          {"differed", sync.found.queued},
          {"synced", sync.found.synced},
          {"failed", sync.found.failed},
          {"error", sync.error}};
}

json of(const RecentLag& lag) {
  json minutes = json::array();
  for (const RecentLag::Minute& minute : lag.minutes()) {
    minutes.push_back(
        {{"changes", minute.changes}, {"p50_seconds", minute.p50}, {"p99_seconds", minute.p99}});
  }
  return {{"last_seconds", lag.last() ? json(*lag.last()) : json(nullptr)}, {"minutes", minutes}};
}

json of(const Departures::Counts& endings) {
  return {{"missing", endings.missing.missing},
          {"missing_labelled", endings.missing.labelled},
          {"missing_held", endings.missing.held},
          {"unregister_candidates", endings.unregister.candidates},
          {"unregister_held", endings.unregister.held},
          {"unregistered", endings.unregistered}};
}

json of(const DriftCounts& drift) {
  json counts = json::object();
  for (const DriftClass type : kDriftClasses) counts[to_string(type)] = drift[index_of(type)];
  return counts;
}

json of(const VCenterStatus& vcenter, Clock::time_point now) {
  json failures = json::array();
  for (const FailureStatus& one : vcenter.failures) {
    failures.push_back({{"volume", one.volume},
                        {"pv", one.pv},
                        {"kind", to_string(one.reason)},
                        {"error", one.error},
                        {"reason", one.error},
                        {"trace", one.trace},
                        {"attempts", one.attempts},
                        {"for_seconds", seconds(now - one.since)},
                        {"next_retry_seconds", seconds_to(one.next_try, now)}});
  }
  json by_reason = json::object();
  for (const auto& [reason, count] : vcenter.failures_by_reason) {
    by_reason[to_string(reason)] = count;
  }
  json full_syncs = json::array();
  for (const FullSync::Ended& sync : vcenter.full_syncs) full_syncs.push_back(of(sync, now));
  return {{"host", vcenter.host},
          {"full_syncs", full_syncs},
          {"lag", of(vcenter.lag)},
          {"volumes", of(vcenter.numbers)},
          {"queue_depth", vcenter.numbers.queue_depth},
          {"in_flight", vcenter.numbers.in_flight},
          {"oldest_pending_seconds", vcenter.numbers.oldest_pending_seconds},
          {"full_sync", of(vcenter.full_sync, vcenter.cycle)},
          {"endings", of(vcenter.endings)},
          {"drift", of(vcenter.drift)},
          {"failures", failures},
          {"failures_by_reason", by_reason}};
}

std::string counted(std::size_t count, const char* noun) {
  return grouped(count) + " " + noun + (count == 1 ? "" : "s");
}

const char* to_string(Health::Level level) {
  switch (level) {
    case Health::Level::kGood:
      return "good";
    case Health::Level::kAttention:
      return "attention";
    case Health::Level::kBad:
      return "bad";
  }
  return "bad";
}

// Of the last change, the longest of all vCenters.
std::optional<double> last_lag(const ProcessStatus& status) {
  std::optional<double> longest;
  for (const VCenterStatus& vcenter : status.vcenters) {
    longest = std::max(longest, vcenter.lag.last());
  }
  return longest;
}

} // namespace

Health health_of(const ProcessStatus& status, const Conditions& conditions) {
  using Level = Health::Level;
  if (conditions.stands(Condition::kNoLeader)) {
    return {Level::kBad, "Nobody leads: " + conditions.detail(Condition::kNoLeader) + "."};
  }
  if (!status.leads) {
    const bool led = !status.leader.empty();
    return {led ? Level::kGood : Level::kAttention,
            "Standing by; " + (led ? status.leader : "nobody") + " leads."};
  }
  if (!conditions.all().empty()) {
    const auto& [key, state] = *conditions.all().begin();
    const std::string where = key.second.empty() ? "" : " at " + key.second;
    return {Level::kBad, std::string(to_string(key.first)) + where + ": " + state.detail + "."};
  }
  if (!status.not_ready_because.empty()) {
    return {Level::kAttention, "Not ready: " + status.not_ready_because + "."};
  }
  MetricsSnapshot all;
  for (const VCenterStatus& vcenter : status.vcenters) {
    all.volumes_in_sync += vcenter.numbers.volumes_in_sync;
    all.volumes_pending += vcenter.numbers.volumes_pending;
    all.volumes_failed += vcenter.numbers.volumes_failed;
    all.volumes_unknown += vcenter.numbers.volumes_unknown;
  }
  if (all.volumes_failed > 0) {
    return {Level::kBad, counted(all.volumes_failed, "volume") + " cannot be brought into sync; " +
                             grouped(all.volumes_in_sync) + " in sync."};
  }
  const std::size_t open = all.volumes_pending + all.volumes_unknown;
  if (open > 0) {
    return {Level::kAttention,
            counted(open, "volume") + " to go; " + grouped(all.volumes_in_sync) + " in sync."};
  }
  std::string well = "All " + counted(all.volumes_in_sync, "volume") + " in sync";
  if (const auto lag = last_lag(status)) {
    well += "; last change reached CNS in " + duration_text(*lag);
  }
  return {Level::kGood, well + "."};
}

std::string status_json(const ProcessStatus& status, const Conditions& conditions,
                        Clock::time_point now) {
  json standing = json::array();
  for (const auto& [key, state] : conditions.all()) {
    standing.push_back({{"type", to_string(key.first)},
                        {"vcenter", key.second},
                        {"detail", state.detail},
                        {"for_seconds", seconds(now - state.since)}});
  }
  json vcenters = json::array();
  for (const VCenterStatus& vcenter : status.vcenters) vcenters.push_back(of(vcenter, now));
  const json last_run =
      status.last_run.empty() ? json() : json::parse(status.last_run, nullptr, false);
  const Health health = health_of(status, conditions);
  const json led_for = status.led_since ? json(seconds(now - *status.led_since)) : json(nullptr);
  const json all = {{"schema", kSchema},
                    {"version", SYNCER_VERSION},
                    {"build", {{"version", SYNCER_VERSION}, {"compiler", kCompiler}}},
                    {"health", health.sentence},
                    {"health_level", to_string(health.level)},
                    {"ready", status.not_ready_because.empty()},
                    {"leads", status.leads},
                    {"leader", status.leader},
                    {"leader_namespace", status.leader_namespace},
                    {"leads_for_seconds", led_for},
                    {"conditions", standing},
                    {"vcenters", vcenters},
                    {"configuration", status.configuration},
                    {"last_run", last_run}};
  return all.dump(-1, ' ', false, json::error_handler_t::replace);
}

} // namespace syncer

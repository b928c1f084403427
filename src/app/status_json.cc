#include "app/status_json.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

namespace syncer {

namespace {

using nlohmann::json;

constexpr int kSchema = 1;

double seconds(Clock::duration time) { return std::chrono::duration<double>(time).count(); }

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

json of(const VCenterStatus& vcenter, Clock::time_point now) {
  json failures = json::array();
  for (const FailureStatus& one : vcenter.failures) {
    failures.push_back({{"volume", one.volume},
                        {"pv", one.pv},
                        {"reason", one.reason},
                        {"for_seconds", seconds(now - one.since)}});
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
          {"failures", failures}};
}

std::string counted(std::size_t count, const char* noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

// Of the last change, the longest of all vCenters.
std::optional<double> last_lag(const ProcessStatus& status) {
  std::optional<double> longest;
  for (const VCenterStatus& vcenter : status.vcenters) {
    longest = std::max(longest, vcenter.lag.last());
  }
  return longest;
}

std::string milliseconds(double seconds) {
  return seconds < 10 ? std::to_string(std::lround(seconds * 1000)) + " ms"
                      : std::to_string(std::lround(seconds)) + " s";
}

} // namespace

std::string health_sentence(const ProcessStatus& status, const Conditions& conditions) {
  if (conditions.stands(Condition::kNoLeader)) {
    return "Nobody leads: " + conditions.detail(Condition::kNoLeader) + ".";
  }
  if (!status.leads) {
    return "Standing by; " + (status.leader.empty() ? "nobody" : status.leader) + " leads.";
  }
  if (!conditions.all().empty()) {
    const auto& [key, state] = *conditions.all().begin();
    const std::string where = key.second.empty() ? "" : " at " + key.second;
    return std::string(to_string(key.first)) + where + ": " + state.detail + ".";
  }
  if (!status.not_ready_because.empty()) return "Not ready: " + status.not_ready_because + ".";
  MetricsSnapshot all;
  for (const VCenterStatus& vcenter : status.vcenters) {
    all.volumes_in_sync += vcenter.numbers.volumes_in_sync;
    all.volumes_pending += vcenter.numbers.volumes_pending;
    all.volumes_failed += vcenter.numbers.volumes_failed;
    all.volumes_unknown += vcenter.numbers.volumes_unknown;
  }
  if (all.volumes_failed > 0) {
    return counted(all.volumes_failed, "volume") + " cannot be brought into sync; " +
           std::to_string(all.volumes_in_sync) + " in sync.";
  }
  const std::size_t open = all.volumes_pending + all.volumes_unknown;
  if (open > 0) {
    return counted(open, "volume") + " to go; " + std::to_string(all.volumes_in_sync) + " in sync.";
  }
  std::string well = "All " + counted(all.volumes_in_sync, "volume") + " in sync";
  if (const auto lag = last_lag(status)) {
    well += "; last change reached CNS in " + milliseconds(*lag);
  }
  return well + ".";
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
  const json all = {{"schema", kSchema},
                    {"version", SYNCER_VERSION},
                    {"health", health_sentence(status, conditions)},
                    {"ready", status.not_ready_because.empty()},
                    {"leads", status.leads},
                    {"leader", status.leader},
                    {"leader_namespace", status.leader_namespace},
                    {"conditions", standing},
                    {"vcenters", vcenters},
                    {"configuration", status.configuration},
                    {"last_run", last_run}};
  return all.dump(-1, ' ', false, json::error_handler_t::replace);
}

} // namespace syncer

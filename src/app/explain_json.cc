#include "app/explain_json.h"

#include <nlohmann/json.hpp>

namespace syncer {

namespace {

using nlohmann::json;

double seconds(Clock::duration time) { return std::chrono::duration<double>(time).count(); }

json seconds_to(const std::optional<Clock::time_point>& when, Clock::time_point now) {
  return when ? json(std::max(0.0, seconds(*when - now))) : json(nullptr);
}

json seconds_since(const std::optional<Clock::time_point>& when, Clock::time_point now) {
  return when ? json(seconds(now - *when)) : json(nullptr);
}

const char* text_of(VolumePhase phase) {
  static constexpr const char* kNames[] = {"unknown", "Pending",  "Available",
                                           "Bound",   "Released", "Failed"};
  return kNames[static_cast<std::size_t>(phase)];
}

const char* text_of(ClaimPhase phase) {
  static constexpr const char* kNames[] = {"unknown", "Pending", "Bound", "Lost"};
  return kNames[static_cast<std::size_t>(phase)];
}

const char* text_of(PodPhase phase) {
  static constexpr const char* kNames[] = {"unknown", "Pending", "Running", "Succeeded", "Failed"};
  return kNames[static_cast<std::size_t>(phase)];
}

const char* text_of(ReclaimPolicy policy) {
  static constexpr const char* kNames[] = {"unknown", "Retain", "Delete", "Recycle"};
  return kNames[static_cast<std::size_t>(policy)];
}

json of(const Labels& labels) {
  json object = json::object();
  for (const auto& [key, value] : labels) object[key.str()] = value.str();
  return object;
}

json of(const EntityRef& ref) {
  return {{"kind", to_string(ref.kind)}, {"namespace", ref.ns.str()}, {"name", ref.name.str()}};
}

json of(const PersistentVolume& pv) {
  return {{"name", pv.name.str()},
          {"phase", text_of(pv.phase)},
          {"reclaim_policy", text_of(pv.policy)},
          {"being_deleted", pv.deleting},
          {"driver", pv.driver.str()},
          {"in_tree_path", pv.in_tree_path.str()},
          {"dynamic", pv.dynamic},
          {"shared", pv.multi_access},
          {"claim", pv.claim.name.empty() ? "" : pv.claim.ns.str() + "/" + pv.claim.name.str()},
          {"labels", of(pv.labels)}};
}

json of(const Claim& claim) {
  return {{"namespace", claim.key.ns.str()}, {"name", claim.key.name.str()},
          {"phase", text_of(claim.phase)},   {"being_deleted", claim.deleting},
          {"pv", claim.volume_name.str()},   {"labels", of(claim.labels)}};
}

json of(const Pod& pod) {
  return {{"namespace", pod.key.ns.str()},
          {"name", pod.key.name.str()},
          {"phase", text_of(pod.phase)},
          {"being_deleted", pod.deleting}};
}

json of(const std::vector<Pod>& pods) {
  json all = json::array();
  for (const Pod& pod : pods) all.push_back(of(pod));
  return all;
}

json of(const VolumeFacts& facts, Clock::time_point now) {
  json volumes = json::array();
  for (const BoundVolume& volume : facts.volumes) {
    volumes.push_back({{"pv", of(volume.pv)},
                       {"claim", volume.claim ? of(*volume.claim) : json(nullptr)},
                       {"claim_gone_seconds", seconds_since(volume.claim_gone_since, now)},
                       {"pods", of(volume.pods)}});
  }
  return {{"volumes", volumes},
          {"pods", of(facts.inline_pods)},
          {"cannot_be_decoded", facts.marked},
          {"view_complete", facts.view_complete}};
}

json desired_of(const VolumeReport& report, Clock::time_point now) {
  const Desired& desired = report.desired;
  json entities = json::array();
  for (const CnsEntity& entity : desired.entities) {
    json one = of(entity.ref);
    one["labels"] = of(entity.labels);
    entities.push_back(std::move(one));
  }
  json hands_off = nullptr;
  if (desired.hands_off != HandsOff::kNo) {
    hands_off = {{"reason", to_string(desired.hands_off)},
                 {"sentence", sentence_of(desired.hands_off)}};
  }
  return {{"hands_off", hands_off},
          {"entities", entities},
          {"changes_in_seconds", seconds_to(desired.look_again, now)}};
}

const char* text_of(const std::optional<LedgerEntry>& entry) {
  if (!entry) return "unknown";
  switch (entry->state) {
    case LedgerEntry::State::kKnown:
      return "known";
    case LedgerEntry::State::kDoubt:
    case LedgerEntry::State::kDistrusted:
      return "in_doubt";
    case LedgerEntry::State::kAbsent:
      return "absent";
  }
  return "";
}

json record_of(const std::optional<LedgerEntry>& entry, Clock::time_point now) {
  json record = {{"state", text_of(entry)}, {"entities", json::array()}, {"type", nullptr}};
  if (!entry) return record;
  for (const RecordedEntity& entity : entry->entities) {
    record["entities"].push_back(of(entity.ref));
  }
  if (entry->type == CnsVolumeType::kBlock) record["type"] = "BLOCK";
  if (entry->type == CnsVolumeType::kFile) record["type"] = "FILE";
  if (entry->state == LedgerEntry::State::kDoubt) {
    record["read_in_seconds"] = seconds_to(entry->read_from, now);
  }
  record["read_again_in_seconds"] = seconds_to(entry->read_again, now);
  return record;
}

const char* work_of(const VolumeReport& report) {
  if (report.queue.processing) return "working";
  if (report.queue.queued) return "queued";
  if (report.failure && report.failure->parked) return "parked";
  if (report.queue.failures > 0) return "retrying";
  return "at_rest";
}

json work_of(const VolumeReport& report, Clock::time_point now) {
  json work = {{"state", work_of(report)},
               {"attempts_failed", report.queue.failures},
               {"next_look_in_seconds", seconds_to(report.queue.delayed_until, now)},
               {"change_pending_seconds", seconds_since(report.queue.pending_since, now)},
               {"last_error", nullptr},
               {"failing_for_seconds", nullptr}};
  if (report.failure) {
    work["last_error"] = report.failure->detail;
    work["last_trace"] = report.failure->trace;
    work["failing_for_seconds"] = seconds(now - report.failure->since);
  }
  return work;
}

json resync_of(const VolumeReport& report) {
  if (!report.resync) return nullptr;
  return {{"number", report.resync->number},
          {"state", to_string(report.resync->state)},
          {"written", report.resync->written}};
}

json of(const Departures::Standing& ending, Clock::time_point now) {
  json object = {{"unregistered", ending.unregistered},
                 {"last_error", ending.last_error},
                 {"missing", nullptr},
                 {"unregister", nullptr}};
  if (ending.missing) {
    object["missing"] = {{"for_seconds", seconds(now - ending.missing->first_seen)},
                         {"labelled", ending.missing->labelled},
                         {"held", ending.missing->held}};
  }
  if (ending.unregister) {
    object["unregister"] = {{"in_seconds", seconds_to(ending.unregister->due_at, now)},
                            {"held", ending.unregister->held}};
  }
  return object;
}

// Those of the whole cluster and those of the volume's vCenter.
json conditions_for(const std::string& vcenter, const Conditions& conditions) {
  json standing = json::array();
  for (const auto& [key, state] : conditions.all()) {
    if (!key.second.empty() && key.second != vcenter) continue;
    standing.push_back({{"type", to_string(key.first)}, {"detail", state.detail}});
  }
  return standing;
}

json of(const VolumeExplanation& volume, const Conditions& conditions, Clock::time_point now) {
  json object = {{"volume", volume.key.id.str()},
                 {"in_tree_path", volume.key.in_tree_path.str()},
                 {"vcenter", volume.vcenter},
                 {"waiting", volume.waiting},
                 {"verdict", volume.waiting},
                 {"facts", of(volume.facts, now)},
                 {"conditions", conditions_for(volume.vcenter, conditions)},
                 {"ending", of(volume.ending, now)}};
  if (!volume.report) return object;
  const VolumeReport& report = *volume.report;
  object["verdict"] = verdict_of(report);
  object["held_by"] = held_by(report, now);
  object["desired"] = desired_of(report, now);
  object["cns"] = record_of(report.ledger, now);
  object["work"] = work_of(report, now);
  object["resync"] = resync_of(report);
  return object;
}

} // namespace

std::string explain_json(const Explanation& explanation, const Conditions& conditions,
                         Clock::time_point now) {
  json volumes = json::array();
  for (const VolumeExplanation& volume : explanation.volumes) {
    volumes.push_back(of(volume, conditions, now));
  }
  const std::optional<Claim>& claim = explanation.named.claim;
  const json all = {{"name", explanation.name},
                    {"claim", claim ? of(*claim) : json(nullptr)},
                    {"volumes", volumes}};
  return all.dump(-1, ' ', false, json::error_handler_t::replace);
}

} // namespace syncer

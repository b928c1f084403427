#include "operators/trigger_object.h"

#include <nlohmann/json.hpp>

#include "operators/cr_fields.h"

namespace syncer {

namespace {

using nlohmann::json;

constexpr const char* kAnnotation = "vsphere-syncer/last-run";

std::int64_t number_at(const json* object, const char* key) {
  const json* value = object == nullptr ? nullptr : json_member(*object, key);
  return value != nullptr && value->is_number_integer() ? value->get<std::int64_t>() : 0;
}

bool flag_at(const json* object, const char* key) {
  const json* value = object == nullptr ? nullptr : json_member(*object, key);
  return value != nullptr && value->is_boolean() && value->get<bool>();
}

json status_json(const TriggerStatus& status) {
  json made = {{"inProgress", status.in_progress}, {"lastTriggerSyncID", status.last_id}};
  const auto set = [&made](const char* key, const std::string& text) {
    if (!text.empty()) made[key] = text;
  };
  set("lastSuccessfulStartTimeStamp", status.succeeded_start);
  set("lastSuccessfulEndTimeStamp", status.succeeded_end);
  set("lastRunStartTimeStamp", status.run_start);
  set("lastRunEndTimeStamp", status.run_end);
  set("error", status.error);
  return made;
}

} // namespace

TriggerObject decode_trigger(const json& object) {
  TriggerObject trigger;
  trigger.id = number_at(json_member(object, "spec"), "triggerSyncID");
  const json* status = json_member(object, "status");
  trigger.status.in_progress = flag_at(status, "inProgress");
  trigger.status.last_id = number_at(status, "lastTriggerSyncID");
  trigger.status.succeeded_start = text_or_empty(status, "lastSuccessfulStartTimeStamp");
  trigger.status.succeeded_end = text_or_empty(status, "lastSuccessfulEndTimeStamp");
  trigger.status.run_start = text_or_empty(status, "lastRunStartTimeStamp");
  trigger.status.run_end = text_or_empty(status, "lastRunEndTimeStamp");
  trigger.status.error = text_or_empty(status, "error");
  const json* metadata = json_member(object, "metadata");
  const json* notes = metadata == nullptr ? nullptr : json_member(*metadata, "annotations");
  trigger.last_run = text_or_empty(notes, kAnnotation);
  return trigger;
}

void set_trigger(json& object, const TriggerObject& wanted) {
  const TriggerObject before = decode_trigger(object);
  if (before.id != wanted.id) object["spec"]["triggerSyncID"] = wanted.id;
  if (before.status != wanted.status) object["status"] = status_json(wanted.status);
  if (before.last_run != wanted.last_run) {
    object["metadata"]["annotations"][kAnnotation] = wanted.last_run;
  }
}

std::string new_trigger() {
  json made;
  made["apiVersion"] = "cns.vmware.com/v1alpha1";
  made["kind"] = "TriggerCsiFullSync";
  made["metadata"]["name"] = kFullSyncTrigger;
  made["spec"]["triggerSyncID"] = 0;
  made["status"] = status_json(TriggerStatus());
  return made.dump();
}

} // namespace syncer

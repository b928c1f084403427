#include "cli/status_text.h"

#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

#include "cli/admin_port.h"

namespace syncer {

namespace {

using nlohmann::json;

json member(const json& object, const char* key) {
  return object.is_object() && object.contains(key) ? object[key] : json(nullptr);
}

double number(const json& object, const char* key) {
  const json value = member(object, key);
  return value.is_number() ? value.get<double>() : 0;
}

std::string volumes_text(const json& vcenter) {
  const json volumes = member(vcenter, "volumes");
  return value_of(volumes, "in_sync") + " in sync, " + value_of(volumes, "pending") + " pending, " +
         value_of(volumes, "failed") + " failed, " + value_of(volumes, "unknown") + " unknown";
}

std::string full_sync_text(const json& sync) {
  const json running = member(sync, "running");
  if (running.is_boolean() && running.get<bool>()) {
    return "running: " + value_of(sync, "differed") + " differed, " + value_of(sync, "synced") +
           " synced, " + value_of(sync, "failed") + " failed so far";
  }
  if (member(sync, "last_result").is_null()) return "none yet";
  std::string text = value_of(sync, "last_result") + ", " + value_of(sync, "volumes_read") +
                     " volumes read, " + value_of(sync, "differed") + " differed, " +
                     value_of(sync, "failed") + " failed";
  const std::string error = value_of(sync, "last_error");
  if (!error.empty() && error != "-") text += ": " + error;
  return text;
}

std::string endings_text(const json& endings) {
  std::string text = value_of(endings, "missing") + " missing (" +
                     value_of(endings, "missing_labelled") + " labelled, " +
                     value_of(endings, "missing_held") + " held)";
  return text + ", " + value_of(endings, "unregistered") + " unregistered (" +
         value_of(endings, "unregister_held") + " held)";
}

} // namespace

std::string value_of(const json& object, const char* key) {
  const json value = member(object, key);
  if (value.is_null()) return "-";
  return value.is_string() ? printable(value.get<std::string>()) : value.dump();
}

std::string for_how_long(double seconds) {
  constexpr std::array<std::pair<double, const char*>, 3> kUnits = {
      {{86'400, " d"}, {3'600, " h"}, {60, " min"}}};
  for (const auto& [size, name] : kUnits) {
    if (seconds >= 2 * size) {
      return "for " + std::to_string(std::lround(std::floor(seconds / size))) + name;
    }
  }
  return "for " + std::to_string(std::lround(std::floor(seconds))) + " s";
}

std::string status_text(const json& status) {
  std::string text = value_of(status, "health") + "\n";
  const json leads = member(status, "leads");
  const std::string leader = value_of(status, "leader");
  if (leads.is_boolean() && !leads.get<bool>() && !leader.empty()) {
    text += "All about the volumes:\n  " +
            exec_line(value_of(status, "leader_namespace"), leader, "vsphere-syncer status") + "\n";
  }
  for (const json& condition : member(status, "conditions")) {
    const std::string vcenter = value_of(condition, "vcenter");
    text += "condition  " + value_of(condition, "type");
    if (!vcenter.empty() && vcenter != "-") text += " at " + vcenter;
    text += " " + for_how_long(number(condition, "for_seconds")) + ": " +
            value_of(condition, "detail") + "\n";
  }
  for (const json& vcenter : member(status, "vcenters")) {
    text += "\nvCenter " + value_of(vcenter, "host") + "\n";
    text += "  volumes    " + volumes_text(vcenter) + "\n";
    text += "  full sync  " + full_sync_text(member(vcenter, "full_sync")) + "\n";
    text += "  endings    " + endings_text(member(vcenter, "endings")) + "\n";
    for (const json& failure : member(vcenter, "failures")) {
      text += "  failed     " + value_of(failure, "volume") + " pv=" + value_of(failure, "pv") +
              " " + for_how_long(number(failure, "for_seconds")) + ": " +
              value_of(failure, "reason") + "\n";
    }
  }
  return text;
}

} // namespace syncer

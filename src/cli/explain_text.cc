#include "cli/explain_text.h"

#include <cmath>
#include <nlohmann/json.hpp>
#include <sstream>

#include "cli/status_text.h"

namespace syncer {

namespace {

using nlohmann::json;

constexpr std::size_t kMostLabels = 5; // shown of one object

std::string seconds_text(const json& object, const char* key) {
  return std::to_string(std::lround(std::ceil(member(object, key).get<double>()))) + " s";
}

constexpr std::size_t kIndent = 14;

std::string row(const char* title, const std::string& text) {
  std::string line = std::string("  ") + title;
  line.resize(kIndent, ' ');
  return line + text + "\n";
}

// Rows that are wider than the terminal go on below their text.
std::string fitted(const std::string& rows, const Terminal& terminal) {
  if (terminal.width <= kIndent) return rows;
  std::string result;
  std::istringstream lines(rows);
  for (std::string line; std::getline(lines, line);) {
    std::string before = line.substr(0, kIndent);
    for (const std::string& part : wrapped(line.substr(kIndent), terminal.width - kIndent)) {
      result.append(before).append(part).append("\n");
      before.assign(kIndent, ' ');
    }
  }
  return result;
}

Colour colour_of(const std::string& verdict) {
  if (verdict.starts_with("In sync")) return Colour::kGood;
  if (verdict.starts_with("Not in")) return Colour::kBad;
  return Colour::kAttention;
}

std::string verdict_lines(const std::string& verdict, const Terminal& terminal) {
  std::string text;
  for (const std::string& line : wrapped(verdict, terminal.width)) {
    text += in_colour(colour_of(verdict), line, terminal) + "\n";
  }
  return text;
}

std::string label_rows(const json& object) {
  std::string text;
  std::size_t shown = 0;
  const json labels = member(object, "labels");
  if (!labels.is_object() || labels.empty()) return "";
  for (const auto& [key, value] : labels.items()) {
    if (shown == kMostLabels) break;
    text.append(shown == 0 ? "" : " ").append(printable(key)).append("=");
    text.append(value_of(labels, key.c_str()));
    ++shown;
  }
  if (labels.size() > shown) text += " and " + std::to_string(labels.size() - shown) + " more";
  return row("  labels", text);
}

std::string key_text(const json& object) {
  return value_of(object, "namespace") + "/" + value_of(object, "name");
}

std::string pv_text(const json& pv) {
  std::string text = value_of(pv, "name") + ": " + value_of(pv, "phase") + ", policy " +
                     value_of(pv, "reclaim_policy");
  text += holds(pv, "dynamic") ? ", dynamic" : ", static";
  if (holds(pv, "being_deleted")) text += ", being deleted";
  return text;
}

std::string state_text(const json& object) {
  return key_text(object) + ": " + value_of(object, "phase") +
         (holds(object, "being_deleted") ? ", being deleted" : "");
}

std::string claim_text(const json& volume) {
  const json claim = member(volume, "claim");
  const json pv = member(volume, "pv");
  if (!claim.is_null()) {
    const bool linked = value_of(claim, "pv") == value_of(pv, "name");
    return state_text(claim) + (linked ? "" : ", not linked back to the PV");
  }
  const std::string named = value_of(pv, "claim");
  if (named.empty()) return "none";
  const bool gone = !member(volume, "claim_gone_seconds").is_null();
  return named + ": " +
         (gone ? "gone, at least " + seconds_text(volume, "claim_gone_seconds") : "not there");
}

std::string facts_text(const json& facts) {
  std::string text;
  for (const json& volume : member(facts, "volumes")) {
    text += row("PV", pv_text(member(volume, "pv"))) + label_rows(member(volume, "pv"));
    text += row("claim", claim_text(volume)) + label_rows(member(volume, "claim"));
    for (const json& pod : member(volume, "pods")) text += row("pod", state_text(pod));
  }
  for (const json& pod : member(facts, "pods")) text += row("pod", state_text(pod));
  if (text.empty()) text = row("Kubernetes", "nothing names it");
  return text;
}

std::string entity_rows(const char* title, const json& entities, const char* none) {
  std::string text;
  for (const json& entity : entities) {
    text += row(text.empty() ? title : "", entity_text(entity));
  }
  return text.empty() ? row(title, none) : text;
}

std::string record_rows(const json& record) {
  constexpr const char* kTitle = "CNS (known)";
  const std::string state = value_of(record, "state");
  if (state == "unknown") return row(kTitle, "not read yet");
  if (state == "absent") return row(kTitle, "no such volume");
  if (state == "in_doubt") return row(kTitle, "in doubt: it is read before the next write");
  return entity_rows(kTitle, member(record, "entities"), "nothing of this cluster");
}

std::string work_text(const json& work) {
  const std::string state = value_of(work, "state");
  std::string text = state == "at_rest"    ? "at rest"
                     : state == "queued"   ? "in the queue"
                     : state == "working"  ? "being worked on"
                     : state == "parked"   ? "waits for a change"
                     : state == "retrying" ? "waits"
                                           : state;
  if (const json failed = member(work, "attempts_failed"); failed.is_number() && failed > 0) {
    text += ", failed " + failed.dump() + (failed == 1 ? " time" : " times") + " in a row";
  }
  if (!member(work, "next_look_in_seconds").is_null()) {
    text += ", next look in " + seconds_text(work, "next_look_in_seconds");
  }
  return text;
}

std::string ending_text(const json& ending) {
  std::string text;
  if (const json missing = member(ending, "missing"); !missing.is_null()) {
    text += row("missing", "no PV " + for_how_long(missing.value("for_seconds", 0.0)) +
                               (holds(missing, "labelled") ? ", labelled pv_missing" : "") +
                               (holds(missing, "held") ? ", the label is held back" : ""));
  }
  if (const json unregister = member(ending, "unregister"); !unregister.is_null()) {
    text += row("unregister", "in " + seconds_text(unregister, "in_seconds") +
                                  (holds(unregister, "held") ? ", held back" : ""));
  }
  if (holds(ending, "unregistered")) text += row("unregister", "done by this service");
  if (const std::string error = value_of(ending, "last_error"); !error.empty() && error != "-") {
    text += row("last error", error);
  }
  return text;
}

std::string volume_text(const json& volume, const Terminal& terminal) {
  std::string text;
  const std::string id = value_of(volume, "volume");
  const std::string vcenter = value_of(volume, "vcenter");
  if (!id.empty()) text += row("volume", id + (vcenter.empty() ? "" : " at ") + vcenter);
  if (const std::string path = value_of(volume, "in_tree_path"); !path.empty()) {
    text += row("in-tree", path);
  }
  text += facts_text(member(volume, "facts"));
  if (volume.contains("desired")) {
    const json desired = member(volume, "desired");
    if (member(desired, "hands_off").is_null()) {
      text += entity_rows("should be", member(desired, "entities"), "nothing");
    }
    text += record_rows(member(volume, "cns"));
    text += row("work", work_text(member(volume, "work")));
    const std::string trace = value_of(member(volume, "work"), "last_trace");
    if (!trace.empty() && trace != "-") text += row("vCenter log", trace);
  }
  text += ending_text(member(volume, "ending"));
  for (const json& held : member(volume, "held_by")) {
    text += row("held by", printable(held.get<std::string>()));
  }
  for (const json& condition : member(volume, "conditions")) {
    text += row("condition", value_of(condition, "type") + ": " + value_of(condition, "detail"));
  }
  return verdict_lines(value_of(volume, "verdict"), terminal) + fitted(text, terminal);
}

} // namespace

std::string entity_text(const json& entity) {
  const std::string kind = value_of(entity, "kind");
  const std::string ns = value_of(entity, "namespace");
  const char* const word = kind == "PERSISTENT_VOLUME"         ? "PV"
                           : kind == "PERSISTENT_VOLUME_CLAIM" ? "PVC"
                                                               : "POD";
  return std::string(word) + " " + (ns.empty() ? "" : ns + "/") + value_of(entity, "name");
}

std::string verdict_text(const std::string& verdict, const Terminal& terminal) {
  return in_colour(colour_of(verdict), verdict, terminal);
}

std::string explain_text(const json& answer, const Terminal& terminal) {
  std::string text;
  for (const json& volume : member(answer, "volumes")) {
    text += (text.empty() ? "" : "\n") + volume_text(volume, terminal);
  }
  if (!text.empty()) return text;
  const json claim = member(answer, "claim");
  const std::string pv = value_of(claim, "pv");
  const std::string why =
      pv.empty() || pv == "-"
          ? "The claim is not bound to a PersistentVolume yet, so CNS holds nothing for it."
          : "The claim names PersistentVolume " + pv +
                ", which does not exist or is not of the vSphere CSI driver.";
  const std::string rows =
      claim.is_null() ? "" : row("claim", state_text(claim)) + label_rows(claim);
  return verdict_lines(why, terminal) + fitted(rows, terminal);
}

} // namespace syncer

#include "app/feature_watch.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "net/url.h"

namespace syncer {

namespace {

std::map<std::string, std::string> data_of(const nlohmann::json& object) {
  std::map<std::string, std::string> data;
  const auto found = object.find("data");
  if (found == object.end() || !found->is_object()) return data;
  for (const auto& [key, value] : found->items()) {
    if (value.is_string()) data[key] = value.get<std::string>();
  }
  return data;
}

} // namespace

FeatureWatch::FeatureWatch(ObjectWatch::Deps deps, const std::string& ns, const std::string& name,
                           Changed changed)
    : log_(deps.log),
      name_(ns + "/" + name),
      changed_(std::move(changed)),
      watch_(std::move(deps), "/api/v1/namespaces/" + percent_encode(ns) + "/configmaps", *this,
             "fieldSelector=metadata.name%3D" + percent_encode(name)) {}

Outcome<> FeatureWatch::put(const ObjectName& /*name*/, const nlohmann::json& object) {
  take(read_feature_states(data_of(object)));
  return Done{};
}

void FeatureWatch::remove(const ObjectName& /*name*/) {
  log_.warn("feature states: ConfigMap {} is gone, all are off", name_);
  take({});
}

void FeatureWatch::take(FeatureReading reading) {
  for (const std::string& problem : reading.problems) {
    const bool told = std::find(problems_.begin(), problems_.end(), problem) != problems_.end();
    if (!told) log_.warn("feature states: ConfigMap {}: {}", name_, problem);
  }
  problems_ = std::move(reading.problems);
  if (states_ == reading.states) return;
  states_ = reading.states;
  log_.info(
      "feature states: trigger-csi-fullsync={} improved-volume-visibility={} "
      "pv-to-backingdiskobjectid-mapping={}",
      states_.trigger_full_sync, states_.improved_volume_visibility, states_.backing_disk_mapping);
  if (changed_) changed_(states_);
}

} // namespace syncer

#include "config/feature_states.h"

#include <array>
#include <utility>

#include "config/go_flags.h"

namespace syncer {

namespace {

constexpr std::array<std::pair<const char*, bool FeatureStates::*>, 3> kKeys{{
    {"trigger-csi-fullsync", &FeatureStates::trigger_full_sync},
    {"improved-volume-visibility", &FeatureStates::improved_volume_visibility},
    {"pv-to-backingdiskobjectid-mapping", &FeatureStates::backing_disk_mapping},
}};
constexpr std::size_t kShown = 40;

} // namespace

FeatureReading read_feature_states(const std::map<std::string, std::string>& data) {
  FeatureReading reading;
  for (const auto& [key, member] : kKeys) {
    const auto found = data.find(key);
    if (found == data.end()) continue;
    if (const auto value = parse_go_boolean(found->second)) {
      reading.states.*member = *value;
    } else {
      reading.problems.push_back(std::string(key) + " is \"" + found->second.substr(0, kShown) +
                                 "\", neither true nor false: it counts as false");
    }
  }
  return reading;
}

} // namespace syncer

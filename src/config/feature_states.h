#pragma once

#include <map>
#include <string>
#include <vector>

namespace syncer {

// The switches of the feature-state ConfigMap that mean something to us. All are off by default.
struct FeatureStates {
  bool trigger_full_sync = false;          // trigger-csi-fullsync
  bool improved_volume_visibility = false; // improved-volume-visibility
  bool backing_disk_mapping = false;       // pv-to-backingdiskobjectid-mapping
  bool operator==(const FeatureStates&) const = default;
};

struct FeatureReading {
  FeatureStates states;
  std::vector<std::string> problems; // values that cannot be used, each with its key and the reason
};

// `data` of that ConfigMap. A value is a boolean as Go reads it; another one counts as false and is
// a problem. Keys that mean nothing to us are left alone.
FeatureReading read_feature_states(const std::map<std::string, std::string>& data);

} // namespace syncer

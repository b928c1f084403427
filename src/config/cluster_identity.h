#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/outcome.h"

namespace syncer {

// What identifies this cluster in CNS.
struct ClusterIdentity {
  enum class Source { kConfig, kConfigMap };
  std::string cluster_id;
  Source source = Source::kConfig;
  std::string distribution;
};
const char* to_string(ClusterIdentity::Source source); // configuration, ConfigMap

// What the configuration file says; empty where it says nothing.
struct ConfiguredIdentity {
  std::string cluster_id;
  std::string distribution;
};

// What the API server says.
struct DiscoveredIdentity {
  std::string map_name;              // "namespace/name" of the ConfigMap, for messages
  std::optional<std::string> map_id; // its clusterID; nothing: there is no such ConfigMap
  std::string git_version;           // of the API server
};

// The id comes from exactly one of the two places; the CSI controller makes the ConfigMap when the
// configuration has none. kRejected: both have one, and the detail says which to remove. kNotFound:
// neither has one (yet).
Outcome<ClusterIdentity> cluster_identity(const ConfiguredIdentity& configured,
                                          const DiscoveredIdentity& discovered);

// The distribution that a version string of the API server gives away; VanillaK8S when none.
std::string detected_distribution(std::string_view git_version);

} // namespace syncer

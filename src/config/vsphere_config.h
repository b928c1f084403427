#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/outcome.h"
#include "core/secret.h"

namespace syncer {

// One [VirtualCenter "<host>"], with what it inherits from [Global] filled in.
struct VCenterConfig {
  std::string host;
  std::uint16_t port = 443;
  std::string user;
  Secret password;
  bool insecure = false;
  std::string ca_file;                  // path; ignored when insecure
  std::vector<std::string> thumbprints; // used when there is no ca_file and not insecure
  std::vector<std::string> datacenters; // trimmed
};

struct VSphereConfig {
  std::string cluster_id;                       // may be empty: see cluster_identity.h
  std::string cluster_distribution;             // may be empty
  std::vector<VCenterConfig> vcenters;          // in file order, one to five
  std::vector<std::string> topology_categories; // at least one when there are several vCenters
  std::chrono::minutes migration_cleanup_interval{120}; // between clean-ups of migration objects
};

// Reads csi-vsphere.conf (docs: README, "Configuration"). kRejected with section, key and reason,
// never a value. Unknown sections and keys are not errors.
Outcome<VSphereConfig> parse_vsphere_config(std::string_view text);
Outcome<VSphereConfig> load_vsphere_config(const std::string& path); // names the path in errors

} // namespace syncer

#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "config/vsphere_file.h"
#include "core/outcome.h"
#include "core/secret.h"

namespace syncer {

// One [VirtualCenter "<host>"], with what it inherits from [Global] filled in.
struct VCenterConfig {
  std::string host;
  std::uint16_t port = 443;
  std::string user; // DOMAIN\user or user@domain
  Secret password;
  bool insecure = false;
  std::string ca_file;                  // paths with ':' between them; ignored when insecure
  std::string ca_pem;                   // what is in them (config_files.h)
  std::vector<std::string> thumbprints; // used when there is no ca_file and not insecure
  std::vector<std::string> datacenters; // trimmed

  bool operator==(const VCenterConfig&) const = default;
};

struct VSphereConfig {
  std::string cluster_id;                       // may be empty: see cluster_identity.h
  std::string cluster_distribution;             // may be empty
  std::vector<VCenterConfig> vcenters;          // in file order, one to five
  std::vector<std::string> topology_categories; // at least one when there are several vCenters
  std::string zone, region;                     // categories, the older form of the above
  std::map<std::string, std::string> category_labels;   // [TopologyCategory]: label key by category
  std::chrono::minutes migration_cleanup_interval{120}; // between clean-ups of migration objects
  std::vector<std::string> warnings; // what works but is hardly meant; never a value

  bool operator==(const VSphereConfig&) const = default;
};

// Checks the sections by the rules of the CSI driver, in its order, and fills in what is inherited.
// kRejected with place, section, key and reason, never a value.
Outcome<VSphereConfig> checked_config(const VSphereFile& file);

} // namespace syncer

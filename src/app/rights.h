#pragma once

#include <map>
#include <string>
#include <vector>

#include "kube/access_review.h"

namespace syncer {

// What the process does with its rights at the API server. Without those of one duty that duty
// rests; without those of the first two there is nothing to do at all.
enum class Duty : std::uint8_t {
  kMetadata, // follow volumes, claims and pods
  kElection, // the Lease
  kClusterFacts,
  kEvents,
  kCrds,
  kNodeTopology,
  kInTree,
  kVolumeInfo,
  kUnregister,
  kFeatureStates,
};
const char* to_string(Duty duty); // in words for people

struct NeededRight {
  Duty duty;
  AccessRight right;
};

// Everything that is asked of the API server in this configuration.
struct RightsInput {
  bool election = false;
  bool several_vcenters = false;
  std::string lease_namespace;
  std::string csi_namespace;
  std::string feature_namespace; // of the ConfigMap of feature states
};
std::vector<NeededRight> needed_rights(const RightsInput& input);

// What is missing, by duty, in one sentence for people.
std::string missing_text(const std::map<Duty, std::vector<AccessRight>>& missing);

} // namespace syncer

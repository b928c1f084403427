#include "app/rights.h"

#include <sstream>

namespace syncer {

namespace {

constexpr const char* kCns = "cns.vmware.com";

void add(std::vector<NeededRight>& rights, Duty duty, const char* group, const char* resource,
         const char* verbs, const std::string& ns = {}) {
  std::istringstream words(verbs);
  for (std::string verb; words >> verb;) {
    rights.push_back({duty, {group, resource, verb, ns}});
  }
}

} // namespace

const char* to_string(Duty duty) {
  switch (duty) {
    case Duty::kMetadata:
      return "following volumes, claims and pods";
    case Duty::kElection:
      return "the election of a leader";
    case Duty::kClusterFacts:
      return "the cluster id of the ConfigMap";
    case Duty::kEvents:
      return "Events";
    case Duty::kCrds:
      return "definitions of custom resources";
    case Duty::kNodeTopology:
      return "answers to node plugins (CSINodeTopology)";
    case Duty::kInTree:
      return "migrated in-tree volumes";
    case Duty::kVolumeInfo:
      return "several vCenters (CNSVolumeInfo)";
    case Duty::kUnregister:
      return "taking volumes of deleted Retain PVs out of CNS";
    case Duty::kFeatureStates:
      return "feature states, which count as off";
  }
  return "";
}

std::vector<NeededRight> needed_rights(const RightsInput& input) {
  std::vector<NeededRight> rights;
  for (const char* resource : {"persistentvolumes", "persistentvolumeclaims", "pods"}) {
    add(rights, Duty::kMetadata, "", resource, "get list watch");
  }
  if (input.election) {
    add(rights, Duty::kElection, "coordination.k8s.io", "leases", "get create update watch",
        input.lease_namespace);
  }
  add(rights, Duty::kClusterFacts, "", "configmaps", "get", input.csi_namespace);
  add(rights, Duty::kEvents, "", "events", "create patch");
  add(rights, Duty::kCrds, "apiextensions.k8s.io", "customresourcedefinitions",
      "get create update");
  add(rights, Duty::kNodeTopology, kCns, "csinodetopologies", "get list watch update");
  if (input.several_vcenters) {
    add(rights, Duty::kVolumeInfo, kCns, "cnsvolumeinfoes", "get list watch create delete",
        input.csi_namespace);
  } else {
    add(rights, Duty::kInTree, kCns, "cnsvspherevolumemigrations", "get list watch create delete");
  }
  if (input.election) {
    add(rights, Duty::kUnregister, "storage.k8s.io", "volumeattachments", "list");
  }
  add(rights, Duty::kFeatureStates, "", "configmaps", "list watch", input.feature_namespace);
  return rights;
}

std::string missing_text(const std::map<Duty, std::vector<AccessRight>>& missing) {
  std::string text;
  for (const auto& [duty, rights] : missing) {
    if (!text.empty()) text += "; ";
    text += std::string("without ") + to_string(duty) + ", because we may not ";
    for (std::size_t i = 0; i < rights.size(); ++i) {
      text += (i == 0 ? "" : ", ") + to_string(rights[i]);
    }
  }
  return text;
}

} // namespace syncer

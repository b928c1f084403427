#include "config/cluster_identity.h"

#include <array>

namespace syncer {

namespace {

struct Mark {
  const char* text; // part of gitVersion
  const char* distribution;
};

// In this order: a version that carries several marks must give the same answer at every start.
constexpr std::array kMarks{
    Mark{"openshift", "Openshift"},
    Mark{"rancher", "Rancher"},
    Mark{"racher", "Rancher"}, // as the controller spells it
    Mark{"rke", "Rancher"},
    Mark{"vmware", "TanzuKubernetesCluster"},
    Mark{"wcp", "Supervisor"},
    Mark{"gke", "Anthos"},
    Mark{"eks", "EKS"},
    Mark{"aks", "AKS"},
    Mark{"docker", "DockerEE"},
};
constexpr const char* kVanilla = "VanillaK8S";

} // namespace

const char* to_string(ClusterIdentity::Source source) {
  return source == ClusterIdentity::Source::kConfig ? "configuration" : "ConfigMap";
}

std::string detected_distribution(std::string_view git_version) {
  for (const Mark& mark : kMarks) {
    if (git_version.find(mark.text) != std::string_view::npos) return mark.distribution;
  }
  return kVanilla;
}

Outcome<ClusterIdentity> cluster_identity(const ConfiguredIdentity& configured,
                                          const DiscoveredIdentity& discovered) {
  const std::string& map = discovered.map_name;
  const bool in_map = discovered.map_id && !discovered.map_id->empty();
  ClusterIdentity identity;
  if (!configured.cluster_id.empty()) {
    if (discovered.map_id) {
      return Error{ErrorKind::kRejected,
                   "cluster-id is set in the configuration and in ConfigMap " + map +
                       ": the cluster was installed with the ConfigMap, remove cluster-id from "
                       "[Global] of the configuration"};
    }
    identity.cluster_id = configured.cluster_id;
    identity.source = ClusterIdentity::Source::kConfig;
  } else if (in_map) {
    identity.cluster_id = *discovered.map_id;
    identity.source = ClusterIdentity::Source::kConfigMap;
  } else {
    const std::string why = discovered.map_id ? " has no clusterID" : " does not exist yet";
    return Error{ErrorKind::kNotFound,
                 "no cluster-id: [Global] of the configuration has none, and ConfigMap " + map +
                     why + " (the vsphere-csi-controller container creates it)"};
  }
  identity.distribution = configured.distribution.empty()
                              ? detected_distribution(discovered.git_version)
                              : configured.distribution;
  return identity;
}

} // namespace syncer

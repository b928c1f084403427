// Makes whole clusters: volumes, claims and running pods of realistic size, and what CNS holds
// about them. The same options give the same cluster.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/kube_store.h"
#include "sim/sim_volume.h"

namespace syncer::sim {

enum class CnsStart {
  kFresh,   // registered by the provisioner, no entities yet
  kDrifted, // every volume differs: nothing, an old label, a pod that is gone, a PV alone
  kInSync,  // exactly what Kubernetes says
};

struct GeneratorOptions {
  std::size_t volumes = 500;
  std::size_t pods_per_volume = 1; // running pods on each claim
  std::uint64_t seed = 1;
  std::string cluster_id = "demo";
  CnsStart start = CnsStart::kFresh;
  std::string datastore_url = "ds:///vmfs/volumes/sim-datastore/";
  std::string storage_policy_id = "aa6d5a82-1c88-45da-85d3-3d74b91a5bad";
};

// Puts the objects into the store, each as a change of its own; gives the volumes of CNS.
std::vector<SimVolume> generate_cluster(const GeneratorOptions& options, KubeStore& store);

} // namespace syncer::sim

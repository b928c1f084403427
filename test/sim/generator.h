// Makes whole clusters: volumes, claims and running pods of realistic size, and what vCenter and
// CNS hold about them. The same options give the same cluster.
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

// Which volumes have their CNSVolumeInfo when there are several vCenters.
enum class VolumeInfos { kAll, kHalf, kNone };

struct GeneratorOptions {
  std::size_t volumes = 500;       // dynamically provisioned block volumes
  std::size_t pods_per_volume = 1; // running pods on each claim
  std::uint64_t seed = 1;
  std::string cluster_id = "demo";
  CnsStart start = CnsStart::kFresh;
  std::string datastore_url = "ds:///vmfs/volumes/sim-datastore/";
  std::string storage_policy_id = "aa6d5a82-1c88-45da-85d3-3d74b91a5bad";

  // Further kinds; generator_kinds.cc and generator_poison.cc say what each is made of.
  std::size_t static_volumes = 0; // PVs; every second is a disk that CNS does not know yet
  std::size_t file_volumes = 0;   // PVs, three on a share; every third share is not in CNS yet
  std::size_t in_tree = 0;        // migrated PVs; every second has its volume and its CR
  std::size_t inline_pods = 0;    // pods that name a vmdk themselves
  std::size_t ephemeral = 0;      // pods with a generic ephemeral volume
  std::size_t foreign = 0;        // other drivers, some before a volume of ours in the same pod
  std::size_t poison = 0;         // objects that something may choke on

  // Hosts as in csi-vsphere.conf. With more than one, volumes spread over them, and node affinity,
  // CSINodeTopology and CNSVolumeInfo objects say where each is.
  std::vector<std::string> vcenters = {"127.0.0.1"};
  VolumeInfos volume_infos = VolumeInfos::kAll;
  bool cluster_id_in_configmap = false; // vsphere-csi-cluster-id, as the CSI controller makes it
};

// The second datastore of a generated world, in a datastore cluster; the first is that of
// SimVcenterOptions.
inline constexpr const char* kClusteredDatastore = "kube-ds";
inline constexpr const char* kClusteredDatastoreId = "datastore-12";
inline constexpr const char* kClusteredDatastoreUrl = "ds:///vmfs/volumes/kube-ds/";
inline constexpr const char* kDatastoreCluster = "kube-pod";

struct GeneratedNode {
  std::string name;
  std::string uuid; // of its VM
  std::string region, zone;
};

// What one vCenter is to hold.
struct GeneratedVcenter {
  std::vector<SimVolume> volumes;
  std::vector<SimDisk> disks; // not registered
  std::vector<SimVmdk> vmdks; // registered or not
  std::vector<GeneratedNode> nodes;
};

struct PoisonCase {
  std::string what;
  std::string object; // name of its PV, or of its pod when it has none
};

struct GeneratedWorld {
  std::vector<GeneratedVcenter> vcenters; // as in the options
  std::vector<PoisonCase> poison;
};

// Puts the objects into the store, each as a change of its own.
GeneratedWorld generate_cluster(const GeneratorOptions& options, KubeStore& store);

} // namespace syncer::sim

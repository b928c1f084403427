#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace syncer::sim {

enum class SimVolumeType { kBlock, kFile };

// The three entity types of CNS, spelled as on the wire.
inline constexpr const char* kEntityVolume = "PERSISTENT_VOLUME";
inline constexpr const char* kEntityClaim = "PERSISTENT_VOLUME_CLAIM";
inline constexpr const char* kEntityPod = "POD";

struct SimEntityRef {
  std::string type;
  std::string name;
  std::string ns; // empty for a PersistentVolume
  std::string cluster_id;

  bool operator==(const SimEntityRef&) const = default;
};

// What CNS holds about one Kubernetes object on a volume.
struct SimEntity {
  SimEntityRef self;
  std::map<std::string, std::string> labels;
  std::vector<SimEntityRef> refers_to;

  bool operator==(const SimEntity&) const = default;
};

// One volume as the vCenter simulator is asked to hold it from the start.
struct SimVolume {
  std::string id;
  std::string name; // pvc-<uid> for dynamically provisioned ones
  SimVolumeType type = SimVolumeType::kBlock;
  std::int64_t capacity_mib = 1024;
  std::string datastore_url;
  std::string storage_policy_id;
  std::string disk_path; // "[datastore] folder/x.vmdk"; empty: that of a first class disk

  // The cluster that registered the volume: its entry in containerClusterArray. Empty: none yet.
  std::string cluster_id;
  std::string cluster_user = "Administrator@vsphere.local";
  std::string cluster_flavor = "VANILLA";
  std::string cluster_distribution;
  std::vector<std::string> other_clusters; // further ids in containerClusterArray

  std::vector<SimEntity> entities; // initial metadata, of any cluster
};

// A disk (backingDiskId) or file share (backingFileId) that exists without being a CNS volume. A
// volume registered with it has the same id.
struct SimDisk {
  std::string id;
  SimVolumeType type = SimVolumeType::kBlock;
  std::int64_t capacity_mib = 1024;
  std::string datastore_url;
};

// A disk file of the in-tree plugin, registered by URL. CNS gives it a volume id at its first
// registration; it keeps that id ever after.
struct SimVmdk {
  std::string datastore; // moref; empty: the first datastore
  std::string path;      // below the datastore: "kubevols/x.vmdk"
  std::int64_t capacity_mib = 1024;
  std::string volume_id = {}; // not empty: it got this id already
};

} // namespace syncer::sim

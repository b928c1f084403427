#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "core/clock.h"
#include "core/interned.h"

namespace syncer {

// The CNS volume id; for a CSI PersistentVolume its spec.csi.volumeHandle.
using VolumeId = InternedString;

// metadata.uid in 16 bytes. A uid that is not a UUID is folded into a hash: only equality matters.
struct Uid {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  bool operator==(const Uid&) const = default;
  bool empty() const { return high == 0 && low == 0; }
  static Uid parse(std::string_view text); // empty text gives an empty Uid
};

// Sorted by key, keys unique.
using Labels = std::vector<std::pair<InternedString, InternedString>>;
void sort_labels(Labels& labels); // sorts; of equal keys the last one given wins

struct ObjectKey {
  InternedString ns; // empty for cluster-scoped objects
  InternedString name;
  bool operator==(const ObjectKey&) const = default;
};

enum class VolumePhase : std::uint8_t {
  kUnknown,
  kPending,
  kAvailable,
  kBound,
  kReleased,
  kFailed
};
enum class ClaimPhase : std::uint8_t { kUnknown, kPending, kBound, kLost };
enum class PodPhase : std::uint8_t { kUnknown, kPending, kRunning, kSucceeded, kFailed };
enum class ReclaimPolicy : std::uint8_t { kUnknown, kRetain, kDelete, kRecycle };

// One term of a PV's node affinity: every key with the values it allows. Operators are not kept:
// volume topology is written with In alone.
struct NodeTerm {
  std::vector<std::pair<InternedString, std::vector<InternedString>>> requirements;
  bool operator==(const NodeTerm&) const = default;
};

// Only what the syncer reads is kept. `version` is metadata.resourceVersion as a number, 0 when it
// is not one (then it compares with nothing).
struct PersistentVolume {
  InternedString name;
  Uid uid;
  std::uint64_t version = 0;
  std::int64_t created = 0; // seconds since 1970
  VolumePhase phase = VolumePhase::kUnknown;
  ReclaimPolicy policy = ReclaimPolicy::kUnknown;
  bool deleting = false;       // deletionTimestamp is set
  bool multi_access = false;   // ReadWriteMany or ReadOnlyMany is among the access modes
  InternedString driver;       // spec.csi.driver
  InternedString handle;       // spec.csi.volumeHandle
  bool dynamic = false;        // a CSI provisioner made it: spec.csi.volumeAttributes says so
  InternedString in_tree_path; // spec.vsphereVolume.volumePath; empty when spec.csi is there too
  InternedString policy_name;  // spec.vsphereVolume.storagePolicyName
  bool in_tree_ours = false;   // its annotations hand an in-tree PV to CSI (see is_migrated_volume)
  std::vector<NodeTerm> nodes; // spec.nodeAffinity.required
  ObjectKey claim;             // spec.claimRef; empty name: none
  Uid claim_uid;
  Labels labels;
  bool operator==(const PersistentVolume&) const = default;
};

struct Claim {
  ObjectKey key;
  Uid uid;
  std::uint64_t version = 0;
  ClaimPhase phase = ClaimPhase::kUnknown;
  bool deleting = false;
  InternedString volume_name; // spec.volumeName
  Uid owner_pod;              // uid of the controlling owner of kind Pod, for ephemeral volumes
  bool in_tree_ours = false;  // its annotations hand an in-tree volume to CSI
  Labels labels;
  bool operator==(const Claim&) const = default;
};

struct PodVolume {
  InternedString claim;        // claim name; for a generic ephemeral volume "<pod>-<volume>"
  bool ephemeral = false;      // the claim must then be owned by this pod
  InternedString in_tree_path; // inline vsphereVolume instead of a claim
  bool operator==(const PodVolume&) const = default;
};

struct Pod {
  ObjectKey key;
  Uid uid;
  std::uint64_t version = 0;
  std::int64_t started = 0; // status.startTime, seconds since 1970; 0: not yet
  PodPhase phase = PodPhase::kUnknown;
  bool deleting = false;
  std::vector<PodVolume> volumes; // those that name a claim, an ephemeral or a vSphere volume
  bool operator==(const Pod&) const = default;
};

// One PV that serves a volume, with what is linked to it now.
struct BoundVolume {
  PersistentVolume pv;
  // The claim of spec.claimRef with the same uid (or any uid if claimRef has none), if the cache
  // has it.
  std::optional<Claim> claim;
  // Set when claimRef names a claim that the complete cache does not have: since when.
  std::optional<Clock::time_point> claim_gone_since;
  // That claim was seen to go by a watch DELETED event (or a uid change), not by a relist.
  bool claim_removal_observed = false;
  // Pods that name that claim, in every phase; those of an ephemeral claim only if they own it.
  std::vector<Pod> pods;
};

struct VolumeFacts {
  // Every PV of our driver with this handle, or every in-tree PV of ours with this path; normally
  // one, on a file share many.
  std::vector<BoundVolume> volumes;
  // Pods, in every phase, that name the in-tree path in their own spec.
  std::vector<Pod> inline_pods;
  // The volume is one of the in-tree plugin and known to CSI by this path; else empty.
  InternedString in_tree_path;
  // An object reached by this volume could not be decoded: its last good version is used here.
  bool marked = false;
  // Decisions that take something away are allowed: see ClusterView::complete.
  bool view_complete = false;
  // A claim (pod) was broken beyond its name since the last clean list of claims (pods): no claim
  // (pod) entity may be removed. view_complete is false then, too.
  bool claims_unclear = false;
  bool pods_unclear = false;
};

// By what Kubernetes objects lead to a volume: the handle of a CSI volume, or the path of an
// in-tree one, whose CNS id is known only once it is registered. Exactly one of them is not empty.
struct VolumeKey {
  VolumeId id;
  InternedString in_tree_path;
  bool operator==(const VolumeKey&) const = default;
};

} // namespace syncer

template <>
struct std::hash<syncer::ObjectKey> {
  std::size_t operator()(const syncer::ObjectKey& key) const {
    return key.ns.hash() * 1099511628211ULL + key.name.hash();
  }
};

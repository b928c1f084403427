#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/kube_objects.h"
#include "core/outcome.h"

namespace syncer {

enum class EntityKind : std::uint8_t { kVolume, kClaim, kPod }; // PV, PVC, POD in CNS
const char* to_string(EntityKind kind);                         // PERSISTENT_VOLUME, ...

struct EntityRef {
  EntityKind kind = EntityKind::kVolume;
  InternedString ns; // empty for kVolume
  InternedString name;
  bool operator==(const EntityRef&) const = default;
};

// What CNS shows beside a volume: a PV, PVC or Pod. The cluster id is that of the CnsApi used.
struct CnsEntity {
  EntityRef ref;
  Labels labels;                    // always empty for kPod
  std::vector<EntityRef> refers_to; // PVC -> its PV, POD -> its PVC
  bool operator==(const CnsEntity&) const = default;
};

enum class CnsVolumeType : std::uint8_t { kUnknown, kBlock, kFile };

// One volume as CNS answers it. Entities that came back with delete=true are left out.
struct CnsVolume {
  VolumeId id;
  CnsVolumeType type = CnsVolumeType::kUnknown;
  std::string name;
  std::string disk_path;           // "[datastore] folder/disk.vmdk"; empty where CNS does not say
  std::vector<CnsEntity> entities; // those of our cluster id
  bool has_our_cluster = false;    // our id in containerCluster or containerClusterArray
  bool has_other_clusters = false; // another id there, or an entity of another cluster
  // Our entry there names the configured distribution, or this server keeps none.
  bool distribution_current = true;
};

// One CnsUpdateVolumeMetadata call: exactly one volume, at most one entity per kind for a block
// volume, removals counted (the caller splits; see plan.h).
struct CnsUpdate {
  VolumeId id;
  std::vector<CnsEntity> upserts;
  std::vector<EntityRef> removals; // sent as entities with delete=true
};

// One CnsCreateVolume call: what exists already as a disk or file share becomes a CNS volume, with
// its entities from the first moment on. Nothing is ever provisioned by it.
struct CnsCreate {
  enum class Backing : std::uint8_t {
    kDiskId, // backingDiskId: a first class disk; the volume gets the same id
    kFileId, // backingFileId: a vSAN file share
    kUrl,    // backingDiskUrlPath: a vmdk of the in-tree plugin; CNS chooses the id
  };
  Backing backing = Backing::kDiskId;
  std::string backing_id;          // disk id, file id or URL
  std::string name;                // at most 80 bytes are sent
  std::string profile_id;          // storage policy; empty: none
  std::vector<CnsEntity> entities; // for a disk at most one per kind
};

enum class WriteEnd {
  kAcknowledged, // the per-volume result arrived and holds no fault
  kRefused,      // surely not applied: not sent, refused by a fault, or the task failed
  kUnknown,      // may have happened or may still happen: reply lost, task lost, or it ran too long
};

// Why a volume was refused, as far as the caller acts on it.
enum class CnsFault { kNone, kInvalidArgument, kNotFound, kNotRegistered, kNoPermission, kOther };

struct WriteResult {
  WriteEnd end = WriteEnd::kUnknown;
  CnsFault fault = CnsFault::kNone;
  Error error;                 // meaningful unless kAcknowledged; names place and fault type
  Clock::time_point posted_at; // just before the call was sent
};

struct CreateResult {
  WriteResult write;
  VolumeId id; // of the volume, when `write` is acknowledged or `already_registered`
  // CNS had it already (CnsAlreadyRegisteredFault): nothing was written, not even the entities.
  // `write` is refused then, and `id` may be empty when the fault does not name it.
  bool already_registered = false;
};

} // namespace syncer

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/kube_objects.h"
#include "informers/kube_decode.h"
#include "informers/migration_notes.h"
#include "informers/resource.h"

namespace syncer {

inline constexpr std::string_view kCsiDriver = "csi.vsphere.vmware.com";
// A key of spec.csi.volumeAttributes that every CSI provisioner writes.
inline constexpr std::string_view kProvisionerIdentity =
    "storage.kubernetes.io/csiProvisionerIdentity";
// Far beyond any id of CNS and any path of a datastore.
inline constexpr std::size_t kMaxHandle = 1024;
inline constexpr std::size_t kMaxInTreePath = 4096;

VolumePhase volume_phase(std::string_view text);
ClaimPhase claim_phase(std::string_view text);
PodPhase pod_phase(std::string_view text);
ReclaimPolicy reclaim_policy(std::string_view text);
bool is_multi_access(std::string_view access_mode);
// RFC 3339 in UTC -> seconds since 1970; 0 when it is not such a time.
std::int64_t parse_time(std::string_view text);

// metadata of any object; both encodings fill it.
struct MetaParts {
  std::string_view name;
  std::string_view ns;
  std::string_view uid;
  std::string_view version;
  std::int64_t created = 0;
  bool deleting = false;
  Labels labels;
  Uid owner_pod;
  MigrationNotes notes;
};

// One entry of pod.spec.volumes that we follow.
struct VolumeParts {
  std::string_view volume_name;
  std::string_view claim;
  std::string_view in_tree_path;
  bool ephemeral = false;
  // A path that no datastore could have is nobody's: any user may write one into a pod.
  bool followed() const {
    const bool in_tree = !in_tree_path.empty() && in_tree_path.size() <= kMaxInTreePath;
    return ephemeral || !claim.empty() || in_tree;
  }
};

// Objects as both encodings gather them: views into the buffer, interned only in `finish` and only
// when the object is worth keeping.
struct VolumeObjectParts {
  MetaParts meta;
  bool has_csi = false;     // spec.csi is there
  bool has_in_tree = false; // spec.vsphereVolume is there
  bool dynamic = false;
  std::string_view driver, handle, in_tree_path, policy_name, claim_ns, claim_name, claim_uid;
  std::vector<NodeTerm> nodes;
  VolumePhase phase = VolumePhase::kUnknown;
  ReclaimPolicy policy = ReclaimPolicy::kUnknown;
  bool multi_access = false;
};
struct ClaimObjectParts {
  MetaParts meta;
  std::string_view volume_name;
  ClaimPhase phase = ClaimPhase::kUnknown;
};
struct PodObjectParts {
  MetaParts meta;
  std::int64_t started = 0;
  PodPhase phase = PodPhase::kUnknown;
  std::vector<VolumeParts> volumes;
};

// spec.nodeAffinity piece by piece. Kept are requirements of the operator In and terms that have
// one: any other operator read as In would say the opposite.
void add_requirement(NodeTerm& term, std::string_view key, std::string_view what,
                     std::vector<InternedString> values);
void add_term(VolumeObjectParts& parts, NodeTerm term);

// Identity, and a `problem` if it is incomplete.
DecodedObject identified(const MetaParts& meta, Resource resource);
DecodedObject finish(VolumeObjectParts parts);
DecodedObject finish(ClaimObjectParts parts);
DecodedObject finish(PodObjectParts parts);

// The two encodings. Bytes are one object without an envelope.
DecodedObject decode_protobuf_object(Resource resource, std::string_view bytes);
DecodedObject decode_json_object(Resource resource, std::string_view text);
Outcome<WatchEvent> decode_protobuf_event(Resource resource, std::string_view bytes);
Outcome<WatchEvent> decode_json_event(Resource resource, std::string_view text);
Outcome<ListMeta> decode_protobuf_list_meta(std::string_view bytes);
Outcome<ListMeta> decode_json_list_meta(std::string_view text);

inline constexpr std::string_view kInitialEventsEnd = "k8s.io/initial-events-end";

} // namespace syncer

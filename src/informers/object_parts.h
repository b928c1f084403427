#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/kube_objects.h"
#include "informers/kube_decode.h"
#include "informers/resource.h"

namespace syncer {

inline constexpr std::string_view kCsiDriver = "csi.vsphere.vmware.com";

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
};

// One entry of pod.spec.volumes that we follow.
struct VolumeParts {
  std::string_view volume_name;
  std::string_view claim;
  std::string_view in_tree_path;
  bool ephemeral = false;
  bool followed() const { return ephemeral || !claim.empty() || !in_tree_path.empty(); }
};

// Objects as both encodings gather them: views into the buffer, interned only in `finish` and only
// when the object is worth keeping.
struct VolumeObjectParts {
  MetaParts meta;
  std::string_view driver, handle, in_tree_path, claim_ns, claim_name, claim_uid;
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

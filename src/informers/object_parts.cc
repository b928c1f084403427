#include "informers/object_parts.h"

#include <charconv>

namespace syncer {

VolumePhase volume_phase(std::string_view text) {
  if (text == "Bound") return VolumePhase::kBound;
  if (text == "Available") return VolumePhase::kAvailable;
  if (text == "Released") return VolumePhase::kReleased;
  if (text == "Pending") return VolumePhase::kPending;
  if (text == "Failed") return VolumePhase::kFailed;
  return VolumePhase::kUnknown;
}

ClaimPhase claim_phase(std::string_view text) {
  if (text == "Bound") return ClaimPhase::kBound;
  if (text == "Pending") return ClaimPhase::kPending;
  if (text == "Lost") return ClaimPhase::kLost;
  return ClaimPhase::kUnknown;
}

PodPhase pod_phase(std::string_view text) {
  if (text == "Running") return PodPhase::kRunning;
  if (text == "Pending") return PodPhase::kPending;
  if (text == "Succeeded") return PodPhase::kSucceeded;
  if (text == "Failed") return PodPhase::kFailed;
  return PodPhase::kUnknown;
}

ReclaimPolicy reclaim_policy(std::string_view text) {
  if (text == "Delete") return ReclaimPolicy::kDelete;
  if (text == "Retain") return ReclaimPolicy::kRetain;
  if (text == "Recycle") return ReclaimPolicy::kRecycle;
  return ReclaimPolicy::kUnknown;
}

bool is_multi_access(std::string_view mode) {
  return mode == "ReadWriteMany" || mode == "ReadOnlyMany";
}

std::int64_t parse_time(std::string_view text) {
  // 2025-01-02T03:04:05Z; the API server writes UTC only, fractions are cut off.
  if (text.size() < 20 || text.back() != 'Z' || text[10] != 'T') return 0;
  const auto number = [&](std::size_t from, std::size_t length) {
    int value = -1;
    const char* const end = text.data() + from + length;
    const auto [stop, ec] = std::from_chars(text.data() + from, end, value);
    return ec == std::errc() && stop == end ? value : -1;
  };
  const int year = number(0, 4), month = number(5, 2), day = number(8, 2);
  const int hour = number(11, 2), minute = number(14, 2), second = number(17, 2);
  if (year < 0 || month < 1 || month > 12 || day < 1 || hour < 0 || minute < 0 || second < 0) {
    return 0;
  }
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok()) return 0;
  const auto days = std::chrono::sys_days(date).time_since_epoch().count();
  return std::int64_t{days} * 86400 + hour * 3600 + minute * 60 + second;
}

std::uint64_t version_number(std::string_view version) {
  std::uint64_t number = 0;
  const char* const end = version.data() + version.size();
  const auto [stop, ec] = std::from_chars(version.data(), end, number);
  return ec == std::errc() && stop == end ? number : 0;
}

void add_requirement(NodeTerm& term, std::string_view key, std::string_view what,
                     std::vector<InternedString> values) {
  if (what != "In" || key.empty() || values.empty()) return;
  values.shrink_to_fit();
  term.requirements.emplace_back(key, std::move(values));
}

void add_term(VolumeObjectParts& parts, NodeTerm term) {
  if (term.requirements.empty()) return;
  term.requirements.shrink_to_fit();
  parts.nodes.push_back(std::move(term));
}

DecodedObject identified(const MetaParts& meta, Resource resource) {
  DecodedObject decoded;
  decoded.ns = meta.ns;
  decoded.name = meta.name;
  decoded.version = meta.version;
  if (meta.name.empty()) decoded.problem = "it has no name";
  if (namespaced(resource) && meta.ns.empty()) decoded.problem = "it has no namespace";
  if (meta.version.empty()) decoded.problem = "it has no resourceVersion";
  if (meta.uid.empty()) decoded.problem = "it has no uid";
  return decoded;
}

namespace {

// Why no volume can be meant by a handle or path like that; empty when one can.
std::string problem_of(const char* field, std::string_view value, std::size_t limit) {
  if (value.empty()) return std::string(field) + " is empty";
  if (value.size() <= limit) return {};
  return std::string(field) + " has " + std::to_string(value.size()) + " bytes, more than " +
         std::to_string(limit);
}

} // namespace

DecodedObject finish(VolumeObjectParts parts) {
  DecodedObject decoded = identified(parts.meta, Resource::kVolumes);
  if (decoded.broken()) return decoded;
  // With both sources CSI serves the volume.
  const bool ours = parts.has_csi ? parts.driver == kCsiDriver : parts.has_in_tree;
  if (!ours) return decoded;
  decoded.problem = parts.has_csi ? problem_of("spec.csi.volumeHandle", parts.handle, kMaxHandle)
                                  : problem_of("spec.vsphereVolume.volumePath", parts.in_tree_path,
                                               kMaxInTreePath);
  if (decoded.broken()) return decoded;
  PersistentVolume pv;
  pv.name = parts.meta.name;
  pv.uid = Uid::parse(parts.meta.uid);
  pv.version = version_number(parts.meta.version);
  pv.created = parts.meta.created;
  pv.phase = parts.phase;
  pv.policy = parts.policy;
  pv.deleting = parts.meta.deleting;
  pv.multi_access = parts.multi_access;
  if (parts.has_csi) {
    pv.driver = parts.driver;
    pv.handle = parts.handle;
    pv.dynamic = parts.dynamic;
  } else {
    pv.in_tree_path = parts.in_tree_path;
    pv.policy_name = parts.policy_name;
    pv.in_tree_ours = is_migrated_volume(parts.meta.notes);
  }
  pv.nodes = std::move(parts.nodes);
  pv.nodes.shrink_to_fit();
  pv.claim = ObjectKey{parts.claim_ns, parts.claim_name};
  pv.claim_uid = Uid::parse(parts.claim_uid);
  pv.labels = std::move(parts.meta.labels);
  decoded.object = std::move(pv);
  return decoded;
}

DecodedObject finish(ClaimObjectParts parts) {
  DecodedObject decoded = identified(parts.meta, Resource::kClaims);
  if (decoded.broken()) return decoded;
  Claim claim;
  claim.key = ObjectKey{parts.meta.ns, parts.meta.name};
  claim.uid = Uid::parse(parts.meta.uid);
  claim.version = version_number(parts.meta.version);
  claim.phase = parts.phase;
  claim.deleting = parts.meta.deleting;
  claim.volume_name = parts.volume_name;
  claim.owner_pod = parts.meta.owner_pod;
  claim.in_tree_ours = is_migrated_claim(parts.meta.notes);
  claim.labels = std::move(parts.meta.labels);
  decoded.object = std::move(claim);
  return decoded;
}

DecodedObject finish(PodObjectParts parts) {
  DecodedObject decoded = identified(parts.meta, Resource::kPods);
  if (decoded.broken() || parts.volumes.empty()) return decoded;
  Pod pod;
  pod.key = ObjectKey{parts.meta.ns, parts.meta.name};
  pod.uid = Uid::parse(parts.meta.uid);
  pod.version = version_number(parts.meta.version);
  pod.started = parts.started;
  pod.phase = parts.phase;
  pod.deleting = parts.meta.deleting;
  pod.volumes.reserve(parts.volumes.size());
  for (const VolumeParts& volume : parts.volumes) {
    PodVolume kept;
    kept.ephemeral = volume.ephemeral;
    kept.in_tree_path = volume.in_tree_path;
    kept.claim = volume.claim;
    if (volume.ephemeral) {
      kept.claim = std::string(parts.meta.name) + "-" + std::string(volume.volume_name);
    }
    pod.volumes.push_back(std::move(kept));
  }
  decoded.object = std::move(pod);
  return decoded;
}

DecodedObject decode_item(KubeFormat format, Resource resource, std::string_view bytes) {
  return format == KubeFormat::kProtobuf ? decode_protobuf_object(resource, bytes)
                                         : decode_json_object(resource, bytes);
}

DecodedObject decode_single(KubeFormat format, Resource resource, std::string_view bytes) {
  if (format == KubeFormat::kJson) return decode_json_object(resource, bytes);
  const auto raw = unwrap_protobuf(bytes);
  if (raw) return decode_protobuf_object(resource, *raw);
  DecodedObject decoded;
  decoded.problem = "its envelope is malformed";
  return decoded;
}

Outcome<WatchEvent> decode_watch_event(KubeFormat format, Resource resource,
                                       std::string_view bytes) {
  return format == KubeFormat::kProtobuf ? decode_protobuf_event(resource, bytes)
                                         : decode_json_event(resource, bytes);
}

Outcome<ListMeta> decode_list_meta(KubeFormat format, std::string_view bytes) {
  return format == KubeFormat::kProtobuf ? decode_protobuf_list_meta(bytes)
                                         : decode_json_list_meta(bytes);
}

} // namespace syncer

// Kubernetes and CNS objects with ordinary values, so that a test spells only what matters to it.
#pragma once

#include <algorithm>
#include <initializer_list>
#include <ostream>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "core/cns_objects.h"
#include "core/kube_objects.h"

namespace syncer {

inline Labels make_labels(std::initializer_list<std::pair<const char*, const char*>> pairs) {
  Labels labels;
  for (const auto& [key, value] : pairs) labels.emplace_back(key, value);
  sort_labels(labels);
  return labels;
}

// As many labels as asked for, in byte order: k00=v, k01=v, ...
inline Labels many_labels(std::size_t count) {
  Labels labels;
  for (std::size_t i = 0; i < count; ++i) {
    labels.emplace_back((i < 10 ? "k0" : "k") + std::to_string(i), "v");
  }
  return labels;
}

// A dynamically provisioned block volume: PV pv-<handle>, bound, policy Delete, whose claim is
// shop/claim-<handle>. No pods.
inline BoundVolume bound_volume(std::string_view handle) {
  const std::string id(handle);
  BoundVolume volume;
  volume.pv.name = "pv-" + id;
  volume.pv.uid = Uid::parse("uid of pv-" + id);
  volume.pv.created = 1'700'000'000;
  volume.pv.phase = VolumePhase::kBound;
  volume.pv.policy = ReclaimPolicy::kDelete;
  volume.pv.driver = "csi.vsphere.vmware.com";
  volume.pv.handle = id;
  volume.pv.dynamic = true;
  volume.pv.claim = ObjectKey{"shop", "claim-" + id};
  volume.pv.claim_uid = Uid::parse("uid of claim-" + id);
  Claim claim;
  claim.key = volume.pv.claim;
  claim.uid = volume.pv.claim_uid;
  claim.phase = ClaimPhase::kBound;
  claim.volume_name = volume.pv.name;
  volume.claim = claim;
  return volume;
}

// The claim went at `since`; seen by a watch event or found out by a relist.
inline void lose_claim(BoundVolume& volume, Clock::time_point since, bool observed = true) {
  volume.claim.reset();
  volume.claim_gone_since = since;
  volume.claim_removal_observed = observed;
}

inline Pod running_pod(std::string_view name, std::int64_t started = 1'700'000'100) {
  Pod pod;
  pod.key = ObjectKey{"shop", name};
  pod.uid = Uid::parse("uid of " + std::string(name));
  pod.phase = PodPhase::kRunning;
  pod.started = started;
  return pod;
}

inline VolumeFacts facts_of(std::vector<BoundVolume> volumes) {
  VolumeFacts facts;
  facts.volumes = std::move(volumes);
  facts.view_complete = true;
  return facts;
}

inline EntityRef pv_ref(std::string_view name) { return {EntityKind::kVolume, {}, name}; }
inline EntityRef claim_ref(std::string_view name) { return {EntityKind::kClaim, "shop", name}; }
inline EntityRef pod_ref(std::string_view name) { return {EntityKind::kPod, "shop", name}; }

inline CnsEntity pv_entity(std::string_view name, Labels labels = {}) {
  return {pv_ref(name), std::move(labels), {}};
}
inline CnsEntity claim_entity(std::string_view name, std::string_view pv, Labels labels = {}) {
  return {claim_ref(name), std::move(labels), {pv_ref(pv)}};
}
inline CnsEntity pod_entity(std::string_view name, std::string_view claim) {
  return {pod_ref(name), {}, {claim_ref(claim)}};
}

// Entities in an order that does not depend on who put them there.
inline std::vector<CnsEntity> by_ref(std::vector<CnsEntity> entities) {
  std::sort(entities.begin(), entities.end(), [](const CnsEntity& a, const CnsEntity& b) {
    return std::tuple(a.ref.kind, a.ref.ns, a.ref.name) <
           std::tuple(b.ref.kind, b.ref.ns, b.ref.name);
  });
  return entities;
}

// How failed expectations show these.
inline void PrintTo(const InternedString& text, std::ostream* out) { *out << text.view(); }
inline void PrintTo(const EntityRef& ref, std::ostream* out) {
  *out << to_string(ref.kind) << ' ' << ref.ns.view() << '/' << ref.name.view();
}
inline void PrintTo(const CnsEntity& entity, std::ostream* out) {
  PrintTo(entity.ref, out);
  *out << " {";
  for (const auto& [key, value] : entity.labels) *out << key.view() << '=' << value.view() << ' ';
  *out << '}';
  for (const EntityRef& ref : entity.refers_to) {
    *out << " -> ";
    PrintTo(ref, out);
  }
}

} // namespace syncer

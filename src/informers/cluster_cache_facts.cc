#include <algorithm>

#include "informers/cluster_cache.h"

namespace syncer {

VolumeFacts ClusterCache::empty_facts() const {
  VolumeFacts facts;
  facts.view_complete = complete();
  // What a restored or foreign server does not have says nothing about what is used.
  facts.claims_unclear = unclear(Resource::kClaims) || went_back_ || settling();
  facts.pods_unclear = unclear(Resource::kPods) || went_back_ || settling();
  return facts;
}

VolumeFacts ClusterCache::facts(const VolumeId& id) const {
  VolumeFacts facts = empty_facts();
  const auto found = by_handle_.find(id);
  if (found == by_handle_.end()) return facts;
  found->second.for_each([&](const VolumeEntry& entry) {
    facts.volumes.push_back(bound(entry));
    facts.marked = facts.marked || marked(entry);
  });
  return facts;
}

VolumeFacts ClusterCache::in_tree_facts(const InternedString& path) const {
  VolumeFacts facts = empty_facts();
  facts.marked = inline_marked(path);
  const auto found = by_path_.find(path);
  if (found == by_path_.end()) return facts;
  found->second.volumes.for_each([&](const VolumeEntry& entry) {
    if (handed_over(entry)) facts.volumes.push_back(bound(entry));
    // What cannot be read may be the very annotation that hands it over.
    facts.marked = facts.marked || marked(entry);
  });
  found->second.pods.for_each(
      [&](const PodEntry& entry) { facts.inline_pods.push_back(entry.pod); });
  if (!facts.volumes.empty() || !facts.inline_pods.empty()) facts.in_tree_path = path;
  return facts;
}

std::vector<InternedString> ClusterCache::in_tree_paths() const {
  std::vector<InternedString> paths;
  for (const auto& [path, slot] : by_path_) {
    if (has_facts(slot)) paths.push_back(path);
  }
  return paths;
}

std::vector<Uid> ClusterCache::pending_claims() const {
  std::vector<Uid> uids;
  for (const auto& [key, slot] : claims_) {
    if (slot.claim && slot.claim->phase == ClaimPhase::kPending) uids.push_back(slot.claim->uid);
  }
  return uids;
}

std::vector<Pod> ClusterCache::pods_of_claim(const ObjectKey& claim) const {
  std::vector<Pod> pods;
  const auto found = claims_.find(claim);
  if (found == claims_.end()) return pods;
  found->second.pods.for_each([&](const PodEntry& entry) { pods.push_back(entry.pod); });
  return pods;
}

std::vector<VolumeId> ClusterCache::volumes() const {
  std::vector<VolumeId> ids;
  ids.reserve(by_handle_.size());
  for (const auto& entry : by_handle_) ids.push_back(entry.first);
  return ids;
}

const Claim* ClusterCache::bound_claim(const VolumeEntry& entry) const {
  if (entry.pv.claim.name.empty()) return nullptr;
  const auto found = claims_.find(entry.pv.claim);
  if (found == claims_.end() || !found->second.claim) return nullptr;
  const Claim& claim = *found->second.claim;
  const Uid& wanted = entry.pv.claim_uid;
  return wanted.empty() || wanted == claim.uid ? &claim : nullptr;
}

bool ClusterCache::handed_over(const VolumeEntry& entry) const {
  if (entry.pv.in_tree_ours) return true;
  const Claim* const claim = bound_claim(entry);
  return claim != nullptr && claim->in_tree_ours;
}

bool ClusterCache::has_facts(const PathSlot& slot) const {
  bool any = !slot.pods.empty();
  slot.volumes.for_each([&](const VolumeEntry& entry) { any = any || handed_over(entry); });
  return any;
}

BoundVolume ClusterCache::bound(const VolumeEntry& entry) const {
  BoundVolume bound;
  bound.pv = entry.pv;
  if (entry.pv.claim.name.empty()) return bound;
  const auto found = claims_.find(entry.pv.claim);
  if (found == claims_.end()) return bound;
  const ClaimSlot& slot = found->second;
  if (const Claim* const claim = bound_claim(entry)) {
    bound.claim = *claim;
  } else if (complete()) {
    bound.claim_gone_since =
        std::max({entry.linked_at, slot.changed_at, complete_since_.value_or(clock_.now())});
    bound.claim_removal_observed = slot.removal_observed;
  }
  // Pods beside a claim of another uid belong to that claim, hence to another volume.
  if (slot.claim && !bound.claim) return bound;
  slot.pods.for_each([&](const PodEntry& candidate) {
    const Pod& pod = candidate.pod;
    const bool names_it =
        std::any_of(pod.volumes.begin(), pod.volumes.end(), [&](const PodVolume& volume) {
          if (volume.claim != entry.pv.claim.name) return false;
          return !volume.ephemeral || (bound.claim && bound.claim->owner_pod == pod.uid);
        });
    if (names_it) bound.pods.push_back(pod);
  });
  return bound;
}

bool ClusterCache::marked(const VolumeEntry& entry) const {
  const auto is_broken = [&](Resource resource, const ObjectKey& key) {
    return !broken_[resource].empty() && broken_[resource].contains(key);
  };
  if (is_broken(Resource::kVolumes, ObjectKey{InternedString(), entry.pv.name})) return true;
  if (entry.pv.claim.name.empty()) return false;
  if (is_broken(Resource::kClaims, entry.pv.claim)) return true;
  // A broken pod names a claim of its own namespace; which one is known only from its last good
  // version.
  bool reached = false;
  broken_[Resource::kPods].for_each([&](const ObjectKey& key) {
    if (reached || !(key.ns == entry.pv.claim.ns)) return;
    const auto known = pods_.find(key);
    reached = known == pods_.end() ||
              std::any_of(known->second.pod.volumes.begin(), known->second.pod.volumes.end(),
                          [&](const PodVolume& v) { return v.claim == entry.pv.claim.name; });
  });
  return reached;
}

bool ClusterCache::inline_marked(const InternedString& path) const {
  // One that was never read may name any path, whatever its namespace.
  bool reached = false;
  broken_[Resource::kPods].for_each([&](const ObjectKey& key) {
    const auto known = pods_.find(key);
    reached = reached || known == pods_.end() ||
              std::any_of(known->second.pod.volumes.begin(), known->second.pod.volumes.end(),
                          [&](const PodVolume& v) { return v.in_tree_path == path; });
  });
  return reached;
}

} // namespace syncer

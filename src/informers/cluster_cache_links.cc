#include "informers/cluster_cache.h"
#include "informers/object_parts.h"

namespace syncer {

namespace {

bool is_ours(const PersistentVolume& pv) { return pv.driver == InternedString(kCsiDriver); }

template <class Visit>
void for_each_claim(const Pod& pod, Visit visit) {
  for (const PodVolume& volume : pod.volumes) {
    if (!volume.claim.empty()) visit(ObjectKey{pod.key.ns, volume.claim});
  }
}

} // namespace

void ClusterCache::put_volume(PersistentVolume&& pv) {
  const ObjectKey key{InternedString(), pv.name};
  const auto found = volumes_.find(key);
  if (found != volumes_.end()) {
    VolumeEntry& entry = found->second;
    const std::uint64_t known = std::exchange(entry.pv.version, pv.version);
    if (entry.pv == pv) {
      observer_.event_ignored(name_of(Resource::kVolumes));
      return;
    }
    entry.pv.version = known;
    if (entry.pv.uid == pv.uid) {
      replace_volume(entry, std::move(pv));
      return;
    }
    erase_volume(key);
  }
  VolumeEntry& entry = volumes_[key];
  entry.pv = std::move(pv);
  entry.linked_at = clock_.now();
  entry.generation = state_[Resource::kVolumes].generation;
  link_handle(entry);
  link_claim(entry);
  count(Resource::kVolumes);
  touch(entry, ChangeKind::kVolume);
}

void ClusterCache::replace_volume(VolumeEntry& entry, PersistentVolume&& pv) {
  const PersistentVolume old = std::exchange(entry.pv, std::move(pv));
  if (old.handle != entry.pv.handle || old.driver != entry.pv.driver) {
    unlink_handle(entry, old.handle);
    link_handle(entry);
    if (is_ours(old)) touched_(old.handle, ChangeKind::kVolume);
  }
  if (!(old.claim == entry.pv.claim)) {
    unlink_claim(entry, old.claim);
    link_claim(entry);
  }
  if (!(old.claim == entry.pv.claim) || old.claim_uid != entry.pv.claim_uid) {
    entry.linked_at = clock_.now();
  }
  touch(entry, ChangeKind::kVolume);
}

void ClusterCache::put_claim(Claim&& claim) {
  ClaimSlot& slot = claims_[claim.key];
  slot.generation = state_[Resource::kClaims].generation;
  if (slot.claim) {
    slot.claim->version = claim.version;
    if (*slot.claim == claim) {
      observer_.event_ignored(name_of(Resource::kClaims));
      return;
    }
    if (slot.claim->uid != claim.uid) {
      slot.changed_at = clock_.now();
      slot.removal_observed = true;
    }
  } else {
    ++claim_count_;
    slot.changed_at = clock_.now();
  }
  slot.claim = std::move(claim);
  count(Resource::kClaims);
  touch(slot, ChangeKind::kClaim);
}

void ClusterCache::put_pod(Pod&& pod) {
  const auto found = pods_.find(pod.key);
  if (found != pods_.end()) {
    PodEntry& entry = found->second;
    entry.pod.version = pod.version;
    if (entry.pod == pod) {
      observer_.event_ignored(name_of(Resource::kPods));
      return;
    }
    const Pod old = std::exchange(entry.pod, std::move(pod));
    if (old.volumes != entry.pod.volumes) {
      unlink(entry, old);
      link(entry);
      touch_claims_of(old);
    }
    touch_claims_of(entry.pod);
    return;
  }
  PodEntry& entry = pods_[pod.key];
  entry.pod = std::move(pod);
  entry.generation = state_[Resource::kPods].generation;
  link(entry);
  count(Resource::kPods);
  touch_claims_of(entry.pod);
}

void ClusterCache::erase(Resource resource, const ObjectKey& key, bool observed) {
  switch (resource) {
    case Resource::kVolumes:
      return erase_volume(key);
    case Resource::kClaims:
      return erase_claim(key, observed);
    case Resource::kPods:
      return erase_pod(key);
  }
}

void ClusterCache::erase_volume(const ObjectKey& key) {
  const auto found = volumes_.find(key);
  if (found == volumes_.end()) return;
  auto last = volumes_.extract(found);
  unlink_handle(last.mapped(), last.mapped().pv.handle);
  unlink_claim(last.mapped(), last.mapped().pv.claim);
  count(Resource::kVolumes);
  touch(last.mapped(), ChangeKind::kVolume);
}

void ClusterCache::erase_claim(const ObjectKey& key, bool observed) {
  const auto found = claims_.find(key);
  if (found == claims_.end() || !found->second.claim) return;
  found->second.claim.reset();
  found->second.changed_at = clock_.now();
  found->second.removal_observed = observed;
  --claim_count_;
  count(Resource::kClaims);
  touch(found->second, ChangeKind::kClaim);
  drop_if_unused(key);
}

void ClusterCache::erase_pod(const ObjectKey& key) {
  const auto found = pods_.find(key);
  if (found == pods_.end()) return;
  auto last = pods_.extract(found);
  unlink(last.mapped(), last.mapped().pod);
  count(Resource::kPods);
  touch_claims_of(last.mapped().pod);
}

void ClusterCache::link_handle(VolumeEntry& entry) {
  if (is_ours(entry.pv)) by_handle_[entry.pv.handle].add(&entry);
}

void ClusterCache::unlink_handle(VolumeEntry& entry, const VolumeId& handle) {
  const auto found = by_handle_.find(handle);
  if (found == by_handle_.end()) return;
  found->second.remove(&entry);
  if (found->second.empty()) by_handle_.erase(found);
}

void ClusterCache::link_claim(VolumeEntry& entry) {
  if (!entry.pv.claim.name.empty()) claims_[entry.pv.claim].volumes.add(&entry);
}

void ClusterCache::unlink_claim(VolumeEntry& entry, const ObjectKey& claim) {
  const auto slot = claims_.find(claim);
  if (slot == claims_.end()) return;
  slot->second.volumes.remove(&entry);
  drop_if_unused(claim);
}

void ClusterCache::link(PodEntry& entry) {
  for_each_claim(entry.pod, [&](const ObjectKey& claim) { claims_[claim].pods.add(&entry); });
}

void ClusterCache::unlink(PodEntry& entry, const Pod& pod) {
  for_each_claim(pod, [&](const ObjectKey& claim) {
    const auto slot = claims_.find(claim);
    if (slot == claims_.end()) return;
    slot->second.pods.remove(&entry);
    drop_if_unused(claim);
  });
}

void ClusterCache::drop_if_unused(const ObjectKey& key) {
  const auto slot = claims_.find(key);
  if (slot != claims_.end() && slot->second.unused()) claims_.erase(slot);
}

void ClusterCache::count(Resource resource) const {
  observer_.informer_objects(name_of(resource), objects(resource));
}

void ClusterCache::touch(const VolumeEntry& entry, ChangeKind kind) const {
  if (is_ours(entry.pv)) touched_(entry.pv.handle, kind);
}

void ClusterCache::touch(const ClaimSlot& slot, ChangeKind kind) const {
  slot.volumes.for_each([&](const VolumeEntry& entry) { touch(entry, kind); });
}

void ClusterCache::touch_claims_of(const Pod& pod) const {
  for_each_claim(pod, [&](const ObjectKey& claim) {
    const auto slot = claims_.find(claim);
    if (slot != claims_.end()) touch(slot->second, ChangeKind::kPod);
  });
}

void ClusterCache::touch_marked(Resource resource, const ObjectKey& key) const {
  if (resource == Resource::kVolumes) {
    const auto found = volumes_.find(key);
    if (found != volumes_.end()) touch(found->second, ChangeKind::kVolume);
  } else if (resource == Resource::kClaims) {
    const auto found = claims_.find(key);
    if (found != claims_.end()) touch(found->second, ChangeKind::kClaim);
  } else {
    const auto found = pods_.find(key);
    if (found != pods_.end()) touch_claims_of(found->second.pod);
  }
}

} // namespace syncer

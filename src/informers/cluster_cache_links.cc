#include <algorithm>

#include "informers/cluster_cache.h"
#include "informers/object_parts.h"

namespace syncer {

namespace {

constexpr std::size_t kMostSeenToGo = 10'000;

bool is_ours(const PersistentVolume& pv) { return pv.driver == InternedString(kCsiDriver); }

VolumeKey key_of(const PersistentVolume& pv) {
  VolumeKey key;
  if (is_ours(pv)) {
    key.id = pv.handle;
  } else {
    key.in_tree_path = pv.in_tree_path;
  }
  return key;
}

template <class Visit>
void for_each_claim(const Pod& pod, Visit visit) {
  for (const PodVolume& volume : pod.volumes) {
    if (!volume.claim.empty()) visit(ObjectKey{pod.key.ns, volume.claim});
  }
}

template <class Visit>
void for_each_path(const Pod& pod, Visit visit) {
  for (const PodVolume& volume : pod.volumes) {
    if (!volume.in_tree_path.empty()) visit(volume.in_tree_path);
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
    erase_volume(key, nullptr);
  }
  VolumeEntry& entry = volumes_[key];
  entry.pv = std::move(pv);
  entry.linked_at = clock_.now();
  entry.generation = state_[Resource::kVolumes].generation;
  link_key(entry);
  link_claim(entry);
  count(Resource::kVolumes);
  touch(entry, ChangeKind::kVolume);
}

void ClusterCache::replace_volume(VolumeEntry& entry, PersistentVolume&& pv) {
  const PersistentVolume old = std::exchange(entry.pv, std::move(pv));
  const VolumeKey left = key_of(old);
  if (!(left == key_of(entry.pv))) {
    unlink_key(entry, left);
    link_key(entry);
    callbacks_.touched(left, ChangeKind::kVolume);
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
      // A list may come from another cluster or another time: it shows no removal.
      slot.removal_observed = !state_[Resource::kClaims].listing;
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
      note_inline_removal(old, true);
      touch_volumes_of(old);
    }
    touch_volumes_of(entry.pod);
    return;
  }
  PodEntry& entry = pods_[pod.key];
  entry.pod = std::move(pod);
  entry.generation = state_[Resource::kPods].generation;
  link(entry);
  count(Resource::kPods);
  touch_volumes_of(entry.pod);
}

void ClusterCache::erase(Resource resource, const ObjectKey& key, const DecodedObject* deleted) {
  switch (resource) {
    case Resource::kVolumes:
      return erase_volume(key, deleted);
    case Resource::kClaims:
      return erase_claim(key, deleted);
    case Resource::kPods:
      return erase_pod(key, deleted);
  }
}

void ClusterCache::erase_volume(const ObjectKey& key, const DecodedObject* deleted) {
  const auto found = volumes_.find(key);
  if (found == volumes_.end()) return;
  BoundVolume last = bound(found->second);
  // The event carries the last state of all, unless it tells of another object of this name.
  const auto* pv = deleted != nullptr ? std::get_if<PersistentVolume>(&deleted->object) : nullptr;
  const bool observed = pv != nullptr && pv->uid == last.pv.uid;
  auto gone = volumes_.extract(found);
  unlink_key(gone.mapped(), key_of(last.pv));
  unlink_claim(gone.mapped(), last.pv.claim);
  count(Resource::kVolumes);
  if (observed) last.pv = *pv;
  callbacks_.on_deleted(last, observed);
  touch(gone.mapped(), ChangeKind::kVolume);
}

void ClusterCache::erase_claim(const ObjectKey& key, const DecodedObject* deleted) {
  const auto found = claims_.find(key);
  if (found == claims_.end() || !found->second.claim) return;
  const auto* claim = deleted != nullptr ? std::get_if<Claim>(&deleted->object) : nullptr;
  const bool observed = claim != nullptr && claim->uid == found->second.claim->uid;
  found->second.claim.reset();
  found->second.changed_at = clock_.now();
  found->second.removal_observed = observed;
  --claim_count_;
  count(Resource::kClaims);
  touch(found->second, ChangeKind::kClaim);
  drop_if_unused(key);
}

void ClusterCache::erase_pod(const ObjectKey& key, const DecodedObject* deleted) {
  const auto found = pods_.find(key);
  if (found == pods_.end()) return;
  auto last = pods_.extract(found);
  unlink(last.mapped(), last.mapped().pod);
  const auto* pod = deleted != nullptr ? std::get_if<Pod>(&deleted->object) : nullptr;
  note_inline_removal(last.mapped().pod, pod != nullptr && pod->uid == last.mapped().pod.uid);
  count(Resource::kPods);
  touch_volumes_of(last.mapped().pod);
}

void ClusterCache::note_inline_removal(const Pod& pod, bool observed) {
  for_each_path(pod, [&](const InternedString& path) {
    const auto slot = by_path_.find(path);
    if (slot != by_path_.end() && !slot->second.pods.empty()) return;
    if (!observed) {
      seen_to_go_.erase(path);
      return;
    }
    // Forgetting is safe: a full sync then looks at the whole first.
    if (seen_to_go_.size() >= kMostSeenToGo) seen_to_go_.clear();
    seen_to_go_.insert(path);
  });
}

void ClusterCache::link_key(VolumeEntry& entry) {
  const VolumeKey key = key_of(entry.pv);
  if (!key.id.empty()) by_handle_[key.id].add(&entry);
  if (!key.in_tree_path.empty()) by_path_[key.in_tree_path].volumes.add(&entry);
}

NamedVolumes ClusterCache::named(std::string_view name) const {
  NamedVolumes found;
  const auto add = [&](const VolumeEntry& entry) {
    const VolumeKey key = key_of(entry.pv);
    if (std::find(found.keys.begin(), found.keys.end(), key) == found.keys.end()) {
      found.keys.push_back(key);
    }
  };
  if (const std::size_t slash = name.find('/'); slash != std::string_view::npos) {
    const auto slot = claims_.find({name.substr(0, slash), name.substr(slash + 1)});
    if (slot != claims_.end() && (slot->second.claim || !slot->second.volumes.empty())) {
      found.known = true;
      found.claim = slot->second.claim;
      slot->second.volumes.for_each(add);
      return found;
    }
  }
  if (const auto pv = volumes_.find({InternedString(), name}); pv != volumes_.end()) {
    add(pv->second);
  } else if (by_handle_.contains(name)) {
    found.keys.push_back({name, {}});
  } else if (by_path_.contains(name)) {
    found.keys.push_back({{}, name});
  }
  found.known = !found.keys.empty();
  return found;
}

void ClusterCache::unlink_key(VolumeEntry& entry, const VolumeKey& key) {
  if (const auto found = by_handle_.find(key.id); found != by_handle_.end()) {
    found->second.remove(&entry);
    if (found->second.empty()) by_handle_.erase(found);
  }
  if (const auto found = by_path_.find(key.in_tree_path); found != by_path_.end()) {
    found->second.volumes.remove(&entry);
    drop_if_unused(key.in_tree_path);
  }
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
  for_each_path(entry.pod, [&](const InternedString& path) { by_path_[path].pods.add(&entry); });
}

void ClusterCache::unlink(PodEntry& entry, const Pod& pod) {
  for_each_claim(pod, [&](const ObjectKey& claim) {
    const auto slot = claims_.find(claim);
    if (slot == claims_.end()) return;
    slot->second.pods.remove(&entry);
    drop_if_unused(claim);
  });
  for_each_path(pod, [&](const InternedString& path) {
    const auto slot = by_path_.find(path);
    if (slot == by_path_.end()) return;
    slot->second.pods.remove(&entry);
    drop_if_unused(path);
  });
}

void ClusterCache::drop_if_unused(const ObjectKey& key) {
  const auto slot = claims_.find(key);
  if (slot != claims_.end() && slot->second.unused()) claims_.erase(slot);
}

void ClusterCache::drop_if_unused(const InternedString& path) {
  const auto slot = by_path_.find(path);
  if (slot != by_path_.end() && slot->second.unused()) by_path_.erase(slot);
}

void ClusterCache::count(Resource resource) const {
  observer_.informer_objects(name_of(resource), objects(resource));
}

void ClusterCache::touch(const VolumeEntry& entry, ChangeKind kind) const {
  callbacks_.touched(key_of(entry.pv), kind);
}

void ClusterCache::touch(const ClaimSlot& slot, ChangeKind kind) const {
  slot.volumes.for_each([&](const VolumeEntry& entry) { touch(entry, kind); });
}

void ClusterCache::touch_volumes_of(const Pod& pod) const {
  for_each_claim(pod, [&](const ObjectKey& claim) {
    const auto slot = claims_.find(claim);
    if (slot != claims_.end()) touch(slot->second, ChangeKind::kPod);
  });
  for_each_path(pod, [&](const InternedString& path) {
    callbacks_.touched(VolumeKey{VolumeId(), path}, ChangeKind::kPod);
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
    if (found != pods_.end()) touch_volumes_of(found->second.pod);
  }
}

} // namespace syncer

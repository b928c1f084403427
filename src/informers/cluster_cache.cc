#include "informers/cluster_cache.h"

#include <algorithm>

namespace syncer {

namespace {

// A list that lacks more objects than these at once may be that of a server that lost its state.
// The lists of the other resources follow within this time and tell more; until then nothing that
// the lost objects stood for is taken away.
constexpr std::size_t kFewLost = 2;
constexpr std::size_t kLargePart = 10; // a tenth
constexpr std::chrono::seconds kSettling{60};

} // namespace

ClusterCache::ClusterCache(const Clock& clock, Observer& observer, ViewCallbacks callbacks)
    : clock_(clock), observer_(observer), callbacks_(std::move(callbacks)) {}

bool ClusterCache::answered_by(Resource resource, const Uid& cluster) {
  const Uid before = std::exchange(state_[resource].cluster, cluster);
  const bool other = !before.empty() && before != cluster;
  const bool mixed = std::any_of(state_.begin(), state_.end(), [&](const State& state) {
    return !cluster.empty() && !state.cluster.empty() && state.cluster != cluster;
  });
  if (other || mixed) went_back();
  return other;
}

void ClusterCache::begin_list(Resource resource, bool force) {
  State& state = state_[resource];
  ++state.generation;
  state.listing = true;
  state.force = force;
  state.nameless_in_list = false;
}

void ClusterCache::end_list(Resource resource) {
  State& state = state_[resource];
  // An item without a name may be any of those that seem to be gone.
  if (!state.nameless_in_list) {
    sweep(resource);
    state.unclear = false;
  }
  state.listing = false;
  state.force = false;
  const bool was_synced = synced();
  if (!state.synced) observer_.informer_synced(name_of(resource), true);
  state.synced = true;
  count(resource);
  update_completeness();
  if (!was_synced && synced()) callbacks_.on_synced();
}

void ClusterCache::put(Resource resource, DecodedObject decoded) {
  if (decoded.name.empty() || (namespaced(resource) && decoded.ns.empty())) {
    state_[resource].unclear = true;
    state_[resource].nameless_in_list = true;
    return;
  }
  const ObjectKey key{decoded.ns, decoded.name};
  seen(resource, key);
  const std::uint64_t version = version_number(decoded.version);
  if (stale(resource, key, version)) return;
  if (decoded.broken()) {
    if (state_[resource].force) begin_versions_anew(resource, key, version);
    note_broken(resource, key, decoded);
    return;
  }
  const bool repaired = broken_[resource].clear(key, state_[resource].force ? 0 : version);
  if (auto* pv = std::get_if<PersistentVolume>(&decoded.object)) {
    put_volume(std::move(*pv));
  } else if (auto* claim = std::get_if<Claim>(&decoded.object)) {
    put_claim(std::move(*claim));
  } else if (auto* pod = std::get_if<Pod>(&decoded.object)) {
    put_pod(std::move(*pod));
  } else {
    erase(resource, key, nullptr);
  }
  if (repaired) {
    touch_marked(resource, key);
    update_completeness();
  }
}

void ClusterCache::remove(Resource resource, const DecodedObject& decoded) {
  if (decoded.name.empty() || (namespaced(resource) && decoded.ns.empty())) {
    state_[resource].unclear = true;
    state_[resource].nameless_in_list = true;
    return;
  }
  const ObjectKey key{decoded.ns, decoded.name};
  const std::uint64_t version = version_number(decoded.version);
  if (stale(resource, key, version)) return;
  const bool repaired = broken_[resource].clear(key, state_[resource].force ? 0 : version);
  erase(resource, key, &decoded);
  if (repaired) {
    touch_marked(resource, key);
    update_completeness();
  }
}

bool ClusterCache::stale(Resource resource, const ObjectKey& key, std::uint64_t version) const {
  if (state_[resource].force || version == 0) return false;
  const auto known = version_of(resource, key);
  return known && version < *known;
}

std::optional<std::uint64_t> ClusterCache::version_of(Resource resource,
                                                      const ObjectKey& key) const {
  if (resource == Resource::kVolumes) {
    const auto found = volumes_.find(key);
    if (found != volumes_.end()) return found->second.pv.version;
  } else if (resource == Resource::kClaims) {
    const auto found = claims_.find(key);
    if (found != claims_.end() && found->second.claim) return found->second.claim->version;
  } else {
    const auto found = pods_.find(key);
    if (found != pods_.end()) return found->second.pod.version;
  }
  return std::nullopt;
}

// The last good version stays, but its number is of a time that did not happen: what comes next is
// newer, however low its own is.
void ClusterCache::begin_versions_anew(Resource resource, const ObjectKey& key,
                                       std::uint64_t version) {
  if (resource == Resource::kVolumes) {
    const auto found = volumes_.find(key);
    if (found != volumes_.end()) found->second.pv.version = version;
  } else if (resource == Resource::kClaims) {
    const auto found = claims_.find(key);
    if (found != claims_.end() && found->second.claim) found->second.claim->version = version;
  } else {
    const auto found = pods_.find(key);
    if (found != pods_.end()) found->second.pod.version = version;
  }
}

void ClusterCache::seen(Resource resource, const ObjectKey& key) {
  const std::uint32_t generation = state_[resource].generation;
  // A list may be older than the broken version: what it says does not repair the object.
  broken_[resource].listed(key, generation);
  if (resource == Resource::kVolumes) {
    const auto found = volumes_.find(key);
    if (found != volumes_.end()) found->second.generation = generation;
  } else if (resource == Resource::kClaims) {
    const auto found = claims_.find(key);
    if (found != claims_.end()) found->second.generation = generation;
  } else {
    const auto found = pods_.find(key);
    if (found != pods_.end()) found->second.generation = generation;
  }
}

void ClusterCache::note_broken(Resource resource, const ObjectKey& key,
                               const DecodedObject& decoded) {
  State& state = state_[resource];
  if (!broken_[resource].add(key, version_number(decoded.version), state.generation)) {
    state.unclear = true;
    state.nameless_in_list = true;
  }
  touch_marked(resource, key);
}

void ClusterCache::sweep(Resource resource) {
  const std::uint32_t generation = state_[resource].generation;
  std::vector<ObjectKey> gone;
  if (resource == Resource::kVolumes) {
    for (const auto& [key, entry] : volumes_) {
      if (entry.generation != generation) gone.push_back(key);
    }
  } else if (resource == Resource::kClaims) {
    for (const auto& [key, slot] : claims_) {
      if (slot.claim && slot.generation != generation) gone.push_back(key);
    }
  } else {
    for (const auto& [key, entry] : pods_) {
      if (entry.generation != generation) gone.push_back(key);
    }
  }
  if (resource != Resource::kVolumes &&
      gone.size() > std::max(kFewLost, objects(resource) / kLargePart)) {
    mass_loss_at_ = clock_.now();
  }
  for (const ObjectKey& key : gone) erase(resource, key, nullptr);
  broken_[resource].sweep(generation);
}

bool ClusterCache::settling() const {
  return mass_loss_at_ && clock_.now() - *mass_loss_at_ < kSettling;
}

void ClusterCache::reached_quorum(Resource resource) {
  state_[resource].quorum = true;
  update_completeness();
}

void ClusterCache::confirm_view() {
  went_back_ = false;
  update_completeness();
}

void ClusterCache::update_completeness() {
  if (!complete_since_ && complete()) complete_since_ = clock_.now();
}

bool ClusterCache::synced() const {
  return std::all_of(state_.begin(), state_.end(), [](const State& state) { return state.synced; });
}

bool ClusterCache::complete() const {
  const bool lists = std::all_of(state_.begin(), state_.end(), [](const State& state) {
    return state.synced && state.quorum && !state.unclear;
  });
  const bool sound = std::all_of(broken_.begin(), broken_.end(),
                                 [](const BrokenObjects& broken) { return broken.empty(); });
  return lists && sound && !went_back_;
}

bool ClusterCache::is_marked(Resource resource, std::string_view ns, std::string_view name) const {
  return !broken_[resource].empty() && broken_[resource].contains(ObjectKey{ns, name});
}

std::size_t ClusterCache::objects(Resource resource) const {
  if (resource == Resource::kVolumes) return volumes_.size();
  if (resource == Resource::kPods) return pods_.size();
  return claim_count_;
}

} // namespace syncer

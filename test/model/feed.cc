#include "feed.h"

namespace syncer::model {

namespace {

Key key_of_decoded(const DecodedObject& object) { return {object.ns, object.name}; }

} // namespace

void Feed::push(const Event& event) {
  State& to = state(event.resource);
  if (to.watching) to.queue.push_back(event);
}

void Feed::deliver(Resource resource, std::size_t most) {
  State& from = state(resource);
  for (; most > 0 && !from.queue.empty(); --most) {
    const Event event = from.queue.front();
    from.queue.pop_front();
    if (event.deleted) {
      give_deleted(event);
    } else {
      give(event, false, false);
    }
  }
}

void Feed::lose(Resource resource) {
  state(resource).watching = false;
  state(resource).queue.clear();
}

void Feed::deliver_nameless(Resource resource) {
  State& from = state(resource);
  if (from.queue.empty()) return;
  Event event = from.queue.front();
  from.queue.pop_front();
  event.object.ns.clear();
  event.object.name.clear();
  event.object.object = std::monostate();
  event.object.problem = "nameless";
  from.unclear = true;
  if (event.deleted) {
    cache_.remove(resource, event.object);
  } else {
    cache_.put(resource, event.object);
  }
}

void Feed::relist(Resource resource) {
  State& to = state(resource);
  to.queue.clear();
  if (to.force) {
    went_back_ = true;
    cache_.went_back();
  }
  const bool force = std::exchange(to.force, false);
  cache_.begin_list(resource, force);
  std::set<Key> listed;
  for (const DecodedObject& object : truth_.list(resource)) {
    listed.insert(key_of_decoded(object));
    give({resource, false, object}, force, true);
  }
  // What the list lacks is gone, and nobody saw it go.
  std::vector<Key> gone;
  const auto sweep = [&](const auto& objects) {
    for (const auto& entry : objects) {
      if (!listed.contains(entry.first)) gone.push_back(entry.first);
    }
  };
  if (resource == Resource::kVolumes) sweep(seen_.pvs);
  if (resource == Resource::kClaims) sweep(seen_.claims);
  if (resource == Resource::kPods) sweep(seen_.pods);
  for (const Key& key : gone) {
    forget(resource, key);
    if (resource == Resource::kClaims) observed_claims_.erase(key);
  }
  std::erase_if(to.broken, [&](const auto& entry) { return !listed.contains(entry.first); });
  to.unclear = false;
  to.listed = true;
  to.watching = true;
  cache_.end_list(resource);
  cache_.reached_quorum(resource);
}

void Feed::stale_list(Resource resource, const Truth::Snapshot& old) {
  Truth server;
  server.restore(old);
  cache_.begin_list(resource, false);
  for (const DecodedObject& object : server.list(resource))
    give({resource, false, object}, false, true);
  state(resource).force = true;
  lose(resource);
  went_back_ = true;
  cache_.went_back();
}

void Feed::server_went_back() {
  for (const Resource resource : kResources) {
    lose(resource);
    state(resource).force = true;
  }
}

void Feed::confirm() {
  went_back_ = false;
  cache_.confirm_view();
}

std::string Feed::why_unsound() const {
  if (went_back_) return "it went back";
  for (const Resource resource : kResources) {
    const State& one = state(resource);
    const std::string name = name_of(resource);
    if (!one.listed) return name + " were not listed";
    if (one.unclear) return "a nameless one of " + name;
    if (!one.broken.empty()) return "broken: " + one.broken.begin()->first.second.str();
  }
  return {};
}

bool Feed::caught_up() const {
  if (!sound()) return false;
  for (const State& one : states_) {
    if (!one.watching || !one.queue.empty()) return false;
  }
  return true;
}

bool Feed::older(Resource resource, const Key& key, const DecodedObject& object) const {
  const std::uint64_t version = version_number(object.version);
  const auto known = [&](const auto& objects) {
    const auto found = objects.find(key);
    return found != objects.end() && version < found->second.version;
  };
  if (resource == Resource::kVolumes) return known(seen_.pvs);
  if (resource == Resource::kClaims) return known(seen_.claims);
  return known(seen_.pods);
}

void Feed::leave(Resource resource, const Key& key) {
  if (resource == Resource::kVolumes) {
    const auto known = seen_.pvs.find(key);
    if (known == seen_.pvs.end()) return;
    left_[known->second.handle] = clock_.now();
    if (linked(known->second.in_tree_path)) left_[known->second.in_tree_path] = clock_.now();
  } else if (resource == Resource::kPods) {
    const auto known = seen_.pods.find(key);
    if (known == seen_.pods.end()) return;
    for (const PodVolume& volume : known->second.volumes) {
      if (linked(volume.in_tree_path)) left_[volume.in_tree_path] = clock_.now();
    }
  }
}

void Feed::forget(Resource resource, const Key& key) {
  leave(resource, key);
  if (resource == Resource::kVolumes) seen_.pvs.erase(key);
  if (resource == Resource::kClaims) seen_.claims.erase(key);
  if (resource == Resource::kPods) seen_.pods.erase(key);
}

// Of a restored server the numbers begin below that of the last good version.
void Feed::begin_versions_anew(Resource resource, const Key& key, std::uint64_t version) {
  const auto set = [&](auto& objects) {
    const auto found = objects.find(key);
    if (found != objects.end()) found->second.version = version;
  };
  if (resource == Resource::kVolumes) set(seen_.pvs);
  if (resource == Resource::kClaims) set(seen_.claims);
  if (resource == Resource::kPods) set(seen_.pods);
}

void Feed::give(const Event& event, bool force, bool by_list) {
  const Resource resource = event.resource;
  const DecodedObject& object = event.object;
  const Key key = key_of_decoded(object);
  State& to = state(resource);
  if (force || !older(resource, key, object)) {
    const std::uint64_t version = version_number(object.version);
    const auto broken = to.broken.find(key);
    if (object.broken()) {
      to.broken[key] = version;
      if (force) begin_versions_anew(resource, key, version);
    } else {
      if (broken != to.broken.end() && (force || version >= broken->second))
        to.broken.erase(broken);
      if (const auto* pv = std::get_if<PersistentVolume>(&object.object)) {
        leave(resource, key);
        seen_.pvs[key] = *pv;
      } else if (const auto* claim = std::get_if<Claim>(&object.object)) {
        const auto before = seen_.claims.find(key);
        if (before != seen_.claims.end() && before->second.uid != claim->uid) {
          // The old one went; only a watch shows how.
          if (by_list)
            observed_claims_.erase(key);
          else
            observed_claims_.insert(key);
        }
        seen_.claims[key] = *claim;
      } else if (const auto* pod = std::get_if<Pod>(&object.object)) {
        leave(resource, key);
        seen_.pods[key] = *pod;
      } else {
        forget(resource, key);
      }
    }
  }
  cache_.put(resource, object);
}

void Feed::note_deleted_pv(const Key& key, const DecodedObject& object) {
  const auto* pv = std::get_if<PersistentVolume>(&object.object);
  const auto known = seen_.pvs.find(key);
  if (pv == nullptr || known == seen_.pvs.end() || known->second.uid != pv->uid) return;
  const auto claim = seen_.claims.find(key_of(pv->claim));
  const bool claim_known =
      claim != seen_.claims.end() && (pv->claim_uid.empty() || pv->claim_uid == claim->second.uid);
  deletions_.push_back({*pv, claim_known, clock_.now()});
}

void Feed::give_deleted(const Event& event) {
  const Resource resource = event.resource;
  const DecodedObject& object = event.object;
  const Key key = key_of_decoded(object);
  if (!older(resource, key, object)) {
    if (resource == Resource::kVolumes) note_deleted_pv(key, object);
    if (resource == Resource::kClaims) {
      const auto* claim = std::get_if<Claim>(&object.object);
      const auto known = seen_.claims.find(key);
      if (known != seen_.claims.end()) {
        if (claim != nullptr && claim->uid == known->second.uid)
          observed_claims_.insert(key);
        else
          observed_claims_.erase(key);
      }
    }
    state(resource).broken.erase(key);
    forget(resource, key);
  }
  cache_.remove(resource, object);
}

} // namespace syncer::model

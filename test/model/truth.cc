#include "truth.h"

#include <string>

namespace syncer::model {

namespace {

template <class T>
std::uint64_t bumped(T& object, std::uint64_t& version) {
  return object.version = ++version;
}

} // namespace

void Truth::put(PersistentVolume pv) {
  bumped(pv, version_);
  const Key key = key_of(pv);
  broken_.erase({index_of(Resource::kVolumes), key});
  objects_.pvs[key] = std::move(pv);
  tell(Resource::kVolumes, key, false);
}

void Truth::put(Claim claim) {
  bumped(claim, version_);
  const Key key = key_of(claim);
  broken_.erase({index_of(Resource::kClaims), key});
  objects_.claims[key] = std::move(claim);
  tell(Resource::kClaims, key, false);
}

void Truth::put(Pod pod) {
  bumped(pod, version_);
  const Key key = key_of(pod);
  broken_.erase({index_of(Resource::kPods), key});
  objects_.pods[key] = std::move(pod);
  tell(Resource::kPods, key, false);
}

void Truth::erase(Resource resource, const Key& key) {
  // The DELETED event carries the last state with a version of its own.
  ++version_;
  if (resource == Resource::kVolumes) objects_.pvs.at(key).version = version_;
  if (resource == Resource::kClaims) objects_.claims.at(key).version = version_;
  if (resource == Resource::kPods) objects_.pods.at(key).version = version_;
  tell(resource, key, true);
  broken_.erase({index_of(resource), key});
  if (resource == Resource::kVolumes) objects_.pvs.erase(key);
  if (resource == Resource::kClaims) objects_.claims.erase(key);
  if (resource == Resource::kPods) objects_.pods.erase(key);
}

void Truth::corrupt(Resource resource, const Key& key) {
  ++version_;
  if (resource == Resource::kVolumes) objects_.pvs.at(key).version = version_;
  if (resource == Resource::kClaims) objects_.claims.at(key).version = version_;
  if (resource == Resource::kPods) objects_.pods.at(key).version = version_;
  broken_.insert({index_of(resource), key});
  tell(resource, key, false);
}

std::vector<std::pair<Resource, Key>> Truth::all_broken() const {
  std::vector<std::pair<Resource, Key>> all;
  for (const auto& [number, key] : broken_) all.emplace_back(kResources.at(number), key);
  return all;
}

void Truth::restore(const Snapshot& snapshot) {
  objects_ = snapshot.objects;
  broken_ = snapshot.broken;
  version_ = snapshot.version;
}

std::vector<DecodedObject> Truth::list(Resource resource) const {
  std::vector<DecodedObject> all;
  const auto add = [&](const auto& objects) {
    for (const auto& entry : objects) all.push_back(decoded(resource, entry.first));
  };
  if (resource == Resource::kVolumes) add(objects_.pvs);
  if (resource == Resource::kClaims) add(objects_.claims);
  if (resource == Resource::kPods) add(objects_.pods);
  return all;
}

void Truth::tell(Resource resource, const Key& key, bool deleted) {
  told({resource, deleted, decoded(resource, key)});
}

// As the decoders give it: nothing of a foreign PV or of a pod without volumes.
DecodedObject Truth::decoded(Resource resource, const Key& key) const {
  DecodedObject result;
  result.ns = key.first.str();
  result.name = key.second.str();
  std::uint64_t version = 0;
  if (resource == Resource::kVolumes) {
    const PersistentVolume& pv = objects_.pvs.at(key);
    version = pv.version;
    if (is_ours(pv) || !pv.in_tree_path.empty()) result.object = pv;
  } else if (resource == Resource::kClaims) {
    const Claim& claim = objects_.claims.at(key);
    version = claim.version;
    result.object = claim;
  } else {
    const Pod& pod = objects_.pods.at(key);
    version = pod.version;
    if (!pod.volumes.empty()) result.object = pod;
  }
  result.version = std::to_string(version);
  if (broken(resource, key)) {
    result.object = std::monostate();
    result.problem = "broken by the model";
  }
  return result;
}

} // namespace syncer::model

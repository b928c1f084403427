#include "sim/kube_store.h"

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "sim/kube_custom.h"
#include "sim/kube_time.h"

namespace syncer::sim {

const char* to_string(ChangeType type) {
  switch (type) {
    case ChangeType::kAdded:
      return "ADDED";
    case ChangeType::kModified:
      return "MODIFIED";
    case ChangeType::kDeleted:
      return "DELETED";
  }
  return "";
}

const KubeStore::Shelf& KubeStore::shelf(const KubeResource& resource) const {
  static const Shelf kEmpty;
  const auto found = shelves_.find(&resource);
  return found == shelves_.end() ? kEmpty : found->second;
}

KubeObjectPtr KubeStore::find(const KubeResource& resource, const std::string& ns,
                              const std::string& name) const {
  const KubeObjects& all = shelf(resource).objects;
  const auto found = all.find(object_key(ns, name));
  return found == all.end() ? nullptr : found->second;
}

const KubeObjects& KubeStore::objects(const KubeResource& resource) const {
  return shelf(resource).objects;
}

void KubeStore::record(const KubeResource& resource, Shelf& shelf, KubeChange change) {
  shelf.changes.push_back(std::move(change));
  while (shelf.changes.size() > history_limit) {
    shelf.floor = std::max(shelf.floor, shelf.changes.front().version);
    shelf.changes.pop_front();
    ++shelf.dropped;
  }
  if (changed) changed(resource);
}

KubeObjectPtr KubeStore::put(const KubeResource& resource, json object) {
  Shelf& shelf = shelves_[&resource];
  json& metadata = object["metadata"];
  const std::string key =
      object_key(resource.namespaced ? metadata.value("namespace", "") : std::string(),
                 metadata.value("name", ""));
  KubeObjectPtr& place = shelf.objects[key];
  const KubeObjectPtr before = place;
  complete(resource, object, before);
  metadata["resourceVersion"] = std::to_string(++version_);
  place = make_object(resource, std::move(object));
  const KubeObjectPtr made = place;
  record(resource, shelf,
         {version_, before ? ChangeType::kModified : ChangeType::kAdded, made, before});
  return made;
}

void KubeStore::complete(const KubeResource& resource, json& object, const KubeObjectPtr& before) {
  json& metadata = object["metadata"];
  if (!metadata.contains("uid")) metadata["uid"] = new_uid();
  if (!metadata.contains("creationTimestamp")) metadata["creationTimestamp"] = now_rfc3339();
  if (!resource.has_status && !is_custom(resource)) return;
  std::int64_t generation = 1;
  if (before) {
    const json old = to_json(resource, *before);
    generation = old["metadata"].value("generation", std::int64_t{1});
    bool other = old.value("spec", json()) != object.value("spec", json());
    // Without a status of its own the status is part of what its writer wants.
    if (!resource.has_status)
      other |= old.value("status", json()) != object.value("status", json());
    if (other) ++generation;
  }
  metadata["generation"] = generation;
}

KubeObjectPtr KubeStore::remove(const KubeResource& resource, const std::string& ns,
                                const std::string& name) {
  Shelf& shelf = shelves_[&resource];
  const auto found = shelf.objects.find(object_key(ns, name));
  if (found == shelf.objects.end()) return nullptr;
  const KubeObjectPtr before = found->second;
  shelf.objects.erase(found);
  const KubeObjectPtr last = with_version(resource, *before, ++version_);
  record(resource, shelf, {version_, ChangeType::kDeleted, last, before});
  return last;
}

std::optional<KubeObjects> KubeStore::objects_at(const KubeResource& resource,
                                                 std::uint64_t version) const {
  const Shelf& from = shelf(resource);
  if (version > version_ || version < from.floor) return std::nullopt;
  KubeObjects objects = from.objects;
  for (auto step = from.changes.rbegin(); step != from.changes.rend(); ++step) {
    if (step->version <= version) break;
    const std::string key = object_key(step->object->ns, step->object->name);
    if (step->before) {
      objects[key] = step->before;
    } else {
      objects.erase(key);
    }
  }
  return objects;
}

std::uint64_t KubeStore::first_position(const KubeResource& resource) const {
  return shelf(resource).dropped;
}

std::uint64_t KubeStore::end_position(const KubeResource& resource) const {
  const Shelf& of = shelf(resource);
  return of.dropped + of.changes.size();
}

const KubeChange& KubeStore::change(const KubeResource& resource, std::uint64_t position) const {
  const Shelf& of = shelf(resource);
  return of.changes[position - of.dropped];
}

std::optional<std::uint64_t> KubeStore::position_after(const KubeResource& resource,
                                                       std::uint64_t version) const {
  const Shelf& of = shelf(resource);
  if (version < of.floor) return std::nullopt;
  const auto after = std::upper_bound(
      of.changes.begin(), of.changes.end(), version,
      [](std::uint64_t asked, const KubeChange& change) { return asked < change.version; });
  return of.dropped + static_cast<std::uint64_t>(after - of.changes.begin());
}

void KubeStore::compact() {
  // Every resource gets a shelf, or a first object later would seem to have a complete history.
  for (const KubeResource& resource : kube_resources()) shelves_[&resource].floor = version_;
}

KubeStore::Saved KubeStore::save() const {
  Saved saved;
  saved.version = version_;
  for (const auto& [resource, shelf] : shelves_) saved.objects[resource] = shelf.objects;
  return saved;
}

void KubeStore::restore(const Saved& saved) {
  version_ = saved.version;
  for (auto& [resource, shelf] : shelves_) {
    const auto found = saved.objects.find(resource);
    shelf.objects = found == saved.objects.end() ? KubeObjects() : found->second;
    shelf.dropped += shelf.changes.size();
    shelf.changes.clear();
  }
  compact();
}

std::string KubeStore::new_uid() {
  char out[40];
  std::snprintf(out, sizeof out, "5f1c0000-0000-4000-8000-%012llx",
                static_cast<unsigned long long>(++uids_));
  return out;
}

} // namespace syncer::sim

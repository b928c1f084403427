// What a strict CNS holds and accepts, without any conversation around it.
#pragma once

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <vector>

#include "core/cns_objects.h"
#include "fakes/kube_builders.h"

namespace syncer {

// Merges by entity, keeps one entity per kind of a block volume, and refuses the whole call when it
// breaks a rule: nothing of it is applied then.
class CnsStore {
 public:
  // Labels beyond this many per entity are refused; 0: no limit.
  std::size_t label_limit = 0;

  void create(const VolumeId& id) { volumes_[id].id = id; }
  void drop(const VolumeId& id) { volumes_.erase(id); }
  bool contains(const VolumeId& id) const { return volumes_.contains(id); }

  // Makes `entities` what the volume holds, whoever put them there.
  void set(const VolumeId& id, std::vector<CnsEntity> entities) {
    volumes_[id] = Volume{id, by_ref(std::move(entities))};
  }
  // Sorted by kind and name; nothing for an unknown volume.
  std::vector<CnsEntity> entities(const VolumeId& id) const {
    const auto found = volumes_.find(id);
    return found == volumes_.end() ? std::vector<CnsEntity>() : found->second.entities;
  }
  std::vector<VolumeId> ids() const {
    std::vector<VolumeId> result;
    for (const auto& [id, volume] : volumes_) result.push_back(id);
    return result;
  }

  // kNone: applied. Anything else: refused and nothing changed.
  CnsFault apply(const CnsUpdate& update) {
    if (update.upserts.empty() && update.removals.empty()) return CnsFault::kInvalidArgument;
    const auto found = volumes_.find(update.id);
    if (found == volumes_.end()) return CnsFault::kNotFound;
    std::vector<EntityRef> named = update.removals;
    for (const CnsEntity& entity : update.upserts) named.push_back(entity.ref);
    if (has_two_of_a_kind(named)) return CnsFault::kInvalidArgument;

    std::vector<CnsEntity> merged = found->second.entities;
    std::erase_if(merged, [&](const CnsEntity& entity) {
      return std::find(named.begin(), named.end(), entity.ref) != named.end();
    });
    merged.insert(merged.end(), update.upserts.begin(), update.upserts.end());
    std::vector<EntityRef> kept;
    for (const CnsEntity& entity : merged) {
      if (label_limit > 0 && entity.labels.size() > label_limit) return CnsFault::kInvalidArgument;
      kept.push_back(entity.ref);
    }
    if (has_two_of_a_kind(kept)) return CnsFault::kInvalidArgument;
    found->second.entities = by_ref(std::move(merged));
    return CnsFault::kNone;
  }

  // As a query would answer it; nothing if CNS does not know the volume.
  std::optional<CnsVolume> answer(const VolumeId& id) const {
    if (!contains(id)) return std::nullopt;
    CnsVolume volume;
    volume.id = id;
    volume.type = CnsVolumeType::kBlock;
    volume.name = "pvc-" + id.str();
    volume.entities = entities(id);
    volume.has_our_cluster = true;
    return volume;
  }

 private:
  struct Volume {
    VolumeId id;
    std::vector<CnsEntity> entities;
  };

  static bool has_two_of_a_kind(const std::vector<EntityRef>& refs) {
    std::array<int, 3> count{};
    return std::any_of(refs.begin(), refs.end(), [&](const EntityRef& ref) {
      return ++count[static_cast<std::size_t>(ref.kind)] > 1;
    });
  }

  std::map<VolumeId, Volume> volumes_;
};

} // namespace syncer

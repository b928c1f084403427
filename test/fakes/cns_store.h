// What a strict CNS holds and accepts, without any conversation around it.
#pragma once

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <string>
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

  void create(const VolumeId& id, CnsVolumeType type = CnsVolumeType::kBlock) {
    volumes_[id].id = id;
    volumes_[id].type = type;
  }
  void drop(const VolumeId& id) { volumes_.erase(id); }
  bool contains(const VolumeId& id) const { return volumes_.contains(id); }

  // A disk (by id), file share (by id) or vmdk (by URL) that may be registered.
  void add_disk(const VolumeId& id) { backings_[id.str()] = {id, CnsVolumeType::kBlock}; }
  void add_share(const VolumeId& id) { backings_[id.str()] = {id, CnsVolumeType::kFile}; }
  void add_vmdk(const std::string& url, const VolumeId& id) {
    backings_[url] = {id, CnsVolumeType::kBlock};
  }
  // A disk (or share) of that id may be registered.
  bool has_backing(const VolumeId& id, bool is_file) const {
    const auto found = backings_.find(id.str());
    return found != backings_.end() && (found->second.type == CnsVolumeType::kFile) == is_file;
  }

  // Makes `entities` what the volume holds, whoever put them there.
  void set(const VolumeId& id, std::vector<CnsEntity> entities) {
    Volume& volume = volumes_[id];
    volume.id = id;
    volume.entities = by_ref(std::move(entities));
  }
  // What it is beside our entities; for tests to change.
  struct Traits {
    std::string name;
    bool ours = true;
    bool others = false; // another cluster has entities of its own there
    bool distribution_current = true;
    std::string disk_path = {}; // as CNS shows it
  };
  Traits& traits(const VolumeId& id) { return volumes_[id].traits; }
  // Sorted by kind and name; nothing for an unknown volume.
  std::vector<CnsEntity> entities(const VolumeId& id) const {
    const auto found = volumes_.find(id);
    return found == volumes_.end() ? std::vector<CnsEntity>() : found->second.entities;
  }
  // Those with our cluster id.
  std::vector<VolumeId> ids() const {
    std::vector<VolumeId> result;
    for (const auto& [id, volume] : volumes_) {
      if (volume.traits.ours) result.push_back(id);
    }
    return result;
  }

  // kNone: applied. Anything else: refused and nothing changed.
  CnsFault apply(const CnsUpdate& update) {
    if (update.upserts.empty() && update.removals.empty()) return CnsFault::kInvalidArgument;
    const auto found = volumes_.find(update.id);
    if (found == volumes_.end()) return CnsFault::kNotFound;
    const bool one_of_a_kind = found->second.type != CnsVolumeType::kFile;
    std::vector<EntityRef> named = update.removals;
    for (const CnsEntity& entity : update.upserts) named.push_back(entity.ref);
    if (one_of_a_kind && has_two_of_a_kind(named)) return CnsFault::kInvalidArgument;

    std::vector<CnsEntity> merged = found->second.entities;
    std::erase_if(merged, [&](const CnsEntity& entity) {
      return std::find(named.begin(), named.end(), entity.ref) != named.end();
    });
    merged.insert(merged.end(), update.upserts.begin(), update.upserts.end());
    if (!acceptable(merged, one_of_a_kind)) return CnsFault::kInvalidArgument;
    found->second.entities = by_ref(std::move(merged));
    found->second.traits.ours = true;
    found->second.traits.distribution_current = true;
    return CnsFault::kNone;
  }

  struct Created {
    CnsFault fault = CnsFault::kNone;
    VolumeId id;
    bool already_registered = false;
  };
  Created apply(const CnsCreate& create) {
    const auto backing = backings_.find(create.backing_id);
    const bool wants_file = create.backing == CnsCreate::Backing::kFileId;
    if (backing == backings_.end() || wants_file != (backing->second.type == CnsVolumeType::kFile))
      return {CnsFault::kNotFound, {}, false};
    const VolumeId id = backing->second.id;
    if (volumes_.contains(id)) return {CnsFault::kOther, id, true};
    if (create.name.empty() || create.name.size() > 80)
      return {CnsFault::kInvalidArgument, {}, false};
    if (!acceptable(create.entities, !wants_file)) return {CnsFault::kInvalidArgument, {}, false};
    volumes_[id] = Volume{id, by_ref(create.entities), backing->second.type,
                          Traits{create.name, true, false, true}};
    return {CnsFault::kNone, id, false};
  }
  // The disk stays and may be registered again.
  CnsFault unregister(const VolumeId& id) {
    const auto found = volumes_.find(id);
    if (found == volumes_.end()) return CnsFault::kNone;
    backings_.try_emplace(id.str(), Backing{id, found->second.type});
    volumes_.erase(found);
    return CnsFault::kNone;
  }

  // As a query would answer it; nothing if CNS does not know the volume.
  std::optional<CnsVolume> answer(const VolumeId& id) const {
    const auto found = volumes_.find(id);
    if (found == volumes_.end()) return std::nullopt;
    CnsVolume volume;
    volume.id = id;
    volume.type = found->second.type;
    const Traits& traits = found->second.traits;
    volume.name = traits.name.empty() ? "pvc-" + id.str() : traits.name;
    volume.disk_path = traits.disk_path;
    volume.entities = entities(id);
    volume.has_our_cluster = traits.ours;
    volume.has_other_clusters = traits.others;
    volume.distribution_current = traits.distribution_current;
    return volume;
  }

 private:
  struct Volume {
    VolumeId id;
    std::vector<CnsEntity> entities;
    CnsVolumeType type = CnsVolumeType::kBlock;
    Traits traits;
  };
  struct Backing {
    VolumeId id;
    CnsVolumeType type;
  };

  bool acceptable(const std::vector<CnsEntity>& entities, bool one_of_a_kind) const {
    std::vector<EntityRef> refs;
    for (const CnsEntity& entity : entities) {
      if (label_limit > 0 && entity.labels.size() > label_limit) return false;
      if (std::find(refs.begin(), refs.end(), entity.ref) != refs.end()) return false;
      refs.push_back(entity.ref);
    }
    return !one_of_a_kind || !has_two_of_a_kind(refs);
  }
  static bool has_two_of_a_kind(const std::vector<EntityRef>& refs) {
    std::array<int, 3> count{};
    return std::any_of(refs.begin(), refs.end(), [&](const EntityRef& ref) {
      return ++count[static_cast<std::size_t>(ref.kind)] > 1;
    });
  }

  std::map<VolumeId, Volume> volumes_;
  std::map<std::string, Backing> backings_;
};

} // namespace syncer

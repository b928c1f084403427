#pragma once

#include <map>
#include <vector>

#include "fakes/kube_builders.h"
#include "informers/cluster_view.h"

namespace syncer {

// A cluster as a test sets it up: facts by volume id. Says nothing about changes by itself.
class FakeView final : public ClusterView {
 public:
  VolumeFacts facts(const VolumeId& id) const override {
    const auto found = volumes_.find(id);
    VolumeFacts facts = found == volumes_.end() ? VolumeFacts() : found->second;
    facts.view_complete = is_complete;
    return facts;
  }
  std::vector<VolumeId> volumes() const override {
    std::vector<VolumeId> ids;
    for (const auto& [id, facts] : volumes_) ids.push_back(id);
    return ids;
  }
  std::size_t volume_count() const override { return volumes_.size(); }
  bool synced() const override { return is_synced; }
  bool complete() const override { return is_complete; }

  // The one PV of this volume; made by bound_volume() if there is none yet.
  BoundVolume& volume(const VolumeId& id) {
    VolumeFacts& facts = volumes_[id];
    if (facts.volumes.empty()) facts.volumes.push_back(bound_volume(id.view()));
    return facts.volumes.front();
  }
  VolumeFacts& all(const VolumeId& id) { return volumes_[id]; }
  void remove(const VolumeId& id) { volumes_.erase(id); }

  bool is_synced = true;
  bool is_complete = true;

 private:
  std::map<VolumeId, VolumeFacts> volumes_;
};

} // namespace syncer

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
  VolumeFacts in_tree_facts(const InternedString& path) const override {
    const auto found = in_tree_.find(path);
    VolumeFacts facts = found == in_tree_.end() ? VolumeFacts() : found->second;
    facts.view_complete = is_complete;
    if (found != in_tree_.end()) facts.in_tree_path = path;
    return facts;
  }
  std::vector<InternedString> in_tree_paths() const override {
    std::vector<InternedString> paths;
    for (const auto& [path, facts] : in_tree_) paths.push_back(path);
    return paths;
  }
  std::vector<Uid> pending_claims() const override { return pending; }
  std::vector<Pod> pods_of_claim(const ObjectKey& claim) const override {
    const auto found = claim_pods.find(std::pair(claim.ns, claim.name));
    return found == claim_pods.end() ? std::vector<Pod>() : found->second;
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
  VolumeFacts& in_tree(const InternedString& path) { return in_tree_[path]; }
  void remove_in_tree(const InternedString& path) { in_tree_.erase(path); }

  bool is_synced = true;
  bool is_complete = true;
  std::vector<Uid> pending;
  std::map<std::pair<InternedString, InternedString>, std::vector<Pod>> claim_pods;

 private:
  std::map<InternedString, VolumeFacts> in_tree_;
  std::map<VolumeId, VolumeFacts> volumes_;
};

} // namespace syncer

#pragma once

#include "informers/cluster_view.h"
#include "operators/migration_store.h"

namespace syncer {

// The cluster with in-tree volumes among the others: what leads to a registered path leads to its
// CNS id. A path without a link is the registrar's (in_tree_registrar.h) and not seen here by id.
class LinkedView final : public ClusterView {
 public:
  LinkedView(const ClusterView& base, const MigrationStore& migrations)
      : base_(base), migrations_(migrations) {}

  // The facts of that handle and of every path linked to it, as those of one volume.
  VolumeFacts facts(const VolumeId& id) const override;
  // Handles, and the ids of linked paths that something names; each once.
  std::vector<VolumeId> volumes() const override;
  // Takes time in the number of in-tree paths.
  std::size_t volume_count() const override;
  // Before the links are known, an in-tree volume looks like one that nobody names.
  bool complete() const override { return base_.complete() && links_known(); }

  VolumeFacts in_tree_facts(const InternedString& path) const override {
    return base_.in_tree_facts(path);
  }
  std::vector<InternedString> in_tree_paths() const override { return base_.in_tree_paths(); }
  bool in_tree_path_named(const InternedString& path) const override {
    return base_.in_tree_path_named(path);
  }
  std::vector<Uid> pending_claims() const override { return base_.pending_claims(); }
  std::vector<Pod> pods_of_claim(const ObjectKey& claim) const override {
    return base_.pods_of_claim(claim);
  }
  bool synced() const override { return base_.synced(); }

 private:
  // Where no path is in use, no link is missed: the cluster may not even have such objects.
  bool links_known() const { return migrations_.synced() || base_.in_tree_paths().empty(); }
  // Ids that only a path leads to.
  std::vector<VolumeId> linked_only() const;

  const ClusterView& base_;
  const MigrationStore& migrations_;
};

} // namespace syncer

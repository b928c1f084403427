#pragma once

#include <string>

#include "informers/cluster_view.h"
#include "reconcile/router.h"

namespace syncer {

// The cluster as one vCenter's reconciler and full sync see it, when there may be others.
//
// Lists hold only what the router sends to this vCenter. Facts are not filtered: a volume that this
// CNS holds and whose PV belongs elsewhere has a PV, and must not look missing here. But such a
// volume is not this vCenter's to write, however it came into its queue: its facts are marked,
// which means hands off.
class RoutedView final : public ClusterView {
 public:
  RoutedView(const ClusterView& cluster, Router& router, std::string host)
      : cluster_(cluster), router_(router), host_(std::move(host)) {}

  VolumeFacts facts(const VolumeId& id) const override;
  // In-tree volumes exist with one vCenter only, as for the CSI controller.
  VolumeFacts in_tree_facts(const InternedString& path) const override;
  std::vector<VolumeId> volumes() const override;
  std::vector<InternedString> in_tree_paths() const override;
  bool in_tree_path_named(const InternedString& path) const override {
    return cluster_.in_tree_path_named(path);
  }
  std::vector<Uid> pending_claims() const override { return cluster_.pending_claims(); }
  std::vector<Pod> pods_of_claim(const ObjectKey& claim) const override {
    return cluster_.pods_of_claim(claim);
  }
  std::size_t volume_count() const override;
  bool synced() const override { return cluster_.synced(); }
  bool complete() const override { return cluster_.complete(); }

 private:
  bool here(const VolumeId& id) const;

  const ClusterView& cluster_;
  Router& router_;
  std::string host_;
};

} // namespace syncer

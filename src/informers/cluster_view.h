// PORT of informers: what reconcile may see of the cluster.
#pragma once

#include <vector>

#include "core/kube_objects.h"

namespace syncer {

// Which object made a volume worth a look, for lag metrics only: the decision never depends on it.
enum class ChangeKind : std::uint8_t { kVolume, kClaim, kPod };

class ClusterView {
 public:
  virtual ~ClusterView() = default;
  // A copy of all that matters for one volume now. Unknown ids give empty facts.
  virtual VolumeFacts facts(const VolumeId& id) const = 0;
  // The same for an in-tree path: PVs of the in-tree plugin that CSI has taken over, and pods that
  // name the path themselves.
  virtual VolumeFacts in_tree_facts(const InternedString& path) const = 0;
  // Every volume id that at least one PV of driver csi.vsphere.vmware.com names.
  virtual std::vector<VolumeId> volumes() const = 0;
  // Every path that in_tree_facts has an answer for.
  virtual std::vector<InternedString> in_tree_paths() const = 0;
  // Any PV, whether CSI has taken it over or not, or any pod in any phase names this in-tree path.
  // A view that keeps only what in_tree_facts gives cannot tell of the other PVs.
  virtual bool in_tree_path_named(const InternedString& path) const {
    const VolumeFacts facts = in_tree_facts(path);
    return facts.marked || !facts.volumes.empty() || !facts.inline_pods.empty();
  }
  // metadata.uid of every claim in phase Pending.
  virtual std::vector<Uid> pending_claims() const = 0;
  // Pods in every phase that name the claim.
  virtual std::vector<Pod> pods_of_claim(const ObjectKey& claim) const = 0;
  // volumes().size(), without making the list.
  virtual std::size_t volume_count() const = 0;
  // The first list of every resource is complete. Never goes back to false.
  virtual bool synced() const = 0;
  // The view is good enough to take something away (design, safety rule 1): every first list has
  // reached the resourceVersion of a quorum read, nothing is undecodable, and it never went back.
  virtual bool complete() const = 0;
};

} // namespace syncer

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
  // Every volume id that at least one PV of driver csi.vsphere.vmware.com names.
  virtual std::vector<VolumeId> volumes() const = 0;
  // volumes().size(), without making the list.
  virtual std::size_t volume_count() const = 0;
  // The first list of every resource is complete. Never goes back to false.
  virtual bool synced() const = 0;
  // The view is good enough to take something away (design, safety rule 1): every first list has
  // reached the resourceVersion of a quorum read, nothing is undecodable, and it never went back.
  virtual bool complete() const = 0;
};

} // namespace syncer

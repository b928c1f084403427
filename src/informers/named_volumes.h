#pragma once

#include <optional>
#include <vector>

#include "core/kube_objects.h"

namespace syncer {

// What a name that a human gave leads to in the cluster.
struct NamedVolumes {
  // No claim, no PV of the CSI driver, and no PV that has this handle or path is called so.
  bool known = false;
  std::vector<VolumeKey> keys; // each once; none although known: the claim has no PV that is ours
  std::optional<Claim> claim;  // when the name is that of a claim that exists
};

} // namespace syncer

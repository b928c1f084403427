#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/cns_objects.h"
#include "core/events.h"
#include "core/kube_objects.h"
#include "core/random.h"

namespace syncer {

// What a path without a CNS volume is to be registered with.
struct InTreeStart {
  bool now = false; // otherwise: not yet, or not by us
  // At most one per kind; none while the pods that name the path inline have not started.
  std::vector<CnsEntity> entities;
  std::string policy_name; // of the storage policy that the PV names; empty: none
  // The answer changes at this moment without any event.
  std::optional<Clock::time_point> look_again;
};
InTreeStart in_tree_start(const VolumeFacts& facts, Clock::time_point now);

// A PV or a pod, in any phase, names the volume.
bool is_named(const VolumeFacts& facts);
// Which object to tell people about; nothing names it: none.
std::optional<EventTarget> in_tree_target(const VolumeFacts& facts);
// Differs when other PVs name the volume. Pods come and go and change nothing about the disk.
std::uint64_t volumes_mark(const VolumeFacts& facts);

// A version 4 UUID.
std::string random_uuid(const Random& random);

} // namespace syncer

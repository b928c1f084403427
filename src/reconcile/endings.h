#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/cns_objects.h"
#include "core/outcome.h"

namespace syncer {

// A volume in CNS under our cluster id that nothing in the cluster names any more.
struct MissingVolume {
  VolumeId id;
  std::string name;      // of the CNS volume; dynamically provisioned ones are pvc-<uid>
  bool labelled = false; // a PV entity of ours carries pv_missing=true
};

// What one full-sync cycle found, for decisions that take something away.
struct CycleFindings {
  // Every page was read, the view was complete (design 5.1) from the first page to the last, and
  // leadership was held throughout. Nothing may be concluded from a cycle that is not.
  bool complete = false;
  Clock::time_point began{};
  std::size_t cns_volumes = 0; // with our cluster id
  // No PV in any phase has the handle or the path, no pod in any phase names it inline, it is not
  // named after a Pending claim, and it is not in doubt.
  std::vector<MissingVolume> missing;
  // Volumes that the cluster names and that no read by id found in CNS.
  std::vector<VolumeId> absent;
  // Bound PVs whose claim vanished in a relist instead of by a watch event.
  std::size_t claims_lost_in_relist = 0;
};

// PORT of the reconciler's own making: what becomes of a volume that no PV and no pod names. Asked
// while the reconciler has the volume to itself: nobody else writes it meanwhile.
class Endings {
 public:
  struct Result {
    std::optional<Clock::time_point> again; // look at the volume again then; none: over
    // Set when a write was sent whose end is not known: the volume is in doubt from then on.
    std::optional<Clock::time_point> lost_at;
  };

  virtual ~Endings() = default;
  // There is something to do for it now.
  virtual bool due(const VolumeId& id) const = 0;
  virtual asio::awaitable<Result> end(VolumeId id) = 0;
};

} // namespace syncer

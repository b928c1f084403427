// PORT of cns: which disks serve the volumes.
#pragma once

#include <string>
#include <vector>

#include "core/clock.h"
#include "core/kube_objects.h"
#include "core/outcome.h"

namespace syncer {

struct BackingDisk {
  VolumeId id;
  std::string object_id; // of the datastore's object behind the disk; may be empty
};

class BackingDisks {
 public:
  virtual ~BackingDisks() = default;
  // Of those of at most 1,000 ids that are block volumes in CNS. kRejected: a vCenter before 7.0U2
  // does not tell.
  virtual asio::awaitable<Outcome<std::vector<BackingDisk>>> backing_disks(
      std::vector<VolumeId> ids) = 0;
};

} // namespace syncer

#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "cns/cns_api.h"

namespace syncer {

// What a read of many volumes gave.
struct VolumesRead {
  std::vector<VolumeId> asked; // every answer for these arrived; absent from `found`: not in CNS
  std::vector<CnsVolume> found;
  std::vector<std::pair<VolumeId, Error>> bad; // CNS refuses a question that names them
  std::optional<Error> failed;                 // of the rest: vCenter did not answer
};

// Reads the volumes in one call. If CNS refuses the call as such (one malformed id is enough), asks
// again for ever smaller parts, until the ids to blame stand alone.
asio::awaitable<VolumesRead> read_volumes(CnsApi& cns, std::vector<VolumeId> ids);

} // namespace syncer

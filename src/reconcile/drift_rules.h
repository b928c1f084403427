#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/cns_objects.h"
#include "reconcile/drift.h"
#include "reconcile/endings.h"

namespace syncer {

// What is drift, and what only looks like it. Each rule judges one volume by the facts of a
// complete view; what is hands off for a reason that passes is never drift.

// CNS has it, and nothing names it.
Drift cns_without_pv(const MissingVolume& volume);

// The last read by id did not find the volume. `failure`: why registering fails; empty: not known.
std::optional<Drift> pv_without_cns(const VolumeId& id, const VolumeFacts& facts,
                                    const std::string& failure, Clock::time_point now);
// No CNS volume could be made of the path.
std::optional<Drift> path_without_cns(const InternedString& path, const VolumeFacts& facts,
                                      const std::string& failure, Clock::time_point now);

// Retain PVs that were given back and that no claim and no pod uses, each by itself. None while
// another PV of the volume has a consumer: then the data is in use.
std::vector<Drift> released_without_consumer(const VolumeId& id, const VolumeFacts& facts);

// Two or more PVs with one disk. File shares may have many.
std::optional<Drift> shared_handle(const VolumeId& id, const VolumeFacts& facts, CnsVolumeType type,
                                   Clock::time_point now);

// The in-tree volume whose disk CNS shows at `shown`, which is not what its path says.
Drift moved_backing(const VolumeId& id, const VolumeFacts& facts, const std::string& shown);

} // namespace syncer

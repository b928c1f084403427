#pragma once

#include <utility>
#include <vector>

#include "core/clock.h"
#include "core/kube_objects.h"

namespace syncer {

// Which volumes are worth a look, and when.
using Agenda = std::vector<std::pair<VolumeId, Clock::time_point>>;

} // namespace syncer

#pragma once

#include <string>
#include <vector>

#include "app/settings.h"

namespace syncer {

// vsphere-syncer adopt --from-cluster-id OLD [--yes]: hands what another cluster id has in CNS for
// our volumes over to ours. Prints a row per volume. Exit code 0: done, or a dry run; 1: something
// failed or it was refused; 2: usage.
int run_adopt(const std::vector<std::string>& arguments, const Environment& environment);

} // namespace syncer

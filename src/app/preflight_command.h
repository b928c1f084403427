#pragma once

#include <string>
#include <vector>

#include "app/settings.h"
#include "cli/terminal.h"

namespace syncer {

// vsphere-syncer preflight: whether the service could work here, with the files and the environment
// that it would have. Writes nothing, and logs in at each vCenter once. Exit code 0: nothing
// failed; 1: something did; 2: usage. Does not return when it checked.
int run_preflight(const std::vector<std::string>& arguments, const Environment& environment,
                  const Terminal& terminal);

} // namespace syncer

// cli: the commands of administrators, in the same binary.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "config/vsphere_overlay.h"

namespace syncer {

// vsphere-syncer check-config [FILE]: reads the file (none: `usual_path`) as the service would and
// contacts nobody. Prints what was understood on `out`, no secrets, or the error on `err`. Exit
// code 0: the service would take it; 1: it would not; 2: usage.
int check_config(const std::vector<std::string>& arguments, const std::string& usual_path,
                 const VSphereEnvironment& environment, std::ostream& out, std::ostream& err);

} // namespace syncer

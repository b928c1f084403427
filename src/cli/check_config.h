// cli: the commands of administrators, in the same binary.
#pragma once

#include <functional>
#include <iosfwd>
#include <string>
#include <vector>

#include "config/vsphere_config.h"
#include "config/vsphere_overlay.h"
#include "core/outcome.h"

namespace syncer {

struct CheckConfig {
  std::string usual_path; // read when no file is named
  VSphereEnvironment environment;
  std::function<Outcome<>(const VSphereConfig&)> usable; // what else the service asks for
};

// vsphere-syncer check-config [FILE]: reads the file as the service would and contacts nobody.
// Prints what was understood on `out`, no secrets, or the error on `err`. Exit code 0: the service
// would take it; 1: it would not; 2: usage.
int check_config(const std::vector<std::string>& arguments, const CheckConfig& check,
                 std::ostream& out, std::ostream& err);

} // namespace syncer

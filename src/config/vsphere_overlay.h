#pragma once

#include <map>
#include <string>
#include <vector>

#include "config/vsphere_file.h"
#include "core/secret.h"

namespace syncer {

// The environment variables that change what csi-vsphere.conf says: VSPHERE_*, VCENTER_* and the
// snapshot limits. Empty ones count as unset.
using VSphereEnvironment = std::map<std::string, Secret>;
VSphereEnvironment vsphere_environment(const char* const* variables); // as `environ`

// Lays the environment over the file; it goes before. VSPHERE_USER and the like stand in for keys
// of [Global]; VSPHERE_VCENTER_<id> names a vCenter whose credentials, port and datacenters are
// those of VCENTER_<id>_*, else those of [Global]: whatever its section says of them goes. Returns
// warnings about values that are no use and were left out, without the values.
std::vector<std::string> lay_over(VSphereFile& file, const VSphereEnvironment& environment);

} // namespace syncer

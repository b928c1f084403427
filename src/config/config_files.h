#pragma once

#include <string>

#include "config/vsphere_config.h"
#include "config/vsphere_overlay.h"
#include "core/fingerprint.h"

namespace syncer {

// What csi-vsphere.conf and everything it leads to said at one moment.
struct ConfigReading {
  Outcome<VSphereConfig> config; // kRejected: file, line, key and reason, never a value
  Fingerprint fingerprint;       // of all files that were looked for, present or not
};

// Reads csi-vsphere.conf, beside it `<host>.username` and `<host>.password` of each [VirtualCenter]
// (taken as they are, before the keys of the file), the CA files that it names, and lays the
// environment over it. Without the file the environment alone may do.
ConfigReading read_config(const std::string& path, const VSphereEnvironment& environment);

} // namespace syncer

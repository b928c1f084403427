#pragma once

#include <string>
#include <string_view>

#include "core/outcome.h"

namespace syncer {

// A vmdk as the in-tree plugin writes it: "[datastore] dir/disk.vmdk", or with the datastore
// cluster before the datastore: "[cluster/datastore] dir/disk.vmdk".
struct VmdkPath {
  std::string datastore;
  std::string file; // below the datastore, without a leading slash
  bool operator==(const VmdkPath&) const = default;
};

// Refuses (kRejected) only what can never name a file on a datastore; whether the file exists is
// for vCenter to say.
Outcome<VmdkPath> parse_vmdk_path(std::string_view text);

// The backingDiskUrlPath of the vmdk. `host` as it stands in URLs, `datacenter_path` as the
// inventory stores it; everything else is escaped here, each segment of the path too.
std::string registration_url(std::string_view host, std::string_view datacenter_path,
                             const VmdkPath& vmdk);

} // namespace syncer

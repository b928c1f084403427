#pragma once

#include <string>
#include <string_view>

namespace syncer::sim {

// A backingDiskUrlPath, every part percent-decoded exactly once.
struct DiskUrl {
  std::string wrong;          // not empty: what is wrong with the text
  std::string host;           // without brackets, lower case
  std::string path;           // of the vmdk below its datastore
  std::string datacenter;     // dcPath
  std::string datastore_name; // dsName
};

// https://<host>/folder/<vmdk path>?dcPath=<P>&dsName=<N>. Blanks in the path may stand as they
// are.
DiskUrl read_disk_url(std::string_view text);

} // namespace syncer::sim

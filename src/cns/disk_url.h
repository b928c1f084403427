#pragma once

#include <string>
#include <string_view>

namespace syncer {

// "[datastore] folder/disk.vmdk" of a backingDiskUrlPath
// (https://HOST/folder/FILE?dcPath=DATACENTER&dsName=DATASTORE). Empty for anything else.
std::string disk_path_of_url(std::string_view url);

} // namespace syncer

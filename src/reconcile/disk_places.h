#pragma once

#include <cstdint>

#include "reconcile/vmdk_path.h"

namespace syncer {

enum class Whereabouts : std::uint8_t {
  kSame,
  kMoved,
  kOtherDatastore, // the same file: moved if the old datastore still exists, else it was renamed
  kUnclear,        // the two cannot be compared
};
// Where a disk is, as CNS shows it, against where its in-tree path says. A snapshot of the disk is
// no other place, and vSAN may show a folder by its id instead of its name.
Whereabouts compare_places(const VmdkPath& named, const VmdkPath& shown);

} // namespace syncer

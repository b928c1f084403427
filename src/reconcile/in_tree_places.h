#pragma once

#include <string>
#include <vector>

#include "cns/vcenter_inventory.h"

namespace syncer {

// Where to try to register a disk, best first, of all datastores of its name in the inventory.
//
// `configured` names datacenters, by inventory path (with or without the first slash) or by bare
// name: they are tried in that order and no others. Without any, the datastore must be the only one
// of its name. kRejected: more than one would do, and the wrong disk must not be taken. kNotFound:
// none would do yet.
Outcome<std::vector<DatastorePlace>> registration_places(
    const std::string& datastore, const std::vector<DatastorePlace>& found,
    const std::vector<std::string>& configured);

} // namespace syncer

#pragma once

#include <functional>
#include <string>
#include <vector>

#include "cns/inventory.h"
#include "cns/vcenter_session.h"

namespace syncer {

struct InventoryRead {
  ManagedRef root; // the root folder
  std::vector<InventoryObject> objects;
};

// Writes a RetrievePropertiesEx for this server.
using ObjectsRequest = std::function<std::string(const ServiceContent&)>;

// All pages of the answer, read in one session; begun once more when that session, or an object,
// went meanwhile. `budget` is that of all pages together.
asio::awaitable<Outcome<InventoryRead>> read_objects(VcenterSession& session, Clock& clock,
                                                     Clock::duration budget,
                                                     ObjectsRequest request);

} // namespace syncer

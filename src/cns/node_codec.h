// A node's VM and what is above it, as the search index and the property collector tell it. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cns/inventory.h"
#include "cns/soap.h"

namespace syncer {

// vCenter stores UUIDs in lower case; some servers compare them as text.
std::string plain_uuid(std::string_view text);

// A VM of any datacenter by its BIOS or instance UUID.
std::string find_vm_request(const ManagedRef& search_index, std::string_view uuid, bool instance);
// The VM, its host, and everything above the host.
std::string retrieve_above_vm_request(const ManagedRef& collector, const ManagedRef& vm);

// From the VM's host up to the root folder. kTransient: the VM has no host now, or something in
// between was not shown.
Outcome<std::vector<ManagedRef>> host_and_above(const std::vector<InventoryObject>& objects,
                                                const ManagedRef& vm, const ManagedRef& root);

} // namespace syncer

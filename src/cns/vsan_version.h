// What a vCenter of a given version understands.
#pragma once

#include <string>
#include <string_view>

namespace syncer {

// Elements that the negotiated version knows in a CNS request; others make the server refuse it.
struct CnsFeatures {
  bool cluster_flavor = true;
  bool cluster_distribution = true;
  bool cluster_array = true;
  bool entity_cluster_id = true;
  bool referred_entity = true;
  bool backing_url = true;           // backingDiskUrlPath: a vmdk can be registered by its URL
  bool backing_object_id = true;     // backingDiskObjectId
  bool async_query = true;           // CnsQueryAsync exists
  bool keeps_after_vm_delete = true; // a registered disk survives the VM it is attached to
  bool writable = true; // 7.0 and newer: updates merge instead of dropping other clusters
};

// `vsan` is the version string of the vSAN namespace ("vSAN 7.0U3", "8.0.0.1"), empty if the server
// does not publish one; `about` and `api` are AboutInfo.version and .apiVersion. A vSAN string that
// is not in the table counts as newest for the elements, while CnsQueryAsync and writing then go by
// the numbers.
CnsFeatures cns_features(std::string_view vsan, std::string_view about, std::string_view api);

// The SOAPAction of all requests after negotiation: "urn:vsan/<vsan>", or "urn:vim25/<api>".
std::string soap_action(std::string_view vsan, std::string_view api);

} // namespace syncer

// The three requests that change CNS. Pure.
#pragma once

#include <string>
#include <string_view>

#include "cns/vsan_version.h"
#include "core/cns_objects.h"

namespace syncer {

// The container cluster as we write it, and the id that makes an entity ours.
struct CnsCluster {
  std::string id;
  std::string flavor = "VANILLA";
  std::string distribution; // left out when empty
};

// In all of them `user` is the canonical name of the session, and elements that the server's
// version does not know are left out.

// Removals come first, as entities with delete=true.
std::string update_request(const CnsUpdate& update, const CnsCluster& cluster,
                           std::string_view user, const CnsFeatures& features);
// Registers what exists; neither capacity nor datastore is named, so nothing can be provisioned.
// Not for a backing that `features` lack: the spec would come out without one.
std::string create_request(const CnsCreate& create, const CnsCluster& cluster,
                           std::string_view user, const CnsFeatures& features);
// Forgets the volume and keeps its disk or share: deleteDisk is always false.
std::string unregister_request(const VolumeId& id);

// `name` as CNS takes it: at most 80 bytes, cut where a UTF-8 character ends.
std::string_view cut_volume_name(std::string_view name);

} // namespace syncer

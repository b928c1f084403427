#pragma once

#include <pugixml.hpp>
#include <string>
#include <variant>

#include "sim/vcenter_cns_store.h"

namespace syncer::sim {

// Reads a checked CnsVolumeMetadata element.
CnsMetadata read_metadata(pugi::xml_node metadata);

// Parts of a CnsVolume that a query asked for.
struct CnsSelection {
  bool name = true, type = true, metadata = true, backing = true, compliance = true;
  bool accessibility = true, health = true, datastore_url = true, policy = true;

  static CnsSelection none();
};
// `node` may be null: no selection, which means everything.
std::variant<CnsSelection, SimFault> read_selection(pugi::xml_node node);

// <volumes>...</volumes>. Entities that are shown as removed for the last time are dropped from the
// volume.
void append_volume(std::string& out, CnsVolume& volume, const CnsSelection& selection);

} // namespace syncer::sim

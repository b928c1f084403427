#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/cns_objects.h"
#include "reconcile/unregister.h"

namespace syncer {

inline constexpr std::string_view kMissingLabel = "pv_missing";

// Why what CNS shows of the volume forbids to unregister it; empty: nothing does. For a file volume
// that is only the first half, see `share_objection`. `stripped`: we have taken our entities away
// ourselves, so that our cluster id may be gone with them.
std::string cns_objection(const CnsVolume& volume,
                          const std::vector<UnregisterBook::DepartedPv>& departed, bool stripped);
// A share may be unregistered only when no entity of any cluster is left.
std::string share_objection(const CnsVolume& volume);
// The entities of those PVs and their claims.
std::vector<EntityRef> entities_of(const CnsVolume& volume,
                                   const std::vector<UnregisterBook::DepartedPv>& departed);

// The update that labels the volume: its PV entities with the labels they have and pv_missing, or
// one made up from the volume's name when it has none. PVC and POD entities are not in it. None:
// every PV entity has the label.
std::optional<CnsUpdate> missing_label(const CnsVolume& volume);

// The volume's name is that of a claim that is still Pending: a PV is on its way.
bool is_of_pending_claim(const CnsVolume& volume, const std::vector<Uid>& pending);

} // namespace syncer

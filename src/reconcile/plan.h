#pragma once

#include <vector>

#include "core/cns_objects.h"
#include "core/fingerprint.h"
#include "reconcile/desired.h"

namespace syncer {

// The label on a PV entity that belongs to somebody else and survives our writes.
inline constexpr std::string_view kPreservedLabel = "pv_retained";

// What CNS acknowledged or showed of one entity, without its text.
struct RecordedEntity {
  EntityRef ref;
  Fingerprint content;      // of labels and references, the preserved label left out
  InternedString preserved; // value of the preserved label; empty when absent
  bool refers = false;      // to anything; a POD entity of an inline volume does not
};
using RecordedEntities = std::vector<RecordedEntity>;

RecordedEntity recorded(const CnsEntity& entity);
RecordedEntities recorded(const std::vector<CnsEntity>& entities);

// The calls that turn what is recorded into what is desired; none if they agree already and
// `rewrite` does not ask for the complete set nevertheless.
//
// A volume that needs any change gets its complete set of wanted entities and the removal of what
// is recorded and no longer wanted. For a block volume one call names at most one entity per kind,
// removals counted (CNS refuses duplicates of a kind), so that replacing a pod takes two calls: the
// first carries removals and the wanted entities of the other kinds, the last one the complete set.
std::vector<CnsUpdate> plan_update(const VolumeId& id, const Desired& desired,
                                   const RecordedEntities& recorded, bool rewrite = false);

// The record after `call` was acknowledged.
void apply_acknowledged(const CnsUpdate& call, RecordedEntities& recorded);

} // namespace syncer

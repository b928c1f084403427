#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "core/cns_objects.h"
#include "truth.h"

namespace syncer::model {

// Which volume an in-tree path was registered as.
using Links = std::map<InternedString, VolumeId>;

// What CNS should hold of one volume, by the safety rules of the design and by behaviour, written
// down once more: slow, and without a look at how the product does it.
struct Expected {
  bool named = false;     // a PV of ours or an inline pod stands for it
  bool elsewhere = false; // in-tree PVs that CSI has not taken over name it
  bool in_tree = false;
  bool dynamic = false;    // the PV that stands for it was provisioned
  std::string hands_off;   // why nobody may write; empty: it must be as below
  bool claim_gone = false; // because its claim, or that of a PV of the share, is not there
  bool is_file = false;
  std::vector<CnsEntity> entities;
  bool pods_alone = false;    // only inline pods name it: other kinds are as they may be
  std::set<std::string> free; // entities (see text) about which nothing is said
  bool more_pods = false;     // pods of PVs that are hands off may stand beside
  bool to_register = false;   // if CNS does not have it
};

std::string text(const EntityRef& ref);
std::string text(const CnsEntity& entity); // references in order of their names

Expected expected(const Objects& objects, const Links& links, const VolumeId& id,
                  CnsVolumeType type);

// Ids that something leads to.
std::set<VolumeId> named_volumes(const Objects& objects, const Links& links);

// Any PV of ours names the handle, or anything at all one of its paths.
bool anything_names(const Objects& objects, const Links& links, const VolumeId& id);

// The claim that the PV's claimRef means.
const Claim* claim_of(const Objects& objects, const PersistentVolume& pv);

} // namespace syncer::model

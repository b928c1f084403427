#pragma once

#include <map>
#include <set>
#include <string>

#include "expected.h"
#include "reconcile/drift.h"

namespace syncer::model {

// What the world is, as far as the drift report is about it.
struct DriftWorld {
  const Objects& objects;
  Links links;
  std::map<VolumeId, CnsVolume> cns; // every volume that CNS has
  std::set<VolumeId> moved;          // whose disk is not where its path says
  std::set<InternedString> paths;    // that in-tree volumes may have
};

// A row as a text: class, volume or path, and the PV where each counts by itself.
std::string text(const Drift& drift);

// What the report must say of that world when all has been quiet for long, and nothing else;
// written down from the design, without a look at how the product finds it.
std::set<std::string> expected_drift(const DriftWorld& world);

// Why the row cannot be true of the objects, whatever CNS holds; empty: it may be.
std::string refuted(const Drift& drift, const Objects& objects, const Links& links);

} // namespace syncer::model

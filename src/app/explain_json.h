#pragma once

#include <string>
#include <vector>

#include "core/clock.h"
#include "core/conditions.h"
#include "informers/named_volumes.h"
#include "reconcile/departures.h"
#include "reconcile/volume_report.h"

namespace syncer {

// All that is known of one volume.
struct VolumeExplanation {
  VolumeKey key;                      // of an in-tree volume that is not linked the path alone
  std::string vcenter;                // empty: none yet
  std::string waiting;                // without a vCenter or a link: why, as a sentence
  VolumeFacts facts;                  // as the whole cluster shows them
  std::optional<VolumeReport> report; // with a vCenter only
  Departures::Standing ending;
};

struct Explanation {
  std::string name; // as it was asked for
  NamedVolumes named;
  std::vector<VolumeExplanation> volumes;
};

// The answer of GET /explain, as docs/admin.md describes it.
std::string explain_json(const Explanation& explanation, const Conditions& conditions,
                         Clock::time_point now);

} // namespace syncer

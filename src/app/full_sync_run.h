#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "operators/last_run.h"
#include "reconcile/cycle_tally.h"
#include "reconcile/full_sync.h"

namespace syncer {

// One run of the full sync over all vCenters: which cycle of each belongs to it, and how each
// ended. What was seen at the end of a cycle stays, though the next one may have begun.
class FullSyncRun {
 public:
  // Host, and how many cycles must have ended there.
  using Cycles = std::vector<std::pair<std::string, std::uint64_t>>;

  FullSyncRun() = default;
  explicit FullSyncRun(const Cycles& cycles);

  void look(const std::string& host, const FullSync::Status& now, const CycleTally::Counts& cycle);
  const std::vector<RunAtVCenter>& vcenters() const { return vcenters_; }

 private:
  std::vector<RunAtVCenter> vcenters_;
  std::vector<std::uint64_t> cycles_; // of the vCenter in the same place
};

} // namespace syncer

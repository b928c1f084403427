#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "cns/vcenter_inventory.h"
#include "reconcile/drift.h"
#include "reconcile/reconciler.h"

namespace syncer {

// Gathers the drift of one vCenter while a full sync goes by, and keeps the report. Asks nothing
// that the full sync did not ask, but for a datastore that a moved disk seems to have left.
class DriftWatch {
 public:
  struct Deps {
    const ClusterView& view;
    const Reconciler& reconciler;
    Clock& clock;
    VcenterInventory& inventory;
    // In-tree paths that no CNS volume could be made of, and why.
    std::function<std::vector<std::pair<InternedString, std::string>>()> failed_paths = nullptr;
  };

  DriftWatch(Deps deps, Clock::duration min_age) : deps_(std::move(deps)), book_(min_age) {}

  // A cycle begins; one of its pages has this volume, as CNS answered (null: it does not have it);
  // all pages were read; the cycle ended with these findings. Nothing is concluded from one that is
  // not complete, or when vCenter does not answer.
  void begin();
  void page(const VolumeId& id, const VolumeFacts& facts, const CnsVolume* answer);
  asio::awaitable<void> read_datastores();
  void end(const CycleFindings& findings);

  std::shared_ptr<const DriftReport> report() const { return book_.report(); }

 private:
  void add_named(std::vector<Drift>& found) const;
  void add_absent(const CycleFindings& findings, std::vector<Drift>& found) const;
  void judge_place(const VolumeId& id, const VolumeFacts& facts, const std::string& shown);

  Deps deps_;
  DriftBook book_;
  // Of the cycle under way: volumes that are worth a look at its end.
  std::vector<VolumeId> suspects_;
  // A disk that is not where its path says.
  struct Moved {
    VolumeId id;
    std::string place;     // where CNS shows it
    std::string datastore; // must still exist, or else it was renamed; empty: it is moved anyway
  };
  std::vector<Moved> moved_;
  bool datastores_read_ = false;
};

} // namespace syncer

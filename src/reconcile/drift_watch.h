#pragma once

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "cns/backing_disks.h"
#include "cns/vcenter_inventory.h"
#include "reconcile/drift.h"
#include "reconcile/reconciler.h"

namespace syncer {

// Gathers the drift of one vCenter while a full sync goes by, and keeps the report. Reads only; CNS
// itself is asked nothing more but where the disks of in-tree volumes are.
class DriftWatch {
 public:
  struct Deps {
    const ClusterView& view;
    const Reconciler& reconciler;
    Clock& clock;
    BackingDisks& disks;
    VcenterInventory& inventory;
    // In-tree paths that no CNS volume could be made of, and why.
    std::function<std::vector<std::pair<InternedString, std::string>>()> failed_paths = nullptr;
  };

  DriftWatch(Deps deps, Clock::duration min_age) : deps_(std::move(deps)), book_(min_age) {}

  // A cycle begins; one of its pages has this volume; all pages were read; the cycle ended with
  // these findings. Nothing is concluded from one that is not complete, or when vCenter does not
  // answer.
  void begin();
  void page(const VolumeId& id, const VolumeFacts& facts);
  asio::awaitable<void> read_places();
  void end(const CycleFindings& findings);

  std::shared_ptr<const DriftReport> report() const { return book_.report(); }

 private:
  void add_named(std::vector<Drift>& found) const;
  void add_absent(const CycleFindings& findings, std::vector<Drift>& found) const;
  asio::awaitable<Outcome<>> read_page_of_places(std::vector<VolumeId> ids);
  asio::awaitable<Outcome<>> judge_place(BackingDisk disk);
  asio::awaitable<Outcome<bool>> datastore_exists(std::string name);

  Deps deps_;
  DriftBook book_;
  // Of the cycle under way: volumes that are worth a look at its end.
  std::vector<VolumeId> suspects_;
  std::vector<VolumeId> in_tree_;
  std::vector<std::pair<VolumeId, std::string>> moved_; // and where CNS shows the disk
  std::map<std::string, bool> datastores_;              // that were asked for
  bool places_read_ = false;
};

} // namespace syncer

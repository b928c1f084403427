#pragma once

#include <functional>
#include <unordered_set>

#include "core/kube_objects.h"

namespace syncer {

// The volumes that a full-sync cycle found different, until each was brought into sync or has
// failed once: only then is the cycle over.
class CycleTally {
 public:
  struct Counts {
    std::size_t queued = 0; // found different
    std::size_t synced = 0;
    std::size_t failed = 0;
  };

  void begin() {
    open_.clear();
    counts_ = {};
  }
  void queued(const VolumeId& id) {
    if (open_.insert(id).second) ++counts_.queued;
  }
  void synced(const VolumeId& id) {
    if (open_.erase(id) == 0) return;
    ++counts_.synced;
    tell();
  }
  void failed(const VolumeId& id) {
    if (open_.erase(id) == 0) return;
    ++counts_.failed;
    tell();
  }
  std::size_t open() const { return open_.size(); }
  const Counts& counts() const { return counts_; }
  // Called each time the last open volume has ended.
  std::function<void()> on_drained;

 private:
  void tell() const {
    if (open_.empty() && on_drained) on_drained();
  }

  std::unordered_set<VolumeId> open_;
  Counts counts_;
};

} // namespace syncer

#pragma once

#include <string>
#include <unordered_map>

#include "cns/cns_api.h"
#include "core/leadership.h"
#include "operators/volume_info_store.h"
#include "reconcile/router.h"

namespace spdlog {
class logger;
}

namespace syncer {

struct VolumeInfoSyncOptions {
  Clock::duration min_age{std::chrono::minutes(30)}; // since first seen without volume
  std::size_t page = 1000;                           // volumes per read
};

// Keeps the CNSVolumeInfo objects of one vCenter right, after each cycle of its full sync: makes
// those that are missing, and deletes those whose volume is gone from Kubernetes and from this CNS.
// That takes two complete cycles and the minimum age, so that one is never deleted while somebody
// still needs it to find the volume's vCenter. Those of other vCenters are not looked at. With one
// vCenter there is nothing to do: nobody reads them then.
class VolumeInfoSync {
 public:
  struct Deps {
    const ClusterView& cluster; // unfiltered
    VolumeInfoStore& records;
    CnsApi& cns;
    Router& router;
    Clock& clock;
    const Leadership& leadership;
    spdlog::logger& log;
  };
  VolumeInfoSync(const Deps& deps, std::string host, VolumeInfoSyncOptions options = {})
      : deps_(deps), host_(std::move(host)), options_(options) {}

  // `complete`: as CycleFindings::complete. Nothing is deleted after a cycle that is not, and it
  // does not count; it takes no earlier observation back either. An error: CNS could not be read.
  asio::awaitable<Outcome<>> after_cycle(bool complete);

  std::size_t waiting() const { return gone_.size(); } // to be deleted if they stay as they are

 private:
  struct Gone {
    Clock::time_point since;
    std::size_t cycles = 0;
  };

  asio::awaitable<Outcome<>> make_missing();
  asio::awaitable<Outcome<>> delete_gone();
  asio::awaitable<void> remove(VolumeId id);
  // Those of `ids` that this CNS has.
  asio::awaitable<Outcome<std::vector<VolumeId>>> present(std::vector<VolumeId> ids);
  bool may_be_gone(const VolumeId& id) const;

  Deps deps_;
  std::string host_;
  VolumeInfoSyncOptions options_;
  std::unordered_map<VolumeId, Gone> gone_;
};

} // namespace syncer

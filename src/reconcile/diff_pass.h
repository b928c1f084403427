#pragma once

#include <string>
#include <vector>

#include "cns/cns_api.h"
#include "informers/cluster_view.h"
#include "reconcile/reconciler.h"

namespace syncer {

// One comparison of everything that a vCenter should hold with what it holds, for people: reads
// and tells, and changes nothing, neither in CNS nor in what the service knows. One page of volumes
// is alive at a time.
class DiffPass {
 public:
  struct Deps {
    const ClusterView& view;
    CnsApi& cns;
    const Reconciler& reconciler;
  };
  struct Options {
    std::size_t page = 500;
    std::size_t most_listed = 1'000; // what differs beyond that is only counted
  };
  struct Row {
    VolumeId id;
    std::string pv; // "-": none
    VolumeComparison comparison;
    std::string unreadable; // why CNS answers no question about it
  };
  struct Counts {
    std::size_t volumes = 0; // compared so far
    std::size_t in_sync = 0;
    std::size_t differ = 0;      // CNS without the volume among them
    std::size_t queued = 0;      // of those, which the service works on anyway
    std::size_t hands_off = 0;   // nobody may write for them now
    std::size_t only_in_cns = 0; // nothing in the cluster names them
    std::size_t unreadable = 0;
    std::size_t listed = 0; // of those that differ or are unreadable
  };
  struct Page {
    std::vector<Row> rows; // that differ or are unreadable
    Counts counts;
    std::size_t total = 0;
    bool last = false;
  };

  DiffPass(Deps deps, Options options) : deps_(deps), options_(options) {}

  // The next page. An error ends the pass.
  asio::awaitable<Outcome<Page>> next();

 private:
  asio::awaitable<Outcome<>> list();
  void add(const VolumeId& id, const CnsVolume* answer, Page& page);
  void add_row(Row row, Page& page);

  Deps deps_;
  Options options_;
  bool listed_ = false;
  std::vector<VolumeId> volumes_; // in order
  std::size_t at_ = 0;
  Counts counts_;
};

} // namespace syncer

#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/experimental/channel.hpp>

#include "reconcile/reconciler.h"

namespace syncer {

struct FullSyncOptions {
  Clock::duration interval{std::chrono::minutes(30)};
  std::size_t page = 500; // volumes per read; the answer of one page is alive at a time
  // After a failed cycle; grows from the first to the cap, never beyond the interval.
  Backoff backoff{std::chrono::seconds(1), std::chrono::seconds(60)};
};

// Reads what CNS holds for every volume of the view and tells the reconciler, which corrects its
// ledger and queues what differs. Never writes.
class FullSync {
 public:
  struct Deps {
    asio::any_io_executor executor;
    const ClusterView& view;
    CnsApi& cns;
    Clock& clock;
    Observer& observer;
    spdlog::logger& log;
    Random random;
    Reconciler& reconciler;
  };
  struct Status {
    std::uint64_t cycles = 0;       // finished without a failed read
    std::size_t volumes_read = 0;   // in the last such cycle
    std::size_t cns_volumes = 0;    // that CNS holds for our cluster id
    std::size_t cns_without_pv = 0; // of those, named by no PV of the view
    bool running = false;
    std::string last_error; // of the last failed cycle; empty after a good one
  };

  FullSync(Deps deps, FullSyncOptions options);

  // One cycle as soon as the view is synced, then one per interval. Until cancelled.
  asio::awaitable<void> run();
  // The view is synced, or somebody wants a cycle now.
  void request();
  const Status& status() const { return status_; }

 private:
  asio::awaitable<Outcome<>> cycle();
  asio::awaitable<Outcome<>> read_pages(std::vector<VolumeId> volumes);
  asio::awaitable<Outcome<>> count_ids();

  Deps deps_;
  FullSyncOptions options_;
  Status status_;
  std::size_t page_;
  asio::experimental::channel<void(boost::system::error_code)> wake_;
};

} // namespace syncer

#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/experimental/channel.hpp>
#include <deque>
#include <functional>
#include <optional>
#include <unordered_map>
#include <unordered_set>

#include "reconcile/drift_watch.h"
#include "reconcile/endings.h"
#include "reconcile/reconciler.h"

namespace syncer {

struct FullSyncOptions {
  Clock::duration interval{std::chrono::minutes(30)};
  double jitter = 0.1;  // of the interval, added at random; the first cycle has none
  bool on_start = true; // a cycle as soon as the view is synced, without waiting an interval
  bool once = false;    // run() returns after the first cycle
  // A second cycle so long after the beginning of the first: tasks of the process before this one
  // may have run until then. None: there was none.
  std::optional<Clock::duration> read_again_after;
  std::size_t page = 500; // volumes per read; the answer of one page is alive at a time
  // After a failed cycle; grows from the first to the cap, never beyond the interval.
  Backoff backoff{std::chrono::seconds(1), std::chrono::seconds(60)};
};

enum class CycleResult : std::uint8_t {
  kSuccess,
  kPartial, // everything was read, but some volumes could not be brought into sync
  kFailure, // not everything could be read
};
const char* to_string(CycleResult result);

// Reads what CNS holds for our cluster and for every volume of the view, each volume once per
// cycle, and tells the reconciler, which corrects its ledger and queues what differs. Never writes.
// A cycle ends when everything it queued was brought into sync or has failed once.
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
    const Leadership* leadership = nullptr; // none: held all the time
    // Something else of the cluster stands for this volume although `view` has no facts for it.
    std::function<bool(const VolumeId&)> named_otherwise = nullptr;
    // What keeps volumes from being in sync outside the reconciler (registration, routing).
    std::function<std::size_t()> other_failures = nullptr;
    // The end of every cycle, complete or not.
    std::function<void(const CycleFindings&)> ended = nullptr;
    DriftWatch* drift = nullptr; // none: nobody asks for a report
  };
  struct Status {
    std::uint64_t begun = 0;
    std::uint64_t ended = 0;        // well or not
    std::uint64_t cycles = 0;       // of those, without a failed read
    std::size_t volumes_read = 0;   // in the last such cycle
    std::size_t cns_volumes = 0;    // that CNS holds for our cluster id
    std::size_t cns_without_pv = 0; // of those, named by no PV and no pod of the view
    bool running = false;
    std::optional<CycleResult> last_result;
    std::string last_error; // of the last failed cycle; empty after a good one
  };

  // One that has ended.
  struct Ended {
    Clock::time_point began;
    Clock::duration took{};
    CycleResult result = CycleResult::kSuccess;
    std::size_t volumes_read = 0;
    CycleTally::Counts found; // what differed, and what became of it
    std::string error;        // of a failure
  };
  static constexpr std::size_t kRemembered = 20;

  FullSync(Deps deps, FullSyncOptions options);

  // One cycle as soon as the view is synced, then one per interval. Until cancelled.
  asio::awaitable<void> run();
  // The view is synced, or somebody wants a cycle now.
  void request();
  // The same; that cycle has ended when `ended` has come to the answer.
  std::uint64_t request_cycle() {
    request();
    return status_.begun + 1;
  }
  const Status& status() const { return status_; }
  // The last ones, the oldest first.
  const std::deque<Ended>& history() const { return history_; }

 private:
  struct UidHash {
    std::size_t operator()(const Uid& uid) const { return uid.high ^ uid.low; }
  };
  struct Cycle {
    bool complete = false;
    Clock::time_point began{};
    std::uint64_t term = 0;
    std::vector<VolumeId> cns_ids;
    std::vector<MissingVolume> missing;
    std::unordered_set<Uid, UidHash> pending_claims;
    std::size_t claims_lost = 0; // in a relist, under a PV that stayed
    std::size_t refused = 0;     // volumes that CNS does not even answer a question about
    std::optional<Error> error;
  };

  asio::awaitable<void> wait_for(Clock::duration pause);
  asio::awaitable<CycleResult> cycle();
  asio::awaitable<void> read_ids(Cycle& cycle);
  asio::awaitable<void> read_pages(Cycle& cycle);
  asio::awaitable<void> wait_until_drained();
  std::vector<VolumeId> volumes_to_read(const Cycle& cycle) const;
  bool may_conclude(const Cycle& cycle) const;
  bool named(const VolumeId& id) const;
  void note_missing(const CnsVolume& volume, Cycle& cycle) const;
  void conclude(Cycle& cycle);
  CycleResult result_of(const Cycle& cycle) const;
  void report(const Cycle& cycle, CycleResult result);
  void remember(const Cycle& cycle, CycleResult result);

  Deps deps_;
  FullSyncOptions options_;
  Status status_;
  std::deque<Ended> history_;
  std::size_t page_;
  std::uint32_t failures_ = 0; // cycles in a row
  bool requested_ = false;     // since the last cycle began
  asio::experimental::channel<void(boost::system::error_code)> wake_;
  asio::experimental::channel<void(boost::system::error_code)> drained_;
};

} // namespace syncer

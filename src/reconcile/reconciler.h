#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/experimental/channel.hpp>
#include <string>
#include <unordered_map>
#include <vector>

#include "cns/cns_api.h"
#include "core/backoff.h"
#include "core/leadership.h"
#include "core/observer.h"
#include "core/random.h"
#include "informers/cluster_view.h"
#include "reconcile/flight_limit.h"
#include "reconcile/ledger.h"
#include "reconcile/outage.h"
#include "reconcile/pacer.h"
#include "reconcile/work_queue.h"

namespace spdlog {
class logger;
}

namespace syncer {

struct ReconcilerOptions {
  std::size_t max_in_flight = 8;
  double bulk_rate = 20; // updates per second; 0: not paced
  Clock::duration settle_delay{std::chrono::seconds(10)};
  Clock::duration late_task_window{std::chrono::seconds(300)};
  Backoff backoff{};
};

// Why a volume is not in sync, for people.
struct VolumeFailure {
  std::string detail;
  Clock::time_point since;
  bool parked = false;  // not tried again until its facts change or the next full sync
  bool invalid = false; // CNS refused what we sent as invalid since the volume last was in sync
};

// Brings one vCenter's volumes to their desired state, one at a time each, many at once: takes a
// volume from the queue, gathers, decides, writes, records. The only writer of metadata.
class Reconciler {
 public:
  struct Deps {
    asio::any_io_executor executor;
    const ClusterView& view;
    CnsApi& cns;
    Clock& clock;
    Observer& observer;
    const Leadership& leadership;
    spdlog::logger& log;
    Random random;
  };

  Reconciler(Deps deps, ReconcilerOptions options);
  Reconciler(const Reconciler&) = delete;
  Reconciler& operator=(const Reconciler&) = delete;

  // A change that matters to this volume was observed now. Ignored before the view is synced: the
  // first full sync looks at everything.
  void touched(const VolumeId& id, ChangeKind kind);
  // What a read that was sent at `asked_at` found for each of `asked`, when every answer arrived.
  // Volumes written since `mark` (see read_mark) are skipped; those that differ are queued as bulk
  // work.
  void learned(const std::vector<VolumeId>& asked, const std::vector<CnsVolume>& found,
               Clock::time_point asked_at, std::uint64_t mark);
  // Pass to `learned` what this gave when the read was sent.
  std::uint64_t read_mark() const { return ledger_.newest_revision(); }

  // Works until cancelled or stopped. On return nothing is in flight any more.
  asio::awaitable<void> run();
  // Takes no new work; run returns when the calls in flight have ended.
  void stop();

  struct Counts {
    std::size_t known = 0;   // volumes with an entry in the ledger
    std::size_t pending = 0; // queued, delayed or in flight
    std::size_t failed = 0;  // last try failed
    std::size_t in_flight = 0;
    std::size_t flight_limit = 0;
  };
  Counts counts() const;
  std::optional<Clock::time_point> oldest_pending() const { return queue_.oldest_pending(); }
  // No volume is queued, delayed (for a later look as well), being read or in flight.
  bool idle() const { return queue_.size() == 0; }
  const std::unordered_map<VolumeId, VolumeFailure>& failures() const { return failures_; }

 private:
  void dispatch();
  void start(const WorkQueue::Taken& taken);
  void look_again_later(const VolumeId& id, std::optional<Clock::time_point> when);
  Desired desire(const VolumeId& id) const;
  void finish_in_sync(const VolumeId& id, const Desired& desired);
  void forget(const VolumeId& id);
  bool may_write() const;

  asio::awaitable<void> write(VolumeId id, std::vector<CnsUpdate> plan);
  asio::awaitable<bool> send(CnsUpdate call);
  void undelivered(const VolumeId& id, const Error& error);
  void answered();
  void refused(const VolumeId& id, const WriteResult& result);
  void fail(const VolumeId& id, std::string detail);
  void park(const VolumeId& id, std::string detail);

  asio::awaitable<void> read_batches();
  asio::awaitable<void> read_batch(std::vector<VolumeId> ids);

  void spawn(asio::awaitable<void> work);
  void wake();

  Deps deps_;
  ReconcilerOptions options_;
  WorkQueue queue_;
  Ledger ledger_;
  Pacer pacer_;
  FlightLimit flight_;
  Outage outage_;
  std::size_t in_flight_ = 0;
  std::size_t running_ = 0; // coroutines spawned by us
  bool stopping_ = false;
  bool reading_ = false;
  bool labels_limited_ = false; // this vCenter took a cut set after refusing the full one
  std::vector<VolumeId> to_read_;
  std::unordered_map<VolumeId, VolumeFailure> failures_;
  asio::experimental::channel<void(boost::system::error_code)> wake_;
};

} // namespace syncer

#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/experimental/channel.hpp>
#include <functional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "cns/cns_api.h"
#include "core/backoff.h"
#include "core/events.h"
#include "core/leadership.h"
#include "core/observer.h"
#include "core/random.h"
#include "informers/cluster_view.h"
#include "reconcile/conflict.h"
#include "reconcile/cycle_tally.h"
#include "reconcile/endings.h"
#include "reconcile/flight_limit.h"
#include "reconcile/ledger.h"
#include "reconcile/outage.h"
#include "reconcile/pacer.h"
#include "reconcile/resync_book.h"
#include "reconcile/volume_report.h"
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
  // A changed cluster distribution alone is written to one volume per this time.
  Clock::duration rewrite_pause{std::chrono::seconds(1)};
  bool upsert_only = false; // take nothing away without something of its kind in its place
  bool dry_run = false;     // tell what would be written, and write nothing
  Backoff backoff{};
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
    EventSink* events = nullptr; // none: no Events
    Endings* endings = nullptr;  // none: volumes that nothing names are left alone
    // A read or an acknowledgement showed that CNS has the volume.
    std::function<void(const VolumeId&)> present = nullptr;
    // The entity of a claim that vanished in a list at that moment may go: the loss was not one of
    // too many. None: it may.
    std::function<bool(Clock::time_point)> lost_claim_may_go = nullptr;
    // What is left of the pods that named this in-tree volume may go. None: it may.
    std::function<bool(const VolumeId&, const InternedString& path)> inline_rest_may_go = nullptr;
    // This process took the volume out of CNS itself.
    std::function<bool(const VolumeId&)> unregistered_here = nullptr;
    // Of a dry run: what would be sent.
    std::function<void(const VolumeId&, const std::string&)> difference = nullptr;
  };

  Reconciler(Deps deps, ReconcilerOptions options);
  Reconciler(const Reconciler&) = delete;
  Reconciler& operator=(const Reconciler&) = delete;

  // A change that matters to this volume was observed now. Ignored before the view is synced: the
  // first full sync looks at everything.
  void touched(const VolumeId& id, ChangeKind kind);
  // Look at the volume among the bulk work, now or at that moment.
  void look(const VolumeId& id);
  void look_at(const VolumeId& id, Clock::time_point when);
  // A call about the volume, made by somebody else, may still do something.
  void doubtful(const VolumeId& id, Clock::time_point posted_at);
  // Look at the volume now, and believe nothing that is recorded of it: it is read from CNS and
  // written if it differs. Says the number of that look (see ResyncBook).
  std::uint64_t resync(const VolumeId& id);
  // Everything that is known of the volume, for people.
  VolumeReport report(const VolumeId& id) const;
  bool knows(const VolumeId& id) const {
    return ledger_.find(id) != nullptr || failures_.contains(id);
  }
  // What CNS answered for the volume (null: it has no such volume) against what it should hold.
  // Nothing is recorded or queued.
  VolumeComparison compare(const VolumeId& id, const CnsVolume* answer) const;
  // A lost call may still change the volume.
  bool in_doubt(const VolumeId& id) const;
  // The last read by id did not find it in CNS.
  bool absent(const VolumeId& id) const;
  // As CNS said, where it was read.
  CnsVolumeType type_of(const VolumeId& id) const;

  // A full-sync cycle begins. It ends when everything it queued has ended (see tally), and is
  // `complete` if nobody may object to conclusions from it.
  void begin_cycle();
  void end_cycle(bool complete);
  // What this cycle did not find in CNS, until it ends.
  const std::vector<VolumeId>& absent_in_cycle() const { return absent_in_cycle_; }
  CycleTally& tally() { return tally_; }
  const CycleTally& tally() const { return tally_; }
  // The PV that serves the volume, for people; "-" if there is none.
  std::string pv_of(const VolumeId& id) const;
  // Volumes that somebody else writes under our cluster id.
  ConflictBook& conflicts() { return conflicts_; }
  // What a read that was sent at `asked_at` found for each of `asked`, when every answer arrived.
  // Volumes written since `mark` (see read_mark) are skipped; those that differ are queued as bulk
  // work.
  void learned(const std::vector<VolumeId>& asked, const std::vector<CnsVolume>& found,
               Clock::time_point asked_at, std::uint64_t mark);
  // CNS refuses a question about the volume as malformed.
  void unreadable(const VolumeId& id, const Error& why);
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
    std::size_t ready = 0;     // of the pending ones, neither delayed nor worked on
    std::uint64_t adds = 0;    // see WorkQueue
    std::uint64_t retries = 0; // see WorkQueue
    WorkQueue::Work work;
    std::uint64_t throttled = 0; // see FlightLimit
    bool labels_limited = false;
  };
  Counts counts() const;
  std::optional<Clock::time_point> oldest_pending() const { return queue_.oldest_pending(); }
  // Set while no call reaches vCenter.
  const std::optional<Trouble>& outage() const { return outage_.trouble(); }
  // Nothing is begun before.
  Clock::time_point outage_until() const { return outage_.until(); }
  // Since when the write under way waits that has waited longest.
  std::optional<Clock::time_point> oldest_in_flight() const {
    return writes_.empty() ? std::nullopt : std::optional(*writes_.begin());
  }
  // No volume is queued, delayed (for a later look as well), being read or in flight.
  bool idle() const { return queue_.size() == 0; }
  const std::unordered_map<VolumeId, VolumeFailure>& failures() const { return failures_; }
  // When the volume is worked on next, at the earliest; now: it is in line or under way. Nothing:
  // when something changes, or at the next full sync.
  std::optional<Clock::time_point> next_try(const VolumeId& id) const;

 private:
  void dispatch(Clock::time_point now);
  void start(const WorkQueue::Taken& taken);
  void look_again_later(const VolumeId& id, std::optional<Clock::time_point> when);
  Desired desire(const VolumeId& id) const;
  Desired desire(const VolumeId& id, CnsVolumeType type) const;
  VolumeFacts facts(const VolumeId& id) const;
  void finish_in_sync(const VolumeId& id, const Desired& desired);
  bool start_ending(const VolumeId& id);
  asio::awaitable<void> end(VolumeId id);
  void report_difference(const VolumeId& id, const std::string& what);
  void forget(const VolumeId& id);
  void believe_nothing(const VolumeId& id);
  bool may_write() const;

  asio::awaitable<void> write(VolumeId id, std::vector<CnsUpdate> plan);
  asio::awaitable<bool> send(CnsUpdate call);
  asio::awaitable<WriteResult> update(CnsUpdate call);
  void undelivered(const VolumeId& id, const Error& error);
  void answered();
  void refused(const VolumeId& id, const WriteResult& result);

  // reconciler_registering.cc
  bool start_registering(const WorkQueue::Taken& taken, const Desired& desired);
  asio::awaitable<void> register_volume(VolumeId id, Desired desired, bool is_static);
  asio::awaitable<CreateResult> create(CnsCreate call);
  void registered(const VolumeId& id, const CnsCreate& call, bool is_static);
  void not_registered(const VolumeId& id, const CreateResult& result, bool is_static);
  void fail(const VolumeId& id, FailureReason reason, const Error& why);
  void park(const VolumeId& id, FailureReason reason, const Error& why);
  bool note_failure(const VolumeId& id, FailureReason reason, const Error& why);

  asio::awaitable<void> read_batches();
  asio::awaitable<void> read_batch(std::vector<VolumeId> ids);
  void note_present(const VolumeId& id, const CnsVolume& volume, Clock::time_point asked_at);
  void learned_one(const VolumeId& id);
  void check_for_second_writer(const VolumeId& id, const CnsVolume& volume);

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
  std::multiset<Clock::time_point> writes_; // calls to CNS under way, by their beginning
  std::size_t running_ = 0;                 // coroutines spawned by us
  bool stopping_ = false;
  bool reading_ = false;
  bool labels_limited_ = false; // this vCenter took a cut set after refusing the full one
  CycleTally tally_;
  ConflictBook conflicts_;
  ResyncBook resyncs_;
  std::uint64_t cycle_ = 0;
  std::vector<VolumeId> absent_in_cycle_;
  Clock::time_point next_rewrite_{};
  std::vector<VolumeId> to_read_;
  std::unordered_map<VolumeId, VolumeFailure> failures_;
  asio::experimental::channel<void(boost::system::error_code)> wake_;
};

} // namespace syncer

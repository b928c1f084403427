#pragma once

#include <array>
#include <deque>
#include <optional>
#include <queue>
#include <unordered_map>
#include <vector>

#include "core/cns_objects.h"
#include "core/observer.h"

namespace syncer {

// Live events go before bulk work (first sync, full sync).
enum class Lane : std::uint8_t { kLive, kBulk };

// When the oldest unacknowledged change of each kind of object was observed.
struct PendingSince {
  std::array<std::optional<Clock::time_point>, 3> by_kind; // indexed by EntityKind
  void note(EntityKind kind, Clock::time_point observed_at);
  void merge(const PendingSince& other); // keeps the earlier of each
  std::optional<Clock::time_point> oldest() const;
};

// Volumes that need a look, each at most once, each worked on by at most one worker.
//
// Adding a volume that is being worked on makes it run once more after `done`. Several adds make
// one run. A volume waiting for a retry is promoted by a new live event. Keeps order per lane. No
// I/O; what is done does not depend on a clock but for the times passed in. Volumes at rest cost
// nothing.
class WorkQueue {
 public:
  // From now on `observer` hears how long volumes wait and are worked on. Both must outlive this.
  void measure(const Clock& clock, Observer& observer);

  struct Taken {
    VolumeId id;
    Lane lane = Lane::kLive;
  };

  // A change of `kind` was observed at `observed_at`.
  void add(const VolumeId& id, EntityKind kind, Clock::time_point observed_at);
  void add_bulk(const VolumeId& id);
  // A human wants a look now: as a live event, without being a change.
  void add_now(const VolumeId& id);
  // A look at `when`, or earlier if something else asks; does not wake a volume that runs now, it
  // waits for its `done`.
  void add_at(const VolumeId& id, Clock::time_point when);

  // The next volume to work on, marked as being processed; bulk ones only if allowed. A delayed one
  // keeps its lane until a live event comes.
  std::optional<Taken> take(Clock::time_point now, bool allow_bulk);
  bool has_ready(Clock::time_point now, bool allow_bulk);
  // When the next delayed volume becomes ready.
  std::optional<Clock::time_point> next_deadline();

  // What `take` handed out ends in exactly one of these four.
  void done(const VolumeId& id);                             // acknowledged or nothing to do
  void retry_at(const VolumeId& id, Clock::time_point when); // failed; changes stay pending
  void defer(const VolumeId& id, Clock::time_point when);    // not yet; no failure
  void requeue(const VolumeId& id);                          // goes on at once, to the front

  // The changes that a worker is about to send; a later change is not among them. They count as
  // pending until what was taken ends.
  PendingSince take_pending(const VolumeId& id);
  void restore_pending(const VolumeId& id, const PendingSince& pending);
  // Failures in a row; counted by retry_at, reset by done.
  std::uint32_t failures(const VolumeId& id) const;

  // Where the volume stands now.
  struct Standing {
    bool queued = false;
    bool processing = false;
    std::uint32_t failures = 0; // in a row
    std::optional<Clock::time_point> delayed_until;
    std::optional<Clock::time_point> pending_since; // the oldest change that is not acknowledged
  };
  Standing standing(const VolumeId& id) const;

  // Volumes with something to do: queued, being worked on, or failed and waiting for another try.
  // One that only gets a later look is not among them. Walks all items: for scrapes.
  std::size_t unfinished() const;
  std::size_t ready() const; // stands in a lane; walks all items, too
  // Of the volumes that are being worked on: since when, all together and the longest. Only if
  // measured; walks all items, too.
  struct Work {
    Clock::duration sum{};
    Clock::duration longest{};
  };
  Work work(Clock::time_point now) const;
  // Ever: volumes put into a lane, and failures that brought one back.
  std::uint64_t adds() const { return adds_; }
  std::uint64_t retries() const { return retries_; }
  std::size_t size() const { return items_.size(); } // waiting, delayed and being processed
  std::size_t processing() const { return processing_; }
  std::optional<Clock::time_point> oldest_pending() const;

 private:
  struct Item {
    bool queued = false;       // stands in a lane
    bool processing = false;   // handed out by take
    std::optional<Lane> again; // added while being processed, and to which lane
    Lane lane = Lane::kLive;
    std::uint32_t failures = 0;
    std::optional<Clock::time_point> delayed_until;
    PendingSince pending;
    PendingSince sending; // taken by the worker that has it now
    // When it began to stand in a lane, or to be worked on; only if measured.
    Clock::time_point since{};

    std::optional<Clock::time_point> oldest() const;
  };
  struct Delayed {
    Clock::time_point when;
    VolumeId id;
    bool operator>(const Delayed& other) const { return when > other.when; }
  };

  void enqueue(const VolumeId& id, Item& item, Lane lane);
  void delay(const VolumeId& id, Item& item, Clock::time_point when);
  void release_due(Clock::time_point now);
  void drop_stale_front(std::deque<VolumeId>& lane, Lane which);
  Item* processed(const VolumeId& id);
  static void join_lane_of_events(Item& item);
  void settle(const VolumeId& id, Item& item);
  void join_lane(const VolumeId& id, Item& item, Lane lane, bool in_front);
  void leave_worker(Item& item);

  const Clock* clock_ = nullptr; // null: nothing is measured
  Observer* observer_ = nullptr;
  std::unordered_map<VolumeId, Item> items_;
  std::deque<VolumeId> live_;
  std::deque<VolumeId> bulk_;
  std::priority_queue<Delayed, std::vector<Delayed>, std::greater<>> delayed_;
  std::size_t processing_ = 0;
  std::uint64_t adds_ = 0;
  std::uint64_t retries_ = 0;
};

} // namespace syncer

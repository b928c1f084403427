#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <string>
#include <unordered_map>
#include <vector>

#include "cns/cns_api.h"
#include "core/leadership.h"
#include "informers/cluster_view.h"
#include "reconcile/plan.h"

namespace spdlog {
class logger;
}

namespace syncer {

struct AdoptOptions {
  std::string our_id;
  std::string old_id;
  bool dry_run = true;
  Clock::duration wait{std::chrono::minutes(10)}; // between the two reads of what OLD has
  std::size_t page = 500;                         // volumes per read
  std::size_t max_in_flight = 4;                  // volumes at once
};

// What becomes, or would become, of one volume that OLD has in CNS.
struct AdoptRow {
  enum class State : std::uint8_t {
    kPlanned,   // `add` and `remove` are what would be done
    kDone,      // they were done; both may be empty
    kUntouched, // no PV here has this handle: it is not ours to take
    kSkipped,   // hands off: see `detail`
    kFailed,    // see `detail`; run again
  };
  VolumeId id;
  std::string pv; // the first by name, of several
  State state = State::kPlanned;
  std::vector<EntityRef> add;    // of ours: new, or with other content
  std::vector<EntityRef> remove; // of OLD
  std::string detail;
};
const char* to_string(AdoptRow::State state);

struct AdoptReport {
  std::vector<AdoptRow> rows;
  // Not empty: why it was not done, or not to its end. Rows that are still planned were not
  // reached.
  std::string refused;
};

// After a change of the cluster id: gives every volume that has a PV here our entities, complete,
// and then takes OLD's away. One volume's failure stops no other. May be interrupted at any point
// and repeated: a volume has our entities before it loses OLD's.
//
// Refuses while somebody still writes under OLD, told by two reads that differ. Never touches what
// a third cluster has, and nothing of a volume without PV here.
class Adopt {
 public:
  struct Deps {
    asio::any_io_executor executor;
    const ClusterView& view;
    CnsApi& cns;     // for our cluster id
    CnsApi& old_cns; // the same vCenter for OLD: reads show OLD's entities
    Clock& clock;
    const Leadership& leadership; // asked before each write
    spdlog::logger& log;
  };
  struct Progress {
    enum class Phase : std::uint8_t { kReading, kWaiting, kReadingAgain, kWriting };
    Phase phase = Phase::kReading;
    std::size_t done = 0; // volumes; kWaiting: seconds
    std::size_t total = 0;
  };
  using Report = std::function<void(const Progress&)>;

  Adopt(Deps deps, AdoptOptions options, Report report = {})
      : deps_(std::move(deps)), options_(std::move(options)), report_(std::move(report)) {}
  Adopt(const Adopt&) = delete;
  Adopt& operator=(const Adopt&) = delete;

  // Once. An error: what OLD has could not be read, and nothing was written. Not to be abandoned
  // while it runs: `stop` ends it after the calls in flight.
  asio::awaitable<Outcome<AdoptReport>> run();
  void stop() { stopping_ = true; }

 private:
  struct Shown {
    CnsVolumeType type = CnsVolumeType::kUnknown;
    std::vector<CnsEntity> entities; // sorted
    bool operator==(const Shown&) const = default;
  };
  using Snapshot = std::unordered_map<VolumeId, Shown>;

  asio::awaitable<Outcome<Snapshot>> read(CnsApi& cns, std::vector<VolumeId> ids,
                                          Progress::Phase phase);
  asio::awaitable<Outcome<Snapshot>> read_old(Progress::Phase phase);
  asio::awaitable<Outcome<Snapshot>> read_ours();
  asio::awaitable<void> wait();
  void make_rows(const Snapshot& ours);
  // The entities of ours that differ; no calls when hands off or complete.
  std::vector<CnsUpdate> plan_ours(AdoptRow& row, const Shown& ours) const;
  std::string changes_since(const Snapshot& second) const;
  asio::awaitable<void> write_all();
  asio::awaitable<void> work();
  asio::awaitable<void> adopt(AdoptRow& row);
  asio::awaitable<bool> send(CnsApi& cns, CnsUpdate call, AdoptRow& row);
  void report(Progress::Phase phase, std::size_t done, std::size_t total) const;

  Deps deps_;
  AdoptOptions options_;
  Report report_;
  Snapshot old_;
  AdoptReport result_;
  std::size_t next_ = 0; // row to work on
  std::size_t workers_ = 0;
  std::size_t done_ = 0;
  bool stopping_ = false;
};

// The calls that take `entities` away: at most one per kind in each for a block volume.
std::vector<CnsUpdate> removal_calls(const VolumeId& id, CnsVolumeType type,
                                     const std::vector<CnsEntity>& entities);

} // namespace syncer

#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/experimental/channel.hpp>
#include <functional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "cns/cns_api.h"
#include "cns/vcenter_inventory.h"
#include "core/backoff.h"
#include "core/events.h"
#include "core/leadership.h"
#include "core/random.h"
#include "informers/cluster_view.h"
#include "operators/migration_store.h"
#include "reconcile/in_tree_create.h"
#include "reconcile/outage.h"
#include "reconcile/vmdk_path.h"
#include "reconcile/work_queue.h"

namespace spdlog {
class logger;
}

namespace syncer {

struct InTreeOptions {
  // Configured datacenters in their order; see registration_places.
  std::vector<std::string> datacenters;
  std::size_t max_in_flight = 4;
  Clock::duration settle_delay{std::chrono::seconds(10)}; // after a lost reply
  Clock::duration permanent_pause{std::chrono::hours(1)};
  Clock::duration sweep{std::chrono::minutes(1)}; // looks at all paths without being told
  Backoff backoff{std::chrono::seconds(1), std::chrono::minutes(5)};
};

// Why a path has no CNS volume, for people.
struct InTreeFailure {
  std::string detail;
  Clock::time_point since;
  bool permanent = false; // tried again each hour, or when other PVs name the path
  std::uint64_t mark = 0; // volumes_mark of the facts it failed with
};

// Makes CNS volumes of in-tree disks: every path that something in the cluster names and no
// migration object links is registered with its entities and then linked. One vCenter only.
//
// Each path by itself: one that never works delays no other. Only one call per disk is under way.
// What a lost call did is found out by registering again, which then names the volume's id.
class InTreeRegistrar {
 public:
  struct Deps {
    asio::any_io_executor executor;
    const ClusterView& view;
    MigrationStore& migrations;
    CnsApi& cns;
    VcenterInventory& inventory;
    Clock& clock;
    const Leadership& leadership;
    EventSink& events;
    spdlog::logger& log;
    Random random;
  };
  struct Callbacks {
    // The path leads to this volume from now on: look at it, its entities may have changed since
    // the create call, and an adopted one has none of ours.
    std::function<void(const InternedString& path, const VolumeId& id)> linked;
    // Told before `linked`: a create call of this volume was lost at that time and may still run.
    std::function<void(const VolumeId& id, Clock::time_point posted_at)> doubtful;
  };

  InTreeRegistrar(Deps deps, Callbacks told, InTreeOptions options);
  InTreeRegistrar(const InTreeRegistrar&) = delete;
  InTreeRegistrar& operator=(const InTreeRegistrar&) = delete;

  // Something that leads to the path changed. Nothing is done before view and links are known. A
  // path that is linked already is only told as `linked`.
  void touched(const InternedString& path);
  // Works until cancelled or stopped. On return nothing is in flight any more.
  asio::awaitable<void> run();
  // Takes no new work; run returns when the calls in flight have ended.
  void stop();

  const std::unordered_map<InternedString, InTreeFailure>& failures() const { return failures_; }
  // Registered by this process, but the link could not be stored yet: the volume looks as if
  // nothing named it.
  bool awaits_link(const VolumeId& id) const;
  struct Counts {
    std::size_t pending = 0; // queued, failed and waiting, or in flight
    std::size_t failed = 0;
    std::size_t in_flight = 0;
  };
  Counts counts() const { return {queue_.unfinished(), failures_.size(), in_flight_}; }

 private:
  enum class End { kLinked, kPermanent, kFailed, kLost, kUnreachable, kNotNow };
  struct Result {
    End end = End::kNotNow;
    std::string detail;
  };
  // What earlier tries of a path led to.
  struct Progress {
    std::optional<Clock::time_point> lost_at; // when the first lost create call was sent
    VolumeId id;                              // registered, not linked yet
  };

  void sweep();
  void dispatch();
  void start(const InternedString& path);
  void drop(const InternedString& path);
  asio::awaitable<void> work(InternedString path, VmdkPath vmdk);
  asio::awaitable<Result> attempt(InternedString path, VmdkPath vmdk);
  asio::awaitable<Result> create(InternedString path, VmdkPath vmdk, std::string policy,
                                 std::string profile, std::vector<DatastorePlace> places);
  asio::awaitable<CreateResult> send(CnsCreate call);
  asio::awaitable<Result> link(InternedString path, VolumeId id);
  Result read_failed(const Error& error);
  void conclude(const InternedString& path, const Result& result);
  void fail(const InternedString& path, const std::string& detail, bool permanent,
            Clock::duration least_pause);
  void unreachable(const Error& error);
  void answered();
  bool may_write() const;

  void spawn(asio::awaitable<void> work);
  void wake();
  asio::awaitable<void> wait_until(Clock::time_point when);

  Deps deps_;
  Callbacks told_;
  InTreeOptions options_;
  WorkQueue queue_; // its keys are paths here
  Outage outage_;
  std::size_t in_flight_ = 0;
  std::size_t running_ = 0;
  bool stopping_ = false;
  bool labels_limited_ = false; // this vCenter took a cut set after refusing the full one
  bool begun_ = false;          // view and links are known
  Clock::time_point next_sweep_{};
  std::set<std::pair<std::string, std::string>> busy_; // datastore and file of what is in flight
  std::unordered_map<InternedString, Progress> progress_;
  std::unordered_map<InternedString, InTreeFailure> failures_;
  asio::experimental::channel<void(boost::system::error_code)> wake_;
};

} // namespace syncer

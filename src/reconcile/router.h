#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/experimental/channel.hpp>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/conditions.h"
#include "core/events.h"
#include "informers/cluster_view.h"
#include "reconcile/router_reader.h"
#include "reconcile/router_records.h"
#include "reconcile/routing.h"
#include "reconcile/routing_inquiry.h"

namespace syncer {

struct RouterOptions {
  Inquiry::Patience patience{};
  Backoff backoff{std::chrono::seconds(5), std::chrono::minutes(5)};
  // Of a file share that no vCenter takes.
  Backoff refused{std::chrono::seconds(30), std::chrono::hours(1)};
  // A registration whose reply was lost may still happen for that long.
  Clock::duration late_task_window{std::chrono::seconds(300)};
};

// Why a volume belongs to no vCenter now, for people.
struct RoutingFailure {
  std::string reason;
  Clock::time_point since;
};

// Decides which vCenter each volume belongs to, remembers it, and passes on what happens to the
// volume. What neither a CNSVolumeInfo nor node affinity tells is found out by reading: each
// vCenter by itself, so that one that does not answer delays no volume that another one has. Static
// file shares that no vCenter has are registered where they are accepted. With one vCenter it only
// passes on.
//
// A decision stays until a CNSVolumeInfo says otherwise, its vCenter is removed, or, when it rests
// on node affinity alone and CNS has not shown the volume yet, the topology says otherwise.
class Router {
 public:
  struct VCenter {
    std::string host; // as configured
    CnsApi* cns = nullptr;
    std::function<void(const VolumeId&, ChangeKind)> touched;
  };
  struct Deps {
    asio::any_io_executor executor;
    const ClusterView& view;
    VolumeInfoStore& records;
    const Topology& topology;
    Clock& clock;
    const Leadership& leadership;
    EventSink& events;
    Conditions& conditions;
    spdlog::logger& log;
    Random random;
  };

  Router(Deps deps, RouterOptions options);
  Router(const Router&) = delete;
  Router& operator=(const Router&) = delete;

  // The configured vCenters, in configured order; may change at any time. One that is left out is
  // not called any more, but a call may be under way: its CnsApi must live until `busy` says no.
  void set_vcenters(const std::vector<VCenter>& vcenters);
  bool busy(const CnsApi& cns) const;

  // The number of the volume's vCenter; nothing while that is not known. Looks into a volume that
  // it sees for the first time.
  std::optional<std::size_t> route(const VolumeId& id);
  // A vCenter keeps its number for the life of the process, whatever else comes and goes.
  std::optional<std::size_t> number_of(const std::string& host) const;
  // With several vCenters: volumes whose vCenter is known to be this one. Walks all: for scrapes.
  std::size_t count_at(const std::string& host) const;
  bool several() const { return order_.size() > 1; }

  // A change in Kubernetes: told to the volume's vCenter, at once or as soon as that is known.
  void touched(const VolumeId& id, ChangeKind kind);
  // Its CNSVolumeInfo came, went or changed.
  void changed(const VolumeId& id);
  // Nodes came, went or changed their labels, or a store's first list is complete.
  void topology_changed();
  // CNS of that vCenter showed or acknowledged the volume. Its CNSVolumeInfo is created if missing.
  void present(const VolumeId& id, const std::string& host);

  const std::unordered_map<VolumeId, RoutingFailure>& failures() const { return failures_; }
  struct Counts {
    std::size_t routed = 0;  // with several vCenters only
    std::size_t pending = 0; // no vCenter yet
    std::size_t failed = 0;  // of those, with a reason that a human should know
    std::size_t records_wanted = 0;
  };
  Counts counts() const;

  // Works until stopped. On return nothing is in flight any more.
  asio::awaitable<void> run();
  void stop();

 private:
  enum class Basis : std::uint8_t { kRecord, kTopology, kSeen };
  struct Settled {
    std::size_t vcenter;
    Basis basis;
  };
  struct Slot {
    std::string host;
    bool configured = false;
    bool silent = false; // did not answer the last time
    std::function<void(const VolumeId&, ChangeKind)> touched;
    std::unique_ptr<RouterReader> reader;
    CnsApi* cns = nullptr;
  };
  struct Pending {
    enum class State : std::uint8_t { kNew, kAsking, kRegistering, kResting };
    State state = State::kNew;
    Route route;
    std::optional<Inquiry> inquiry;
    std::uint8_t touched = 0; // a bit per ChangeKind
    std::uint32_t failures = 0;
    std::optional<Clock::time_point> next;
    Clock::time_point register_from{}; // a lost registration may still happen before
    std::string unknown_host;
  };

  // router.cc
  Route evaluate(const VolumeId& id, const VolumeFacts& facts) const;
  void consider(const VolumeId& id, bool tell);
  void reconsider_settled(const VolumeId& id, Settled settled);
  void hold(const VolumeId& id, const VolumeFacts& facts, Route route);
  void settle(const VolumeId& id, std::size_t vcenter, Basis basis, bool tell);
  void drop(const VolumeId& id);
  void tell(std::size_t vcenter, const VolumeId& id, std::uint8_t kinds);
  void schedule(const VolumeId& id, Pending& pending, std::optional<Clock::time_point> when);
  void fail(const VolumeId& id, const VolumeFacts& facts, const std::string& reason);
  void name_unknown(const VolumeId& id, Pending& pending, const std::string& host);
  void due(const VolumeId& id);
  void recheck_topology();
  void sweep();
  void wake();

  // router_vcenters.cc
  void leave(Slot& slot);
  void enter(Slot& slot, const VCenter& vcenter);
  void collapse(std::size_t only);
  void spread(std::optional<std::size_t> before);
  void reroute_removed();

  // router_asking.cc
  void ask(const VolumeId& id, Pending& pending);
  void answered(std::size_t vcenter, const std::vector<VolumeId>& asked,
                const RouterReader::Found& found);
  void contradicted(const VolumeId& id, std::size_t vcenter);
  void conclude(const VolumeId& id);
  void nowhere(const VolumeId& id, Pending& pending);
  void rest(const VolumeId& id, Pending& pending, const std::string& reason);
  void pause(const VolumeId& id, Pending& pending, Clock::duration how_long);
  asio::awaitable<void> register_share(VolumeId id, CnsCreate create);
  std::string names(const std::vector<std::size_t>& vcenters) const;

  Deps deps_;
  RouterOptions options_;
  RouterRecords missing_records_;
  std::vector<Slot> slots_;
  std::vector<std::size_t> order_; // the configured ones
  std::vector<std::string> hosts_; // of order_
  std::vector<std::unique_ptr<RouterReader>> leaving_;
  std::multiset<const CnsApi*> writes_; // under way
  std::unordered_map<VolumeId, Settled> settled_;
  std::unordered_map<VolumeId, Pending> pending_;
  std::set<std::pair<Clock::time_point, VolumeId>> due_;
  std::unordered_map<VolumeId, RoutingFailure> failures_;
  std::map<std::string, std::size_t> unknown_hosts_; // how many volumes name each
  std::set<VolumeId> gone_;                          // settled, without a PV at the last sweep
  std::optional<Clock::time_point> recheck_at_;
  Clock::time_point sweep_at_;
  std::size_t running_ = 0; // coroutines spawned by us
  std::size_t registering_ = 0;
  bool stopping_ = false;
  asio::experimental::channel<void(boost::system::error_code)> wake_;
};

} // namespace syncer

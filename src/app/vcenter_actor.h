#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <memory>
#include <set>
#include <string>

#include "app/credential_book.h"
#include "app/rights_review.h"
#include "app/settings.h"
#include "app/status_json.h"
#include "app/task_group.h"
#include "cns/soap_cns_api.h"
#include "cns/soap_vcenter_inventory.h"
#include "config/cluster_identity.h"
#include "config/vsphere_config.h"
#include "core/conditions.h"
#include "core/events.h"
#include "core/leadership.h"
#include "core/random.h"
#include "informers/quorum_reads.h"
#include "metrics/prometheus_observer.h"
#include "reconcile/departures.h"
#include "reconcile/diff_pass.h"
#include "reconcile/drift_watch.h"
#include "reconcile/full_sync.h"
#include "reconcile/reconciler.h"
#include "reconcile/routed_view.h"
#include "reconcile/router.h"

namespace spdlog {
class logger;
}

namespace syncer {

// What all vCenters of one process share.
struct SharedParts {
  asio::any_io_executor executor;
  CredentialBook& credentials;
  Clock& clock;
  const Leadership& leadership;
  EventSink& events;
  Conditions& conditions;
  QuorumReads& quorum;
  PrometheusObserver& observer;
  spdlog::logger& log;
  Random random;
  const Settings& settings;
  RightsReview& rights;
};

// Everything of one vCenter: session, reconciler, full sync, endings. It waits for no other one.
class VCenterActor {
 public:
  struct Links {
    const ClusterView& cluster;
    Router& router;
    // See FullSync::Deps.
    std::function<bool(const VolumeId&)> named_otherwise;
    std::function<std::size_t()> other_failures;
    // See Informers.
    std::function<bool(const InternedString&)> inline_removal_observed;
    // No vCenter's conflict stands against taking something away.
    std::function<bool()> may_take_away;
    // A full-sync cycle ended, and whether anything may be concluded from it.
    std::function<void(const std::string& host, bool complete)> cycle_ended;
    // Of a dry run.
    std::function<void(const VolumeId&, const std::string&)> difference;
    // See DriftWatch.
    std::function<std::vector<std::pair<InternedString, std::string>>()> failed_paths;
  };

  // kRejected: the connection cannot even be described (a CA file that cannot be read).
  static Outcome<std::unique_ptr<VCenterActor>> create(const SharedParts& shared, Links links,
                                                       const VCenterConfig& config,
                                                       const ClusterIdentity& identity);
  VCenterActor(const VCenterActor&) = delete;
  VCenterActor& operator=(const VCenterActor&) = delete;

  void start(TaskGroup& followers, TaskGroup& workers);
  // Raises and clears the conditions that are troubles which last.
  void judge_troubles() const;
  void start_full_sync(TaskGroup& followers) { followers.spawn(full_sync_.run()); }
  // Takes no new work: what runs in `workers` ends when the calls in flight have ended.
  void stop() { reconciler_.stop(); }
  asio::awaitable<void> logout() { return cns_.logout(); }
  // The password alone changed.
  void set_credentials(const VCenterConfig& config) {
    cns_.set_credentials(config.user, config.password);
  }

  // Calls have a session again: what failed for want of one need not wait any longer.
  void credentials_accepted();

  void view_synced() { full_sync_.request(); }
  void deleted(const VolumeId& id, const BoundVolume& last, bool observed);
  void touched(const VolumeId& id, ChangeKind kind);
  // See Departures.
  void path_named(const InternedString& path) { departures_.path_named(path); }
  void retain(bool on) { departures_.retain(on); }

  const std::string& host() const { return host_; }
  // The cluster as this vCenter sees it.
  const ClusterView& view() const { return view_; }
  spdlog::logger& log() { return *log_; }
  SoapCnsApi& cns() { return cns_; }
  VcenterInventory& inventory() { return inventory_; }
  Reconciler& reconciler() { return reconciler_; }
  const FullSync& full_sync() const { return full_sync_; }
  Router::VCenter routed();
  MetricsSnapshot snapshot(Clock::time_point now) const;
  // What is not in sync has failed at least once.
  bool settled() const {
    const Reconciler::Counts counts = reconciler_.counts();
    return counts.pending <= counts.failed;
  }
  const std::unordered_map<VolumeId, VolumeFailure>& failures() const {
    return reconciler_.failures();
  }
  bool in_conflict() { return !reconciler_.conflicts().negative_decisions_allowed(); }
  std::uint64_t request_full_sync() { return full_sync_.request_cycle(); }
  // The same, but a cycle that is under way, or that begins by itself at the start, will do.
  std::uint64_t join_full_sync();
  std::size_t confirm_missing();
  std::size_t confirm_unregister();
  std::size_t confirm_conflict();
  VCenterStatus status() const;
  std::shared_ptr<const DriftReport> drift() const { return drift_.report(); }
  // What is known and intended of a volume that nothing in the cluster names.
  Departures::Standing ending(const VolumeId& id) const { return departures_.standing(id); }
  // Something is recorded of the volume.
  bool knows(const VolumeId& id) const;
  std::unique_ptr<DiffPass> diff() {
    return std::make_unique<DiffPass>(DiffPass::Deps{view_, cns_, reconciler_},
                                      DiffPass::Options());
  }
  // Of --once: nothing until the cycle has ended.
  std::optional<CycleResult> result() const { return full_sync_.status().last_result; }

 private:
  VCenterActor(const SharedParts& shared, Links links, const VCenterConfig& config,
               const ClusterIdentity& identity, std::unique_ptr<HttpClient> http);
  Departures::Deps departures_deps(const Links& links);
  DepartureOptions departures_options() const;
  Reconciler::Deps reconciler_deps(const Links& links);
  FullSync::Deps full_sync_deps(const Links& links);
  SoapCnsApi::Deps cns_deps(const VCenterConfig& config);
  void privileges_told(const std::vector<MissingPrivilege>& missing);
  void cycle_ended(const CycleFindings& findings);
  void look_at_agenda();
  bool calm_since(Clock::time_point moment) const { return calm_since_ && moment < *calm_since_; }
  std::function<void(const std::string&, bool)> told_cycle_;
  bool seen_whole_ = false; // in a complete cycle
  // The last complete cycle that found nothing wrong with the whole began then.
  std::optional<Clock::time_point> calm_since_;
  // In-tree volumes whose pods are gone without having been seen to go: since when that is known.
  std::unordered_map<VolumeId, Clock::time_point> inline_lost_;
  std::set<std::string> missing_privileges_; // by name, as the last check found

  SharedParts shared_;
  std::string host_;
  Observer& observer_;
  std::shared_ptr<spdlog::logger> log_; // named after the vCenter
  std::unique_ptr<HttpClient> http_;
  SoapCnsApi cns_;
  VcenterInventory& inventory_;
  Router& router_;
  RoutedView view_;
  Departures departures_;
  Reconciler reconciler_;
  DriftWatch drift_;
  FullSync full_sync_;
};

} // namespace syncer

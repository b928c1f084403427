#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "app/explain_json.h"
#include "app/feature_duties.h"
#include "app/node_duties.h"
#include "app/node_search.h"
#include "app/vcenter_actor.h"
#include "informers/cluster_view.h"
#include "informers/named_volumes.h"
#include "operators/cr_topology.h"
#include "operators/migration_cr_store.h"
#include "operators/volume_info_cr_store.h"
#include "reconcile/in_tree_registrar.h"
#include "reconcile/in_tree_unsupported.h"
#include "reconcile/linked_view.h"
#include "reconcile/migration_cleanup.h"
#include "reconcile/volume_info_sync.h"

namespace syncer {

// All that follows from one configuration: its vCenters, and what decides between them. A changed
// set of vCenters gets a new world; the cluster's view lives on beside it.
class SyncWorld {
 public:
  struct Deps {
    SharedParts shared;
    KubeClient& kube;
    const ClusterView& cluster;
    std::function<bool(const InternedString&)> inline_removal_observed; // see Informers
    // Of a dry run: what would be sent, in words.
    std::function<void(const std::string&)> difference;
  };

  static Outcome<std::unique_ptr<SyncWorld>> create(const Deps& deps, const VSphereConfig& config,
                                                    const ClusterIdentity& identity);

  void start();
  // No new work; calls in flight get until `deadline`, then everything is given up. Logs out.
  asio::awaitable<void> end(Clock::time_point deadline);

  void touched(const VolumeKey& key, ChangeKind kind);
  void deleted(const BoundVolume& last, bool observed);
  void view_synced();
  void set_credentials(const VSphereConfig& config);
  // Of the vCenter of that name, after they had been refused or replaced.
  void credentials_accepted(const std::string& host);

  void judge_troubles() const;
  void fill(ProcessSnapshot& snapshot) const;
  std::vector<VCenterStatus> status() const;
  // Of the vCenter of that name, or of each one when it is empty: begins a full sync; says how many
  // of its cycles must have ended then. Nothing: there is no such vCenter.
  std::vector<std::pair<std::string, std::uint64_t>> request_full_sync(const std::string& host);
  // See FeatureDuties.
  std::string last_run() const { return features_.last_run(); }
  // What is known of the volumes of that name; one that only CNS has is found by its id. Nothing:
  // nobody knows such a name.
  std::vector<VolumeExplanation> explain(const NamedVolumes& named, const std::string& name);
  struct Resync {
    VolumeId id;
    std::string vcenter;
    std::uint64_t number = 0; // see Reconciler::resync
  };
  // The same names: begins a look at each of them that has a vCenter.
  std::vector<Resync> resync(const NamedVolumes& named, const std::string& name);
  // Null: there is no such vCenter. The pass must not outlive the world.
  std::unique_ptr<DiffPass> diff(const std::string& host);
  std::vector<std::string> hosts() const;
  // Of each vCenter, by host.
  std::vector<std::pair<std::string, std::shared_ptr<const DriftReport>>> drift() const;
  // Releases what the condition holds, at every vCenter; how many volumes those are.
  std::size_t confirm(Condition condition);
  // Of a dry run: in-tree paths that are not in CNS, as differences.
  void tell_unregistered_paths();
  // Of --once: the worst result of all vCenters, when every cycle has ended and everything that the
  // start led to has ended or failed once.
  std::optional<CycleResult> result() const;

 private:
  explicit SyncWorld(const Deps& deps);
  Outcome<> build(const VSphereConfig& config, const ClusterIdentity& identity);
  void build_in_tree(const VSphereConfig& config);
  asio::awaitable<void> begin_registering();
  void look_at_everything();
  bool settled() const;
  bool several() const { return actors_.size() > 1; }
  bool named_otherwise(const VolumeId& id) const;
  std::size_t other_failures() const;
  bool may_take_away() const;
  void path_changed(const InternedString& path, const VolumeId& id);
  void cycle_ended(const std::string& host, bool complete);
  asio::awaitable<void> sync_infos(VolumeInfoSync& infos, bool complete);
  asio::awaitable<void> wait_for_routes();
  asio::awaitable<Outcome<std::optional<std::string>>> vcenter_of_node(std::string uuid);
  asio::awaitable<Outcome<NodeInventory*>> inventory_of_node(std::string uuid);
  VCenterActor* actor_of(const VolumeId& id);
  // sync_world_drift.cc
  std::vector<std::pair<InternedString, std::string>> failed_paths() const;
  // sync_world_explain.cc
  VCenterActor* actor_named(const std::string& host) const;
  VolumeExplanation explain(const VolumeId& id);
  VolumeExplanation explain_path(const InternedString& path);
  static VolumeExplanation explain(const VolumeId& id, VCenterActor& actor);

  Deps deps_;
  TaskGroup followers_;
  TaskGroup workers_;
  MigrationCrStore migrations_;
  VolumeInfoCrStore infos_;
  CrTopology topology_;
  LinkedView linked_;
  Router router_;
  std::vector<std::unique_ptr<VCenterActor>> actors_;
  NodeSearch node_search_;
  std::unique_ptr<NodeDuties> nodes_;
  FeatureDuties features_;
  std::map<std::string, std::unique_ptr<VolumeInfoSync>> info_syncs_; // with several vCenters
  std::unique_ptr<InTreeRegistrar> registrar_;                        // one vCenter only
  std::unique_ptr<MigrationCleanup> cleanup_;
  std::unique_ptr<InTreeUnsupported> unsupported_;
};

} // namespace syncer

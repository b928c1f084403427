#pragma once

#include <spdlog/logger.h>

#include <boost/asio/io_context.hpp>
#include <memory>
#include <string>
#include <vector>

#include "core/conditions.h"
#include "fakes/fake_clock.h"
#include "fakes/fake_inventory.h"
#include "fakes/fake_migration_store.h"
#include "fakes/fake_topology.h"
#include "fakes/fake_volume_info_store.h"
#include "feed.h"
#include "informers/quorum_reads.h"
#include "reconcile/departures.h"
#include "reconcile/full_sync.h"
#include "reconcile/in_tree_registrar.h"
#include "reconcile/linked_view.h"
#include "reconcile/migration_cleanup.h"
#include "reconcile/reconciler.h"
#include "reconcile/routed_view.h"
#include "reconcile/router.h"
#include "vcenter.h"

namespace syncer::model {

// Leadership that comes and goes within one term.
class Term final : public Leadership {
 public:
  bool may_write(Clock::duration) const override { return held; }
  Clock::duration write_budget() const override { return std::chrono::seconds(10); }
  std::uint64_t term() const override { return number; }
  bool held = true;
  std::uint64_t number = 1;
};

// Questions to the API server itself.
class Quorum final : public QuorumReads {
 public:
  Quorum(const Truth& truth, VCenter& chance, Clock& clock)
      : truth_(truth), chance_(chance), clock_(clock) {}
  asio::awaitable<Outcome<bool>> volume_exists(std::string name) override;
  asio::awaitable<Outcome<std::vector<std::string>>> attached_volumes() override;

 private:
  const Truth& truth_;
  VCenter& chance_;
  Clock& clock_;
};

struct ProcessOptions {
  Clock::duration full_sync_interval{std::chrono::minutes(10)};
  double bulk_rate = 20;
  std::size_t max_in_flight = 8;
  std::size_t page = 500;
  bool verbose = false;
};

// One life of the program with one vCenter: everything between the API server and CNS, wired as the
// app does it. Ends as abruptly as a process does: what it waited for never comes.
class Process {
 public:
  // The migration objects of `before` are still in the cluster.
  Process(const Truth& truth, VCenter& vcenter, CallWatch& watch, Time now, std::uint64_t term,
          const std::vector<MigrationRecord>& links, ProcessOptions options);
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  void advance(Clock::duration step) { clock_.advance(step); }
  void settle() { clock_.settle(); }
  Time now() const { return clock_.now(); }
  Time started() const { return started_; }

  Feed& feed() { return feed_; }
  Term& leadership() { return leadership_; }
  Reconciler& reconciler() { return reconciler_; }
  Departures& departures() { return departures_; }
  FakeMigrationStore& migrations() { return migrations_; }
  const ClusterCache& cache() const { return cache_; }
  InTreeRegistrar& registrar() { return registrar_; }
  const FullSync& full_sync() const { return full_sync_; }
  std::shared_ptr<const DriftReport> drift() const { return drift_.report(); }
  const Conditions& conditions() const { return conditions_; }
  // A migration object came or went, by another hand.
  void path_changed(const InternedString& path, const VolumeId& id);

  // Ends of full-sync cycles that were complete, oldest first.
  const std::vector<Time>& complete_cycles() const { return complete_cycles_; }
  // When the product was told last that something about the volume changed.
  Time touched_at(const VolumeId& id) const;

 private:
  ViewCallbacks view_callbacks();
  Departures::Deps departures_deps();
  Reconciler::Deps reconciler_deps();
  FullSync::Deps full_sync_deps();
  InTreeRegistrar::Callbacks registrar_callbacks();
  void touched(const VolumeKey& key, ChangeKind kind);
  void deleted(const BoundVolume& last, bool observed);
  void view_synced();
  void cycle_ended(const CycleFindings& findings);
  bool named_otherwise(const VolumeId& id) const;
  std::vector<std::pair<InternedString, std::string>> failed_paths() const;
  void start();
  bool calm_since(Time when) const { return calm_since_ && *calm_since_ > when; }

  // Frames that wait are destroyed with it, after everything else.
  asio::io_context io_;
  FakeClock clock_{io_};
  Time started_;
  ProcessOptions options_;
  spdlog::logger log_;
  Observer observer_;
  EventSink events_;
  Term leadership_;
  Conditions conditions_{clock_};
  Session session_;
  Quorum quorum_;
  FakeInventory inventory_{clock_};
  FakeMigrationStore migrations_{clock_};
  FakeVolumeInfoStore infos_{clock_};
  FakeTopology topology_;
  ClusterCache cache_;
  Feed feed_;
  LinkedView linked_;
  Router router_;
  RoutedView view_;
  Departures departures_;
  Reconciler reconciler_;
  DriftWatch drift_;
  FullSync full_sync_;
  InTreeRegistrar registrar_;
  MigrationCleanup cleanup_;
  std::vector<Time> complete_cycles_;
  std::optional<Time> calm_since_; // the begin of the last cycle that found nothing alarming
  std::unordered_map<VolumeId, Time> inline_lost_;
  std::unordered_map<VolumeId, Time> touched_at_;
};

inline constexpr const char* kHost = "vc.example.com";
inline constexpr Clock::duration kDriftMinAge = std::chrono::minutes(5);

} // namespace syncer::model

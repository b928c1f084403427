#pragma once

#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "process.h"
#include "rules.h"

namespace syncer::model {

enum class Kind { kDynamic, kStatic, kShare, kTwin, kInTree, kInline, kOtherCluster, kForeign };

// One disk or share of the made-up world, and the names that may lead to it.
struct Slot {
  Kind kind = Kind::kDynamic;
  VolumeId id;
  std::string path; // of an in-tree disk
  std::string url;  // under which vCenter has it
  std::vector<std::string> pvs;
};

struct Result {
  std::vector<std::string> failures; // none: all is well
  std::size_t steps = 0;             // done
  std::size_t updates = 0;
  std::size_t creates = 0;
  std::size_t unregistrations = 0;
  std::size_t labels = 0;
  std::size_t cycles = 0;
  std::size_t lives = 0;         // of the process
  std::size_t drift_reports = 0; // that were checked
  std::size_t drift_rows = 0;    // in them
};

// One seed: so many steps, then quiet, then CNS must hold what it should.
class Model {
 public:
  Model(std::uint64_t seed, bool verbose);
  Model(const Model&) = delete;
  Model& operator=(const Model&) = delete;

  Result run(std::size_t steps);

 private:
  // model.cc
  void build_world();
  void begin_process();
  void step();
  void pass_time();
  void quiet();
  void check();
  void check_volume(const VolumeId& id);
  void check_unnamed(const VolumeId& id, const CnsVolume& volume, const Expected& want);
  void check_paths(const Links& links);
  // model_drift.cc
  void check_drift();
  void check_new_drift(Time since, const Links& links);
  void say(const std::string& what);

  // actions.cc: what people and controllers do to the cluster
  void change_cluster();
  void bind(const Slot& slot);
  void make_pv(const Slot& slot, const std::string& name);
  void change_pv();
  void delete_pv();
  void make_claim();
  void change_claim();
  void delete_claim();
  void make_pod();
  void change_pod();
  void delete_pod();
  void provision();
  void controller_deletes();
  void corrupt();
  void mend();
  Labels some_labels();
  PersistentVolume fresh_pv(const Slot& slot, const std::string& name);

  // actions_cns.cc: what happens to CNS, the watches and the process
  void change_cns();
  void drift(const VolumeId& id);
  void vanish(const VolumeId& id);
  void other_cluster(const VolumeId& id);
  void disk_appears();
  void change_links();
  void change_watch();
  void change_weather();
  void restart(bool new_term);
  void confirm();
  void deliver();

  std::uint64_t below(std::uint64_t bound) { return random_() % bound; }
  bool one_in(std::uint64_t n) { return below(n) == 0; }
  template <class T>
  const T& any(const std::vector<T>& all) {
    return all[below(all.size())];
  }
  template <class Map>
  auto any_of(Map& map) {
    return std::next(map.begin(), static_cast<std::ptrdiff_t>(below(map.size())));
  }
  Uid new_uid();
  Time now() const { return process_->now(); }
  void world_changed() { rules_.world_changed(now()); }

  std::mt19937_64 random_;
  bool verbose_;
  ProcessOptions options_;
  Truth truth_;
  VCenter vcenter_;
  Rules rules_{truth_, vcenter_};
  std::vector<Slot> slots_;
  std::set<VolumeId> moved_;           // in-tree disks that are not where their paths say
  std::set<std::string> hidden_disks_; // urls and ids of disks that do not exist yet
  std::uint64_t uids_ = 0;
  std::uint64_t terms_ = 1;
  std::vector<Truth::Snapshot> snapshots_; // that the API server may fall back to
  std::unique_ptr<Process> process_;
  Result result_;
};

} // namespace syncer::model

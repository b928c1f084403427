#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "sim/sim_volume.h"
#include "sim/vcenter_faults.h"

namespace syncer::sim {

struct CnsCluster {
  std::string id;
  std::string type = "KUBERNETES";
  std::string user;
  std::string flavor;       // empty: absent
  std::string distribution; // empty: absent
  bool remove = false;      // only in requests
};

struct CnsEntityChange {
  SimEntity entity;
  bool remove = false;
};

// The metadata part of a create or update call.
struct CnsMetadata {
  CnsCluster cluster;
  std::vector<CnsCluster> clusters; // containerClusterArray
  std::vector<CnsEntityChange> entities;

  // The first entity of another cluster than the one that calls; null when there is none.
  const SimEntityRef* foreign_entity() const;
};

// A volume as CNS holds it.
struct CnsVolume {
  SimVolume base; // its entities are the current ones
  std::vector<CnsCluster> clusters;
  std::vector<SimEntity> just_removed; // shown once with delete=true by servers that do so
  std::string disk_id;
  std::string health = "green";

  // For tests.
  std::uint64_t updates_applied = 0;
  std::size_t updates_running = 0;
  std::size_t max_updates_running = 0;
  std::chrono::steady_clock::time_point last_applied;
};

// What CNS knows, and how updates change it: pure, no time, no XML.
class CnsStore {
 public:
  struct Rules {
    bool cluster_array_required = true; // since 7.0
    bool keep_removed_for_a_read = false;
    bool unknown_removal_is_an_error = false;
  };
  explicit CnsStore(Rules rules) : rules_(rules) {}
  const Rules& rules() const { return rules_; }
  void set_rules(Rules rules) { rules_ = rules; }

  // Adds or replaces.
  CnsVolume& put(SimVolume volume);
  bool erase(std::string_view id);
  CnsVolume* find(std::string_view id);
  // In the order of registration.
  const std::vector<std::unique_ptr<CnsVolume>>& volumes() const { return volumes_; }

  // What exists beside CNS; adds or replaces.
  void add_disk(SimDisk disk) { disks_[disk.id] = std::move(disk); }
  void add_vmdk(SimVmdk vmdk);
  const SimDisk* find_disk(std::string_view id) const;
  SimVmdk* find_vmdk(const std::string& datastore, const std::string& path);

  // Checks of a call that do not need the volume's state; `type` decides about duplicates.
  std::optional<SimFault> check_metadata(const CnsMetadata& metadata, SimVolumeType type) const;
  // Would applying it leave two entities of one type and cluster on a block volume?
  std::optional<SimFault> check_duplicates(const CnsVolume& volume,
                                           const CnsMetadata& metadata) const;
  struct Removed {
    std::size_t entities = 0;
    std::size_t clusters = 0;
  };
  // Merges per entity; entities the call does not name stay as they are. On a fault nothing
  // changed. Counts what it took away.
  std::optional<SimFault> apply(CnsVolume& volume, const CnsMetadata& metadata, Removed& removed);
  std::optional<SimFault> apply(CnsVolume& volume, const CnsMetadata& metadata) {
    Removed ignored;
    return apply(volume, metadata, ignored);
  }

 private:
  Rules rules_;
  std::vector<std::unique_ptr<CnsVolume>> volumes_;
  std::unordered_map<std::string, CnsVolume*> by_id_;
  std::unordered_map<std::string, SimDisk> disks_;
  std::map<std::pair<std::string, std::string>, SimVmdk> vmdks_; // by datastore and path
};

} // namespace syncer::sim

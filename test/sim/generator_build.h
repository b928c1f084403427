#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "sim/generator.h"
#include "sim/generator_dice.h"
#include "sim/generator_objects.h"

namespace syncer::sim {

// A cluster while it is being made: what the parts of the generator share.
class ClusterBuild {
 public:
  ClusterBuild(const GeneratorOptions& given, KubeStore& store, GeneratedWorld& made);

  const GeneratorOptions& options;
  GeneratedWorld& world;
  Dice dice; // of the further kinds; the dynamic volumes have their own

  void put(const char* plural, json object);
  // Names and places for one more volume, in a namespace that is made when it is new.
  GeneratedVolume next_volume(const std::string& ns);
  // Running pods on the claim.
  void put_pods(const GeneratedVolume& volume, std::size_t count);
  void put_pods(const GeneratedVolume& volume) { put_pods(volume, options.pods_per_volume); }

  // A volume that CNS has from the start. `wanted` is what it should hold about it.
  void add_cns_volume(const GeneratedVolume& volume, SimVolume made, std::vector<SimEntity> wanted);
  // The same about a plain block volume.
  void add_block_volume(const GeneratedVolume& volume);
  // A disk or share without a volume.
  void add_disk(const GeneratedVolume& volume, SimVolumeType type);
  GeneratedVcenter& vcenter_of(const GeneratedVolume& volume) {
    return world.vcenters[volume.vcenter];
  }

 private:
  void put_volume_info(const GeneratedVolume& volume);

  KubeStore& store_;
  std::set<std::string> namespaces_;
  std::size_t next_index_;
};

// PV, claim and `pods` pods.
std::vector<SimEntity> entities_of(const GeneratedVolume& volume, const GeneratorOptions& options,
                                   std::size_t pods);
SimVolume block_volume(const GeneratedVolume& volume, const GeneratorOptions& options);

// The kinds, one function each.
void add_static_volumes(ClusterBuild& build);
void add_file_volumes(ClusterBuild& build);
void add_in_tree_volumes(ClusterBuild& build);
void add_inline_pods(ClusterBuild& build);
void add_ephemeral_volumes(ClusterBuild& build);
void add_foreign_volumes(ClusterBuild& build);
void add_poison(ClusterBuild& build);

// Nodes, and where they are when there are several vCenters.
std::size_t vcenter_of_node(std::size_t node, const GeneratorOptions& options);
std::string zone_of_node(std::size_t node, const GeneratorOptions& options);
void add_nodes(ClusterBuild& build);

GeneratedVolume make_volume(std::size_t index, Dice& dice, const GeneratorOptions& options);

// Changes to the objects of generator_objects.h.
void make_static(json& volume); // no trace of a provisioner
void make_in_tree(json& volume, const std::string& path, const std::string& policy);
void make_in_tree_claim(json& claim);
void without_affinity(json& volume);

} // namespace syncer::sim

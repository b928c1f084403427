#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "sim/generator_filler.h"

namespace syncer::sim {

inline constexpr std::size_t kNodes = 60;
std::string node_name(std::size_t node);

// One volume of a generated cluster and everything that depends on it.
struct GeneratedVolume {
  std::size_t index = 0;
  std::string ns;
  std::string claim;
  std::string claim_uid;
  std::string volume_name; // pvc-<claim uid>
  std::string volume_uid;
  std::string handle;
  std::string node;
  std::string zone;
  std::size_t vcenter = 0; // place in GeneratorOptions::vcenters
  std::int64_t gibibytes = 1;
  bool retain = false;
  json volume_labels; // may be null
  json claim_labels;
  const AppTemplate* app = nullptr;
};

json volume_object(const GeneratedVolume& volume);
json claim_object(const GeneratedVolume& volume);
json pod_object(const GeneratedVolume& volume, std::size_t replica, const std::string& uid);
std::string pod_name(const GeneratedVolume& volume, std::size_t replica);

} // namespace syncer::sim

#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>

#include "sim/generator.h"

namespace syncer::sim {

// What the command line of syncer-sim asks for.
struct SimSettings {
  GeneratorOptions cluster;
  std::filesystem::path dir; // empty: a new one below the temporary directory
  std::uint16_t kube_port = 0;
  std::uint16_t vcenter_port = 0;
  std::uint16_t admin_port = 0;
  std::size_t vcenters = 1; // at 127.0.0.1, 127.0.0.2, ...; vcenter_port is that of the first
  std::chrono::nanoseconds task_time = std::chrono::milliseconds(2);
  std::string api_version = "8.0.2.0";
  int lockout_after = 5; // wrong passwords in a row; 0: never
  bool streaming_lists = true;
  bool watch_cache = true;
  bool controllers = false;
  std::string kube_version = "v1.34.1";
  std::chrono::milliseconds bookmark_interval = std::chrono::seconds(60);
};

} // namespace syncer::sim

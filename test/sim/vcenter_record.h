#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "sim/sim_volume.h"

namespace syncer::sim {

// What the server saw, for assertions.
struct VcenterRecord {
  static constexpr std::size_t kMaxTexts = 1000;
  static constexpr std::size_t kMaxUpdates = 1'000'000;

  struct Update {
    std::string volume_id;
    std::string holder; // who led the clients when it was accepted
    std::chrono::steady_clock::time_point accepted;
    std::chrono::steady_clock::time_point applied;
  };

  std::uint64_t requests = 0;                  // POSTs
  std::map<std::string, std::uint64_t> calls;  // by method, refused ones included
  std::map<std::string, std::uint64_t> faults; // SOAP faults by type
  std::uint64_t updates_applied = 0;
  std::uint64_t entities_removed = 0;
  std::uint64_t clusters_removed = 0;
  // Updates and creates with an entity of another cluster than the one that calls.
  std::uint64_t foreign_entities = 0;
  std::uint64_t creates = 0;           // volumes registered
  std::uint64_t deletes = 0;           // volumes unregistered
  std::vector<std::string> created;    // ids, the first kMaxTexts
  std::vector<SimVolume> deleted;      // as they were, the first kMaxTexts
  std::uint64_t object_updates = 0;    // told by WaitForUpdatesEx
  std::size_t max_running_updates = 0; // of one volume at a time; must never exceed 1
  std::size_t max_tasks_in_flight = 0;
  // Complaints: things no correct client does; must stay empty. The first kMaxTexts are kept.
  std::vector<std::string> violations;
  std::uint64_t violation_count = 0;
  // Updates and creates that were refused because of what CNS or the inventory held at that moment.
  std::vector<std::string> refusals;
  std::vector<Update> updates; // applied ones, the first kMaxUpdates

  void violation(std::string text) {
    ++violation_count;
    if (violations.size() < kMaxTexts) violations.push_back(std::move(text));
  }
  void refusal(std::string text) {
    if (refusals.size() < kMaxTexts) refusals.push_back(std::move(text));
  }
  std::uint64_t count(const std::string& method) const {
    const auto found = calls.find(method);
    return found == calls.end() ? 0 : found->second;
  }
};

} // namespace syncer::sim

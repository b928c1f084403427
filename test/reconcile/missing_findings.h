// What full syncs find, cut down to the volumes that nobody names.
#pragma once

#include <string>
#include <vector>

#include "reconcile/missing.h"

namespace syncer {

inline constexpr Clock::time_point kStart{std::chrono::hours(1000)};

inline MissingOptions switched_on() {
  MissingOptions options;
  options.enabled = true;
  return options;
}

inline CycleFindings findings(std::vector<std::string> ids, std::size_t cns_volumes = 100) {
  CycleFindings findings;
  findings.complete = true;
  findings.cns_volumes = cns_volumes;
  for (const std::string& id : ids) findings.missing.push_back({id, "pvc-" + id, false});
  return findings;
}

inline std::vector<std::string> names(std::size_t count) {
  std::vector<std::string> ids;
  for (std::size_t i = 0; i < count; ++i) ids.push_back("vol-" + std::to_string(100 + i));
  return ids;
}

// Seen missing by two complete cycles, half an hour apart: due from the second on.
inline MissingBook ripe_book(const CycleFindings& found, MissingOptions options = switched_on()) {
  MissingBook book(options);
  book.cycle(found, kStart);
  book.cycle(found, kStart + std::chrono::minutes(30));
  return book;
}

} // namespace syncer

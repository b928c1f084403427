#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "app/admin_server.h"
#include "core/clock.h"
#include "reconcile/drift.h"

namespace syncer {

// The drift of each vCenter, by host, as it was when somebody asked.
struct DriftAnswer {
  std::vector<std::pair<std::string, std::shared_ptr<const DriftReport>>> vcenters;
  Clock::time_point now;
  std::chrono::system_clock::time_point wall_now;
};

// The answer of GET /drift, a few hundred rows at a time, as docs/admin.md describes it.
std::unique_ptr<AdminStream> drift_json(DriftAnswer answer, std::optional<DriftClass> only);
// The same rows by RFC 4180. A spreadsheet takes no cell of it for a formula.
std::unique_ptr<AdminStream> drift_csv(DriftAnswer answer, std::optional<DriftClass> only);

// A cell of it.
std::string csv_cell(const std::string& text);

} // namespace syncer

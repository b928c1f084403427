#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "cli/admin_port.h"
#include "cli/terminal.h"

namespace syncer {

// Waits for full syncs that somebody asked for, with progress for who watches.
class FullSyncWait {
 public:
  FullSyncWait(AdminPort& port, const Terminal& terminal)
      : port_(port), terminal_(terminal), progress_(terminal) {}

  // Until every one of these cycles (the answer of POST /resync) has ended: kDone, and `status` is
  // the one that says so. Otherwise the exit code, and why on `err`; `timeout` as the user wrote
  // it.
  int until(const nlohmann::json& cycles, Clock::time_point deadline, const std::string& timeout);
  const nlohmann::json& status() const { return status_; }

  // The full sync of one vCenter in a status; null: that vCenter is not there any more.
  static nlohmann::json full_sync_at(const nlohmann::json& status, const std::string& host);

 private:
  int failed(const std::string& why);

  AdminPort& port_;
  const Terminal& terminal_;
  ProgressLine progress_;
  nlohmann::json status_;
};

} // namespace syncer

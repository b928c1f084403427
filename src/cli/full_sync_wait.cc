#include "cli/full_sync_wait.h"

#include "cli/json_values.h"

namespace syncer {

namespace {

using nlohmann::json;

constexpr std::chrono::milliseconds kPoll{500};

std::string progress(const std::string& host, const json& sync) {
  return host + ": " + value_of(sync, "differed") + " differed, " + value_of(sync, "synced") +
         " synced, " + value_of(sync, "failed") + " failed";
}

} // namespace

json FullSyncWait::full_sync_at(const json& status, const std::string& host) {
  for (const json& vcenter : status.value("vcenters", json::array())) {
    if (value_of(vcenter, "host") == host) return vcenter.value("full_sync", json());
  }
  return nullptr;
}

int FullSyncWait::until(const json& cycles, Clock::time_point deadline,
                        const std::string& timeout) {
  for (;;) {
    Outcome<json> status = port_.ask("GET", "/statusz");
    if (!status) return failed(status.error().detail);
    std::string line;
    bool all = true;
    for (const json& one : cycles) {
      const std::string host = value_of(one, "vcenter");
      const json sync = full_sync_at(*status, host);
      if (sync.is_null()) return failed(host + " is not configured any more");
      const bool over = sync.value("ended", 0ULL) >= one.value("cycle", 0ULL);
      all = all && over;
      line += (line.empty() ? "" : "; ") + progress(host, sync) + (over ? ", done" : "");
    }
    progress_.show(line);
    if (all) {
      progress_.keep();
      status_ = std::move(*status);
      return kDone;
    }
    if (terminal_.now() >= deadline) {
      failed("not over after " + timeout + "; it goes on: see vsphere-syncer status");
      return kTimedOut;
    }
    terminal_.pause(kPoll);
  }
}

int FullSyncWait::failed(const std::string& why) {
  progress_.keep();
  terminal_.err << why << '\n';
  return kFailed;
}

} // namespace syncer

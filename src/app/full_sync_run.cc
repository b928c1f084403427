#include "app/full_sync_run.h"

namespace syncer {

FullSyncRun::FullSyncRun(const Cycles& cycles) {
  for (const auto& [host, cycle] : cycles) {
    RunAtVCenter one;
    one.host = host;
    vcenters_.push_back(std::move(one));
    cycles_.push_back(cycle);
  }
}

void FullSyncRun::look(const std::string& host, const FullSync::Status& now,
                       const CycleTally::Counts& cycle) {
  for (std::size_t at = 0; at < vcenters_.size(); ++at) {
    RunAtVCenter& one = vcenters_[at];
    if (one.host != host || !one.result.empty() || now.begun < cycles_[at]) continue;
    one.volumes_read = now.volumes_read;
    one.differed = cycle.queued;
    one.synced = cycle.synced;
    one.failed = cycle.failed;
    if (now.ended < cycles_[at] || !now.last_result) continue;
    one.result = to_string(*now.last_result);
    if (*now.last_result == CycleResult::kFailure) one.error = now.last_error;
    if (*now.last_result == CycleResult::kPartial) {
      one.error = "some volumes could not be brought into sync";
    }
  }
}

} // namespace syncer

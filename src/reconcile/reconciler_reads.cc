// How the reconciler learns what CNS holds: its own reads by id, and the pages of full sync.
#include <algorithm>

#include "reconcile/reconciler.h"

namespace syncer {

namespace {

// CnsQueryAsync takes no more ids in one filter.
constexpr std::size_t kMaxReadBatch = 1000;

} // namespace

asio::awaitable<void> Reconciler::read_batches() {
  while (!to_read_.empty() && !stopping_) {
    const std::size_t size = std::min(to_read_.size(), kMaxReadBatch);
    const auto split = to_read_.end() - static_cast<std::ptrdiff_t>(size);
    std::vector<VolumeId> ids(split, to_read_.end());
    to_read_.erase(split, to_read_.end());
    co_await read_batch(std::move(ids));
    wake();
  }
  reading_ = false;
}

asio::awaitable<void> Reconciler::read_batch(std::vector<VolumeId> ids) {
  const Clock::time_point asked_at = deps_.clock.now();
  const Outcome<std::vector<CnsVolume>> found = co_await deps_.cns.query_volumes(ids);
  if (!found) {
    const Error& error = found.error();
    if (error.kind == ErrorKind::kTransient) flight_.failed(deps_.clock.now());
    for (const VolumeId& id : ids) {
      if (error.unsent) {
        undelivered(id, error);
      } else {
        fail(id, error.detail);
      }
    }
    co_return;
  }
  answered();
  std::unordered_map<VolumeId, const CnsVolume*> by_id;
  for (const CnsVolume& volume : *found) by_id.emplace(volume.id, &volume);
  for (const VolumeId& id : ids) {
    const auto answer = by_id.find(id);
    if (answer == by_id.end()) {
      ledger_.read_absent(id, asked_at);
      fail(id, "CNS does not know the volume");
    } else {
      ledger_.read(id, *answer->second, asked_at);
      queue_.requeue(id);
    }
  }
}

void Reconciler::learned(const std::vector<VolumeId>& asked, const std::vector<CnsVolume>& found,
                         Clock::time_point asked_at, std::uint64_t mark) {
  std::unordered_map<VolumeId, const CnsVolume*> by_id;
  for (const CnsVolume& volume : found) by_id.emplace(volume.id, &volume);
  for (const VolumeId& id : asked) {
    // What was written after the question, or may still be changed by a lost task, is newer than
    // the answer.
    if (ledger_.revision(id) > mark || ledger_.readable_from(id) > asked_at) continue;
    const auto answer = by_id.find(id);
    if (answer == by_id.end()) {
      ledger_.read_absent(id, asked_at);
    } else {
      ledger_.read(id, *answer->second, asked_at);
    }
    const Desired desired = desire(id);
    if (desired.hands_off != HandsOff::kNo) {
      look_again_later(id, desired.look_again);
      if (desired.hands_off == HandsOff::kNoVolume) forget(id);
      continue;
    }
    const LedgerEntry& entry = *ledger_.find(id);
    const bool absent = entry.state == LedgerEntry::State::kAbsent;
    if (absent || !plan_update(id, desired, entry.entities).empty()) {
      queue_.add_bulk(id);
    } else {
      look_again_later(id, desired.look_again);
      failures_.erase(id);
    }
  }
  wake();
}

} // namespace syncer

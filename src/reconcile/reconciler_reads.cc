// How the reconciler learns what CNS holds: its own reads by id, and the pages of full sync.
#include <algorithm>
#include <unordered_set>

#include "reconcile/reconciler.h"
#include "reconcile/volume_reads.h"

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
  const VolumesRead read = co_await read_volumes(deps_.cns, ids);
  if (read.failed) {
    const Error& error = *read.failed;
    if (error.kind == ErrorKind::kTransient) {
      const Clock::time_point now = deps_.clock.now();
      outage_.note(now, error.detail);
      flight_.failed(now);
    }
    std::unordered_set<VolumeId> ended(read.asked.begin(), read.asked.end());
    for (const auto& [id, why] : read.bad) ended.insert(id);
    for (const VolumeId& id : ids) {
      if (ended.contains(id)) continue;
      if (error.unsent) {
        undelivered(id, error);
      } else {
        fail(id, FailureReason::kCallFailed, error);
      }
    }
  } else {
    answered();
  }
  for (const auto& [id, why] : read.bad) fail(id, FailureReason::kUnreadable, why);
  std::unordered_map<VolumeId, const CnsVolume*> by_id;
  for (const CnsVolume& volume : read.found) by_id.emplace(volume.id, &volume);
  for (const VolumeId& id : read.asked) {
    const auto answer = by_id.find(id);
    if (answer == by_id.end()) {
      ledger_.read_absent(id, asked_at);
    } else {
      note_present(id, *answer->second, asked_at);
    }
    queue_.requeue(id);
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
      absent_in_cycle_.push_back(id);
    } else {
      check_for_second_writer(id, *answer->second);
      note_present(id, *answer->second, asked_at);
    }
    learned_one(id);
  }
  wake();
}

void Reconciler::note_present(const VolumeId& id, const CnsVolume& volume,
                              Clock::time_point asked_at) {
  ledger_.read(id, volume, asked_at);
  if (deps_.present && volume.has_our_cluster) deps_.present(id);
  if (volume.distribution_current || !volume.has_our_cluster) return;
  if (!ledger_.find(id)->may_rewrite() || options_.dry_run) return;
  next_rewrite_ = std::max(next_rewrite_ + options_.rewrite_pause, deps_.clock.now());
  ledger_.rewrite_at(id, next_rewrite_);
}

// Before the answer takes the place of what we had acknowledged.
void Reconciler::check_for_second_writer(const VolumeId& id, const CnsVolume& volume) {
  ConflictBook::ReadBack back;
  back.rewritten = ledger_.take_written(id);
  const LedgerEntry* const entry = ledger_.find(id);
  if (entry != nullptr && entry->state == LedgerEntry::State::kKnown) {
    for (const RecordedEntity& known : entry->entities) back.acknowledged.push_back(known.ref);
  }
  const Desired desired = desire(id);
  if (desired.hands_off == HandsOff::kNo) {
    for (const CnsEntity& entity : desired.entities) back.desired.push_back(entity.ref);
    back.desired.insert(back.desired.end(), desired.untouched.begin(), desired.untouched.end());
  }
  back.read = volume.entities;
  conflicts_.read_back(id, back, cycle_, deps_.clock.now());
}

void Reconciler::learned_one(const VolumeId& id) {
  const Desired desired = desire(id);
  const bool ends = desired.hands_off == HandsOff::kNoVolume;
  if (desired.hands_off != HandsOff::kNo && !desired.inline_ended) {
    look_again_later(id, desired.look_again);
    if (ends && deps_.endings != nullptr && deps_.endings->due(id)) {
      queue_.add_bulk(id);
    } else if (ends) {
      forget(id);
    }
    return;
  }
  const LedgerEntry& entry = *ledger_.find(id);
  const bool absent = entry.state == LedgerEntry::State::kAbsent;
  if ((absent && !ends) || !plan_update(id, desired, entry.entities).empty()) {
    tally_.queued(id);
    queue_.add_bulk(id);
    return;
  }
  look_again_later(id, desired.look_again);
  look_again_later(id, entry.rewrite_at);
  if (ends) forget(id);
  failures_.erase(id);
}

void Reconciler::begin_cycle() {
  ++cycle_;
  tally_.begin();
  absent_in_cycle_.clear();
}

void Reconciler::end_cycle(bool complete) {
  if (complete) {
    for (const VolumeId& id : absent_in_cycle_) ledger_.absent_for_a_cycle(id);
  }
  absent_in_cycle_ = {};
}

} // namespace syncer

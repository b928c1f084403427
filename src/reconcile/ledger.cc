#include "reconcile/ledger.h"

#include <limits>
#include <utility>

namespace syncer {

const LedgerEntry* Ledger::find(const VolumeId& id) const {
  const auto found = entries_.find(id);
  return found == entries_.end() ? nullptr : &found->second;
}

bool Ledger::needs_read(const VolumeId& id, Clock::time_point now) const {
  const LedgerEntry* const entry = find(id);
  if (entry == nullptr || entry->state != LedgerEntry::State::kKnown) return true;
  return entry->read_again && *entry->read_again <= now;
}

Clock::time_point Ledger::readable_from(const VolumeId& id) const {
  const LedgerEntry* const entry = find(id);
  if (entry == nullptr || entry->state != LedgerEntry::State::kDoubt) return {};
  return entry->read_from;
}

LedgerEntry& Ledger::changed(const VolumeId& id) {
  LedgerEntry& entry = entries_[id];
  entry.revision = next_revision_++;
  return entry;
}

void Ledger::acknowledged(const CnsUpdate& call) {
  LedgerEntry& entry = changed(call.id);
  apply_acknowledged(call, entry.entities);
  entry.state = LedgerEntry::State::kKnown;
  if (entry.rewrite_at && entry.rewrites < UINT8_MAX) ++entry.rewrites;
  entry.rewrite_at.reset();
  entry.written = true;
}

void Ledger::created(const VolumeId& id, CnsVolumeType type,
                     const std::vector<CnsEntity>& entities) {
  LedgerEntry& entry = changed(id);
  const std::optional<Clock::time_point> read_again = entry.read_again;
  const std::uint64_t revision = entry.revision;
  entry = LedgerEntry();
  entry.revision = revision;
  entry.type = type;
  entry.entities = recorded(entities);
  entry.read_again = read_again;
  entry.written = true;
}

bool Ledger::take_written(const VolumeId& id) {
  const auto found = entries_.find(id);
  return found != entries_.end() && std::exchange(found->second.written, false);
}

void Ledger::doubt(const VolumeId& id, Clock::time_point posted_at) {
  LedgerEntry& entry = changed(id);
  entry.state = LedgerEntry::State::kDoubt;
  entry.entities = {};
  entry.read_from = posted_at + settle_delay_;
  entry.read_again = posted_at + late_task_window_;
}

void Ledger::after_read(LedgerEntry& entry, Clock::time_point asked_at) {
  // A read that was sent inside the window may have been too early for a late task.
  if (entry.read_again && asked_at >= *entry.read_again) entry.read_again.reset();
}

void Ledger::read(const VolumeId& id, const CnsVolume& volume, Clock::time_point asked_at) {
  LedgerEntry& entry = changed(id);
  entry.state = LedgerEntry::State::kKnown;
  entry.absent_cycles = 0;
  entry.register_now = false;
  if (volume.distribution_current) {
    entry.rewrite_at.reset();
    entry.rewrites = 0;
  }
  entry.type = volume.type;
  entry.entities = recorded(volume.entities);
  after_read(entry, asked_at);
}

void Ledger::read_absent(const VolumeId& id, Clock::time_point asked_at) {
  LedgerEntry& entry = changed(id);
  if (entry.state == LedgerEntry::State::kKnown) entry.absent_cycles = 0;
  entry.state = LedgerEntry::State::kAbsent;
  entry.absent_at = asked_at;
  entry.entities = {};
  after_read(entry, asked_at);
}

void Ledger::distrust(const VolumeId& id) {
  LedgerEntry& entry = changed(id);
  entry.state = LedgerEntry::State::kDistrusted;
  entry.entities = {};
}

void Ledger::not_registered(const VolumeId& id) {
  distrust(id);
  entries_[id].register_now = true;
}

void Ledger::absent_for_a_cycle(const VolumeId& id) {
  const auto found = entries_.find(id);
  if (found == entries_.end() || found->second.state != LedgerEntry::State::kAbsent) return;
  LedgerEntry& entry = found->second;
  if (entry.absent_cycles < std::numeric_limits<std::uint8_t>::max()) ++entry.absent_cycles;
}

void Ledger::rewrite_at(const VolumeId& id, Clock::time_point when) {
  const auto found = entries_.find(id);
  if (found != entries_.end()) found->second.rewrite_at = when;
}

void Ledger::ask_again(const VolumeId& id) {
  const auto found = entries_.find(id);
  if (found != entries_.end()) found->second.absent_at = {};
}

bool Ledger::absent_since(const VolumeId& id, Clock::time_point since) const {
  const LedgerEntry* const entry = find(id);
  return entry != nullptr && entry->state == LedgerEntry::State::kAbsent &&
         entry->absent_at >= since;
}

std::uint64_t Ledger::revision(const VolumeId& id) const {
  const LedgerEntry* const entry = find(id);
  return entry == nullptr ? 0 : entry->revision;
}

} // namespace syncer

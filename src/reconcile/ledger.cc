#include "reconcile/ledger.h"

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
  entry.type = volume.type;
  entry.entities = recorded(volume.entities);
  after_read(entry, asked_at);
}

void Ledger::read_absent(const VolumeId& id, Clock::time_point asked_at) {
  LedgerEntry& entry = changed(id);
  entry.state = LedgerEntry::State::kAbsent;
  entry.entities = {};
  after_read(entry, asked_at);
}

void Ledger::distrust(const VolumeId& id) {
  LedgerEntry& entry = changed(id);
  entry.state = LedgerEntry::State::kDistrusted;
  entry.entities = {};
}

std::uint64_t Ledger::revision(const VolumeId& id) const {
  const LedgerEntry* const entry = find(id);
  return entry == nullptr ? 0 : entry->revision;
}

} // namespace syncer

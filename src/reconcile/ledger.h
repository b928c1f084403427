#pragma once

#include <optional>
#include <unordered_map>

#include "core/cns_objects.h"
#include "reconcile/plan.h"

namespace syncer {

// What is known of one volume in CNS.
struct LedgerEntry {
  enum class State : std::uint8_t {
    kKnown,  // `entities` is what CNS holds
    kDoubt,  // a write may or may not have happened: read before writing, not before `read_from`
    kAbsent, // the last read by id did not find the volume
    kDistrusted, // CNS contradicted the record
  };
  State state = State::kKnown;
  CnsVolumeType type = CnsVolumeType::kUnknown;
  // CNS said that it knows the disk but not as a volume: no need to see it missing for long.
  bool register_now = false;
  // A write of ours was acknowledged since a full-sync cycle last read the volume.
  bool written = false;
  // kAbsent: complete full-sync cycles in a row that found it so.
  std::uint8_t absent_cycles = 0;
  RecordedEntities entities;
  Clock::time_point absent_at{}; // kAbsent: when the question was asked
  // Its entities may be right, but CNS has another distribution for our cluster: the complete set
  // is due again at this moment.
  std::optional<Clock::time_point> rewrite_at;
  // How often that was done since it was last right. Somebody may change it again before we look,
  // but a server that shows another one after three does not keep ours.
  std::uint8_t rewrites = 0;
  bool may_rewrite() const { return !rewrite_at && rewrites < 3; }
  // kDoubt: the lost task may still be on its way until then.
  Clock::time_point read_from{};
  // The volume must be read once more at this moment, because a lost task may have run late.
  std::optional<Clock::time_point> read_again;
  // Grows with every change of the entry, so that an answer that was asked for earlier is noticed.
  std::uint64_t revision = 0;
};

// Remembers per volume what CNS acknowledged and what is in doubt. A volume without an entry is
// unknown and must be read before it is written. Claims never more than CNS acknowledged.
class Ledger {
 public:
  // `settle_delay`: how long a lost call gets before its effect is read. `late_task_window`: how
  // long an operation may take in vCenter at the longest.
  Ledger(Clock::duration settle_delay, Clock::duration late_task_window)
      : settle_delay_(settle_delay), late_task_window_(late_task_window) {}

  const LedgerEntry* find(const VolumeId& id) const;
  // The entry may not be trusted for a plan at `now` without a read by id first.
  bool needs_read(const VolumeId& id, Clock::time_point now) const;
  // When a volume in doubt may be read; `now` or earlier if it is not in doubt.
  Clock::time_point readable_from(const VolumeId& id) const;

  void acknowledged(const CnsUpdate& call);
  // CNS took the volume in, with these entities.
  void created(const VolumeId& id, CnsVolumeType type, const std::vector<CnsEntity>& entities);
  // The call was posted at `posted_at` and its end is unknown.
  void doubt(const VolumeId& id, Clock::time_point posted_at);
  // The answer of a read that was sent at `asked_at`. Ends doubt, except that an outstanding
  // late-task window keeps one more read due.
  void read(const VolumeId& id, const CnsVolume& volume, Clock::time_point asked_at);
  void read_absent(const VolumeId& id, Clock::time_point asked_at);
  // CNS refused what the record led to: read before the next write.
  void distrust(const VolumeId& id);
  // CNS knows the disk but does not have it as a volume.
  void not_registered(const VolumeId& id);
  // A complete cycle ended in which the volume was absent.
  void absent_for_a_cycle(const VolumeId& id);
  void rewrite_at(const VolumeId& id, Clock::time_point when);
  // Says whether a write was acknowledged since this was asked last.
  bool take_written(const VolumeId& id);
  // That CNS does not have the volume was used for a decision: the next one needs a new answer.
  void ask_again(const VolumeId& id);
  // The answer to "is it in CNS" is no, and was asked for at `since` or later.
  bool absent_since(const VolumeId& id, Clock::time_point since) const;
  void forget(const VolumeId& id) { entries_.erase(id); }
  // All entries become unknown, as after a new leadership term.
  void clear() { entries_.clear(); }

  // 0 when there is no entry.
  std::uint64_t revision(const VolumeId& id) const;
  // Every later change gets a higher revision than this.
  std::uint64_t newest_revision() const { return next_revision_ - 1; }
  std::size_t size() const { return entries_.size(); }

 private:
  LedgerEntry& changed(const VolumeId& id);
  void after_read(LedgerEntry& entry, Clock::time_point asked_at);

  Clock::duration settle_delay_;
  Clock::duration late_task_window_;
  std::uint64_t next_revision_ = 1;
  std::unordered_map<VolumeId, LedgerEntry> entries_;
};

} // namespace syncer

// What the reconciler tells people, and the look that they ask for.
#include "reconcile/reconciler.h"

namespace syncer {

std::uint64_t Reconciler::resync(const VolumeId& id) {
  const std::uint64_t number = resyncs_.ask(id);
  queue_.add_now(id);
  wake();
  return number;
}

// A volume in doubt is read anyway, and not earlier than a lost call allows.
void Reconciler::believe_nothing(const VolumeId& id) {
  const LedgerEntry* const entry = ledger_.find(id);
  if (entry != nullptr && entry->state != LedgerEntry::State::kDoubt) ledger_.distrust(id);
}

Reconciler::Counts Reconciler::counts() const {
  Counts counts;
  counts.known = ledger_.size();
  counts.pending = queue_.unfinished();
  counts.failed = failures_.size();
  counts.in_flight = in_flight_;
  counts.flight_limit = flight_.limit();
  counts.ready = queue_.ready();
  counts.adds = queue_.adds();
  counts.retries = queue_.retries();
  counts.work = queue_.work(deps_.clock.now());
  counts.throttled = flight_.halvings();
  counts.labels_limited = labels_limited_;
  return counts;
}

bool Reconciler::absent(const VolumeId& id) const {
  const LedgerEntry* const entry = ledger_.find(id);
  return entry != nullptr && entry->state == LedgerEntry::State::kAbsent;
}

CnsVolumeType Reconciler::type_of(const VolumeId& id) const {
  const LedgerEntry* const entry = ledger_.find(id);
  return entry == nullptr ? CnsVolumeType::kUnknown : entry->type;
}

VolumeReport Reconciler::report(const VolumeId& id) const {
  VolumeReport report;
  report.facts = facts(id);
  report.desired = desire(id);
  if (const LedgerEntry* const entry = ledger_.find(id)) {
    report.ledger = *entry;
    if (entry->state == LedgerEntry::State::kKnown) {
      report.plan = plan_update(id, report.desired, entry->entities);
    }
  }
  report.queue = queue_.standing(id);
  if (const auto failure = failures_.find(id); failure != failures_.end()) {
    report.failure = failure->second;
  }
  if (const ResyncBook::Look* const look = resyncs_.find(id)) report.resync = *look;
  report.in_conflict = !conflicts_.may_write(id);
  report.leads = may_write();
  if (outage_.until() > deps_.clock.now()) report.outage_until = outage_.until();
  return report;
}

VolumeComparison Reconciler::compare(const VolumeId& id, const CnsVolume* answer) const {
  using Result = VolumeComparison::Result;
  VolumeComparison comparison;
  const WorkQueue::Standing standing = queue_.standing(id);
  comparison.queued = standing.queued || standing.processing || standing.failures > 0;
  const Desired desired = desire(id, answer == nullptr ? CnsVolumeType::kUnknown : answer->type);
  if (desired.hands_off != HandsOff::kNo && !desired.inline_ended) {
    const bool unnamed = desired.hands_off == HandsOff::kNoVolume;
    comparison.result = unnamed ? Result::kUnnamed : Result::kHandsOff;
    return comparison;
  }
  if (answer == nullptr) {
    comparison.result = desired.inline_ended ? Result::kUnnamed : Result::kAbsent;
    return comparison;
  }
  const std::vector<CnsUpdate> plan = plan_update(id, desired, recorded(answer->entities));
  if (plan.empty()) return comparison;
  comparison.result = Result::kDiffers;
  comparison.changes = changes_of(plan, answer->entities);
  return comparison;
}

std::optional<Clock::time_point> Reconciler::next_try(const VolumeId& id) const {
  const WorkQueue::Standing standing = queue_.standing(id);
  if (standing.queued || standing.processing) return deps_.clock.now();
  return standing.delayed_until;
}

} // namespace syncer

// What a write that did not succeed means for its volume.
#include <spdlog/spdlog.h>

#include <algorithm>

#include "reconcile/reconciler.h"

namespace syncer {

namespace {
constexpr std::chrono::seconds kUndeliveredPause{1};
} // namespace

// Nothing happened to the volume: it waits, its changes stay pending, and it has not failed.
void Reconciler::undelivered(const VolumeId& id, const Error& error) {
  const Clock::time_point now = deps_.clock.now();
  if (error.kind == ErrorKind::kUnauthenticated) {
    if (outage_.without_session(now)) deps_.log.warn("vCenter cannot be used: {}", error.detail);
  } else if (error.kind != ErrorKind::kCancelled) {
    outage_.note(now, error.detail);
    if (outage_.failed(now, deps_.random())) {
      flight_.failed(now);
      deps_.log.warn("vCenter cannot be used, next try in {:.1f} s{}: {}",
                     std::chrono::duration<double>(outage_.until() - now).count(), trace_of(error),
                     error.detail);
    }
  }
  tally_.failed(id);
  queue_.defer(id, std::max({outage_.until(), now + kUndeliveredPause, ledger_.readable_from(id)}));
}

void Reconciler::answered() {
  if (outage_.answered()) deps_.log.info("vCenter answers again");
}

void Reconciler::refused(const VolumeId& id, const WriteResult& result) {
  const Clock::time_point now = deps_.clock.now();
  const FailureReason reason = reason_of(result.fault);
  switch (result.fault) {
    case CnsFault::kNotRegistered:
      ledger_.not_registered(id);
      fail(id, reason, result.error);
      return;
    case CnsFault::kNotFound:
      ledger_.distrust(id);
      fail(id, reason, result.error);
      return;
    case CnsFault::kInvalidArgument: {
      // Perhaps CNS holds something else than recorded. With a fresh read the same refusal is
      // final.
      ledger_.distrust(id);
      const auto before = failures_.find(id);
      if (before != failures_.end() && before->second.invalid) {
        park(id, reason, result.error);
      } else {
        fail(id, reason, result.error);
        failures_[id].invalid = true;
      }
      return;
    }
    case CnsFault::kNoPermission:
    case CnsFault::kOther:
    case CnsFault::kNone:
      if (result.error.kind == ErrorKind::kTransient) flight_.failed(now);
      fail(id, reason, result.error);
      return;
  }
}

// True if it is news.
bool Reconciler::note_failure(const VolumeId& id, FailureReason reason, const Error& why) {
  const auto [entry, fresh] = failures_.try_emplace(id, VolumeFailure{{}, deps_.clock.now()});
  VolumeFailure& failure = entry->second;
  const bool news = fresh || failure.detail != why.detail;
  failure.detail = why.detail;
  failure.trace = why.trace;
  failure.reason = reason;
  ++failure.attempts;
  return news;
}

// One line per outcome: again only when it is another one.
void Reconciler::fail(const VolumeId& id, FailureReason reason, const Error& why) {
  const Clock::time_point now = deps_.clock.now();
  const std::uint32_t attempt = queue_.failures(id) + 1;
  if (note_failure(id, reason, why)) {
    deps_.log.warn("volume={} pv={} reason={} attempt={}{} not in sync: {}", id.view(), pv_of(id),
                   to_string(reason), attempt, trace_of(why), why.detail);
  }
  failures_[id].parked = false;
  tally_.failed(id);
  resyncs_.ended(id, false);
  const Clock::duration pause = options_.backoff.after(attempt, deps_.random());
  queue_.retry_at(id, std::max(now + pause, ledger_.readable_from(id)));
}

void Reconciler::park(const VolumeId& id, FailureReason reason, const Error& why) {
  deps_.log.warn(
      "volume={} pv={} reason={}{} refused, waiting for a change or the next full sync: {}",
      id.view(), pv_of(id), to_string(reason), trace_of(why), why.detail);
  note_failure(id, reason, why);
  failures_[id].parked = true;
  tally_.failed(id);
  resyncs_.ended(id, false);
  // A late task may change what CNS refused now.
  if (const LedgerEntry* const known = ledger_.find(id)) look_again_later(id, known->read_again);
  queue_.done(id);
}

// For people.
std::string Reconciler::pv_of(const VolumeId& id) const {
  const VolumeFacts facts = deps_.view.facts(id);
  return facts.volumes.empty() ? "-" : serving_volume(facts.volumes).pv.name.str();
}

void Reconciler::unreadable(const VolumeId& id, const Error& why) {
  if (note_failure(id, FailureReason::kUnreadable, why)) {
    deps_.log.warn("volume={} pv={} reason={}{} cannot be read from CNS: {}", id.view(), pv_of(id),
                   to_string(FailureReason::kUnreadable), trace_of(why), why.detail);
  }
}

} // namespace syncer

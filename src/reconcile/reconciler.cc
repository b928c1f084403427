#include "reconcile/reconciler.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "reconcile/label_limits.h"

namespace syncer {

namespace {

constexpr std::chrono::seconds kLeaderPause{1};

EntityKind entity_kind(ChangeKind kind) {
  switch (kind) {
    case ChangeKind::kVolume:
      return EntityKind::kVolume;
    case ChangeKind::kClaim:
      return EntityKind::kClaim;
    case ChangeKind::kPod:
      return EntityKind::kPod;
  }
  return EntityKind::kVolume;
}

const char* to_string(WriteEnd end) {
  switch (end) {
    case WriteEnd::kAcknowledged:
      return "acknowledged";
    case WriteEnd::kRefused:
      return "refused";
    case WriteEnd::kUnknown:
      return "unknown";
  }
  return "";
}

std::vector<EntityRef> names_in(const CnsUpdate& call) {
  std::vector<EntityRef> names;
  names.reserve(call.upserts.size());
  for (const CnsEntity& entity : call.upserts) names.push_back(entity.ref);
  return names;
}

std::string describe(const std::vector<CnsUpdate>& plan) {
  std::string text;
  const auto add = [&](char sign, const EntityRef& ref) {
    if (!text.empty()) text += ", ";
    text += std::string(1, sign) + to_string(ref.kind) + " ";
    if (!ref.ns.empty()) text += ref.ns.str() + "/";
    text += ref.name.str();
  };
  for (const CnsUpdate& call : plan) {
    for (const EntityRef& ref : call.removals) add('-', ref);
  }
  // The last call carries the complete set.
  for (const CnsEntity& entity : plan.back().upserts) add('+', entity.ref);
  return text;
}

} // namespace

Reconciler::Reconciler(Deps deps, ReconcilerOptions options)
    : deps_(std::move(deps)),
      options_(options),
      ledger_(options.settle_delay, options.late_task_window),
      pacer_(options.bulk_rate),
      flight_(options.max_in_flight),
      wake_(deps_.executor, 1) {
  queue_.measure(deps_.clock, deps_.observer);
}

void Reconciler::wake() { wake_.try_send(boost::system::error_code()); }

void Reconciler::spawn(asio::awaitable<void> work) {
  ++running_;
  asio::co_spawn(deps_.executor, std::move(work), [this](const std::exception_ptr& failure) {
    --running_;
    if (failure) std::rethrow_exception(failure);
    wake();
  });
}

void Reconciler::touched(const VolumeId& id, ChangeKind kind) {
  if (!deps_.view.synced()) return;
  queue_.add(id, entity_kind(kind), deps_.clock.now());
  wake();
}

void Reconciler::look(const VolumeId& id) {
  queue_.add_bulk(id);
  wake();
}

void Reconciler::look_at(const VolumeId& id, Clock::time_point when) {
  queue_.add_at(id, when);
  wake();
}

void Reconciler::doubtful(const VolumeId& id, Clock::time_point posted_at) {
  ledger_.doubt(id, posted_at);
  look_at(id, ledger_.readable_from(id));
}

bool Reconciler::in_doubt(const VolumeId& id) const {
  const LedgerEntry* const entry = ledger_.find(id);
  if (entry == nullptr) return false;
  return entry->state == LedgerEntry::State::kDoubt || entry->read_again.has_value();
}

void Reconciler::stop() {
  stopping_ = true;
  wake();
}

asio::awaitable<void> Reconciler::run() {
  using namespace asio::experimental::awaitable_operators;
  while (!stopping_) {
    // One moment for both: what is not ready in the one must be waited for in the other.
    const Clock::time_point now = deps_.clock.now();
    dispatch(now);
    std::optional<Clock::time_point> deadline = queue_.next_deadline();
    const auto paced = pacer_.ready_at(now);
    if (paced && queue_.has_ready(now, true))
      deadline = std::min(deadline.value_or(*paced), *paced);
    if (outage_.until() > now && queue_.has_ready(now, true)) deadline = outage_.until();
    if (deadline && in_flight_ < flight_.limit()) {
      auto woken = wake_.async_receive(asio::as_tuple(asio::use_awaitable));
      auto slept = deps_.clock.sleep_until(*deadline);
      co_await (std::move(woken) || std::move(slept));
    } else {
      co_await wake_.async_receive(asio::as_tuple(asio::use_awaitable));
    }
  }
  while (running_ > 0) {
    co_await wake_.async_receive(asio::as_tuple(asio::use_awaitable));
  }
}

void Reconciler::dispatch(Clock::time_point now) {
  // Asked each time: what is started here may have failed already.
  while (in_flight_ < flight_.limit() && outage_.until() <= now) {
    const std::optional<WorkQueue::Taken> taken = queue_.take(now, pacer_.ready(now));
    if (!taken) break;
    start(*taken);
  }
  if (!to_read_.empty() && !reading_) {
    reading_ = true;
    spawn(read_batches());
  }
}

// A claim that a list lacks is not surely gone before a full sync has looked at the whole.
VolumeFacts Reconciler::facts(const VolumeId& id) const {
  VolumeFacts facts = deps_.view.facts(id);
  if (!deps_.lost_claim_may_go) return facts;
  for (const BoundVolume& volume : facts.volumes) {
    if (!volume.claim_gone_since || volume.claim_removal_observed) continue;
    if (!deps_.lost_claim_may_go(*volume.claim_gone_since)) facts.view_complete = false;
  }
  return facts;
}

Desired Reconciler::desire(const VolumeId& id) const {
  const LedgerEntry* const entry = ledger_.find(id);
  return desire(id, entry == nullptr ? CnsVolumeType::kUnknown : entry->type);
}

Desired Reconciler::desire(const VolumeId& id, CnsVolumeType type) const {
  const VolumeFacts known = facts(id);
  Desired desired = desired_state(known, deps_.clock.now(), type);
  if (desired.inline_ended && deps_.inline_rest_may_go &&
      !deps_.inline_rest_may_go(id, known.in_tree_path)) {
    desired.inline_ended = false;
  }
  desired.cut_labels = labels_limited_;
  desired.upsert_only = options_.upsert_only;
  // To take away what is left of inline pods is a bare removal.
  if (options_.upsert_only) desired.inline_ended = false;
  return desired;
}

void Reconciler::look_again_later(const VolumeId& id, std::optional<Clock::time_point> when) {
  if (when) queue_.add_at(id, *when);
}

// Nobody names the volume any more. While a lost task may still run its record stays: a PV may come
// back before that.
void Reconciler::forget(const VolumeId& id) {
  conflicts_.forget(id);
  const LedgerEntry* const entry = ledger_.find(id);
  if (entry == nullptr) return;
  if (entry->read_again > deps_.clock.now()) {
    look_again_later(id, entry->read_again);
  } else {
    ledger_.forget(id);
  }
}

bool Reconciler::may_write() const {
  return deps_.leadership.may_write(deps_.leadership.write_budget());
}

void Reconciler::finish_in_sync(const VolumeId& id, const Desired& desired) {
  failures_.erase(id);
  tally_.synced(id);
  resyncs_.ended(id, true);
  look_again_later(id, desired.look_again);
  const LedgerEntry* const entry = ledger_.find(id);
  if (desired.hands_off == HandsOff::kNoVolume) {
    forget(id);
  } else if (entry != nullptr && desired.hands_off == HandsOff::kNo) {
    // Hands off needs no such look: it would find a moment in the past again and again, and the
    // event that ends it leads to the read as well.
    look_again_later(id, entry->read_again);
    // Where nothing is wanted there is nothing to rewrite: it waits for something that is.
    if (entry->rewrite_at > deps_.clock.now()) look_again_later(id, entry->rewrite_at);
  }
  queue_.done(id);
}

// Gather and decide; what needs I/O goes on in a coroutine while the volume stays marked as being
// processed.
void Reconciler::start(const WorkQueue::Taken& taken) {
  const VolumeId& id = taken.id;
  const Clock::time_point now = deps_.clock.now();
  if (resyncs_.begin(id)) believe_nothing(id);
  const Desired desired = desire(id);
  if (desired.hands_off == HandsOff::kNoVolume && start_ending(id)) return;
  if (desired.hands_off != HandsOff::kNo && !desired.inline_ended) {
    finish_in_sync(id, desired);
    return;
  }
  if (const Clock::time_point readable = ledger_.readable_from(id); readable > now) {
    queue_.defer(id, readable);
    return;
  }
  if (start_registering(taken, desired)) return;
  if (ledger_.needs_read(id, now)) {
    to_read_.push_back(id);
    return;
  }
  const LedgerEntry& entry = *ledger_.find(id);
  const bool rewrite = entry.rewrite_at && *entry.rewrite_at <= now;
  std::vector<CnsUpdate> plan = plan_update(id, desired, entry.entities, rewrite);
  if (plan.empty()) {
    finish_in_sync(id, desired);
    return;
  }
  if (options_.dry_run) {
    report_difference(id, describe(plan));
    return;
  }
  if (!conflicts_.may_write(id)) {
    park(id, FailureReason::kSecondWriter,
         {ErrorKind::kRejected, "another writer uses our cluster id for it (ClusterIdConflict)"});
    return;
  }
  if (!may_write()) {
    queue_.defer(id, now + kLeaderPause);
    return;
  }
  if (taken.lane == Lane::kBulk) pacer_.spend(now);
  ++in_flight_;
  spawn(write(id, std::move(plan)));
}

void Reconciler::report_difference(const VolumeId& id, const std::string& what) {
  if (deps_.difference) deps_.difference(id, what);
  tally_.synced(id);
  queue_.done(id);
}

// True if the volume is in other hands now.
bool Reconciler::start_ending(const VolumeId& id) {
  if (deps_.endings == nullptr || options_.dry_run || !deps_.endings->due(id)) return false;
  if (const Clock::time_point readable = ledger_.readable_from(id); readable > deps_.clock.now()) {
    queue_.defer(id, readable);
    return true;
  }
  ++in_flight_;
  spawn(end(id));
  return true;
}

asio::awaitable<void> Reconciler::end(VolumeId id) {
  const Endings::Result result = co_await deps_.endings->end(id);
  --in_flight_;
  // Whatever was written, nothing is known of the volume any more.
  if (result.lost_at) {
    ledger_.doubt(id, *result.lost_at);
  } else if (!in_doubt(id)) {
    ledger_.forget(id);
  }
  if (result.again) {
    queue_.defer(id, *result.again);
  } else {
    finish_in_sync(id, desire(id));
  }
}

asio::awaitable<void> Reconciler::write(VolumeId id, std::vector<CnsUpdate> plan) {
  const PendingSince pending = queue_.take_pending(id);
  bool acknowledged = true;
  for (std::size_t call = 0; call < plan.size() && acknowledged; ++call) {
    if (call > 0 && !may_write()) {
      queue_.defer(id, deps_.clock.now() + kLeaderPause);
      acknowledged = false;
      break;
    }
    conflicts_.wrote(id, names_in(plan[call]));
    acknowledged = co_await send(plan[call]);
  }
  --in_flight_;
  if (!acknowledged) {
    queue_.restore_pending(id, pending);
    co_return;
  }
  const Clock::time_point now = deps_.clock.now();
  for (std::size_t kind = 0; kind < pending.by_kind.size(); ++kind) {
    if (!pending.by_kind[kind]) continue;
    deps_.observer.change_acknowledged(static_cast<EntityKind>(kind), now - *pending.by_kind[kind]);
  }
  finish_in_sync(id, desire(id));
}

// True if CNS acknowledged. Otherwise the volume has left the workers' hands: it is delayed or
// parked.
asio::awaitable<WriteResult> Reconciler::update(CnsUpdate call) {
  const auto begun = writes_.insert(deps_.clock.now());
  WriteResult result = co_await deps_.cns.update(std::move(call));
  writes_.erase(begun);
  co_return result;
}

asio::awaitable<bool> Reconciler::send(CnsUpdate call) {
  // An earlier call of the plan may have found out the limit.
  if (labels_limited_) cut_labels(call.upserts);
  WriteResult result = co_await update(call);
  if (result.end == WriteEnd::kRefused && result.fault == CnsFault::kInvalidArgument &&
      may_write() && cut_labels(call.upserts)) {
    // Perhaps the labels are beyond this vCenter's limits. Remembered only if less is accepted.
    result = co_await update(call);
    labels_limited_ = result.end == WriteEnd::kAcknowledged;
  }
  if (result.end == WriteEnd::kRefused && result.error.unsent) {
    undelivered(call.id, result.error);
    co_return false;
  }
  deps_.observer.update_finished(to_string(result.end));
  if (result.end != WriteEnd::kUnknown) answered();
  const Clock::time_point now = deps_.clock.now();
  switch (result.end) {
    case WriteEnd::kAcknowledged:
      ledger_.acknowledged(call);
      resyncs_.written(call.id);
      if (deps_.present) deps_.present(call.id);
      flight_.acknowledged(now - result.posted_at, now);
      deps_.log.debug(
          "update volume={} upserts={} removals={} result=acknowledged durationMs={:.0f}{}",
          call.id.view(), call.upserts.size(), call.removals.size(),
          std::chrono::duration<double, std::milli>(now - result.posted_at).count(),
          trace_of(result.error));
      co_return true;
    case WriteEnd::kRefused:
      refused(call.id, result);
      break;
    case WriteEnd::kUnknown:
      ledger_.doubt(call.id, result.posted_at);
      outage_.note(now, result.error.detail);
      flight_.failed(now);
      fail(call.id, FailureReason::kNoAnswer, result.error);
      break;
  }
  co_return false;
}

} // namespace syncer

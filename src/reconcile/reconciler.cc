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

bool cut_labels(CnsUpdate& call) {
  bool cut = false;
  for (CnsEntity& entity : call.upserts) cut = cut_labels(entity) || cut;
  return cut;
}

} // namespace

Reconciler::Reconciler(Deps deps, ReconcilerOptions options)
    : deps_(std::move(deps)),
      options_(options),
      ledger_(options.settle_delay, options.late_task_window),
      pacer_(options.bulk_rate),
      flight_(options.max_in_flight),
      wake_(deps_.executor, 1) {}

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

void Reconciler::stop() {
  stopping_ = true;
  wake();
}

asio::awaitable<void> Reconciler::run() {
  using namespace asio::experimental::awaitable_operators;
  while (!stopping_) {
    dispatch();
    const Clock::time_point now = deps_.clock.now();
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

void Reconciler::dispatch() {
  const Clock::time_point now = deps_.clock.now();
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

Desired Reconciler::desire(const VolumeId& id) const {
  Desired desired = desired_state(deps_.view.facts(id), deps_.clock.now());
  desired.cut_labels = labels_limited_;
  return desired;
}

void Reconciler::look_again_later(const VolumeId& id, std::optional<Clock::time_point> when) {
  if (when) queue_.add_at(id, *when);
}

// Nobody names the volume any more. While a lost task may still run its record stays: a PV may come
// back before that.
void Reconciler::forget(const VolumeId& id) {
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
  look_again_later(id, desired.look_again);
  const LedgerEntry* const entry = ledger_.find(id);
  if (desired.hands_off == HandsOff::kNoVolume) {
    forget(id);
  } else if (entry != nullptr && desired.hands_off == HandsOff::kNo) {
    // Hands off needs no such look: it would find a moment in the past again and again, and the
    // event that ends it leads to the read as well.
    look_again_later(id, entry->read_again);
  }
  queue_.done(id);
}

// Gather and decide; what needs I/O goes on in a coroutine while the volume stays marked as being
// processed.
void Reconciler::start(const WorkQueue::Taken& taken) {
  const VolumeId& id = taken.id;
  const Clock::time_point now = deps_.clock.now();
  const Desired desired = desire(id);
  if (desired.hands_off != HandsOff::kNo) {
    finish_in_sync(id, desired);
    return;
  }
  if (const Clock::time_point readable = ledger_.readable_from(id); readable > now) {
    queue_.defer(id, readable);
    return;
  }
  if (ledger_.needs_read(id, now)) {
    to_read_.push_back(id);
    return;
  }
  std::vector<CnsUpdate> plan = plan_update(id, desired, ledger_.find(id)->entities);
  if (plan.empty()) {
    finish_in_sync(id, desired);
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

asio::awaitable<void> Reconciler::write(VolumeId id, std::vector<CnsUpdate> plan) {
  const PendingSince pending = queue_.take_pending(id);
  bool acknowledged = true;
  for (std::size_t call = 0; call < plan.size() && acknowledged; ++call) {
    if (call > 0 && !may_write()) {
      queue_.defer(id, deps_.clock.now() + kLeaderPause);
      acknowledged = false;
      break;
    }
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
asio::awaitable<bool> Reconciler::send(CnsUpdate call) {
  // An earlier call of the plan may have found out the limit.
  if (labels_limited_) cut_labels(call);
  WriteResult result = co_await deps_.cns.update(call);
  if (result.end == WriteEnd::kRefused && result.fault == CnsFault::kInvalidArgument &&
      may_write() && cut_labels(call)) {
    // Perhaps the labels are beyond this vCenter's limits. Remembered only if less is accepted.
    result = co_await deps_.cns.update(call);
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
      flight_.acknowledged(now - result.posted_at, now);
      deps_.log.debug("update volume={} upserts={} removals={} result=acknowledged", call.id.view(),
                      call.upserts.size(), call.removals.size());
      co_return true;
    case WriteEnd::kRefused:
      refused(call.id, result);
      break;
    case WriteEnd::kUnknown:
      ledger_.doubt(call.id, result.posted_at);
      flight_.failed(now);
      fail(call.id, result.error.detail);
      break;
  }
  co_return false;
}

// Nothing happened to the volume: it waits, its changes stay pending, and it has not failed.
void Reconciler::undelivered(const VolumeId& id, const Error& error) {
  const Clock::time_point now = deps_.clock.now();
  if (error.kind != ErrorKind::kCancelled && outage_.failed(now, deps_.random())) {
    flight_.failed(now);
    deps_.log.warn("vCenter cannot be used, next try in {:.1f} s: {}",
                   std::chrono::duration<double>(outage_.until() - now).count(), error.detail);
  }
  queue_.defer(id, std::max({outage_.until(), now + kLeaderPause, ledger_.readable_from(id)}));
}

void Reconciler::answered() {
  if (outage_.answered()) deps_.log.info("vCenter answers again");
}

void Reconciler::refused(const VolumeId& id, const WriteResult& result) {
  const Clock::time_point now = deps_.clock.now();
  switch (result.fault) {
    case CnsFault::kNotFound:
    case CnsFault::kNotRegistered:
      ledger_.distrust(id);
      fail(id, result.error.detail);
      return;
    case CnsFault::kInvalidArgument: {
      // Perhaps CNS holds something else than recorded. With a fresh read the same refusal is
      // final.
      ledger_.distrust(id);
      const auto before = failures_.find(id);
      if (before != failures_.end() && before->second.invalid) {
        park(id, result.error.detail);
      } else {
        fail(id, result.error.detail);
        failures_[id].invalid = true;
      }
      return;
    }
    case CnsFault::kNoPermission:
    case CnsFault::kOther:
    case CnsFault::kNone:
      if (result.error.kind == ErrorKind::kTransient) flight_.failed(now);
      fail(id, result.error.detail);
      return;
  }
}

void Reconciler::fail(const VolumeId& id, std::string detail) {
  const Clock::time_point now = deps_.clock.now();
  const auto [entry, fresh] = failures_.try_emplace(id, VolumeFailure{{}, now, false});
  if (fresh || entry->second.detail != detail) {
    deps_.log.warn("volume={} not in sync: {}", id.view(), detail);
  }
  entry->second.detail = std::move(detail);
  entry->second.parked = false;
  const Clock::duration pause = options_.backoff.after(queue_.failures(id) + 1, deps_.random());
  queue_.retry_at(id, std::max(now + pause, ledger_.readable_from(id)));
}

void Reconciler::park(const VolumeId& id, std::string detail) {
  deps_.log.warn("volume={} refused, waiting for a change or the next full sync: {}", id.view(),
                 detail);
  const auto [entry, fresh] = failures_.try_emplace(id, VolumeFailure{{}, deps_.clock.now(), true});
  entry->second.detail = std::move(detail);
  entry->second.parked = true;
  // A late task may change what CNS refused now.
  look_again_later(id, ledger_.find(id)->read_again);
  queue_.done(id);
}

Reconciler::Counts Reconciler::counts() const {
  return {ledger_.size(), queue_.unfinished(), failures_.size(), in_flight_, flight_.limit()};
}

} // namespace syncer

// Volumes that Kubernetes names and CNS does not have: which of them are registered, and when.
#include <spdlog/spdlog.h>

#include "reconcile/label_limits.h"
#include "reconcile/reconciler.h"

namespace syncer {

namespace {

// An answer that the volume is not in CNS is acted on for so long.
constexpr std::chrono::seconds kAnswerLasts{30};
constexpr std::chrono::seconds kLeaderPause{1};
// A dynamically provisioned volume is there before its PV: that CNS lacks it is believed only after
// so many complete cycles.
constexpr std::uint8_t kCyclesOfAbsence = 2;

constexpr std::string_view kFailed = "static volume provisioning failed";
constexpr std::string_view kSucceeded = "static volume provisioning succeeded";

CnsCreate create_call(const VolumeId& id, const VolumeFacts& facts, const Desired& desired) {
  CnsCreate call;
  call.backing = desired.is_file ? CnsCreate::Backing::kFileId : CnsCreate::Backing::kDiskId;
  call.backing_id = id.str();
  call.name = facts.volumes.empty() ? id.str() : serving_volume(facts.volumes).pv.name.str();
  call.entities = desired.entities;
  return call;
}

} // namespace

// True if the volume is not in CNS and something was done about that.
bool Reconciler::start_registering(const WorkQueue::Taken& taken, const Desired& desired) {
  const VolumeId& id = taken.id;
  const Clock::time_point now = deps_.clock.now();
  if (!ledger_.absent_since(id, now - kAnswerLasts)) return false;
  if (desired.inline_ended) {
    finish_in_sync(id, desired);
    return true;
  }
  const VolumeFacts facts = deps_.view.facts(id);
  const LedgerEntry& entry = *ledger_.find(id);
  const bool is_static = !facts.volumes.empty() && facts.in_tree_path.empty() &&
                         !serving_volume(facts.volumes).pv.dynamic;
  const bool due = is_static || entry.register_now || entry.absent_cycles >= kCyclesOfAbsence;
  if (!due) {
    ledger_.ask_again(id);
    fail(id, FailureReason::kNotInCns, {ErrorKind::kNotFound, "CNS does not know the volume"});
    return true;
  }
  if (options_.dry_run) {
    report_difference(id, "is not in CNS and would be registered");
    return true;
  }
  if (!may_write()) {
    queue_.defer(id, now + kLeaderPause);
    return true;
  }
  if (taken.lane == Lane::kBulk) pacer_.spend(now);
  ++in_flight_;
  spawn(register_volume(id, desired, is_static));
  return true;
}

asio::awaitable<void> Reconciler::register_volume(VolumeId id, Desired desired, bool is_static) {
  const PendingSince pending = queue_.take_pending(id);
  const VolumeFacts facts = deps_.view.facts(id);
  CnsCreate call = create_call(id, facts, desired);
  if (labels_limited_) cut_labels(call.entities);
  CreateResult result = co_await create(call);
  if (result.write.end == WriteEnd::kRefused && !result.already_registered &&
      result.write.fault == CnsFault::kInvalidArgument && may_write() &&
      cut_labels(call.entities)) {
    result = co_await create(call);
    labels_limited_ = labels_limited_ || result.write.end == WriteEnd::kAcknowledged;
  }
  --in_flight_;
  if (result.write.end == WriteEnd::kAcknowledged && result.id == id) {
    const Clock::time_point now = deps_.clock.now();
    for (std::size_t kind = 0; kind < pending.by_kind.size(); ++kind) {
      if (!pending.by_kind[kind]) continue;
      deps_.observer.change_acknowledged(static_cast<EntityKind>(kind),
                                         now - *pending.by_kind[kind]);
    }
    registered(id, call, is_static);
    co_return;
  }
  queue_.restore_pending(id, pending);
  not_registered(id, result, is_static);
}

asio::awaitable<CreateResult> Reconciler::create(CnsCreate call) {
  const auto begun = writes_.insert(deps_.clock.now());
  CreateResult result = co_await deps_.cns.create(std::move(call));
  writes_.erase(begun);
  if (result.write.end != WriteEnd::kRefused || !result.write.error.unsent) {
    deps_.observer.update_finished(result.write.end == WriteEnd::kAcknowledged ? "acknowledged"
                                   : result.write.end == WriteEnd::kRefused    ? "refused"
                                                                               : "unknown");
  }
  co_return result;
}

void Reconciler::registered(const VolumeId& id, const CnsCreate& call, bool is_static) {
  answered();
  const bool is_file = call.backing == CnsCreate::Backing::kFileId;
  ledger_.created(id, is_file ? CnsVolumeType::kFile : CnsVolumeType::kBlock, call.entities);
  deps_.log.debug("volume={} registered in CNS as {}", id.view(), call.name);
  resyncs_.written(id);
  if (deps_.present) deps_.present(id);
  const VolumeFacts facts = deps_.view.facts(id);
  if (is_static && deps_.events != nullptr && !facts.volumes.empty()) {
    deps_.events->normal(about(serving_volume(facts.volumes).pv), kSucceeded,
                         "Successfully created container volume");
  }
  // The facts may have changed while the call was under way.
  queue_.requeue(id);
}

void Reconciler::not_registered(const VolumeId& id, const CreateResult& result, bool is_static) {
  const WriteResult& write = result.write;
  if (write.end == WriteEnd::kRefused && write.error.unsent) {
    undelivered(id, write.error);
    return;
  }
  if (write.end == WriteEnd::kUnknown) {
    ledger_.doubt(id, write.posted_at);
    flight_.failed(deps_.clock.now());
    fail(id, FailureReason::kNoAnswer, write.error);
    return;
  }
  answered();
  ledger_.ask_again(id);
  Error why = write.error;
  if (!result.id.empty() && result.id != id) {
    why.detail = "CNS has this disk as volume " + result.id.str();
  } else if (result.already_registered) {
    // Somebody was faster, or an earlier try of ours was: it is read and updated like any other.
    why.detail = "registered in CNS by somebody else meanwhile";
  }
  const auto before = failures_.find(id);
  const bool news = before == failures_.end() || before->second.detail != why.detail;
  const VolumeFacts facts = deps_.view.facts(id);
  if (news && is_static && !result.already_registered && deps_.events != nullptr &&
      !facts.volumes.empty()) {
    deps_.events->warning(about(serving_volume(facts.volumes).pv), kFailed,
                          "Failed to create volume: " + why.detail);
  }
  fail(id, reason_of(write.fault), why);
}

} // namespace syncer

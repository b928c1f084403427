#include "reconcile/work_queue.h"

#include <algorithm>

namespace syncer {

void PendingSince::note(EntityKind kind, Clock::time_point observed_at) {
  auto& since = by_kind[static_cast<std::size_t>(kind)];
  if (!since || observed_at < *since) since = observed_at;
}

void PendingSince::merge(const PendingSince& other) {
  for (std::size_t kind = 0; kind < by_kind.size(); ++kind) {
    if (other.by_kind[kind]) note(static_cast<EntityKind>(kind), *other.by_kind[kind]);
  }
}

std::optional<Clock::time_point> PendingSince::oldest() const {
  std::optional<Clock::time_point> oldest;
  for (const auto& since : by_kind) {
    if (since && (!oldest || *since < *oldest)) oldest = since;
  }
  return oldest;
}

void WorkQueue::measure(const Clock& clock, Observer& observer) {
  clock_ = &clock;
  observer_ = &observer;
}

void WorkQueue::join_lane(const VolumeId& id, Item& item, Lane lane, bool in_front) {
  if (clock_ != nullptr && !item.queued) item.since = clock_->now();
  item.queued = true;
  item.lane = lane;
  std::deque<VolumeId>& places = lane == Lane::kLive ? live_ : bulk_;
  if (in_front) {
    places.push_front(id);
  } else {
    places.push_back(id);
  }
}

void WorkQueue::leave_worker(Item& item) {
  item.processing = false;
  item.sending = {};
  --processing_;
  if (observer_ != nullptr) observer_->queue_worked(clock_->now() - item.since);
}

void WorkQueue::enqueue(const VolumeId& id, Item& item, Lane lane) {
  item.delayed_until.reset();
  if (item.processing) {
    if (item.again != Lane::kLive) item.again = lane;
    return;
  }
  // A live event overtakes: the place in the bulk lane becomes stale and is skipped by take.
  if (item.queued && (item.lane == Lane::kLive || lane == Lane::kBulk)) return;
  if (!item.queued) ++adds_;
  join_lane(id, item, lane, false);
}

void WorkQueue::add(const VolumeId& id, EntityKind kind, Clock::time_point observed_at) {
  Item& item = items_[id];
  item.pending.note(kind, observed_at);
  enqueue(id, item, Lane::kLive);
}

void WorkQueue::add_now(const VolumeId& id) { enqueue(id, items_[id], Lane::kLive); }

void WorkQueue::add_bulk(const VolumeId& id) {
  Item& item = items_[id];
  // Full sync must not shorten the pause of a volume that keeps failing.
  if (item.delayed_until && item.failures > 0) return;
  enqueue(id, item, Lane::kBulk);
}

void WorkQueue::delay(const VolumeId& id, Item& item, Clock::time_point when) {
  // Earliest wins: a look that is due soon must not wait behind an old failure's backoff.
  if (item.delayed_until && *item.delayed_until <= when) return;
  item.delayed_until = when;
  delayed_.push({when, id});
}

void WorkQueue::add_at(const VolumeId& id, Clock::time_point when) {
  Item& item = items_[id];
  if (item.queued) return;
  delay(id, item, when);
}

void WorkQueue::release_due(Clock::time_point now) {
  while (!delayed_.empty() && delayed_.top().when <= now) {
    const Delayed due = delayed_.top();
    delayed_.pop();
    const auto found = items_.find(due.id);
    // Entries are not taken out of the heap when plans change: only the current one counts.
    if (found == items_.end() || found->second.delayed_until != due.when) continue;
    enqueue(due.id, found->second, found->second.lane);
  }
}

void WorkQueue::drop_stale_front(std::deque<VolumeId>& lane, Lane which) {
  while (!lane.empty()) {
    const auto found = items_.find(lane.front());
    if (found != items_.end() && found->second.queued && found->second.lane == which) return;
    lane.pop_front();
  }
}

bool WorkQueue::has_ready(Clock::time_point now, bool allow_bulk) {
  release_due(now);
  drop_stale_front(live_, Lane::kLive);
  drop_stale_front(bulk_, Lane::kBulk);
  return !live_.empty() || (allow_bulk && !bulk_.empty());
}

std::optional<WorkQueue::Taken> WorkQueue::take(Clock::time_point now, bool allow_bulk) {
  if (!has_ready(now, allow_bulk)) return std::nullopt;
  auto& lane = live_.empty() ? bulk_ : live_;
  const VolumeId id = std::move(lane.front());
  lane.pop_front();
  Item& item = items_[id];
  item.queued = false;
  item.processing = true;
  ++processing_;
  if (observer_ != nullptr) {
    const Clock::time_point taken_at = clock_->now();
    observer_->queue_waited(taken_at - item.since);
    item.since = taken_at;
  }
  return Taken{id, item.lane};
}

std::optional<Clock::time_point> WorkQueue::next_deadline() {
  while (!delayed_.empty()) {
    const auto found = items_.find(delayed_.top().id);
    if (found != items_.end() && found->second.delayed_until == delayed_.top().when) {
      return delayed_.top().when;
    }
    delayed_.pop();
  }
  return std::nullopt;
}

void WorkQueue::settle(const VolumeId& id, Item& item) {
  leave_worker(item);
  if (const auto lane = std::exchange(item.again, std::nullopt)) {
    enqueue(id, item, *lane);
  } else if (!item.delayed_until && !item.queued) {
    items_.erase(id);
  }
}

// What ends here goes on later in the lane of the events that came meanwhile.
void WorkQueue::join_lane_of_events(Item& item) {
  if (item.again == Lane::kLive) item.lane = Lane::kLive;
  item.again.reset();
}

WorkQueue::Item* WorkQueue::processed(const VolumeId& id) {
  const auto found = items_.find(id);
  return found == items_.end() || !found->second.processing ? nullptr : &found->second;
}

void WorkQueue::done(const VolumeId& id) {
  Item* const item = processed(id);
  if (item == nullptr) return;
  item->failures = 0;
  if (item->again != Lane::kLive) item->pending = {};
  settle(id, *item);
}

void WorkQueue::retry_at(const VolumeId& id, Clock::time_point when) {
  Item* const item = processed(id);
  if (item == nullptr) return;
  ++item->failures;
  ++retries_;
  // A live event meanwhile is tried at once; full sync must not shorten the pause.
  if (item->again == Lane::kBulk) item->again.reset();
  delay(id, *item, when);
  settle(id, *item);
}

void WorkQueue::defer(const VolumeId& id, Clock::time_point when) {
  Item* const item = processed(id);
  if (item == nullptr) return;
  // Nothing that came meanwhile can be done earlier than `when`, either.
  join_lane_of_events(*item);
  delay(id, *item, when);
  settle(id, *item);
}

void WorkQueue::requeue(const VolumeId& id) {
  Item* const item = processed(id);
  if (item == nullptr) return;
  leave_worker(*item);
  join_lane_of_events(*item);
  item->delayed_until.reset();
  join_lane(id, *item, item->lane, true);
}

PendingSince WorkQueue::take_pending(const VolumeId& id) {
  const auto found = items_.find(id);
  if (found == items_.end()) return {};
  const PendingSince taken = std::exchange(found->second.pending, {});
  found->second.sending.merge(taken);
  return taken;
}

void WorkQueue::restore_pending(const VolumeId& id, const PendingSince& pending) {
  if (const auto found = items_.find(id); found != items_.end()) {
    found->second.pending.merge(pending);
  }
}

std::uint32_t WorkQueue::failures(const VolumeId& id) const {
  const auto found = items_.find(id);
  return found == items_.end() ? 0 : found->second.failures;
}

WorkQueue::Standing WorkQueue::standing(const VolumeId& id) const {
  const auto found = items_.find(id);
  if (found == items_.end()) return {};
  const Item& item = found->second;
  return {item.queued, item.processing, item.failures, item.delayed_until, item.oldest()};
}

std::size_t WorkQueue::unfinished() const {
  return static_cast<std::size_t>(
      std::count_if(items_.begin(), items_.end(), [](const auto& entry) {
        const Item& item = entry.second;
        return item.queued || item.processing || item.failures > 0 || item.pending.oldest();
      }));
}

std::size_t WorkQueue::ready() const {
  return static_cast<std::size_t>(std::count_if(
      items_.begin(), items_.end(), [](const auto& entry) { return entry.second.queued; }));
}

WorkQueue::Work WorkQueue::work(Clock::time_point now) const {
  Work work;
  if (clock_ == nullptr) return work;
  for (const auto& [id, item] : items_) {
    if (!item.processing) continue;
    work.sum += now - item.since;
    work.longest = std::max(work.longest, now - item.since);
  }
  return work;
}

std::optional<Clock::time_point> WorkQueue::Item::oldest() const {
  PendingSince all = pending;
  all.merge(sending);
  return all.oldest();
}

std::optional<Clock::time_point> WorkQueue::oldest_pending() const {
  std::optional<Clock::time_point> oldest;
  for (const auto& [id, item] : items_) {
    const auto since = item.oldest();
    if (since && (!oldest || *since < *oldest)) oldest = since;
  }
  return oldest;
}

} // namespace syncer

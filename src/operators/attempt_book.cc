#include "operators/attempt_book.h"

#include <algorithm>

namespace syncer {

void AttemptBook::want(const std::string& key, Time now) {
  Entry& entry = entries_[key];
  entry.due = now;
  entry.again = running(key);
}

void AttemptBook::forget(const std::string& key) {
  entries_.erase(key);
  if (const auto run = running_.find(key); run != running_.end()) run->second.forgotten = true;
}

std::vector<std::string> AttemptBook::start_due(Time now) {
  std::vector<std::string> started;
  for (const auto& [key, entry] : entries_) {
    if (running_.size() >= limits_.running) break;
    if (entry.due > now || running(key)) continue;
    const bool retry = entry.failures > 0;
    if (retry && retrying_ >= limits_.retrying) continue;
    if (retry) ++retrying_;
    running_[key].retry = retry;
    started.push_back(key);
  }
  return started;
}

bool AttemptBook::ended(const std::string& key) {
  const auto run = running_.find(key);
  if (run == running_.end()) return false;
  if (run->second.retry) --retrying_;
  const bool counts = !run->second.forgotten;
  running_.erase(run);
  const auto entry = entries_.find(key);
  if (entry == entries_.end()) return false;
  // Wanted anew after it was forgotten: that is another attempt.
  if (!counts) entry->second.again = false;
  return counts;
}

void AttemptBook::succeeded(const std::string& key, Time now) {
  if (!ended(key)) return;
  Entry& entry = entries_[key];
  if (!entry.again) {
    entries_.erase(key);
    return;
  }
  entry = Entry();
  entry.due = now;
}

void AttemptBook::failed(const std::string& key, Time now, double jitter) {
  if (!ended(key)) return;
  Entry& entry = entries_[key];
  ++entry.failures;
  entry.due = entry.again ? now : now + backoff_.after(entry.failures, jitter);
  entry.again = false;
}

void AttemptBook::postponed(const std::string& key, Time until) {
  if (!ended(key)) return;
  Entry& entry = entries_[key];
  entry.due = until;
  entry.again = false;
}

std::uint32_t AttemptBook::failures(const std::string& key) const {
  const auto found = entries_.find(key);
  return found == entries_.end() ? 0 : found->second.failures;
}

AttemptBook::Time AttemptBook::next_due(Time now) const {
  Time next = Time::max();
  for (const auto& [key, entry] : entries_) {
    if (!running(key) && entry.due > now) next = std::min(next, entry.due);
  }
  return next;
}

} // namespace syncer

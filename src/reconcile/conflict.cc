#include "reconcile/conflict.h"

#include <algorithm>

namespace syncer {

namespace {

constexpr std::uint32_t kCycles = 2; // of quiet before a trial, of survival after it
constexpr std::chrono::hours kLongestPause{24};
constexpr std::size_t kMostVolumes = 10'000;

bool contains(const std::vector<EntityRef>& refs, const EntityRef& ref) {
  return std::find(refs.begin(), refs.end(), ref) != refs.end();
}

void add_text(std::string& line, std::string_view text) {
  line += std::to_string(text.size());
  line += ':';
  line += text;
}

void add_ref(std::string& line, const EntityRef& ref) {
  add_text(line, to_string(ref.kind));
  add_text(line, ref.ns.view());
  add_text(line, ref.name.view());
}

// The same for the same entities in whatever order.
Fingerprint content_of(const std::vector<CnsEntity>& entities) {
  std::vector<std::string> lines;
  for (const CnsEntity& entity : entities) {
    std::string line;
    add_ref(line, entity.ref);
    for (const auto& [key, value] : entity.labels) {
      add_text(line, key.view());
      add_text(line, value.view());
    }
    for (const EntityRef& ref : entity.refers_to) add_ref(line, ref);
    lines.push_back(std::move(line));
  }
  std::sort(lines.begin(), lines.end());
  Fingerprint content;
  for (const std::string& line : lines) content.add(line);
  return content;
}

} // namespace

std::vector<EntityRef> foreign_names(const std::vector<CnsEntity>& read,
                                     const std::vector<EntityRef>& acknowledged,
                                     const std::vector<EntityRef>& desired) {
  std::vector<EntityRef> foreign;
  if (acknowledged.empty()) return foreign;
  for (const CnsEntity& entity : read) {
    if (entity.ref.kind == EntityKind::kPod) continue;
    if (!contains(acknowledged, entity.ref) && !contains(desired, entity.ref))
      foreign.push_back(entity.ref);
  }
  return foreign;
}

void ConflictBook::read_back(const VolumeId& id, const ReadBack& back, std::uint64_t cycle,
                             Clock::time_point now) {
  if (cycle > newest_cycle_) {
    newest_cycle_ = cycle;
    // Two cycles running or nothing.
    std::erase_if(suspects_, [&](const auto& entry) { return entry.second + 1 < cycle; });
  }
  if (back.desired.empty()) return;
  if (conflicts_.contains(id)) {
    follow(id, back, cycle, now);
  } else {
    suspect(id, back, cycle, now);
  }
}

void ConflictBook::suspect(const VolumeId& id, const ReadBack& back, std::uint64_t cycle,
                           Clock::time_point now) {
  const auto before = suspects_.find(id);
  if (before != suspects_.end() && before->second >= cycle) return;
  if (foreign_names(back.read, back.acknowledged, back.desired).empty()) {
    suspects_.erase(id);
    return;
  }
  if (before == suspects_.end() || !back.rewritten) {
    if (before == suspects_.end() && suspects_.size() >= kMostVolumes) {
      ++refused_;
      return;
    }
    suspects_[id] = cycle;
    return;
  }
  suspects_.erase(before);
  if (conflicts_.size() >= kMostVolumes) {
    ++refused_;
    return;
  }
  Conflict conflict;
  conflict.cycle = cycle;
  conflict.content = content_of(back.read);
  conflict.since = now;
  conflict.not_before = now;
  conflict.ours = back.acknowledged;
  conflicts_.emplace(id, std::move(conflict));
}

void ConflictBook::follow(const VolumeId& id, const ReadBack& back, std::uint64_t cycle,
                          Clock::time_point now) {
  Conflict& conflict = conflicts_.at(id);
  if (cycle <= conflict.cycle) return;
  const bool running = cycle == conflict.cycle + 1;
  const Fingerprint content = content_of(back.read);
  const bool same = running && content == conflict.content;
  conflict.cycle = cycle;
  conflict.content = content;
  // What the record says by now may be what we read from the other writer: only what we wrote
  // counts as ours.
  if (foreign_names(back.read, conflict.ours, back.desired).empty()) {
    conflict.quiet = 0;
    conflict.survived = running ? conflict.survived + 1 : 1;
    if (conflict.survived >= kCycles) conflicts_.erase(id);
    return;
  }
  conflict.survived = 0;
  step(conflict, same, back.rewritten, now);
}

// The other writer's names are there.
void ConflictBook::step(Conflict& conflict, bool same, bool rewritten, Clock::time_point now) {
  const bool overwritten =
      conflict.state == State::kProving || (conflict.state == State::kTrial && rewritten);
  if (overwritten) {
    conflict.state = State::kPaused;
    conflict.quiet = 0;
    conflict.since = now;
    conflict.pause = std::min<Clock::duration>(conflict.pause * 2, kLongestPause);
    conflict.not_before = now + conflict.pause;
    return;
  }
  conflict.quiet = same ? conflict.quiet + 1 : 0;
  if (conflict.state == State::kTrial) {
    if (!same) conflict.state = State::kPaused;
    return;
  }
  if (conflict.quiet < kCycles || now < conflict.not_before) return;
  conflict.state = State::kTrial;
  // The first pause is as long as two cycles took.
  if (conflict.pause == Clock::duration::zero())
    conflict.pause = std::min<Clock::duration>(now - conflict.since, kLongestPause);
}

void ConflictBook::forget(const VolumeId& id) {
  suspects_.erase(id);
  conflicts_.erase(id);
}

bool ConflictBook::may_write(const VolumeId& id) const {
  const auto found = conflicts_.find(id);
  return found == conflicts_.end() || found->second.state == State::kTrial;
}

void ConflictBook::wrote(const VolumeId& id, const std::vector<EntityRef>& names) {
  const auto found = conflicts_.find(id);
  if (found == conflicts_.end() || found->second.state != State::kTrial) return;
  found->second.state = State::kProving;
  for (const EntityRef& name : names) {
    if (!contains(found->second.ours, name)) found->second.ours.push_back(name);
  }
}

std::vector<VolumeId> ConflictBook::conflicts() const {
  std::vector<VolumeId> ids;
  ids.reserve(conflicts_.size());
  for (const auto& [id, conflict] : conflicts_) ids.push_back(id);
  std::sort(ids.begin(), ids.end());
  return ids;
}

std::string ConflictBook::detail() const {
  const std::vector<VolumeId> ids = conflicts();
  std::string text =
      "another writer with our cluster id overwrites " + std::to_string(ids.size()) + " volumes";
  if (!ids.empty()) text += " (the first is " + ids.front().str() + ")";
  return text + ": they are not written, and nothing is labelled or unregistered";
}

std::size_t ConflictBook::confirm() {
  const std::size_t count = conflicts_.size();
  conflicts_.clear();
  suspects_.clear();
  return count;
}

} // namespace syncer

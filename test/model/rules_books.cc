// Rules that judge a call by what was read and called before.
#include <algorithm>

#include "rules.h"

namespace syncer::model {

namespace {

using namespace std::chrono_literals;

// A read that is this old has reached the process.
constexpr auto kReadTime = 2s;
constexpr auto kMassWindow = 10min;
constexpr std::size_t kFewLabels = 2;
constexpr std::size_t kFewUnregistered = 5;

bool is_retained(const CnsEntity& entity) {
  return std::any_of(entity.labels.begin(), entity.labels.end(),
                     [](const auto& label) { return label.first.view() == "pv_retained"; });
}

const CnsEntity* find(const std::vector<CnsEntity>& entities, const std::string& ref) {
  const auto found = std::find_if(entities.begin(), entities.end(),
                                  [&](const CnsEntity& entity) { return text(entity.ref) == ref; });
  return found == entities.end() ? nullptr : &*found;
}

} // namespace

void Rules::note_read(const VolumeId& id) {
  const auto volume = vcenter_.store.answer(id);
  if (!volume) return;
  Retained retained{process_->now(), {}};
  for (const CnsEntity& entity : volume->entities) {
    held_by_us_[id].insert(text(entity.ref));
    if (is_retained(entity)) retained.refs.insert(text(entity.ref));
  }
  // An answer that a write overtakes is not believed.
  const auto busy = busy_until_.find(id);
  if (busy == busy_until_.end() || busy->second < process_->now()) retained_[id] = retained;
}

// D8: the label is kept wherever it was read.
void Rules::retained_stays(const CnsUpdate& call) {
  const auto known = retained_.find(call.id);
  if (known == retained_.end()) return;
  const Retained before = known->second;
  retained_.erase(known);
  if (process_->now() - before.read_at < kReadTime) return;
  const std::vector<CnsEntity> there = vcenter_.store.entities(call.id);
  for (const CnsEntity& entity : call.upserts) {
    const std::string ref = text(entity.ref);
    if (!before.refs.contains(ref) || is_retained(entity)) continue;
    const CnsEntity* now = find(there, ref);
    if (now != nullptr && is_retained(*now))
      violated("update of volume " + call.id.str() + " takes pv_retained off " + ref);
  }
}

// What our cluster never put there is not ours to remove.
void Rules::ours_alone(const CnsUpdate& call) {
  std::set<std::string>& held = held_by_us_[call.id];
  for (const CnsEntity& entity : call.upserts) held.insert(text(entity.ref));
  for (const EntityRef& ref : call.removals) {
    if (!held.contains(text(ref)) && !created_.contains(text(ref)))
      violated("update of volume " + call.id.str() + " removes " + text(ref) +
               ", which our cluster never put there");
  }
}

// 5.5: all that is missing and not labelled counts, so between two cycles only few can be labelled.
void Rules::not_too_many_labels(const VolumeId& id) {
  const std::size_t cycle = process_->complete_cycles().size();
  if (std::exchange(labelled_in_cycle_, cycle) != cycle) labelled_.clear();
  if (missing_confirmed_.contains(id)) return;
  labelled_.insert(id);
  const std::size_t most = std::max(kFewLabels, vcenter_.store.ids().size() / 10);
  if (labelled_.size() > most)
    violated("pv_missing on volume " + id.str() + ": too many at once, and nobody confirmed it");
}

// 5.3: not more than a few of those that went within ten minutes.
void Rules::not_too_many_unregistered(const VolumeId& id, Time deleted_at) {
  if (unregister_confirmed_.contains(id)) return;
  unregistered_[id] = deleted_at;
  for (const auto& [one, end] : unregistered_) {
    const auto in_window =
        std::count_if(unregistered_.begin(), unregistered_.end(), [end = end](const auto& other) {
          return other.second <= end && end - other.second < kMassWindow;
        });
    if (static_cast<std::size_t>(in_window) <= kFewUnregistered) continue;
    violated("unregistering volume " + id.str() + ": too many at once, and nobody confirmed it");
    return;
  }
}

void Rules::confirmed_missing() {
  const Links known = links();
  for (const VolumeId& id : vcenter_.store.ids()) {
    if (!anything_names(process_->feed().seen(), known, id)) missing_confirmed_.insert(id);
  }
}

void Rules::confirmed_unregister() {
  for (const Feed::SeenDeletion& deletion : process_->feed().deletions()) {
    const auto disk = disks.find(deletion.last.in_tree_path);
    unregister_confirmed_.insert(disk != disks.end() ? disk->second : deletion.last.handle);
  }
}

} // namespace syncer::model

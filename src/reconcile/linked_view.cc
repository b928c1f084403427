#include "reconcile/linked_view.h"

#include <iterator>
#include <unordered_set>

namespace syncer {

namespace {

bool named(const VolumeFacts& facts) {
  return !facts.volumes.empty() || !facts.inline_pods.empty();
}

template <class T>
void append(std::vector<T>& to, std::vector<T>&& from) {
  to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
}

// One pod may name two spellings of a path.
void append_pods(std::vector<Pod>& to, std::vector<Pod>&& from) {
  std::unordered_set<ObjectKey> known;
  for (const Pod& pod : to) known.insert(pod.key);
  for (Pod& pod : from) {
    if (known.insert(pod.key).second) to.push_back(std::move(pod));
  }
}

} // namespace

VolumeFacts LinkedView::facts(const VolumeId& id) const {
  VolumeFacts facts = base_.facts(id);
  facts.view_complete = facts.view_complete && links_known();
  bool path_is_named = false;
  for (const InternedString& path : migrations_.paths_of(id)) {
    VolumeFacts more = base_.in_tree_facts(path);
    // A path that is still named says more about the volume than one that is not; but the volume
    // stays an in-tree one when nothing names it any more.
    const bool is_named = named(more);
    if (facts.in_tree_path.empty() || (is_named && !path_is_named)) facts.in_tree_path = path;
    path_is_named = path_is_named || is_named;
    append(facts.volumes, std::move(more.volumes));
    append_pods(facts.inline_pods, std::move(more.inline_pods));
    facts.marked = facts.marked || more.marked;
    facts.view_complete = facts.view_complete && more.view_complete;
    facts.claims_unclear = facts.claims_unclear || more.claims_unclear;
    facts.pods_unclear = facts.pods_unclear || more.pods_unclear;
  }
  return facts;
}

std::vector<VolumeId> LinkedView::linked_only() const {
  std::vector<VolumeId> ids;
  std::unordered_set<VolumeId> seen;
  for (const InternedString& path : base_.in_tree_paths()) {
    const std::optional<VolumeId> id = migrations_.find(path);
    if (!id || !seen.insert(*id).second) continue;
    if (base_.facts(*id).volumes.empty()) ids.push_back(*id);
  }
  return ids;
}

std::vector<VolumeId> LinkedView::volumes() const {
  std::vector<VolumeId> ids = base_.volumes();
  append(ids, linked_only());
  return ids;
}

std::size_t LinkedView::volume_count() const { return base_.volume_count() + linked_only().size(); }

} // namespace syncer

#include "reconcile/routed_view.h"

namespace syncer {

bool RoutedView::here(const VolumeId& id) const {
  const std::optional<std::size_t> vcenter = router_.route(id);
  return vcenter.has_value() && vcenter == router_.number_of(host_);
}

VolumeFacts RoutedView::facts(const VolumeId& id) const {
  VolumeFacts facts = cluster_.facts(id);
  if (!facts.volumes.empty() && !here(id)) facts.marked = true;
  return facts;
}

VolumeFacts RoutedView::in_tree_facts(const InternedString& path) const {
  VolumeFacts facts = cluster_.in_tree_facts(path);
  if (router_.several()) facts.marked = true;
  return facts;
}

std::vector<VolumeId> RoutedView::volumes() const {
  std::vector<VolumeId> ids = cluster_.volumes();
  std::erase_if(ids, [this](const VolumeId& id) { return !here(id); });
  return ids;
}

std::vector<InternedString> RoutedView::in_tree_paths() const {
  if (router_.several()) return {};
  return cluster_.in_tree_paths();
}

std::size_t RoutedView::volume_count() const {
  return router_.several() ? router_.count_at(host_) : cluster_.volume_count();
}

} // namespace syncer

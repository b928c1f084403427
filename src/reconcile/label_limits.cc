#include "reconcile/label_limits.h"

#include <algorithm>

namespace syncer {

namespace {

bool is_reserved(const InternedString& key) {
  return key.view() == "pv_missing" || key.view() == "pv_retained";
}

bool fits(const std::pair<InternedString, InternedString>& label) {
  return label.first.view().size() <= kMaxLabelKeyBytes &&
         label.second.view().size() <= kMaxLabelValueBytes;
}

} // namespace

bool cut_labels(CnsEntity& entity) {
  const std::size_t before = entity.labels.size();
  std::erase_if(entity.labels, [](const auto& label) { return !fits(label); });
  if (entity.labels.size() > kMaxLabels) {
    // Labels are sorted by key, so a stable partition keeps byte order behind the reserved ones.
    std::stable_partition(entity.labels.begin(), entity.labels.end(),
                          [](const auto& label) { return is_reserved(label.first); });
    entity.labels.resize(kMaxLabels);
    sort_labels(entity.labels);
  }
  return entity.labels.size() != before;
}

bool cut_labels(std::vector<CnsEntity>& entities) {
  bool cut = false;
  for (CnsEntity& entity : entities) cut = cut_labels(entity) || cut;
  return cut;
}

} // namespace syncer

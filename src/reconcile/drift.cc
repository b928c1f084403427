#include "reconcile/drift.h"

#include <algorithm>
#include <tuple>

namespace syncer {

DriftBook::Key DriftBook::key_of(const Drift& drift) {
  const bool each_pv = drift.type == DriftClass::kReleasedWithoutConsumer && !drift.pvs.empty();
  return {drift.type, drift.volume.empty() ? drift.in_tree_path : drift.volume,
          each_pv ? drift.pvs.front() : std::string()};
}

void DriftBook::cycle(std::vector<Drift> found, Clock::time_point began, Clock::time_point ended) {
  std::unordered_map<Key, Seen, KeyHash> current;
  auto report = std::make_shared<DriftReport>();
  report->ended = ended;
  std::vector<DriftRow> told;
  for (Drift& drift : found) {
    const Key key = key_of(drift);
    const auto known = seen_.find(key);
    Seen seen = known == seen_.end() ? Seen{began, 0} : known->second;
    ++seen.cycles;
    if (!current.emplace(key, seen).second) continue;
    if (seen.cycles < drift.cycles || began - seen.since < min_age_) continue;
    told.push_back({std::move(drift), seen.since});
  }
  seen_ = std::move(current);
  std::sort(told.begin(), told.end(), [](const DriftRow& a, const DriftRow& b) {
    const auto rank = [](const DriftRow& row) {
      return std::tuple(row.drift.type, row.since, row.drift.volume.view(),
                        row.drift.in_tree_path.view());
    };
    return std::tuple_cat(rank(a), std::tie(a.drift.pvs)) <
           std::tuple_cat(rank(b), std::tie(b.drift.pvs));
  });
  for (DriftRow& row : told) {
    std::size_t& count = report->counts[index_of(row.drift.type)];
    if (++count <= DriftReport::kMostRowsPerClass) report->rows.push_back(std::move(row));
  }
  report_ = std::move(report);
}

} // namespace syncer

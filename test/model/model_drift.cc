// The drift report against the world.
#include <algorithm>

#include "drift_oracle.h"
#include "model.h"

namespace syncer::model {

// A full sync ended after `since`, and nothing was told to the process from then on: its rows must
// be true of what it was told. Which volume a path is, nobody knows without a link, and one may
// have been made before or after the full sync: a row is false only if it is so by those of before
// (`links`) and by those of now.
void Model::check_new_drift(Time since, const Links& links) {
  const std::shared_ptr<const DriftReport> report = process_->drift();
  if (!report->ended || *report->ended <= since) return;
  ++result_.drift_reports;
  result_.drift_rows += report->rows.size();
  const std::vector<Time>& cycles = process_->complete_cycles();
  for (const DriftRow& row : report->rows) {
    const std::string name = "drift " + text(row.drift) + ": ";
    const Objects& told = process_->feed().seen();
    const std::string why = refuted(row.drift, told, links);
    if (!why.empty() && !refuted(row.drift, told, rules_.links()).empty())
      rules_.violated(name + why);
    if (*report->ended - row.since < kDriftMinAge) rules_.violated(name + "is too young");
    const auto ended = std::count_if(cycles.begin(), cycles.end(),
                                     [&](const Time& end) { return end >= row.since; });
    if (ended < 2) rules_.violated(name + "was seen in one full sync");
  }
}

// All has been quiet for long: the report says what is so, and nothing else.
void Model::check_drift() {
  DriftWorld world{truth_.objects(), rules_.links(), {}, moved_, {}};
  for (const Slot& slot : slots_) {
    if (const auto volume = vcenter_.store.answer(slot.id)) world.cns.emplace(slot.id, *volume);
    if (!slot.path.empty()) world.paths.insert(slot.path);
  }
  std::set<std::string> missing = expected_drift(world);
  for (const DriftRow& row : process_->drift()->rows) {
    if (missing.erase(text(row.drift)) == 0)
      rules_.violated("drift " + text(row.drift) + " is reported and is none");
  }
  for (const std::string& row : missing) rules_.violated("drift " + row + " is not reported");
}

} // namespace syncer::model

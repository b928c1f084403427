#include "reconcile/routing_inquiry.h"

#include <algorithm>

namespace syncer {

Inquiry::Inquiry(const std::vector<std::size_t>& vcenters, Clock::time_point begun,
                 Patience patience)
    : begun_(begun), patience_(patience) {
  for (const std::size_t vcenter : vcenters) answers_.emplace_back(vcenter, Answer::kOutstanding);
}

void Inquiry::answer(std::size_t vcenter, Answer answer, Clock::time_point now) {
  for (auto& [asked, known] : answers_) {
    if (asked != vcenter) continue;
    known = answer;
    if (answer == Answer::kHas && !first_hit_) first_hit_ = now;
  }
}

Clock::time_point Inquiry::look_at() const {
  const Clock::time_point patience_ends = begun_ + patience_.answer;
  return first_hit_ ? std::min(patience_ends, *first_hit_ + patience_.objection) : patience_ends;
}

std::vector<std::size_t> Inquiry::with(Answer answer) const {
  std::vector<std::size_t> vcenters;
  for (const auto& [vcenter, known] : answers_) {
    if (known == answer) vcenters.push_back(vcenter);
  }
  return vcenters;
}

Inquiry::End Inquiry::end(Clock::time_point now,
                          const std::function<bool(std::size_t)>& known_silent) const {
  const std::size_t hits = with(Answer::kHas).size();
  if (hits > 1) return End::kSeveral;
  const std::vector<std::size_t> outstanding = with(Answer::kOutstanding);
  const bool over = now >= look_at();
  if (hits == 1) {
    const bool nobody_to_wait_for =
        std::all_of(outstanding.begin(), outstanding.end(), known_silent);
    return over || nobody_to_wait_for ? End::kFound : End::kOpen;
  }
  if (!outstanding.empty() && !over) return End::kOpen;
  const bool all_answered = outstanding.empty() && with(Answer::kSilent).empty();
  return all_answered ? End::kNowhere : End::kIncomplete;
}

} // namespace syncer

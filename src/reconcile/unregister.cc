#include "reconcile/unregister.h"

#include <algorithm>

namespace syncer {

namespace {

// A Delete-policy PV that is still Bound this long after its claim went was not taken by the
// controller.
constexpr std::chrono::seconds kControllerGrace{60};

// A share whose PVs go in greater numbers than this is left to pv_missing.
constexpr std::size_t kMostPvs = 1'000;

// More than max(5, 1 %) at once is not a matter of single volumes.
bool too_many(std::size_t count, std::size_t cns_volumes) {
  return count * 100 > std::max<std::size_t>(5 * 100, cns_volumes);
}

bool controller_owns(const BoundVolume& last, Clock::time_point now) {
  const PersistentVolume& pv = last.pv;
  if (pv.policy != ReclaimPolicy::kDelete) return false;
  if (pv.deleting || pv.phase == VolumePhase::kReleased || pv.phase == VolumePhase::kFailed)
    return true;
  const bool claim_gone = !last.claim && !pv.claim_uid.empty();
  if (!claim_gone) return false;
  const bool left_over = pv.phase == VolumePhase::kBound && last.claim_gone_since &&
                         now - *last.claim_gone_since >= kControllerGrace;
  return !left_over;
}

} // namespace

const char* to_string(KeptBecause reason) {
  switch (reason) {
    case KeptBecause::kNothing:
      return "nothing";
    case KeptBecause::kControllerOwns:
      return "controller_owns";
    case KeptBecause::kUnobserved:
      return "unobserved";
    case KeptBecause::kProvisioned:
      return "provisioned";
  }
  return "";
}

KeptBecause kept_because(const BoundVolume& last, bool observed, Clock::time_point now) {
  if (controller_owns(last, now)) return KeptBecause::kControllerOwns;
  if (!observed) return KeptBecause::kUnobserved;
  const bool is_static = !last.pv.dynamic;
  if (last.pv.policy != ReclaimPolicy::kRetain && !is_static) return KeptBecause::kProvisioned;
  return KeptBecause::kNothing;
}

void UnregisterBook::begin_term(std::uint64_t term) {
  term_ = term;
  candidates_.clear();
  arrivals_.clear();
}

KeptBecause UnregisterBook::deleted(const VolumeId& id, const BoundVolume& last, bool observed,
                                    std::uint64_t term, Clock::time_point now) {
  if (term != term_) begin_term(term);
  const KeptBecause kept = kept_because(last, observed, now);
  if (kept != KeptBecause::kNothing) {
    candidates_.erase(id);
    return kept;
  }
  if (retain_ || id.empty()) return kept;
  const auto known = candidates_.find(id);
  if (known == candidates_.end() && candidates_.size() >= options_.most_candidates) {
    ++refused_;
    return kept;
  }
  Candidate& candidate = known == candidates_.end() ? candidates_[id] : known->second;
  if (candidate.volumes.size() >= kMostPvs) {
    candidates_.erase(id);
    ++refused_;
    return kept;
  }
  candidate.volumes.push_back({last.pv.name, last.pv.claim, last.pv.in_tree_path});
  candidate.due_at = now + options_.grace;
  candidate.released = false;
  count_arrival(id, now);
  return kept;
}

void UnregisterBook::drop_path(const InternedString& path) {
  std::erase_if(candidates_, [&](const auto& entry) {
    const std::vector<DepartedPv>& volumes = entry.second.volumes;
    return std::any_of(volumes.begin(), volumes.end(),
                       [&](const DepartedPv& pv) { return pv.in_tree_path == path; });
  });
}

void UnregisterBook::count_arrival(const VolumeId& id, Clock::time_point now) {
  if (mass_) return;
  std::erase_if(arrivals_,
                [&](const auto& arrival) { return now - arrival.second > options_.window; });
  arrivals_[id] = now;
  if (!too_many(arrivals_.size(), cns_volumes_)) return;
  mass_ = true;
  arrivals_.clear();
}

void UnregisterBook::retain(bool on) {
  retain_ = on;
  if (on) candidates_.clear();
}

const UnregisterBook::Candidate* UnregisterBook::find(const VolumeId& id,
                                                      std::uint64_t term) const {
  const auto found = candidates_.find(id);
  return found == candidates_.end() || term != term_ ? nullptr : &found->second;
}

bool UnregisterBook::due(const VolumeId& id, std::uint64_t term, Clock::time_point now) const {
  const Candidate* const candidate = find(id, term);
  return candidate != nullptr && allowed(*candidate) && candidate->due_at <= now;
}

std::vector<VolumeId> UnregisterBook::volumes() const {
  std::vector<VolumeId> ids;
  ids.reserve(candidates_.size());
  for (const auto& [id, candidate] : candidates_) ids.push_back(id);
  return ids;
}

Agenda UnregisterBook::agenda(std::uint64_t term) const {
  Agenda agenda;
  if (term != term_) return agenda;
  for (const auto& [id, candidate] : candidates_) {
    if (allowed(candidate)) agenda.emplace_back(id, candidate.due_at);
  }
  return agenda;
}

std::vector<VolumeId> UnregisterBook::unconfirmed() const {
  std::vector<VolumeId> ids;
  for (const auto& [id, candidate] : candidates_) {
    if (!candidate.released) ids.push_back(id);
  }
  std::sort(ids.begin(), ids.end());
  return ids;
}

std::string UnregisterBook::mass_detail() const {
  const std::vector<VolumeId> ids = unconfirmed();
  std::string text = "the PVs of " + std::to_string(ids.size()) + " of " +
                     std::to_string(cns_volumes_) + " CNS volumes were deleted";
  if (!ids.empty()) text += " (the first is " + ids.front().str() + ")";
  return text + ": nothing is unregistered until somebody confirms it";
}

std::size_t UnregisterBook::confirm() {
  if (!mass_) return 0;
  const std::vector<VolumeId> ids = unconfirmed();
  for (const VolumeId& id : ids) candidates_.at(id).released = true;
  arrivals_.clear();
  mass_ = false;
  return ids.size();
}

std::optional<UnregisterBook::Standing> UnregisterBook::standing(const VolumeId& id) const {
  const auto found = candidates_.find(id);
  if (found == candidates_.end()) return std::nullopt;
  return Standing{found->second.due_at, !allowed(found->second)};
}

UnregisterBook::Counts UnregisterBook::counts(Clock::time_point now) const {
  Counts counts;
  counts.candidates = candidates_.size();
  counts.refused = refused_;
  for (const auto& [id, candidate] : candidates_) {
    if (candidate.due_at <= now && !allowed(candidate)) ++counts.held;
  }
  return counts;
}

} // namespace syncer

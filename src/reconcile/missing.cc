#include "reconcile/missing.h"

#include <algorithm>

namespace syncer {

namespace {

// More than max(2, 10 %) at once is not a matter of single volumes.
bool too_many(std::size_t count, std::size_t cns_volumes) {
  return count * 10 > std::max<std::size_t>(2 * 10, cns_volumes);
}

} // namespace

void MissingBook::cycle(const CycleFindings& findings, Clock::time_point now) {
  if (!findings.complete) return;
  std::unordered_map<VolumeId, Entry> current;
  for (const MissingVolume& volume : findings.missing) {
    const auto known = entries_.find(volume.id);
    Entry entry;
    entry.first_seen = now;
    if (known != entries_.end()) entry = known->second;
    if (now - entry.first_seen >= options_.between_cycles) entry.confirmed = true;
    entry.labelled = volume.labelled || entry.labelled_since;
    if (entry.labelled) entry.released = false;
    entry.labelled_since = false;
    entry.lost_until.reset();
    current.emplace(volume.id, entry);
  }
  for (auto& [id, entry] : entries_) {
    if (!entry.lost_until) continue;
    // The first cycle after that time may have begun before it.
    if (*entry.lost_until < now) entry.lost_until.reset();
    current.emplace(id, entry);
  }
  entries_ = std::move(current);
  judge(findings);
}

void MissingBook::judge(const CycleFindings& findings) {
  cns_volumes_ = findings.cns_volumes;
  // A confirmed loss is reported as long as nobody acted on it.
  claims_released_ = std::min(claims_released_, findings.claims_lost_in_relist);
  claims_lost_ = findings.claims_lost_in_relist - claims_released_;
  const std::size_t volumes = unconfirmed().size();
  const bool all = volumes > 0 && entries_.size() >= cns_volumes_;
  if (all || too_many(volumes + claims_lost_, cns_volumes_)) mass_ = true;
}

bool MissingBook::ripe(const Entry& entry, Clock::time_point now) const {
  return !entry.labelled && entry.confirmed && now - entry.first_seen >= options_.min_age;
}

bool MissingBook::due(const VolumeId& id, Clock::time_point now) const {
  const auto found = entries_.find(id);
  return found != entries_.end() && allowed(found->second) && ripe(found->second, now);
}

Agenda MissingBook::agenda() const {
  Agenda agenda;
  for (const auto& [id, entry] : entries_) {
    if (!allowed(entry) || entry.labelled || !entry.confirmed) continue;
    agenda.emplace_back(id, entry.first_seen + options_.min_age);
  }
  return agenda;
}

void MissingBook::labelled(const VolumeId& id) {
  const auto found = entries_.find(id);
  if (found == entries_.end()) return;
  found->second.labelled = true;
  found->second.labelled_since = true;
  found->second.released = false;
}

void MissingBook::lost(const VolumeId& id, Clock::time_point until) {
  const auto found = entries_.find(id);
  if (found != entries_.end()) found->second.lost_until = until;
}

std::vector<VolumeId> MissingBook::unconfirmed() const {
  std::vector<VolumeId> ids;
  for (const auto& [id, entry] : entries_) {
    if (!entry.labelled && !entry.released) ids.push_back(id);
  }
  std::sort(ids.begin(), ids.end());
  return ids;
}

std::string MissingBook::mass_detail() const {
  const std::vector<VolumeId> ids = unconfirmed();
  std::string text = std::to_string(ids.size()) + " of " + std::to_string(cns_volumes_) +
                     " CNS volumes have no PV";
  if (!ids.empty()) text += " (the first is " + ids.front().str() + ")";
  if (claims_lost_ > 0) {
    text += ", and " + std::to_string(claims_lost_) + " claims of bound PVs vanished in a relist";
  }
  return text + ": nothing is labelled until somebody confirms it";
}

std::size_t MissingBook::confirm() {
  if (!mass_) return 0;
  const std::vector<VolumeId> ids = unconfirmed();
  for (const VolumeId& id : ids) entries_.at(id).released = true;
  claims_released_ += claims_lost_;
  claims_lost_ = 0;
  mass_ = false;
  return ids.size();
}

std::optional<MissingBook::Standing> MissingBook::standing(const VolumeId& id,
                                                           Clock::time_point now) const {
  const auto found = entries_.find(id);
  if (found == entries_.end()) return std::nullopt;
  const Entry& entry = found->second;
  return Standing{entry.first_seen, entry.labelled, ripe(entry, now) && !allowed(entry)};
}

MissingBook::Counts MissingBook::counts(Clock::time_point now) const {
  Counts counts;
  counts.missing = entries_.size();
  for (const auto& [id, entry] : entries_) {
    if (entry.labelled) ++counts.labelled;
    if (ripe(entry, now) && !allowed(entry)) ++counts.held;
  }
  return counts;
}

} // namespace syncer

#include "reconcile/departures.h"

#include <spdlog/spdlog.h>

namespace syncer {

namespace {

constexpr std::chrono::seconds kLeaderPause{1};
// A view, or another trouble, that forbids it now may be over after this long.
constexpr std::chrono::seconds kHeldPause{30};
constexpr std::size_t kMostGone = 10'000;

DepartureOptions by_policy(DepartureOptions options) {
  if (options.upsert_only) options.missing.enabled = options.unregister.enabled = false;
  return options;
}

} // namespace

Departures::Departures(Deps deps, DepartureOptions options)
    : deps_(std::move(deps)),
      options_(by_policy(std::move(options))),
      missing_(options_.missing),
      unregister_(options_.unregister) {}

bool Departures::named(const VolumeId& id) const {
  const VolumeFacts facts = deps_.view.facts(id);
  // A broken object may be one that names it.
  if (facts.marked || !facts.volumes.empty() || !facts.inline_pods.empty()) return true;
  return deps_.named && deps_.named(id);
}

// One that is going to be unregistered is not labelled meanwhile.
bool Departures::label_due(const VolumeId& id) const {
  if (options_.unregister.enabled && unregister_.find(id, deps_.leadership.term()) != nullptr)
    return false;
  return missing_.due(id, deps_.clock.now());
}

bool Departures::due(const VolumeId& id) const {
  if (deps_.allowed && !deps_.allowed()) return false;
  return unregister_.due(id, deps_.leadership.term(), deps_.clock.now()) || label_due(id);
}

// Nothing may be taken away at the moment; worth another try then. This is no failed condition.
std::optional<Clock::time_point> Departures::wait_for_leave() const {
  const Clock::time_point now = deps_.clock.now();
  if (!deps_.leadership.may_write(deps_.leadership.write_budget())) return now + kLeaderPause;
  if (!deps_.view.complete()) return now + kHeldPause;
  if (deps_.allowed && !deps_.allowed()) return now + kHeldPause;
  return std::nullopt;
}

// It is not yet the volume's turn: the last try failed, or a lost call may still change it.
std::optional<Clock::time_point> Departures::wait_for_turn(const VolumeId& id) {
  const Clock::time_point now = deps_.clock.now();
  const auto known = attempts_.find(id);
  if (known != attempts_.end() && known->second.not_before > now) return known->second.not_before;
  if (known != attempts_.end() && known->second.waited_out) return std::nullopt;
  if (!deps_.in_doubt || !deps_.in_doubt(id)) return std::nullopt;
  Attempt& attempt = attempts_[id];
  attempt.not_before = now + options_.late_task_window;
  attempt.waited_out = true;
  return attempt.not_before;
}

asio::awaitable<Endings::Result> Departures::end(VolumeId id) {
  Result result;
  result.again = wait_for_turn(id);
  if (!result.again) result.again = wait_for_leave();
  if (result.again) co_return result;
  if (unregister_.due(id, deps_.leadership.term(), deps_.clock.now())) {
    result = co_await unregister(id);
  } else if (label_due(id)) {
    result = co_await label(id);
  }
  co_return result;
}

asio::awaitable<Outcome<std::optional<CnsVolume>>> Departures::read(VolumeId id) {
  const std::vector<VolumeId> ids{id};
  const Outcome<std::vector<CnsVolume>> found = co_await deps_.cns.query_volumes(ids);
  if (!found) co_return in_context("read of the volume", found.error());
  for (const CnsVolume& volume : *found) {
    if (volume.id == id) co_return std::optional<CnsVolume>(volume);
  }
  co_return std::optional<CnsVolume>();
}

Endings::Result Departures::retry(const VolumeId& id, const std::string& detail) {
  Attempt& attempt = attempts_[id];
  ++attempt.failures;
  attempt.waited_out = false;
  const Clock::duration pause = options_.backoff.after(attempt.failures, deps_.random());
  attempt.not_before = deps_.clock.now() + pause;
  if (attempt.detail != detail) {
    deps_.log.warn("volume={} without a PV waits, next try in {:.1f} s: {}", id.view(),
                   std::chrono::duration<double>(pause).count(), detail);
  }
  attempt.detail = detail;
  return {attempt.not_before, std::nullopt};
}

// It is left alone until the lost call cannot do anything any more; then everything is asked anew.
Endings::Result Departures::lost(const VolumeId& id, const WriteResult& write) {
  const Clock::time_point over = write.posted_at + options_.late_task_window;
  Result result = retry(id, write.error.detail);
  Attempt& attempt = attempts_[id];
  attempt.not_before = std::max(over, attempt.not_before);
  attempt.waited_out = true;
  result.again = attempt.not_before;
  result.lost_at = write.posted_at;
  missing_.lost(id, *result.again);
  return result;
}

void Departures::cycle(const CycleFindings& findings) {
  if (findings.complete) unregister_.cns_volumes(findings.cns_volumes);
  CycleFindings others = findings;
  if (options_.unregister.enabled) {
    std::erase_if(others.missing, [&](const MissingVolume& volume) {
      return unregister_.find(volume.id, deps_.leadership.term()) != nullptr;
    });
  }
  missing_.cycle(others, deps_.clock.now());
  // In case nobody told of a PV that came back.
  for (const VolumeId& id : unregister_.volumes()) {
    if (named(id)) unregister_.drop(id);
  }
  std::erase_if(attempts_, [&](const auto& entry) {
    return !missing_.follows(entry.first) &&
           unregister_.find(entry.first, deps_.leadership.term()) == nullptr;
  });
  tell_conditions();
}

std::optional<Clock::time_point> Departures::volume_deleted(const VolumeId& id,
                                                            const BoundVolume& last,
                                                            bool observed) {
  const std::uint64_t term = deps_.leadership.term();
  const KeptBecause kept = unregister_.deleted(id, last, observed, term, deps_.clock.now());
  tell_conditions();
  if (kept != KeptBecause::kNothing) {
    deps_.log.debug("volume={} pv={} is gone, not a case for unregistering: {}", id.view(),
                    last.pv.name.view(), to_string(kept));
  }
  const UnregisterBook::Candidate* const candidate = unregister_.find(id, term);
  if (candidate == nullptr || !options_.unregister.enabled) return std::nullopt;
  return candidate->due_at;
}

void Departures::volume_named(const VolumeId& id) {
  unregister_.drop(id);
  missing_.forget(id);
  attempts_.erase(id);
}

void Departures::retain(bool on) { unregister_.retain(on); }

Agenda Departures::agenda() const {
  Agenda agenda = missing_.agenda();
  const Agenda more = unregister_.agenda(deps_.leadership.term());
  agenda.insert(agenda.end(), more.begin(), more.end());
  return agenda;
}

void Departures::tell_conditions() {
  const auto tell = [&](Condition condition, bool stands, const std::string& detail) {
    if (stands) {
      deps_.conditions.raise(condition, options_.vcenter, detail);
    } else {
      deps_.conditions.clear(condition, options_.vcenter);
    }
  };
  tell(Condition::kMassMissing, missing_.mass(), missing_.mass_detail());
  tell(Condition::kMassUnregister, unregister_.mass(), unregister_.mass_detail());
}

std::size_t Departures::confirm_missing() {
  const std::size_t count = missing_.confirm();
  tell_conditions();
  return count;
}

std::size_t Departures::confirm_unregister() {
  const std::size_t count = unregister_.confirm();
  tell_conditions();
  return count;
}

void Departures::remember_gone(const VolumeId& id) {
  if (!gone_.insert(id).second) return;
  gone_order_.push_back(id);
  if (gone_order_.size() <= kMostGone) return;
  gone_.erase(gone_order_.front());
  gone_order_.pop_front();
}

Departures::Standing Departures::standing(const VolumeId& id) const {
  Standing standing{missing_.standing(id, deps_.clock.now()), unregister_.standing(id),
                    unregistered_here(id), ""};
  const auto attempt = attempts_.find(id);
  if (attempt != attempts_.end()) standing.last_error = attempt->second.detail;
  return standing;
}

Departures::Counts Departures::counts() const {
  const Clock::time_point now = deps_.clock.now();
  return {missing_.counts(now), unregister_.counts(now), labelled_, unregistered_, given_up_};
}

} // namespace syncer

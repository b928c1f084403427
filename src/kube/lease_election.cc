#include "kube/lease_election.h"

#include <algorithm>
#include <utility>

#include "kube/kube_time.h"

namespace syncer {

namespace {

constexpr double kJitter = 1.2;

// The Lease holds whole seconds; what others wait for is all that we have.
std::chrono::seconds whole_seconds(Clock::duration time) {
  return std::chrono::duration_cast<std::chrono::seconds>(time);
}

} // namespace

LeaseElection::LeaseElection(std::string identity, ElectionTiming timing, Random random)
    : identity_(std::move(identity)), timing_(timing), random_(std::move(random)) {}

LeaseStep LeaseElection::next(Clock::time_point now, std::chrono::system_clock::time_point wall) {
  if (leads_ && now >= gives_up_at_) lose("it could not be renewed in time");
  if (now < due_) {
    return {LeaseStep::Kind::kWait, leads_ ? std::min(due_, gives_up_at_) : due_, {}};
  }
  // Who deletes a Lease does not stop its holder.
  const bool free = leads_ || !held_by_other(now);
  if (known_ == Known::kNothing || !free) return {LeaseStep::Kind::kRead, {}, {}};
  const bool create = known_ == Known::kAbsent;
  return {create ? LeaseStep::Kind::kCreate : LeaseStep::Kind::kReplace, {}, wanted(wall)};
}

void LeaseElection::read(Clock::time_point now, Lease found) {
  observe(now, std::move(found));
  if (leads_ && record_.holder != identity_) {
    lose(record_.holder.empty() ? "somebody freed it" : record_.holder + " holds it");
  }
  if (held_by_other(now)) {
    look_later(now);
  } else {
    due_ = now;
  }
}

void LeaseElection::absent(Clock::time_point now) {
  known_ = Known::kAbsent;
  if (!leads_ && held_by_other(now)) {
    look_later(now);
  } else {
    due_ = now;
  }
}

void LeaseElection::written(const LeaseSent& sent, Lease stored) {
  observe(sent.at, std::move(stored));
  if (resigned_) return;
  if (!std::exchange(leads_, true)) ++term_;
  second_try_ = false;
  renewed_ = sent.moment;
  due_ = sent.at + timing_.retry_period;
  const Clock::duration ours = whole_seconds(timing_.lease) - kMargin;
  gives_up_at_ = sent.at + std::min(ours, timing_.retry_period + timing_.renew_deadline);
}

void LeaseElection::failed(Clock::time_point now) {
  // A write whose answer was lost may have been done.
  const bool wrote = std::exchange(known_, Known::kNothing) != Known::kNothing;
  if (leads_ && wrote && !std::exchange(second_try_, true)) {
    due_ = now;
    return;
  }
  second_try_ = false;
  if (leads_) {
    due_ = now + timing_.retry_period;
  } else {
    look_later(now);
  }
}

void LeaseElection::seen(Clock::time_point now, Lease found) {
  if (leads_ || (known_ == Known::kPresent && found.version == record_.version)) return;
  observe(now, std::move(found));
  if (held_by_other(now)) {
    look_later(now);
  } else {
    due_ = now;
  }
}

void LeaseElection::deleted(Clock::time_point now) {
  if (leads_) return;
  known_ = Known::kNothing;
  due_ = now;
}

void LeaseElection::resign() {
  resigned_ = true;
  leads_ = false;
}

std::optional<Lease> LeaseElection::freed(const Lease& found,
                                          std::chrono::system_clock::time_point wall) const {
  if (found.holder != identity_) return std::nullopt;
  Lease lease = found;
  lease.holder.clear();
  lease.duration = std::chrono::seconds(1);
  lease.acquired = lease.renewed = format_kube_micro_time(wall);
  return lease;
}

bool LeaseElection::covers(const Clock::Moment& now, Clock::duration budget) const {
  return leads_ && passed(renewed_, now) + budget <= whole_seconds(timing_.lease) - kMargin;
}

void LeaseElection::lose(std::string why) {
  leads_ = false;
  lost_because_ = std::move(why);
}

void LeaseElection::observe(Clock::time_point now, Lease found) {
  if (!found.same_record(record_) || observed_at_ == Clock::time_point()) observed_at_ = now;
  record_ = std::move(found);
  known_ = Known::kPresent;
}

bool LeaseElection::held_by_other(Clock::time_point now) const {
  return !record_.holder.empty() && record_.holder != identity_ &&
         now < observed_at_ + record_.duration;
}

void LeaseElection::look_later(Clock::time_point now) {
  const auto spread =
      std::chrono::duration_cast<Clock::duration>(timing_.retry_period * (kJitter * random_()));
  due_ = now + timing_.retry_period + spread;
  if (held_by_other(now)) due_ = std::min(due_, observed_at_ + record_.duration);
}

Lease LeaseElection::wanted(std::chrono::system_clock::time_point wall) const {
  const std::string time = format_kube_micro_time(wall);
  Lease lease = known_ == Known::kPresent ? record_ : Lease();
  if (known_ == Known::kAbsent || lease.holder != identity_) {
    lease.acquired = time;
    if (known_ == Known::kPresent) ++lease.transitions;
  }
  lease.holder = identity_;
  lease.renewed = time;
  lease.duration = whole_seconds(timing_.lease);
  return lease;
}

} // namespace syncer

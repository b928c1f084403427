// What the router finds out by asking the vCenters.
#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <unordered_set>

#include "reconcile/desired.h"
#include "reconcile/router.h"

namespace syncer {

namespace {

constexpr std::size_t kMostRegistrations = 8; // at once
constexpr std::size_t kLongestName = 80;      // bytes, of a CNS volume
constexpr std::chrono::seconds kLeaderPause{1};
constexpr std::chrono::seconds kTurnPause{1};

bool is_static(const VolumeFacts& facts) {
  return std::none_of(facts.volumes.begin(), facts.volumes.end(),
                      [](const BoundVolume& volume) { return volume.pv.dynamic; });
}

} // namespace

std::string Router::names(const std::vector<std::size_t>& vcenters) const {
  std::string text;
  for (const std::size_t vcenter : vcenters) {
    text += (text.empty() ? "" : " and ") + slots_[vcenter].host;
  }
  return text;
}

// What node affinity leaves open is asked too: CNS that has the volume is the better witness.
void Router::ask(const VolumeId& id, Pending& pending) {
  pending.state = Pending::State::kAsking;
  pending.inquiry.emplace(order_, deps_.clock.now(), options_.patience);
  schedule(id, pending, pending.inquiry->look_at());
  for (const std::size_t vcenter : order_) slots_[vcenter].reader->ask(id);
}

void Router::answered(std::size_t vcenter, const std::vector<VolumeId>& asked,
                      const RouterReader::Found& found) {
  slots_[vcenter].silent = !found;
  std::unordered_set<VolumeId> there;
  if (found) {
    for (const CnsVolume& volume : *found) there.insert(volume.id);
  } else {
    deps_.log.debug("vcenter={} does not say which volumes it has: {}", slots_[vcenter].host,
                    found.error().detail);
  }
  const Clock::time_point now = deps_.clock.now();
  for (const VolumeId& id : asked) {
    const bool has = there.contains(id);
    const auto pending = pending_.find(id);
    if (pending == pending_.end()) {
      if (has) contradicted(id, vcenter);
      continue;
    }
    if (!pending->second.inquiry) continue;
    const Inquiry::Answer answer = has     ? Inquiry::Answer::kHas
                                   : found ? Inquiry::Answer::kHasNot
                                           : Inquiry::Answer::kSilent;
    pending->second.inquiry->answer(vcenter, answer, now);
    const bool late_hit = has && pending->second.state == Pending::State::kResting;
    if (pending->second.state == Pending::State::kAsking || late_hit) conclude(id);
  }
}

// The answer came after another vCenter was believed to be the only one.
void Router::contradicted(const VolumeId& id, std::size_t vcenter) {
  const auto known = settled_.find(id);
  if (known == settled_.end() || known->second.vcenter == vcenter) return;
  if (known->second.basis != Basis::kSeen || deps_.records.find(id)) return;
  const std::size_t other = known->second.vcenter;
  settled_.erase(known);
  missing_records_.forget(id);
  rest(id, pending_[id], names({other, vcenter}) + " both have it in CNS");
}

void Router::conclude(const VolumeId& id) {
  Pending& pending = pending_.at(id);
  const Inquiry& inquiry = *pending.inquiry;
  const Clock::time_point now = deps_.clock.now();
  const auto silent = [this](std::size_t vcenter) { return slots_[vcenter].silent; };
  switch (inquiry.end(now, silent)) {
    case Inquiry::End::kOpen:
      schedule(id, pending, std::max(now, inquiry.look_at()));
      return;
    case Inquiry::End::kFound: {
      const std::size_t vcenter = inquiry.with(Inquiry::Answer::kHas).front();
      settle(id, vcenter, Basis::kSeen, true);
      present(id, slots_[vcenter].host);
      return;
    }
    case Inquiry::End::kSeveral:
      rest(id, pending, names(inquiry.with(Inquiry::Answer::kHas)) + " both have it in CNS");
      return;
    case Inquiry::End::kIncomplete: {
      std::vector<std::size_t> mute = inquiry.with(Inquiry::Answer::kOutstanding);
      for (const std::size_t vcenter : mute) slots_[vcenter].silent = true;
      for (const std::size_t vcenter : inquiry.with(Inquiry::Answer::kSilent))
        mute.push_back(vcenter);
      std::sort(mute.begin(), mute.end());
      rest(id, pending, pending.route.reason + "; no answer from " + names(mute));
      return;
    }
    case Inquiry::End::kNowhere:
      nowhere(id, pending);
      return;
  }
}

// Every vCenter has said that it does not have the volume.
void Router::nowhere(const VolumeId& id, Pending& pending) {
  const VolumeFacts facts = deps_.view.facts(id);
  if (pending.route.kind != Route::Kind::kAsk || !is_file_volume(id, facts) || !is_static(facts)) {
    rest(id, pending, pending.route.reason + "; no vCenter has it in CNS");
    return;
  }
  const Clock::time_point now = deps_.clock.now();
  if (now < pending.register_from) {
    rest(id, pending, "the reply to its registration was lost; it may still take effect");
    return;
  }
  const Desired desired = desired_state(facts, now, CnsVolumeType::kFile);
  if (desired.hands_off != HandsOff::kNo) {
    pause(id, pending, options_.backoff.first);
    return;
  }
  if (registering_ >= kMostRegistrations || stopping_) {
    pause(id, pending, kTurnPause);
    return;
  }
  CnsCreate create;
  create.backing = CnsCreate::Backing::kFileId;
  create.backing_id = id.str();
  create.name = facts.volumes.front().pv.name.str().substr(0, kLongestName);
  create.entities = desired.entities;
  pending.state = Pending::State::kRegistering;
  schedule(id, pending, std::nullopt);
  ++registering_;
  ++running_;
  asio::co_spawn(deps_.executor, register_share(id, std::move(create)),
                 [this](const std::exception_ptr& failure) {
                   --registering_;
                   --running_;
                   if (failure) std::rethrow_exception(failure);
                   wake();
                 });
}

void Router::rest(const VolumeId& id, Pending& pending, const std::string& reason) {
  fail(id, deps_.view.facts(id), reason);
  pause(id, pending, options_.backoff.after(++pending.failures, deps_.random()));
}

void Router::pause(const VolumeId& id, Pending& pending, Clock::duration how_long) {
  pending.state = Pending::State::kResting;
  schedule(id, pending, deps_.clock.now() + how_long);
}

// Only the vCenter that has the share accepts it. One that refuses has answered; one whose answer
// is lost may have done it, and no other one is tried before that is known.
asio::awaitable<void> Router::register_share(VolumeId id, CnsCreate create) {
  const std::vector<std::size_t> vcenters = order_;
  std::string refusals;
  for (const std::size_t vcenter : vcenters) {
    if (!slots_[vcenter].configured) continue;
    const auto before = pending_.find(id);
    if (before == pending_.end() || stopping_) co_return;
    if (!deps_.leadership.may_write(deps_.leadership.write_budget())) {
      pause(id, before->second, kLeaderPause);
      co_return;
    }
    const std::string host = slots_[vcenter].host;
    CnsApi* const cns = slots_[vcenter].cns;
    const auto under_way = writes_.insert(cns);
    const CreateResult result = co_await cns->create(create);
    writes_.erase(under_way);
    const auto found = pending_.find(id);
    if (found == pending_.end()) co_return; // Decided otherwise meanwhile, or nobody's any more.
    Pending& pending = found->second;
    const bool done = result.write.end == WriteEnd::kAcknowledged || result.already_registered;
    const bool another = !result.id.empty() && result.id != id;
    if (done && !another && slots_[vcenter].configured) {
      deps_.log.debug("file volume={} registered vcenter={}", id.view(), host);
      const VolumeFacts facts = deps_.view.facts(id);
      if (!facts.volumes.empty()) {
        deps_.events.normal(about(facts.volumes.front().pv), "static volume provisioning succeeded",
                            "file volume " + id.str() + " is registered in CNS of " + host);
      }
      settle(id, vcenter, Basis::kSeen, true);
      present(id, host);
      co_return;
    }
    if (done && another) {
      refusals += "; " + host + " knows it as volume " + result.id.str();
      continue;
    }
    if (result.write.end == WriteEnd::kUnknown) {
      pending.register_from = result.write.posted_at + options_.late_task_window;
      rest(id, pending,
           "the reply of " + host + " to its registration was lost: " + result.write.error.detail);
      co_return;
    }
    if (result.write.error.unsent) {
      rest(id, pending, "its registration could not be sent to " + host);
      co_return;
    }
    refusals += "; " + host + " refuses it: " + result.write.error.detail;
  }
  const auto found = pending_.find(id);
  if (found == pending_.end()) co_return;
  fail(id, deps_.view.facts(id), "no vCenter registers the file share" + refusals);
  pause(id, found->second, options_.refused.after(++found->second.failures, deps_.random()));
}

} // namespace syncer

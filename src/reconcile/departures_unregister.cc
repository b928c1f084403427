// Unregistering: every condition is asked for in order when the time has come, and those that cost
// nothing once more directly before the write.
#include <spdlog/spdlog.h>

#include <algorithm>

#include "reconcile/departures.h"
#include "reconcile/departures_rules.h"

namespace syncer {

namespace {

constexpr std::chrono::seconds kSoon{1};

bool is_final(PodPhase phase) {
  return phase == PodPhase::kSucceeded || phase == PodPhase::kFailed;
}

} // namespace

asio::awaitable<Endings::Result> Departures::unregister(VolumeId id) {
  const std::uint64_t term = deps_.leadership.term();
  const std::vector<UnregisterBook::DepartedPv> pvs = unregister_.find(id, term)->volumes;
  const Check in_cluster = co_await check_cluster(id, pvs);
  if (const auto result = unless(id, in_cluster)) co_return *result;

  Outcome<std::optional<CnsVolume>> found = co_await read(id);
  if (!found) co_return retry(id, found.error().detail);
  if (!*found) co_return unregistered(id);
  const bool stripped = attempts_.contains(id) && attempts_.at(id).stripped;
  Check in_cns;
  in_cns.reason = cns_objection(**found, pvs, stripped);
  if (!in_cns.reason.empty()) in_cns.verdict = Check::Verdict::kFails;
  if (const auto result = unless(id, in_cns)) co_return *result;

  if ((*found)->type != CnsVolumeType::kBlock) {
    CnsUpdate strip;
    strip.id = id;
    strip.removals = entities_of(**found, pvs);
    if (!strip.removals.empty()) {
      if (const auto result = unless_still_due(id, term, pvs)) co_return *result;
      attempts_[id].stripped = true;
      const WriteResult write = co_await deps_.cns.update(strip);
      if (write.end == WriteEnd::kUnknown) co_return lost(id, write);
      if (write.end == WriteEnd::kRefused) co_return retry(id, write.error.detail);
      found = co_await read(id);
      if (!found) co_return retry(id, found.error().detail);
      if (!*found) co_return unregistered(id);
    }
    in_cns.reason = share_objection(**found);
    if (!in_cns.reason.empty()) in_cns.verdict = Check::Verdict::kFails;
    if (const auto result = unless(id, in_cns)) co_return *result;
  }

  if (const auto result = unless_still_due(id, term, pvs)) co_return *result;
  attempts_[id].sent = true;
  const WriteResult write = co_await deps_.cns.unregister(id);
  switch (write.end) {
    case WriteEnd::kAcknowledged:
      co_return unregistered(id);
    case WriteEnd::kRefused:
      co_return retry(id, write.error.detail);
    case WriteEnd::kUnknown:
      co_return lost(id, write);
  }
  co_return Result();
}

// No PV, no attachment, no pod.
asio::awaitable<Departures::Check> Departures::check_cluster(
    VolumeId id, std::vector<UnregisterBook::DepartedPv> pvs) {
  Check check;
  for (const UnregisterBook::DepartedPv& pv : pvs) {
    const std::string name = pv.name.str();
    const Outcome<bool> exists = co_await deps_.kube.volume_exists(name);
    if (!exists) {
      check.verdict = Check::Verdict::kUnknown;
      check.reason = in_context("read of PV " + name, exists.error()).detail;
      co_return check;
    }
    if (*exists) {
      check.verdict = Check::Verdict::kFails;
      check.reason = "the API server has PV " + name;
      co_return check;
    }
  }
  if (named(id)) co_return check_view(id, pvs);

  const Outcome<bool> listed = co_await list_attachments();
  if (!listed || !*listed) {
    check.verdict = listed ? Check::Verdict::kSoon : Check::Verdict::kUnknown;
    if (!listed) check.reason = listed.error().detail;
    co_return check;
  }
  for (const UnregisterBook::DepartedPv& pv : pvs) {
    if (!attached_.contains(pv.name.str())) continue;
    check.verdict = Check::Verdict::kFails;
    check.reason = "a VolumeAttachment names PV " + pv.name.str();
    co_return check;
  }
  co_return check_view(id, pvs);
}

// True when `attached_` is fresh, false when somebody else is asking.
asio::awaitable<Outcome<bool>> Departures::list_attachments() {
  const Clock::time_point now = deps_.clock.now();
  if (attached_at_ && now - *attached_at_ < options_.attachments_for) co_return true;
  if (listing_) co_return false;
  listing_ = true;
  const Outcome<std::vector<std::string>> names = co_await deps_.kube.attached_volumes();
  listing_ = false;
  if (!names) co_return in_context("list of VolumeAttachments", names.error());
  attached_.clear();
  attached_.insert(names->begin(), names->end());
  attached_at_ = now;
  co_return true;
}

Departures::Check Departures::check_view(const VolumeId& id,
                                         const std::vector<UnregisterBook::DepartedPv>& pvs) const {
  Check check;
  const VolumeFacts facts = deps_.view.facts(id);
  if (!facts.volumes.empty()) {
    const PersistentVolume& pv = facts.volumes.front().pv;
    return {Check::Verdict::kFails, "PV " + pv.name.str() + " names the volume", about(pv)};
  }
  if (named(id)) return {Check::Verdict::kFails, "something names the volume", std::nullopt};
  for (const UnregisterBook::DepartedPv& pv : pvs) {
    if (pv.claim.name.empty()) continue;
    for (const Pod& pod : deps_.view.pods_of_claim(pv.claim)) {
      if (is_final(pod.phase)) continue;
      return {Check::Verdict::kFails,
              "pod " + pod.key.ns.str() + "/" + pod.key.name.str() + " names the claim " +
                  pv.claim.name.str(),
              about(pod)};
    }
  }
  return check;
}

// What to answer if the check did not pass.
std::optional<Endings::Result> Departures::unless(const VolumeId& id, const Check& check) {
  switch (check.verdict) {
    case Check::Verdict::kHolds:
      return std::nullopt;
    case Check::Verdict::kFails:
      return give_up(id, check);
    case Check::Verdict::kUnknown:
      return retry(id, check.reason);
    case Check::Verdict::kSoon:
      return Result{deps_.clock.now() + kSoon, std::nullopt};
  }
  return std::nullopt;
}

// Directly before a write: the world moved on while we asked.
std::optional<Endings::Result> Departures::unless_still_due(
    const VolumeId& id, std::uint64_t term, const std::vector<UnregisterBook::DepartedPv>& pvs) {
  if (deps_.leadership.term() != term || !unregister_.due(id, term, deps_.clock.now()))
    return Result();
  // Another PV went meanwhile: it has to be asked for, too.
  if (unregister_.find(id, term)->volumes.size() != pvs.size())
    return Result{deps_.clock.now() + kSoon, std::nullopt};
  if (const auto when = wait_for_leave()) return Result{when, std::nullopt};
  return unless(id, check_view(id, pvs));
}

Endings::Result Departures::unregistered(const VolumeId& id) {
  const auto attempt = attempts_.find(id);
  if (attempt != attempts_.end() && attempt->second.sent) {
    ++unregistered_;
    remember_gone(id);
    deps_.log.info("volume={} unregistered: its PV was deleted", id.view());
  }
  unregister_.drop(id);
  missing_.forget(id);
  attempts_.erase(id);
  return {};
}

Endings::Result Departures::give_up(const VolumeId& id, const Check& why) {
  ++given_up_;
  unregister_.drop(id);
  attempts_.erase(id);
  deps_.log.warn("volume={} stays registered although its PV was deleted: {}", id.view(),
                 why.reason);
  if (why.about) {
    deps_.events.warning(*why.about, "VolumeNotUnregistered",
                         "CNS volume " + id.str() + " stays registered: " + why.reason);
  }
  return {};
}

} // namespace syncer

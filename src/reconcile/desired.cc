#include "reconcile/desired.h"

#include <algorithm>
#include <tuple>

namespace syncer {

namespace {

// A Delete-policy PV that is still Bound this long after its claim went was not taken by the
// controller: CNS should no longer show the claim.
constexpr std::chrono::seconds kControllerGrace{60};

// A view that does not allow removals now may allow them after this long.
constexpr std::chrono::seconds kPartialViewPause{30};

bool claim_is_linked(const BoundVolume& volume) {
  return volume.claim && volume.claim->volume_name == volume.pv.name;
}

bool claim_is_gone(const BoundVolume& volume) {
  return !volume.pv.claim_uid.empty() && volume.claim_gone_since.has_value();
}

// Two PVs may name one block volume by mistake: Bound first, then the oldest, then by name.
const BoundVolume& serving_volume(const std::vector<BoundVolume>& volumes) {
  const auto rank = [](const BoundVolume& v) {
    return std::tuple(v.pv.phase != VolumePhase::kBound, v.pv.created, v.pv.name.view());
  };
  return *std::min_element(volumes.begin(), volumes.end(),
                           [&](const auto& a, const auto& b) { return rank(a) < rank(b); });
}

// A finished pod keeps its object, sometimes for days, but no longer holds the volume. CNS keeps
// one pod of a block volume: one that stays before one that is leaving, then the earliest, then by
// name.
const Pod* listed_pod(const std::vector<Pod>& pods) {
  const Pod* best = nullptr;
  const auto rank = [](const Pod& p) {
    return std::tuple(p.deleting, p.started, p.key.name.view(), p.key.ns.view());
  };
  for (const Pod& pod : pods) {
    if (pod.phase != PodPhase::kRunning) continue;
    if (best == nullptr || rank(pod) < rank(*best)) best = &pod;
  }
  return best;
}

Desired leave_alone(HandsOff reason) {
  Desired desired;
  desired.hands_off = reason;
  return desired;
}

} // namespace

const char* to_string(HandsOff reason) {
  switch (reason) {
    case HandsOff::kNo:
      return "no";
    case HandsOff::kNoVolume:
      return "no_volume";
    case HandsOff::kMarked:
      return "marked";
    case HandsOff::kControllerOwns:
      return "controller_owns";
    case HandsOff::kNotSupported:
      return "not_supported";
  }
  return "";
}

Desired desired_state(const VolumeFacts& facts, Clock::time_point now) {
  if (facts.volumes.empty()) return leave_alone(HandsOff::kNoVolume);
  if (facts.marked) return leave_alone(HandsOff::kMarked);
  const BoundVolume& volume = serving_volume(facts.volumes);
  if (volume.pv.multi_access) return leave_alone(HandsOff::kNotSupported);

  Desired desired;
  if (volume.pv.policy == ReclaimPolicy::kDelete) {
    if (volume.pv.deleting || volume.pv.phase == VolumePhase::kReleased ||
        volume.pv.phase == VolumePhase::kFailed) {
      return leave_alone(HandsOff::kControllerOwns);
    }
    if (claim_is_gone(volume)) {
      const Clock::time_point end = *volume.claim_gone_since + kControllerGrace;
      if (volume.pv.phase != VolumePhase::kBound || now < end) {
        desired = leave_alone(HandsOff::kControllerOwns);
        if (volume.pv.phase == VolumePhase::kBound) desired.look_again = end;
        return desired;
      }
    }
  }

  desired.keep_claims = facts.claims_unclear;
  desired.keep_pods = facts.pods_unclear;
  if (facts.claims_unclear || facts.pods_unclear) desired.look_again = now + kPartialViewPause;
  const EntityRef pv{EntityKind::kVolume, {}, volume.pv.name};
  desired.entities.push_back({pv, volume.pv.labels, {}});
  if (!claim_is_linked(volume)) {
    // A claim that merely is not in the view may still exist: only a complete view, or having seen
    // it go, lets its entity be taken away.
    if (!volume.claim && !facts.view_complete && !volume.claim_removal_observed) {
      desired.keep_claims = true;
      desired.look_again = now + kPartialViewPause;
    }
    return desired;
  }
  const EntityRef claim{EntityKind::kClaim, volume.claim->key.ns, volume.claim->key.name};
  desired.entities.push_back({claim, volume.claim->labels, {pv}});

  // Sent without labels: they change at every rollout and CNS readers look pods up by name.
  if (const Pod* pod = listed_pod(volume.pods)) {
    desired.entities.push_back({{EntityKind::kPod, pod->key.ns, pod->key.name}, {}, {claim}});
  }
  return desired;
}

} // namespace syncer

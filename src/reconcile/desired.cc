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

EntityRef ref_of(const PersistentVolume& pv) { return {EntityKind::kVolume, {}, pv.name}; }
EntityRef ref_of(const Claim& claim) { return {EntityKind::kClaim, claim.key.ns, claim.key.name}; }
EntityRef ref_of(const Pod& pod) { return {EntityKind::kPod, pod.key.ns, pod.key.name}; }

// A pod that may be listed, and what its entity refers to (nothing for an inline volume).
struct PodCandidate {
  const Pod* pod = nullptr;
  std::optional<EntityRef> claim;
};

void add_running(const std::vector<Pod>& pods, const std::optional<EntityRef>& claim,
                 std::vector<PodCandidate>& out) {
  for (const Pod& pod : pods) {
    // A finished pod keeps its object, sometimes for days, but no longer holds the volume.
    if (pod.phase == PodPhase::kRunning) out.push_back({&pod, claim});
  }
}

// CNS keeps one pod of a block volume: one that stays before one that is leaving, then the
// earliest, then by name.
bool before(const PodCandidate& a, const PodCandidate& b) {
  const auto rank = [](const Pod& p) {
    return std::tuple(p.deleting, p.started, p.key.name.view(), p.key.ns.view());
  };
  return rank(*a.pod) < rank(*b.pod);
}

// Sent without labels: they change at every rollout and CNS readers look pods up by name.
CnsEntity pod_entity(const PodCandidate& candidate) {
  CnsEntity entity{ref_of(*candidate.pod), {}, {}};
  if (candidate.claim) entity.refers_to.push_back(*candidate.claim);
  return entity;
}

void look_by(Desired& desired, Clock::time_point when) {
  desired.look_again = std::min(desired.look_again.value_or(when), when);
}

// Whether anybody may write for this PV. `until` is set when the answer changes by itself.
HandsOff hands_off(const BoundVolume& volume, Clock::time_point now,
                   std::optional<Clock::time_point>& until) {
  const PersistentVolume& pv = volume.pv;
  if (pv.policy == ReclaimPolicy::kDelete) {
    if (pv.deleting || pv.phase == VolumePhase::kReleased || pv.phase == VolumePhase::kFailed) {
      return HandsOff::kControllerOwns;
    }
    if (claim_is_gone(volume)) {
      const Clock::time_point end = *volume.claim_gone_since + kControllerGrace;
      if (pv.phase != VolumePhase::kBound) return HandsOff::kControllerOwns;
      if (now < end) {
        until = end;
        return HandsOff::kControllerOwns;
      }
    }
  }
  if (pv.phase == VolumePhase::kPending || pv.phase == VolumePhase::kFailed) {
    return HandsOff::kNotReady;
  }
  return HandsOff::kNo;
}

Desired leave_alone(HandsOff reason) {
  Desired desired;
  desired.hands_off = reason;
  return desired;
}

// The PV, its claim, and as candidates the pods of that claim.
void add_volume(const BoundVolume& volume, const VolumeFacts& facts, Clock::time_point now,
                Desired& desired, std::vector<PodCandidate>& pods) {
  const EntityRef pv = ref_of(volume.pv);
  desired.entities.push_back({pv, volume.pv.labels, {}});
  if (!claim_is_linked(volume)) {
    // A claim that merely is not in the view may still exist: only a complete view, or having seen
    // it go, lets its entity be taken away.
    if (!volume.claim && !facts.view_complete && !volume.claim_removal_observed) {
      desired.keep_claims = true;
      look_by(desired, now + kPartialViewPause);
    }
    return;
  }
  const EntityRef claim = ref_of(*volume.claim);
  desired.entities.push_back({claim, volume.claim->labels, {pv}});
  add_running(volume.pods, claim, pods);
}

// Every PV of the share with its claim and every Running pod; what belongs to a PV that is hands
// off stays as it is beside them.
Desired file_volume(const VolumeFacts& facts, Clock::time_point now) {
  Desired desired;
  desired.is_file = true;
  std::vector<PodCandidate> pods;
  std::optional<HandsOff> everywhere;
  bool any = false;
  for (const BoundVolume& volume : facts.volumes) {
    std::optional<Clock::time_point> until;
    const HandsOff reason = hands_off(volume, now, until);
    if (until) look_by(desired, *until);
    if (reason == HandsOff::kNo) {
      any = true;
      add_volume(volume, facts, now, desired, pods);
      continue;
    }
    everywhere = everywhere.value_or(reason);
    desired.untouched.push_back(ref_of(volume.pv));
    if (!volume.pv.claim.name.empty()) {
      desired.untouched.push_back({EntityKind::kClaim, volume.pv.claim.ns, volume.pv.claim.name});
    }
    desired.keep_pods = true;
  }
  if (!any) desired.hands_off = *everywhere;
  for (const PodCandidate& candidate : pods) {
    CnsEntity entity = pod_entity(candidate);
    const auto same = std::find_if(desired.entities.begin(), desired.entities.end(),
                                   [&](const CnsEntity& e) { return e.ref == entity.ref; });
    if (same == desired.entities.end()) {
      desired.entities.push_back(std::move(entity));
    } else {
      // One pod may mount the share by several claims.
      same->refers_to.insert(same->refers_to.end(), entity.refers_to.begin(),
                             entity.refers_to.end());
    }
  }
  return desired;
}

Desired block_volume(const VolumeFacts& facts, Clock::time_point now) {
  Desired desired;
  std::vector<PodCandidate> pods;
  if (facts.volumes.empty()) {
    // Only pods name it. That a PV or claim is gone is for other rules to conclude.
    desired.keep_volumes = true;
    desired.keep_claims = true;
  } else {
    const BoundVolume& volume = serving_volume(facts.volumes);
    std::optional<Clock::time_point> until;
    if (const HandsOff reason = hands_off(volume, now, until); reason != HandsOff::kNo) {
      desired = leave_alone(reason);
      desired.look_again = until;
      return desired;
    }
    add_volume(volume, facts, now, desired, pods);
  }
  add_running(facts.inline_pods, std::nullopt, pods);
  const auto listed = std::min_element(pods.begin(), pods.end(), before);
  if (listed != pods.end()) desired.entities.push_back(pod_entity(*listed));
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
    case HandsOff::kNotReady:
      return "not_ready";
  }
  return "";
}

const char* sentence_of(HandsOff reason) {
  switch (reason) {
    case HandsOff::kNo:
      return "";
    case HandsOff::kNoVolume:
      return "no PersistentVolume and no pod names it, so its entities stay until it is "
             "unregistered or labelled pv_missing";
    case HandsOff::kMarked:
      return "an object that belongs to it cannot be decoded, or another vCenter has it, so nobody "
             "knows what is right";
    case HandsOff::kControllerOwns:
      return "its PersistentVolume has the reclaim policy Delete and is Released, Failed or being "
             "deleted, or its claim is gone, so it belongs to the CSI controller";
    case HandsOff::kNotReady:
      return "its PersistentVolume is Pending or Failed, so there is nothing to show yet";
  }
  return "";
}

HandsOff hands_off(const BoundVolume& volume, Clock::time_point now) {
  std::optional<Clock::time_point> until;
  return hands_off(volume, now, until);
}

const BoundVolume& serving_volume(const std::vector<BoundVolume>& volumes) {
  const auto rank = [](const BoundVolume& v) {
    return std::tuple(v.pv.phase != VolumePhase::kBound, v.pv.created, v.pv.name.view());
  };
  return *std::min_element(volumes.begin(), volumes.end(),
                           [&](const auto& a, const auto& b) { return rank(a) < rank(b); });
}

Desired desired_state(const VolumeFacts& facts, Clock::time_point now, CnsVolumeType type) {
  if (facts.marked) return leave_alone(HandsOff::kMarked);
  if (facts.volumes.empty() && facts.inline_pods.empty()) {
    Desired desired = leave_alone(HandsOff::kNoVolume);
    desired.inline_ended =
        !facts.in_tree_path.empty() && facts.view_complete && !facts.pods_unclear;
    return desired;
  }
  // The in-tree plugin has no file volumes, whatever access modes its PVs claim.
  const bool multi_access =
      facts.in_tree_path.empty() &&
      std::any_of(facts.volumes.begin(), facts.volumes.end(),
                  [](const BoundVolume& volume) { return volume.pv.multi_access; });
  const bool is_file =
      type == CnsVolumeType::kUnknown ? multi_access : type == CnsVolumeType::kFile;
  Desired desired = is_file ? file_volume(facts, now) : block_volume(facts, now);
  if (desired.hands_off != HandsOff::kNo) return desired;
  desired.keep_claims = desired.keep_claims || facts.claims_unclear;
  desired.keep_pods = desired.keep_pods || facts.pods_unclear;
  if (facts.claims_unclear || facts.pods_unclear) look_by(desired, now + kPartialViewPause);
  return desired;
}

} // namespace syncer

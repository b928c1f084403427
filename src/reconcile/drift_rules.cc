#include "reconcile/drift_rules.h"

#include <algorithm>

#include "reconcile/desired.h"

namespace syncer {

namespace {

// A finished pod keeps its object and uses nothing.
bool any_user(const std::vector<Pod>& pods) {
  return std::any_of(pods.begin(), pods.end(), [](const Pod& pod) {
    return pod.phase != PodPhase::kSucceeded && pod.phase != PodPhase::kFailed;
  });
}

bool has_consumer(const BoundVolume& volume) { return volume.claim || any_user(volume.pods); }

// A PV that was never bound waits for its first claim: only one that a provisioner made, always for
// a claim, must have lost it when it is Available without one.
bool given_back(const PersistentVolume& pv) {
  if (pv.policy != ReclaimPolicy::kRetain || pv.deleting) return false;
  switch (pv.phase) {
    case VolumePhase::kReleased:
      return true;
    case VolumePhase::kFailed:
      return !pv.claim.name.empty();
    case VolumePhase::kAvailable:
      return pv.dynamic && pv.claim.name.empty();
    default:
      return false;
  }
}

std::string claim_named_by(const PersistentVolume& pv) {
  return pv.claim.name.empty() ? "" : pv.claim.ns.str() + "/" + pv.claim.name.str();
}

bool is_share(const VolumeFacts& facts, CnsVolumeType type) {
  if (type != CnsVolumeType::kUnknown) return type == CnsVolumeType::kFile;
  return facts.in_tree_path.empty() &&
         std::any_of(facts.volumes.begin(), facts.volumes.end(),
                     [](const BoundVolume& volume) { return volume.pv.multi_access; });
}

Drift drift_of(DriftClass type, const VolumeId& id, const VolumeFacts& facts) {
  Drift drift;
  drift.type = type;
  drift.volume = id;
  drift.in_tree_path = facts.in_tree_path;
  return drift;
}

void add_pvs(const VolumeFacts& facts, Drift& drift) {
  for (const BoundVolume& volume : facts.volumes) drift.pvs.push_back(volume.pv.name.str());
  std::sort(drift.pvs.begin(), drift.pvs.end());
  if (!facts.volumes.empty()) drift.claim = claim_named_by(serving_volume(facts.volumes).pv);
}

} // namespace

Drift cns_without_pv(const MissingVolume& volume) {
  Drift drift;
  drift.type = DriftClass::kCnsWithoutPv;
  drift.volume = volume.id;
  drift.name = volume.name;
  drift.detail = "no PersistentVolume and no pod names it";
  if (volume.labelled) drift.detail += "; it is labelled pv_missing";
  return drift;
}

std::optional<Drift> pv_without_cns(const VolumeId& id, const VolumeFacts& facts,
                                    const std::string& failure, Clock::time_point now) {
  if (facts.volumes.empty()) return std::nullopt;
  const Desired desired = desired_state(facts, now);
  if (desired.hands_off != HandsOff::kNo) return std::nullopt;
  Drift drift = drift_of(DriftClass::kPvWithoutCns, id, facts);
  add_pvs(facts, drift);
  drift.is_file = desired.is_file;
  // What is no static CSI volume is registered after two cycles: only a third one says that it
  // failed.
  if (serving_volume(facts.volumes).pv.dynamic || !facts.in_tree_path.empty()) ++drift.cycles;
  drift.detail = "CNS does not know the volume";
  if (!failure.empty()) drift.detail += "; registering it fails: " + failure;
  return drift;
}

std::optional<Drift> path_without_cns(const InternedString& path, const VolumeFacts& facts,
                                      const std::string& failure, Clock::time_point now) {
  std::optional<Drift> drift = pv_without_cns(VolumeId(), facts, failure, now);
  if (drift) drift->in_tree_path = path;
  return drift;
}

std::vector<Drift> released_without_consumer(const VolumeId& id, const VolumeFacts& facts) {
  std::vector<Drift> found;
  if (facts.marked || facts.claims_unclear || facts.pods_unclear) return found;
  if (any_user(facts.inline_pods)) return found;
  if (std::any_of(facts.volumes.begin(), facts.volumes.end(), has_consumer)) return found;
  for (const BoundVolume& volume : facts.volumes) {
    if (!given_back(volume.pv)) continue;
    Drift drift = drift_of(DriftClass::kReleasedWithoutConsumer, id, facts);
    drift.pvs = {volume.pv.name.str()};
    drift.claim = claim_named_by(volume.pv);
    drift.cycles = 1;
    drift.detail = "no claim and no pod uses it since its claim went; its policy Retain keeps it";
    found.push_back(std::move(drift));
  }
  return found;
}

std::optional<Drift> shared_handle(const VolumeId& id, const VolumeFacts& facts, CnsVolumeType type,
                                   Clock::time_point now) {
  if (facts.marked || is_share(facts, type)) return std::nullopt;
  VolumeFacts staying = facts;
  std::erase_if(staying.volumes, [&](const BoundVolume& volume) {
    return volume.pv.deleting || hands_off(volume, now) == HandsOff::kControllerOwns;
  });
  if (staying.volumes.size() < 2) return std::nullopt;
  Drift drift = drift_of(DriftClass::kSharedHandle, id, facts);
  drift.cycles = 1;
  add_pvs(staying, drift);
  drift.detail = std::to_string(drift.pvs.size()) +
                 " PersistentVolumes name this disk; CNS shows " +
                 serving_volume(facts.volumes).pv.name.str();
  return drift;
}

Drift moved_backing(const VolumeId& id, const VolumeFacts& facts, const std::string& shown) {
  Drift drift = drift_of(DriftClass::kMovedBacking, id, facts);
  add_pvs(facts, drift);
  drift.detail = "the disk is at " + shown + ", and its path says " + facts.in_tree_path.str();
  return drift;
}

} // namespace syncer

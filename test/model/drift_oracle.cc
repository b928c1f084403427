#include "drift_oracle.h"

#include <algorithm>

namespace syncer::model {

namespace {

using Pvs = std::vector<const PersistentVolume*>;

bool leads_to(const PersistentVolume& pv, const Objects& objects, const Links& links,
              const VolumeId& id) {
  if (is_ours(pv)) return pv.handle == id;
  const Claim* const claim = claim_of(objects, pv);
  if (!pv.in_tree_ours && (claim == nullptr || !claim->in_tree_ours)) return false;
  const auto link = links.find(pv.in_tree_path);
  return link != links.end() && link->second == id;
}

Pvs pvs_of(const Objects& objects, const Links& links, const VolumeId& id) {
  Pvs found;
  for (const auto& [key, pv] : objects.pvs) {
    if (leads_to(pv, objects, links, id)) found.push_back(&pv);
  }
  return found;
}

bool in_use(const Pod& pod) {
  return pod.phase != PodPhase::kSucceeded && pod.phase != PodPhase::kFailed;
}

// A claim of that PV's claimRef exists, or a pod that has not ended names it.
bool consumed(const Objects& objects, const PersistentVolume& pv) {
  const Claim* const claim = claim_of(objects, pv);
  if (claim != nullptr) return true;
  if (pv.claim.name.empty()) return false;
  // Pods beside a claim of another uid belong to that one.
  if (objects.claims.contains(key_of(pv.claim))) return false;
  return std::any_of(objects.pods.begin(), objects.pods.end(), [&](const auto& entry) {
    const Pod& pod = entry.second;
    return pod.key.ns == pv.claim.ns && in_use(pod) &&
           std::any_of(pod.volumes.begin(), pod.volumes.end(), [&](const PodVolume& volume) {
             return volume.claim == pv.claim.name && !volume.ephemeral;
           });
  });
}

bool used_by_path(const Objects& objects, const Links& links, const VolumeId& id) {
  return std::any_of(objects.pods.begin(), objects.pods.end(), [&](const auto& entry) {
    return in_use(entry.second) &&
           std::any_of(entry.second.volumes.begin(), entry.second.volumes.end(),
                       [&](const PodVolume& volume) {
                         const auto link = links.find(volume.in_tree_path);
                         return !volume.in_tree_path.empty() && link != links.end() &&
                                link->second == id;
                       });
  });
}

bool given_back(const PersistentVolume& pv) {
  if (pv.policy != ReclaimPolicy::kRetain || pv.deleting) return false;
  if (pv.phase == VolumePhase::kReleased) return true;
  if (pv.phase == VolumePhase::kFailed) return !pv.claim.name.empty();
  return pv.phase == VolumePhase::kAvailable && pv.dynamic && pv.claim.name.empty();
}

// Rule 6: it belongs to the controller.
bool controllers(const Objects& objects, const PersistentVolume& pv) {
  if (pv.policy != ReclaimPolicy::kDelete) return false;
  if (pv.deleting || pv.phase == VolumePhase::kReleased || pv.phase == VolumePhase::kFailed)
    return true;
  const bool claim_gone =
      !pv.claim.name.empty() && !pv.claim_uid.empty() && claim_of(objects, pv) == nullptr;
  return claim_gone && pv.phase != VolumePhase::kBound;
}

std::set<std::string> released(const Objects& objects, const Links& links, const VolumeId& id) {
  const Pvs pvs = pvs_of(objects, links, id);
  if (used_by_path(objects, links, id)) return {};
  if (std::any_of(pvs.begin(), pvs.end(), [&](const auto* pv) { return consumed(objects, *pv); }))
    return {};
  std::set<std::string> rows;
  for (const PersistentVolume* pv : pvs) {
    if (given_back(*pv))
      rows.insert("released_without_consumer " + id.str() + " " + pv->name.str());
  }
  return rows;
}

std::size_t staying(const Objects& objects, const Pvs& pvs) {
  return static_cast<std::size_t>(std::count_if(pvs.begin(), pvs.end(), [&](const auto* pv) {
    return !pv->deleting && !controllers(objects, *pv);
  }));
}

bool pending_claim_of(const Objects& objects, std::string_view name) {
  if (!name.starts_with("pvc-")) return false;
  return std::any_of(objects.claims.begin(), objects.claims.end(), [&](const auto& entry) {
    return entry.second.phase == ClaimPhase::kPending &&
           entry.second.uid == Uid::parse(name.substr(4));
  });
}

void expect_named(const DriftWorld& world, const VolumeId& id, std::set<std::string>& rows) {
  const Pvs pvs = pvs_of(world.objects, world.links, id);
  if (pvs.empty()) return;
  const auto there = world.cns.find(id);
  const CnsVolumeType type =
      there == world.cns.end() ? CnsVolumeType::kUnknown : there->second.type;
  const Expected want = expected(world.objects, world.links, id, type);
  if (there == world.cns.end() && want.to_register) rows.insert("pv_without_cns " + id.str());
  const bool file = type == CnsVolumeType::kUnknown ? want.is_file : type == CnsVolumeType::kFile;
  if (!file && staying(world.objects, pvs) > 1) rows.insert("shared_handle " + id.str());
  rows.merge(released(world.objects, world.links, id));
  const bool seen = there != world.cns.end() && want.in_tree;
  if (seen && world.moved.contains(id)) rows.insert("moved_backing " + id.str());
}

} // namespace

std::string text(const Drift& drift) {
  std::string row = std::string(to_string(drift.type)) + " " +
                    (drift.volume.empty() ? drift.in_tree_path : drift.volume).str();
  if (drift.type == DriftClass::kReleasedWithoutConsumer) row += " " + drift.pvs.front();
  return row;
}

std::set<std::string> expected_drift(const DriftWorld& world) {
  std::set<std::string> rows;
  for (const auto& [id, volume] : world.cns) {
    if (volume.has_our_cluster && !anything_names(world.objects, world.links, id) &&
        !pending_claim_of(world.objects, volume.name))
      rows.insert("cns_without_pv " + id.str());
  }
  for (const VolumeId& id : named_volumes(world.objects, world.links))
    expect_named(world, id, rows);
  for (const InternedString& path : world.paths) {
    if (world.links.contains(path)) continue;
    const VolumeId unknown("not registered yet");
    const Links linked{{path, unknown}};
    const Expected want = expected(world.objects, linked, unknown, CnsVolumeType::kBlock);
    if (want.to_register && !want.pods_alone) rows.insert("pv_without_cns " + path.str());
  }
  return rows;
}

std::string refuted(const Drift& drift, const Objects& objects, const Links& links) {
  const VolumeId& id = drift.volume;
  if (id.empty()) return "";
  const Pvs pvs = pvs_of(objects, links, id);
  switch (drift.type) {
    case DriftClass::kCnsWithoutPv:
      if (anything_names(objects, links, id)) return "something names it";
      return pending_claim_of(objects, drift.name) ? "it is being made" : "";
    case DriftClass::kPvWithoutCns: {
      const Expected want = expected(objects, links, id, CnsVolumeType::kUnknown);
      if (pvs.empty()) return "no PV names it";
      return want.to_register ? "" : "it is hands off: " + want.hands_off;
    }
    case DriftClass::kReleasedWithoutConsumer:
      return released(objects, links, id).contains(text(drift)) ? "" : "it is not given back";
    case DriftClass::kSharedHandle:
      return staying(objects, pvs) > 1 ? "" : "fewer than two PVs name it";
    case DriftClass::kMovedBacking:
      return pvs.empty() ? "no PV names it" : "";
  }
  return "";
}

} // namespace syncer::model

#include "expected.h"

#include <algorithm>
#include <optional>
#include <tuple>

namespace syncer::model {

namespace {

constexpr const char* kClaimGone = "its claim is gone";

EntityRef ref(const PersistentVolume& pv) { return {EntityKind::kVolume, {}, pv.name}; }
EntityRef ref(const ObjectKey& key, EntityKind kind) { return {kind, key.ns, key.name}; }

bool taken_over(const Objects& objects, const PersistentVolume& pv) {
  if (pv.in_tree_ours) return true;
  const Claim* claim = claim_of(objects, pv);
  return claim != nullptr && claim->in_tree_ours;
}

bool leads_to(const PersistentVolume& pv, const Links& links, const VolumeId& id) {
  if (is_ours(pv)) return pv.handle == id;
  const auto link = links.find(pv.in_tree_path);
  return link != links.end() && link->second == id;
}

std::vector<const PersistentVolume*> volumes_of(const Objects& objects, const Links& links,
                                                const VolumeId& id) {
  std::vector<const PersistentVolume*> found;
  for (const auto& [key, pv] : objects.pvs) {
    if (leads_to(pv, links, id) && (is_ours(pv) || taken_over(objects, pv))) found.push_back(&pv);
  }
  return found;
}

bool names_path(const Pod& pod, const Links& links, const VolumeId& id) {
  return std::any_of(pod.volumes.begin(), pod.volumes.end(), [&](const PodVolume& volume) {
    const auto link = links.find(volume.in_tree_path);
    return !volume.in_tree_path.empty() && link != links.end() && link->second == id;
  });
}

std::vector<const Pod*> inline_pods(const Objects& objects, const Links& links,
                                    const VolumeId& id) {
  std::vector<const Pod*> found;
  for (const auto& [key, pod] : objects.pods) {
    if (names_path(pod, links, id)) found.push_back(&pod);
  }
  return found;
}

// Rule 6, and a PV that is not there yet or broken.
std::string hands_off(const Objects& objects, const PersistentVolume& pv) {
  if (pv.policy == ReclaimPolicy::kDelete) {
    if (pv.deleting) return "deleted by the controller";
    if (pv.phase == VolumePhase::kReleased) return "released to the controller";
    const bool claim_gone =
        !pv.claim.name.empty() && !pv.claim_uid.empty() && claim_of(objects, pv) == nullptr;
    // A PV still Bound a minute after its claim went is ours again.
    if (claim_gone && pv.phase != VolumePhase::kBound) return kClaimGone;
  }
  if (pv.phase == VolumePhase::kPending) return "pending";
  if (pv.phase == VolumePhase::kFailed) return "failed";
  return {};
}

std::vector<const Pod*> running_pods(const Objects& objects, const Claim& claim) {
  std::vector<const Pod*> found;
  for (const auto& [key, pod] : objects.pods) {
    if (pod.phase != PodPhase::kRunning || !(pod.key.ns == claim.key.ns)) continue;
    const bool uses = std::any_of(pod.volumes.begin(), pod.volumes.end(), [&](const PodVolume& v) {
      return v.claim == claim.key.name && (!v.ephemeral || claim.owner_pod == pod.uid);
    });
    if (uses) found.push_back(&pod);
  }
  return found;
}

struct Listed {
  const Pod* pod;
  std::optional<EntityRef> claim;
};

// The PV's own entities and the pods that may be listed.
void collect(const Objects& objects, const PersistentVolume& pv, Expected& result,
             std::vector<Listed>& pods) {
  result.entities.push_back({ref(pv), pv.labels, {}});
  const Claim* claim = claim_of(objects, pv);
  if (claim == nullptr || !(claim->volume_name == pv.name)) return;
  const EntityRef claim_ref = ref(claim->key, EntityKind::kClaim);
  result.entities.push_back({claim_ref, claim->labels, {ref(pv)}});
  for (const Pod* pod : running_pods(objects, *claim)) pods.push_back({pod, claim_ref});
}

void expect_file(const Objects& objects, const std::vector<const PersistentVolume*>& pvs,
                 Expected& result) {
  std::vector<Listed> pods;
  std::string reason;
  bool any = false;
  for (const PersistentVolume* pv : pvs) {
    const std::string why = hands_off(objects, *pv);
    if (why.empty()) {
      any = true;
      collect(objects, *pv, result, pods);
      continue;
    }
    reason = why;
    result.claim_gone = result.claim_gone || why == kClaimGone;
    result.free.insert(text(ref(*pv)));
    if (!pv->claim.name.empty()) result.free.insert(text(ref(pv->claim, EntityKind::kClaim)));
    result.more_pods = true;
  }
  if (!any) result.hands_off = reason;
  for (const Listed& listed : pods) {
    const EntityRef pod = ref(listed.pod->key, EntityKind::kPod);
    const auto same = std::find_if(result.entities.begin(), result.entities.end(),
                                   [&](const CnsEntity& e) { return e.ref == pod; });
    if (same == result.entities.end()) {
      result.entities.push_back({pod, {}, {*listed.claim}});
    } else {
      same->refers_to.push_back(*listed.claim);
    }
  }
}

void expect_block(const Objects& objects, const std::vector<const PersistentVolume*>& pvs,
                  const std::vector<const Pod*>& inlined, Expected& result) {
  std::vector<Listed> pods;
  if (pvs.empty()) {
    result.pods_alone = true;
  } else {
    const auto better = [](const PersistentVolume* a, const PersistentVolume* b) {
      const auto rank = [](const PersistentVolume& pv) {
        return std::tuple(pv.phase == VolumePhase::kBound ? 0 : 1, pv.created, pv.name.str());
      };
      return rank(*a) < rank(*b);
    };
    const PersistentVolume& pv = **std::min_element(pvs.begin(), pvs.end(), better);
    result.dynamic = pv.dynamic;
    result.hands_off = hands_off(objects, pv);
    if (!result.hands_off.empty()) return;
    collect(objects, pv, result, pods);
  }
  for (const Pod* pod : inlined) {
    if (pod->phase == PodPhase::kRunning) pods.push_back({pod, std::nullopt});
  }
  if (pods.empty()) return;
  const auto first =
      std::min_element(pods.begin(), pods.end(), [](const Listed& a, const Listed& b) {
        const auto rank = [](const Pod& p) {
          return std::tuple(p.deleting ? 1 : 0, p.started, p.key.name.str(), p.key.ns.str());
        };
        return rank(*a.pod) < rank(*b.pod);
      });
  CnsEntity entity{ref(first->pod->key, EntityKind::kPod), {}, {}};
  if (first->claim) entity.refers_to.push_back(*first->claim);
  result.entities.push_back(entity);
}

} // namespace

std::string text(const EntityRef& ref) {
  return std::string(to_string(ref.kind)) + " " + ref.ns.str() + "/" + ref.name.str();
}

std::string text(const CnsEntity& entity) {
  std::string line = text(entity.ref) + " {";
  for (const auto& [key, value] : entity.labels) line += key.str() + "=" + value.str() + " ";
  line += "}";
  std::set<std::string> references;
  for (const EntityRef& to : entity.refers_to) references.insert(text(to));
  for (const std::string& to : references) line += " -> " + to;
  return line;
}

const Claim* claim_of(const Objects& objects, const PersistentVolume& pv) {
  if (pv.claim.name.empty()) return nullptr;
  const auto found = objects.claims.find(key_of(pv.claim));
  if (found == objects.claims.end()) return nullptr;
  if (!pv.claim_uid.empty() && found->second.uid != pv.claim_uid) return nullptr;
  return &found->second;
}

Expected expected(const Objects& objects, const Links& links, const VolumeId& id,
                  CnsVolumeType type) {
  Expected result;
  const std::vector<const PersistentVolume*> pvs = volumes_of(objects, links, id);
  const std::vector<const Pod*> inlined = inline_pods(objects, links, id);
  result.in_tree =
      std::any_of(links.begin(), links.end(), [&](const auto& link) { return link.second == id; });
  result.named = !pvs.empty() || !inlined.empty();
  result.elsewhere = !result.named && anything_names(objects, links, id);
  if (!result.named) {
    result.hands_off = "nothing names it";
    return result;
  }
  const bool shared = !result.in_tree && std::any_of(pvs.begin(), pvs.end(), [](const auto* pv) {
    return pv->multi_access;
  });
  result.is_file = type == CnsVolumeType::kUnknown ? shared : type == CnsVolumeType::kFile;
  if (result.is_file) {
    expect_file(objects, pvs, result);
  } else {
    expect_block(objects, pvs, inlined, result);
  }
  result.claim_gone = result.claim_gone || result.hands_off == kClaimGone;
  result.to_register = result.hands_off.empty();
  return result;
}

std::set<VolumeId> named_volumes(const Objects& objects, const Links& links) {
  std::set<VolumeId> ids;
  for (const auto& [key, pv] : objects.pvs) {
    if (is_ours(pv) && !pv.handle.empty()) ids.insert(pv.handle);
  }
  for (const auto& [path, id] : links) ids.insert(id);
  return ids;
}

bool anything_names(const Objects& objects, const Links& links, const VolumeId& id) {
  for (const auto& [key, pv] : objects.pvs) {
    if (leads_to(pv, links, id)) return true;
  }
  return !inline_pods(objects, links, id).empty();
}

} // namespace syncer::model

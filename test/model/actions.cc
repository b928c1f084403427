// What people and controllers do to the cluster.
#include <algorithm>
#include <array>

#include "fakes/kube_builders.h"
#include "model.h"

namespace syncer::model {

namespace {

constexpr std::array kPvPhases{
    VolumePhase::kBound,     VolumePhase::kBound,    VolumePhase::kBound,   VolumePhase::kBound,
    VolumePhase::kAvailable, VolumePhase::kReleased, VolumePhase::kPending, VolumePhase::kFailed};
constexpr std::array kPodPhases{PodPhase::kRunning, PodPhase::kRunning,   PodPhase::kRunning,
                                PodPhase::kPending, PodPhase::kSucceeded, PodPhase::kFailed};

InternedString namespace_of(const std::string& pv) { return pv.back() == '1' ? "bank" : "shop"; }

} // namespace

void Model::change_cluster() {
  const std::uint64_t what = below(100);
  if (what < 24) {
    const Slot& slot = any(slots_);
    if (slot.kind == Kind::kInline && !one_in(6)) return make_pod();
    if (slot.kind == Kind::kDynamic && one_in(2)) return provision();
    return bind(slot);
  }
  if (what < 28) {
    const Slot& slot = any(slots_);
    return make_pv(slot, any(slot.pvs));
  }
  if (what < 38) return change_pv();
  if (what < 43) return delete_pv();
  if (what < 47) return make_claim();
  if (what < 57) return change_claim();
  if (what < 60) return delete_claim();
  if (what < 74) return make_pod();
  if (what < 84) return change_pod();
  if (what < 92) return delete_pod();
  if (what < 96) return controller_deletes();
  if (one_in(6)) return corrupt();
  mend();
}

Labels Model::some_labels() {
  if (one_in(25)) return many_labels(30 + below(10));
  Labels labels;
  for (std::uint64_t i = below(4); i > 0; --i) {
    labels.emplace_back("key-" + std::to_string(below(5)), std::to_string(below(9)));
  }
  sort_labels(labels);
  return labels;
}

PersistentVolume Model::fresh_pv(const Slot& slot, const std::string& name) {
  PersistentVolume pv;
  pv.name = name;
  pv.uid = new_uid();
  pv.created = 1'700'000'000 + static_cast<std::int64_t>(below(1000));
  pv.phase = kPvPhases.at(below(kPvPhases.size()));
  pv.policy = one_in(2) ? ReclaimPolicy::kDelete : ReclaimPolicy::kRetain;
  pv.dynamic = slot.kind == Kind::kDynamic;
  if (!pv.dynamic && !one_in(4)) pv.policy = ReclaimPolicy::kRetain;
  pv.multi_access = slot.kind == Kind::kShare;
  pv.labels = some_labels();
  pv.claim = ObjectKey{namespace_of(name), "c-" + name};
  const auto claim = truth_.objects().claims.find(key_of(pv.claim));
  if (claim != truth_.objects().claims.end()) {
    pv.claim_uid = claim->second.uid;
  } else if (!one_in(3)) {
    pv.claim_uid = new_uid();
  }
  if (one_in(10)) pv.claim = ObjectKey();
  if (pv.claim.name.empty() || one_in(10)) pv.claim_uid = Uid();
  if (slot.kind == Kind::kInTree || slot.kind == Kind::kInline) {
    pv.in_tree_path = slot.path;
    pv.in_tree_ours = !one_in(4);
  } else {
    pv.driver = slot.kind == Kind::kForeign ? "nfs.example.com" : std::string(kOurDriver);
    pv.handle = slot.id;
  }
  return pv;
}

void Model::make_pv(const Slot& slot, const std::string& name) {
  if (truth_.objects().pvs.contains({InternedString(), name})) return;
  say("create PV " + name);
  world_changed();
  truth_.put(fresh_pv(slot, name));
}

// A PV and a claim that name each other, as after binding.
void Model::bind(const Slot& slot) {
  const std::string& name = any(slot.pvs);
  say("bind PV " + name);
  world_changed();
  const auto found = truth_.objects().pvs.find({InternedString(), name});
  PersistentVolume pv = found == truth_.objects().pvs.end() ? fresh_pv(slot, name) : found->second;
  pv.claim = ObjectKey{namespace_of(name), "c-" + name + (one_in(8) ? "-again" : "")};
  pv.phase = VolumePhase::kBound;
  pv.deleting = false;
  Claim claim;
  const auto known = truth_.objects().claims.find(key_of(pv.claim));
  if (known != truth_.objects().claims.end()) {
    claim = known->second;
  } else {
    claim.key = pv.claim;
    claim.uid = new_uid();
    claim.labels = some_labels();
  }
  pv.claim_uid = claim.uid;
  claim.volume_name = name;
  claim.phase = ClaimPhase::kBound;
  // The two are written one after the other.
  if (one_in(2)) {
    truth_.put(pv);
    truth_.put(claim);
  } else {
    truth_.put(claim);
    truth_.put(pv);
  }
}

void Model::change_pv() {
  if (truth_.objects().pvs.empty()) return;
  PersistentVolume pv = any_of(truth_.objects().pvs)->second;
  say("change PV " + pv.name.str());
  world_changed();
  switch (below(8)) {
    case 0:
    case 1:
    case 2:
      pv.labels = some_labels();
      break;
    case 3:
    case 4:
      pv.phase = kPvPhases.at(below(kPvPhases.size()));
      break;
    case 5:
      pv.policy = one_in(2) ? ReclaimPolicy::kDelete : ReclaimPolicy::kRetain;
      break;
    case 6:
      pv.deleting = one_in(2);
      break;
    case 7:
      if (!pv.in_tree_path.empty()) {
        pv.in_tree_ours = !pv.in_tree_ours;
      } else if (one_in(2)) {
        // An administrator clears it, so that the PV may be bound again.
        pv.claim = ObjectKey();
        pv.claim_uid = Uid();
      } else if (!truth_.objects().claims.empty()) {
        const Claim& other = any_of(truth_.objects().claims)->second;
        pv.claim = other.key;
        pv.claim_uid = other.uid;
      }
      break;
  }
  truth_.put(std::move(pv));
}

void Model::delete_pv() {
  if (truth_.objects().pvs.empty()) return;
  const PersistentVolume pv = any_of(truth_.objects().pvs)->second;
  say("delete PV " + pv.name.str());
  world_changed();
  truth_.erase(Resource::kVolumes, key_of(pv));
  if (one_in(20)) truth_.attached.insert(pv.name);
}

void Model::make_claim() {
  const std::string& name = any(any(slots_).pvs);
  Claim claim;
  claim.key = ObjectKey{namespace_of(name), "c-" + name + (one_in(6) ? "-again" : "")};
  if (truth_.objects().claims.contains(key_of(claim))) return;
  say("create claim " + claim.key.name.str());
  world_changed();
  claim.uid = new_uid();
  claim.labels = some_labels();
  claim.phase = one_in(3) ? ClaimPhase::kPending : ClaimPhase::kBound;
  if (claim.phase == ClaimPhase::kBound) claim.volume_name = name;
  const auto pv = truth_.objects().pvs.find({InternedString(), name});
  // Restored together with its PV, it has the uid that the PV names.
  if (pv != truth_.objects().pvs.end() && one_in(2) && !pv->second.claim_uid.empty())
    claim.uid = pv->second.claim_uid;
  truth_.put(std::move(claim));
}

void Model::change_claim() {
  if (truth_.objects().claims.empty()) return;
  Claim claim = any_of(truth_.objects().claims)->second;
  say("change claim " + claim.key.name.str());
  world_changed();
  switch (below(8)) {
    case 0:
    case 1:
    case 2:
      claim.labels = some_labels();
      break;
    case 3:
      claim.phase = one_in(2) ? ClaimPhase::kLost : ClaimPhase::kBound;
      break;
    case 4:
      claim.deleting = one_in(2);
      break;
    case 5:
      claim.volume_name = any(any(slots_).pvs);
      break;
    case 6:
      claim.in_tree_ours = one_in(2);
      break;
    case 7:
      claim.owner_pod = Uid();
      if (!truth_.objects().pods.empty() && one_in(2))
        claim.owner_pod = any_of(truth_.objects().pods)->second.uid;
      break;
  }
  truth_.put(std::move(claim));
}

void Model::delete_claim() {
  if (truth_.objects().claims.empty()) return;
  const auto claim = any_of(truth_.objects().claims);
  say("delete claim " + claim->second.key.name.str());
  world_changed();
  truth_.erase(Resource::kClaims, Key(claim->first));
}

void Model::make_pod() {
  Pod pod;
  pod.key = ObjectKey{one_in(3) ? "bank" : "shop", "pod-" + std::to_string(below(20))};
  if (truth_.objects().pods.contains(key_of(pod))) return;
  pod.uid = new_uid();
  pod.phase = kPodPhases.at(below(kPodPhases.size()));
  pod.started = 1'700'000'000 + static_cast<std::int64_t>(below(50));
  for (std::uint64_t i = 1 + below(3); i > 0; --i) {
    PodVolume volume;
    const Slot& slot = any(slots_);
    if (slot.kind == Kind::kInline || (slot.kind == Kind::kInTree && one_in(8))) {
      volume.in_tree_path = slot.path;
    } else if (!truth_.objects().claims.empty()) {
      Claim claim = any_of(truth_.objects().claims)->second;
      volume.claim = claim.key.name;
      pod.key.ns = claim.key.ns;
      volume.ephemeral = one_in(8);
      if (volume.ephemeral && !one_in(4)) {
        claim.owner_pod = pod.uid;
        truth_.put(std::move(claim));
      }
    } else {
      continue;
    }
    if (pod.volumes.empty() || pod.key.ns == truth_.objects().claims.begin()->second.key.ns)
      pod.volumes.push_back(volume);
  }
  if (truth_.objects().pods.contains(key_of(pod))) return;
  say("create pod " + pod.key.name.str());
  world_changed();
  truth_.put(std::move(pod));
}

void Model::change_pod() {
  if (truth_.objects().pods.empty()) return;
  Pod pod = any_of(truth_.objects().pods)->second;
  say("change pod " + pod.key.name.str());
  world_changed();
  if (one_in(3)) {
    pod.deleting = true;
  } else {
    pod.phase = kPodPhases.at(below(kPodPhases.size()));
  }
  truth_.put(std::move(pod));
}

void Model::delete_pod() {
  if (truth_.objects().pods.empty()) return;
  const Pod pod = any_of(truth_.objects().pods)->second;
  say("delete pod " + pod.key.name.str());
  world_changed();
  truth_.erase(Resource::kPods, key_of(pod));
}

// A claim, its volume, then the PV: the provisioner may stop in between.
void Model::provision() {
  const Slot& slot = any(slots_);
  if (slot.kind != Kind::kDynamic) return;
  const std::string& name = slot.pvs.front();
  if (truth_.objects().pvs.contains({InternedString(), name})) return;
  Claim claim;
  claim.key = ObjectKey{namespace_of(name), "c-" + name};
  if (truth_.objects().claims.contains(key_of(claim))) return;
  say("provision " + slot.id.str());
  world_changed();
  claim.uid = new_uid();
  const std::string uid = "uid-" + std::to_string(uids_);
  claim.labels = some_labels();
  claim.phase = ClaimPhase::kPending;
  truth_.put(claim);
  if (one_in(10)) return;
  if (!vcenter_.store.contains(slot.id)) {
    vcenter_.store.create(slot.id);
    vcenter_.store.traits(slot.id).name = "pvc-" + uid;
  }
  if (one_in(10)) return;
  PersistentVolume pv = fresh_pv(slot, name);
  pv.claim = claim.key;
  pv.claim_uid = claim.uid;
  pv.phase = VolumePhase::kBound;
  truth_.put(pv);
  claim.volume_name = name;
  if (one_in(10)) return;
  claim.phase = ClaimPhase::kBound;
  truth_.put(claim);
}

void Model::controller_deletes() {
  if (truth_.objects().pvs.empty()) return;
  PersistentVolume pv = any_of(truth_.objects().pvs)->second;
  if (pv.policy != ReclaimPolicy::kDelete || !pv.dynamic) return;
  say("the controller deletes PV " + pv.name.str());
  world_changed();
  if (truth_.objects().claims.contains(key_of(pv.claim)))
    truth_.erase(Resource::kClaims, key_of(pv.claim));
  pv.phase = VolumePhase::kReleased;
  truth_.put(pv);
  if (one_in(4)) return;
  pv.deleting = true;
  truth_.put(pv);
  if (one_in(4)) return;
  vcenter_.run_until(now());
  vcenter_.store.drop(pv.handle);
  truth_.erase(Resource::kVolumes, key_of(pv));
}

void Model::corrupt() {
  const Resource resource = kResources.at(below(3));
  const Objects& objects = truth_.objects();
  say(std::string("break one of ") + name_of(resource));
  world_changed();
  if (resource == Resource::kVolumes && !objects.pvs.empty())
    truth_.corrupt(resource, Key(any_of(objects.pvs)->first));
  if (resource == Resource::kClaims && !objects.claims.empty())
    truth_.corrupt(resource, Key(any_of(objects.claims)->first));
  if (resource == Resource::kPods && !objects.pods.empty())
    truth_.corrupt(resource, Key(any_of(objects.pods)->first));
}

void Model::mend() {
  for (const auto& [resource, key] : truth_.all_broken()) {
    say("mend " + key.second.str());
    world_changed();
    if (resource == Resource::kVolumes) truth_.put(PersistentVolume(truth_.objects().pvs.at(key)));
    if (resource == Resource::kClaims) truth_.put(Claim(truth_.objects().claims.at(key)));
    if (resource == Resource::kPods) truth_.put(Pod(truth_.objects().pods.at(key)));
  }
}

} // namespace syncer::model

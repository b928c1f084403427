#include "sim/kube_controllers.h"

#include <algorithm>
#include <charconv>

#include "sim/kube_time.h"

namespace syncer::sim {

namespace {

constexpr const char* kDriver = "csi.vsphere.vmware.com";
constexpr const char* kVolumes = "persistentvolumes";
constexpr const char* kClaims = "persistentvolumeclaims";
constexpr const char* kVolumeProtection = "kubernetes.io/pv-protection";
constexpr const char* kClaimProtection = "kubernetes.io/pvc-protection";

// The member at a path like "/spec/csi/driver"; empty when it is no text.
std::string text(const json& object, const char* path) {
  const json::json_pointer pointer(path);
  if (!object.contains(pointer)) return {};
  const json& value = object.at(pointer);
  return value.is_string() ? value.get<std::string>() : std::string();
}

std::string name_of(const json& object) { return text(object, "/metadata/name"); }
std::string namespace_of(const json& object) { return text(object, "/metadata/namespace"); }

bool being_deleted(const json& object) { return object["metadata"].contains("deletionTimestamp"); }

// A member of spec, which may be missing itself.
json in_spec(const json& object, const char* name, json otherwise = json::array()) {
  return object.value("spec", json::object()).value(name, std::move(otherwise));
}

std::string info_name(std::string handle) {
  std::replace(handle.begin(), handle.end(), ':', '-');
  return handle;
}

bool erase_text(json& list, const char* item) {
  if (!list.is_array()) return false;
  const auto found = std::find(list.begin(), list.end(), item);
  if (found == list.end()) return false;
  list.erase(found);
  return true;
}

bool is_file(const json& object) {
  const json modes = in_spec(object, "accessModes");
  return std::any_of(modes.begin(), modes.end(), [](const json& mode) {
    return mode == "ReadWriteMany" || mode == "ReadOnlyMany";
  });
}

bool uses(const json& pod, const std::string& claim) {
  for (const json& volume : in_spec(pod, "volumes")) {
    if (text(volume, "/persistentVolumeClaim/claimName") == claim) return true;
    if (volume.contains("ephemeral") && name_of(pod) + "-" + text(volume, "/name") == claim) {
      return true;
    }
  }
  return false;
}

bool is_over(const json& pod) {
  const std::string phase = text(pod, "/status/phase");
  return phase == "Succeeded" || phase == "Failed";
}

void count(json& done, const char* step) { done[step] = done.value(step, 0) + 1; }

std::int64_t mebibytes(const json& claim) {
  const std::string size = text(claim, "/spec/resources/requests/storage");
  std::int64_t number = 1;
  std::from_chars(size.data(), size.data() + size.size(), number);
  return size.ends_with("Mi") ? number : number * 1024;
}

} // namespace

KubeControllers::KubeControllers(SimKube& kube, ControllerSettings settings,
                                 ControllerEffects effects)
    : kube_(kube), settings_(std::move(settings)), effects_(std::move(effects)) {}

// From the end of a life to its beginning: nobody takes two steps in one tick.
json KubeControllers::tick() {
  json done = json::object();
  remove_volumes(done);
  release(done);
  unprotect(done);
  bind(done);
  provision(done);
  follow_pods(done);
  return done;
}

void KubeControllers::remove_volumes(json& done) {
  for (const json& volume : kube_.snapshot(kVolumes)) {
    const bool ours = text(volume, "/spec/csi/driver") == kDriver;
    const bool due = text(volume, "/status/phase") == "Released" &&
                     text(volume, "/spec/persistentVolumeReclaimPolicy") == "Delete";
    if (!ours || !due) continue;
    const std::string handle = text(volume, "/spec/csi/volumeHandle");
    const std::string name = name_of(volume);
    if (!being_deleted(volume)) {
      kube_.edit(kVolumes, "", name, [](json& object) {
        object["metadata"]["deletionTimestamp"] = now_rfc3339();
        object["metadata"]["deletionGracePeriodSeconds"] = 0;
      });
      count(done, "deletions begun");
    } else if (volume_gone_.insert(handle).second) {
      effects_.delete_volume(handle);
      count(done, "CNS volumes deleted");
    } else {
      kube_.remove(kVolumes, "", name);
      kube_.remove("cnsvolumeinfoes", "vmware-system-csi", info_name(handle));
      volume_gone_.erase(handle);
      count(done, "volumes deleted");
    }
  }
}

void KubeControllers::release(json& done) {
  for (const json& volume : kube_.snapshot(kVolumes)) {
    const std::string uid = text(volume, "/spec/claimRef/uid");
    if (text(volume, "/status/phase") != "Bound" || uid.empty()) continue;
    const auto claim = kube_.get(kClaims, text(volume, "/spec/claimRef/namespace"),
                                 text(volume, "/spec/claimRef/name"));
    if (claim && text(*claim, "/metadata/uid") == uid) continue;
    kube_.edit(kVolumes, "", name_of(volume),
               [](json& object) { object["status"]["phase"] = "Released"; });
    count(done, "released");
  }
}

void KubeControllers::unprotect(json& done) {
  const json pods = kube_.snapshot("pods");
  for (const json& claim : kube_.snapshot(kClaims)) {
    if (!being_deleted(claim)) continue;
    const bool used = std::any_of(pods.begin(), pods.end(), [&](const json& pod) {
      return namespace_of(pod) == namespace_of(claim) && !is_over(pod) && uses(pod, name_of(claim));
    });
    json finalizers = claim["metadata"].value("finalizers", json::array());
    if (used || !erase_text(finalizers, kClaimProtection) || !finalizers.empty()) continue;
    kube_.remove(kClaims, namespace_of(claim), name_of(claim));
    count(done, "claims deleted");
  }
  for (const json& volume : kube_.snapshot(kVolumes)) {
    const bool kept = text(volume, "/status/phase") == "Bound" ||
                      text(volume, "/spec/persistentVolumeReclaimPolicy") == "Delete";
    json finalizers = volume["metadata"].value("finalizers", json::array());
    if (!being_deleted(volume) || kept || !erase_text(finalizers, kVolumeProtection)) continue;
    if (finalizers.empty()) {
      kube_.remove(kVolumes, "", name_of(volume));
    } else {
      kube_.edit(kVolumes, "", name_of(volume),
                 [&](json& object) { object["metadata"]["finalizers"] = finalizers; });
    }
    count(done, "volumes let go");
  }
}

void KubeControllers::bind(json& done) {
  for (const json& volume : kube_.snapshot(kVolumes)) {
    const std::string phase = text(volume, "/status/phase");
    if (being_deleted(volume) || (phase != "Pending" && phase != "Available" && !phase.empty())) {
      continue;
    }
    std::optional<json> match;
    if (in_spec(volume, "claimRef").is_object()) {
      match = kube_.get(kClaims, text(volume, "/spec/claimRef/namespace"),
                        text(volume, "/spec/claimRef/name"));
      const std::string uid = text(volume, "/spec/claimRef/uid");
      if (match && !uid.empty() && text(*match, "/metadata/uid") != uid) match.reset();
    } else {
      for (const json& claim : kube_.snapshot(kClaims)) {
        const std::string wanted = text(claim, "/spec/volumeName");
        const bool fits =
            wanted.empty() &&
            text(claim, "/spec/storageClassName") == text(volume, "/spec/storageClassName") &&
            in_spec(claim, "accessModes") == in_spec(volume, "accessModes");
        if (text(claim, "/status/phase") != "Bound" && (wanted == name_of(volume) || fits)) {
          match = claim;
          break;
        }
      }
    }
    if (match && !being_deleted(*match)) {
      bind_pair(volume, *match, done);
    } else if (phase != "Available") {
      kube_.edit(kVolumes, "", name_of(volume),
                 [](json& object) { object["status"]["phase"] = "Available"; });
      count(done, "available");
    }
  }
}

void KubeControllers::bind_pair(const json& volume, const json& claim, json& done) {
  const std::string other = text(claim, "/spec/volumeName");
  if (!other.empty() && other != name_of(volume)) return;
  kube_.edit(kClaims, namespace_of(claim), name_of(claim), [&](json& object) {
    object["metadata"]["annotations"]["pv.kubernetes.io/bind-completed"] = "yes";
    object["spec"]["volumeName"] = name_of(volume);
    object["status"]["phase"] = "Bound";
    object["status"]["accessModes"] = in_spec(object, "accessModes");
    object["status"]["capacity"] = in_spec(volume, "capacity", json::object());
  });
  kube_.edit(kVolumes, "", name_of(volume), [&](json& object) {
    object["spec"]["claimRef"] = {{"apiVersion", "v1"},
                                  {"kind", "PersistentVolumeClaim"},
                                  {"namespace", namespace_of(claim)},
                                  {"name", name_of(claim)},
                                  {"uid", text(claim, "/metadata/uid")}};
    object["status"]["phase"] = "Bound";
  });
  count(done, "bound");
}

void KubeControllers::provision(json& done) {
  for (const json& claim : kube_.snapshot(kClaims)) {
    const std::string storage_class = text(claim, "/spec/storageClassName");
    const std::string phase = text(claim, "/status/phase");
    // An empty class asks for a PV that was written by hand.
    if (storage_class.empty() || being_deleted(claim)) continue;
    if ((phase != "Pending" && !phase.empty()) || !text(claim, "/spec/volumeName").empty())
      continue;
    const auto made = kube_.get("storageclasses", "", storage_class);
    if (made && text(*made, "/provisioner") != kDriver) continue;
    if (kube_.get(kVolumes, "", "pvc-" + text(claim, "/metadata/uid"))) continue;
    provision_claim(claim, done);
  }
}

void KubeControllers::provision_claim(const json& claim, json& done) {
  const std::string uid = text(claim, "/metadata/uid");
  const std::string storage_class = text(claim, "/spec/storageClassName");
  const bool file = is_file(claim);
  const std::size_t vcenter = vcenter_for(claim);
  const bool several = settings_.vcenters.size() > 1;
  const auto made = kube_.get("storageclasses", "", storage_class);
  const std::string policy = made ? text(*made, "/reclaimPolicy") : std::string();

  SimVolume cns;
  // One id for one claim, and not its uid: the two must not be taken for each other.
  cns.id =
      std::string(file ? "file:" : "") + "d15c" + uid.substr(std::min<std::size_t>(4, uid.size()));
  cns.name = "pvc-" + uid;
  cns.type = file ? SimVolumeType::kFile : SimVolumeType::kBlock;
  cns.capacity_mib = mebibytes(claim);
  cns.datastore_url = settings_.datastore_url;
  cns.storage_policy_id = settings_.storage_policy_id;
  cns.cluster_id = settings_.cluster_id;

  json volume = {
      {"metadata",
       {{"name", cns.name},
        {"annotations", {{"pv.kubernetes.io/provisioned-by", kDriver}}},
        {"finalizers",
         {"external-provisioner.volume.kubernetes.io/finalizer", kVolumeProtection}}}},
      {"spec",
       {{"capacity", in_spec(claim, "resources", json::object()).value("requests", json::object())},
        {"accessModes", in_spec(claim, "accessModes")},
        {"csi",
         {{"driver", kDriver},
          {"volumeHandle", cns.id},
          {"volumeAttributes",
           {{"storage.kubernetes.io/csiProvisionerIdentity", "1-1-csi.vsphere.vmware.com"},
            {"type", file ? "vSphere CNS File Volume" : "vSphere CNS Block Volume"}}}}},
        {"claimRef",
         {{"apiVersion", "v1"},
          {"kind", "PersistentVolumeClaim"},
          {"namespace", namespace_of(claim)},
          {"name", name_of(claim)},
          {"uid", uid}}},
        {"persistentVolumeReclaimPolicy", policy.empty() ? "Delete" : policy},
        {"storageClassName", storage_class}}},
      {"status", {{"phase", "Pending"}}}};
  if (several && !file) {
    const json zone = {{"key", "topology.csi.vmware.com/k8s-zone"},
                       {"operator", "In"},
                       {"values", {"zone-" + std::to_string(vcenter + 1) + "a"}}};
    const json term = {{"matchExpressions", json::array({zone})}};
    volume["spec"]["nodeAffinity"]["required"]["nodeSelectorTerms"] = json::array({term});
  }
  if (several) {
    kube_.put("cnsvolumeinfoes",
              {{"metadata", {{"name", info_name(cns.id)}, {"namespace", "vmware-system-csi"}}},
               {"spec", {{"volumeID", cns.id}, {"vCenterServer", settings_.vcenters[vcenter]}}}});
  }
  effects_.create_volume(vcenter, std::move(cns));
  kube_.put(kVolumes, std::move(volume));
  count(done, "provisioned");
}

std::size_t KubeControllers::vcenter_for(const json& claim) const {
  const std::string wanted = text(claim, "/metadata/annotations/sim~1vcenter");
  std::size_t number = 1;
  std::from_chars(wanted.data(), wanted.data() + wanted.size(), number);
  return std::clamp<std::size_t>(number, 1, settings_.vcenters.size()) - 1;
}

void KubeControllers::follow_pods(json& done) {
  for (const json& claim : kube_.snapshot(kClaims)) {
    for (const json& owner : claim["metadata"].value("ownerReferences", json::array())) {
      if (text(owner, "/kind") != "Pod" || being_deleted(claim)) continue;
      const auto pod = kube_.get("pods", namespace_of(claim), text(owner, "/name"));
      if (pod && text(*pod, "/metadata/uid") == text(owner, "/uid")) continue;
      kube_.edit(kClaims, namespace_of(claim), name_of(claim), [](json& object) {
        object["metadata"]["deletionTimestamp"] = now_rfc3339();
        object["metadata"]["finalizers"] = json::array({kClaimProtection});
      });
      count(done, "ephemeral claims orphaned");
    }
  }
  for (const json& pod : kube_.snapshot("pods")) {
    for (const json& volume : in_spec(pod, "volumes")) {
      if (!volume.contains("ephemeral") || is_over(pod) || being_deleted(pod)) continue;
      const std::string name = name_of(pod) + "-" + text(volume, "/name");
      if (kube_.get(kClaims, namespace_of(pod), name)) continue;
      json claim = volume["ephemeral"].value("volumeClaimTemplate", json::object());
      claim["metadata"]["name"] = name;
      claim["metadata"]["namespace"] = namespace_of(pod);
      const json owner = {{"apiVersion", "v1"},
                          {"kind", "Pod"},
                          {"name", name_of(pod)},
                          {"uid", text(pod, "/metadata/uid")},
                          {"controller", true}};
      claim["metadata"]["ownerReferences"] = json::array({owner});
      claim["metadata"]["finalizers"] = json::array({kClaimProtection});
      claim["status"] = {{"phase", "Pending"}};
      kube_.put(kClaims, std::move(claim));
      count(done, "ephemeral claims made");
    }
  }
}

} // namespace syncer::sim

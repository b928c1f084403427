// Objects that something may choke on. Each case has its own PVs, claims and pods; none of them may
// keep another volume from being synced.
#include "sim/generator_build.h"

namespace syncer::sim {

namespace {

constexpr const char* kNamespace = "poison";

// One case while it is made. What is not changed stays that of a healthy volume.
struct Victim {
  GeneratedVolume volume;
  json pv;
  json claim;
  json pod;
  bool in_cns = true;
};

Victim make_victim(ClusterBuild& build, const GeneratedVolume& volume) {
  Victim victim;
  victim.volume = volume;
  victim.pv = volume_object(victim.volume);
  victim.claim = claim_object(victim.volume);
  victim.pod = pod_object(victim.volume, 0, build.dice.uuid());
  return victim;
}

Victim next_victim(ClusterBuild& build) {
  return make_victim(build, build.next_volume(kNamespace));
}

// Null objects do not exist.
std::string put(ClusterBuild& build, Victim victim) {
  const std::string name = victim.pv.is_null() ? victim.pod["metadata"]["name"].get<std::string>()
                                               : victim.pv["metadata"]["name"].get<std::string>();
  if (!victim.pv.is_null()) build.put("persistentvolumes", std::move(victim.pv));
  if (!victim.claim.is_null()) build.put("persistentvolumeclaims", std::move(victim.claim));
  if (!victim.pod.is_null()) build.put("pods", std::move(victim.pod));
  if (victim.in_cns) {
    build.vcenter_of(victim.volume).volumes.push_back(block_volume(victim.volume, build.options));
  }
  return name;
}

std::string in_tree_path(ClusterBuild& build, const std::string& path) {
  Victim victim = next_victim(build);
  make_in_tree(victim.pv, path, "");
  make_in_tree_claim(victim.claim);
  victim.in_cns = false;
  return put(build, std::move(victim));
}

std::string handle(ClusterBuild& build, const std::string& text) {
  Victim victim = next_victim(build);
  make_static(victim.pv);
  victim.pv["spec"]["csi"]["volumeHandle"] = text;
  victim.in_cns = false;
  return put(build, std::move(victim));
}

std::string path_that_is_none(ClusterBuild& build) {
  return in_tree_path(build, "/verdaccio/storage");
}

std::string path_on_no_datastore(ClusterBuild& build) {
  return in_tree_path(build, "[no-such-datastore] kubevols/a.vmdk");
}

std::string empty_path(ClusterBuild& build) { return in_tree_path(build, ""); }

std::string bound_without_claim(ClusterBuild& build) {
  Victim victim = next_victim(build);
  victim.pv["spec"]["persistentVolumeReclaimPolicy"] = "Retain";
  victim.claim = nullptr;
  victim.pod = nullptr;
  return put(build, std::move(victim));
}

std::string bound_without_reference(ClusterBuild& build) {
  Victim victim = next_victim(build);
  victim.pv["spec"].erase("claimRef");
  return put(build, std::move(victim));
}

std::string no_source(ClusterBuild& build) {
  Victim victim = next_victim(build);
  victim.pv["spec"].erase("csi");
  victim.in_cns = false;
  return put(build, std::move(victim));
}

std::string unknown_phase(ClusterBuild& build) {
  Victim victim = next_victim(build);
  victim.pv["status"]["phase"] = "Confused";
  return put(build, std::move(victim));
}

std::string two_sources(ClusterBuild& build) {
  Victim victim = next_victim(build);
  victim.pv["spec"]["vsphereVolume"] = {{"volumePath", "[sim-datastore] kubevols/two.vmdk"}};
  return put(build, std::move(victim));
}

std::string too_many_labels(ClusterBuild& build) {
  Victim victim = next_victim(build);
  for (int i = 0; i < 40; ++i) {
    const std::string key = "poison.example.com/label-" + std::to_string(i);
    victim.pv["metadata"]["labels"][key] = std::string(63, 'v');
    victim.claim["metadata"]["labels"][key] = std::string(63, 'v');
  }
  return put(build, std::move(victim));
}

// The number keeps the names of several such cases apart.
std::string padded(const GeneratedVolume& volume, std::size_t size) {
  std::string name = "long-" + std::to_string(volume.index) + "-";
  name.resize(size, 'n');
  return name;
}

std::string longest_names(ClusterBuild& build) {
  GeneratedVolume volume = build.next_volume(kNamespace);
  volume.volume_name = padded(volume, 253);
  volume.claim = padded(volume, 253);
  Victim victim = make_victim(build, volume);
  victim.pod["metadata"]["name"] = padded(volume, 253);
  return put(build, std::move(victim));
}

// To be registered, under a name longer than CNS takes.
std::string long_volume_name(ClusterBuild& build) {
  GeneratedVolume volume = build.next_volume(kNamespace);
  volume.volume_name = padded(volume, 100);
  Victim victim = make_victim(build, volume);
  make_static(victim.pv);
  victim.in_cns = false;
  build.add_disk(volume, SimVolumeType::kBlock);
  return put(build, std::move(victim));
}

std::string crossed_claims(ClusterBuild& build) {
  Victim one = next_victim(build);
  Victim two = next_victim(build);
  one.claim["spec"]["volumeName"] = two.volume.volume_name;
  two.claim["spec"]["volumeName"] = one.volume.volume_name;
  const std::string name = put(build, std::move(one));
  put(build, std::move(two));
  return name;
}

std::string shared_handle(ClusterBuild& build) {
  Victim one = next_victim(build);
  Victim two = next_victim(build);
  two.pv["spec"]["csi"]["volumeHandle"] = one.volume.handle;
  two.in_cns = false;
  const std::string name = put(build, std::move(one));
  put(build, std::move(two));
  return name;
}

std::string empty_handle(ClusterBuild& build) { return handle(build, ""); }
std::string huge_handle(ClusterBuild& build) { return handle(build, std::string(1 << 20, 'h')); }
std::string markup_handle(ClusterBuild& build) { return handle(build, "]]></id>&\"<"); }
std::string handle_without_disk(ClusterBuild& build) { return handle(build, build.dice.uuid()); }

// It has the name of the pod's claim, but somebody else made it.
std::string claim_of_nobody(ClusterBuild& build) {
  GeneratedVolume volume = build.next_volume(kNamespace);
  volume.claim = pod_name(volume, 0) + "-data";
  Victim victim = make_victim(build, volume);
  victim.pod["spec"]["volumes"][0] = {
      {"name", "data"}, {"ephemeral", {{"volumeClaimTemplate", {{"spec", victim.claim["spec"]}}}}}};
  return put(build, std::move(victim));
}

std::string claim_without_volume(ClusterBuild& build) {
  Victim victim = next_victim(build);
  victim.pv = nullptr;
  victim.in_cns = false;
  return put(build, std::move(victim));
}

std::string held_by_a_finalizer(ClusterBuild& build) {
  Victim victim = next_victim(build);
  victim.pv["metadata"]["deletionTimestamp"] = victim.pv["metadata"]["creationTimestamp"];
  victim.pv["metadata"]["deletionGracePeriodSeconds"] = 0;
  return put(build, std::move(victim));
}

struct Case {
  const char* what;
  std::string (*make)(ClusterBuild&);
};

constexpr Case kCases[] = {
    {"in-tree path that is none", path_that_is_none},
    {"bound PV whose claim is gone", bound_without_claim},
    {"bound PV without claimRef", bound_without_reference},
    {"PV without a source", no_source},
    {"PV in an unknown phase", unknown_phase},
    {"PV with csi and vsphereVolume", two_sources},
    {"labels beyond the limits of CNS", too_many_labels},
    {"names of 253 characters", longest_names},
    {"unregistered PV with a name of 100 characters", long_volume_name},
    {"claims that point to each other's PVs", crossed_claims},
    {"two PVs with one handle", shared_handle},
    {"empty handle", empty_handle},
    {"handle of 1 MB", huge_handle},
    {"handle with markup", markup_handle},
    {"handle without a disk", handle_without_disk},
    {"ephemeral claim that the pod does not own", claim_of_nobody},
    {"claim bound to a PV that does not exist", claim_without_volume},
    {"deleted PV held by a finalizer", held_by_a_finalizer},
    {"in-tree path on an unknown datastore", path_on_no_datastore},
    {"empty in-tree path", empty_path},
};

} // namespace

void add_poison(ClusterBuild& build) {
  for (std::size_t n = 0; n < build.options.poison; ++n) {
    const Case& chosen = kCases[n % std::size(kCases)];
    build.world.poison.push_back({chosen.what, chosen.make(build)});
  }
}

} // namespace syncer::sim

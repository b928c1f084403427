#include "sim/generator.h"

#include "sim/generator_build.h"

namespace syncer::sim {

namespace {

constexpr std::size_t kVolumesPerNamespace = 100;

std::string namespace_of(std::size_t index) {
  static constexpr const char* kTeams[] = {"shop", "bank", "search", "media", "analytics"};
  const std::size_t number = index / kVolumesPerNamespace;
  return std::string(kTeams[number % 5]) + "-" + std::to_string(number);
}

json namespace_object(const std::string& name) {
  return {{"metadata", {{"name", name}, {"labels", {{"kubernetes.io/metadata.name", name}}}}},
          {"spec", {{"finalizers", {"kubernetes"}}}},
          {"status", {{"phase", "Active"}}}};
}

std::map<std::string, std::string> label_map(const json& labels) {
  std::map<std::string, std::string> map;
  if (!labels.is_object()) return map;
  for (const auto& [key, value] : labels.items()) map[key] = value.get<std::string>();
  return map;
}

// What CNS holds at the start, when it should hold `wanted`.
std::vector<SimEntity> start_entities(std::vector<SimEntity> wanted, std::size_t index,
                                      CnsStart start) {
  if (start == CnsStart::kFresh) return {};
  if (start == CnsStart::kInSync) return wanted;
  // One entity alone can only be missing.
  if (wanted.size() < 2) return {};
  switch (index % 4) {
    case 0:
      return {};
    case 1:
      wanted[1].labels["app"] = "before-the-rename";
      return wanted;
    case 2:
      if (wanted.size() < 3) return {};
      wanted[2].self.name += "-gone";
      return wanted;
    default:
      return {wanted.front()};
  }
}

json cluster_id_map(const std::string& id) {
  return {{"metadata", {{"name", "vsphere-csi-cluster-id"}, {"namespace", "vmware-system-csi"}}},
          {"data", {{"clusterID", id}}},
          {"immutable", true}};
}

void add_dynamic_volumes(ClusterBuild& build) {
  Dice dice(build.options.seed);
  for (std::size_t index = 0; index < build.options.volumes; ++index) {
    const GeneratedVolume volume = make_volume(index, dice, build.options);
    if (index % kVolumesPerNamespace == 0) build.put("namespaces", namespace_object(volume.ns));
    build.put("persistentvolumes", volume_object(volume));
    build.put("persistentvolumeclaims", claim_object(volume));
    for (std::size_t replica = 0; replica < build.options.pods_per_volume; ++replica) {
      build.put("pods", pod_object(volume, replica, dice.uuid()));
    }
    build.add_block_volume(volume);
  }
}

} // namespace

GeneratedVolume make_volume(std::size_t index, Dice& dice, const GeneratorOptions& options) {
  GeneratedVolume volume;
  volume.index = index;
  volume.app = &app_templates()[dice.below(app_templates().size())];
  volume.ns = namespace_of(index);
  volume.claim = "data-" + volume.app->name + "-" + std::to_string(index);
  volume.claim_uid = dice.uuid();
  volume.volume_name = "pvc-" + volume.claim_uid;
  volume.volume_uid = dice.uuid();
  volume.handle = dice.uuid();
  const std::size_t node = dice.below(kNodes);
  volume.node = node_name(node);
  volume.zone = zone_of_node(node, options);
  volume.vcenter = vcenter_of_node(node, options);
  volume.gibibytes = std::int64_t{1} << dice.below(8);
  volume.retain = dice.below(4) == 0;
  volume.claim_labels = {{"app", volume.app->name},
                         {"app.kubernetes.io/name", volume.app->name},
                         {"app.kubernetes.io/part-of", volume.ns}};
  if (dice.below(3) == 0) {
    volume.claim_labels["stage"] = dice.below(2) == 0 ? "prod" : "test";
  }
  if (dice.below(5) == 0) {
    volume.volume_labels = {{"backup", dice.below(2) == 0 ? "daily" : "weekly"}};
  }
  return volume;
}

std::vector<SimEntity> entities_of(const GeneratedVolume& volume, const GeneratorOptions& options,
                                   std::size_t pods) {
  const std::string& cluster = options.cluster_id;
  SimEntity pv{
      {kEntityVolume, volume.volume_name, "", cluster}, label_map(volume.volume_labels), {}};
  SimEntity claim{
      {kEntityClaim, volume.claim, volume.ns, cluster}, label_map(volume.claim_labels), {pv.self}};
  std::vector<SimEntity> entities = {pv, claim};
  for (std::size_t replica = 0; replica < pods; ++replica) {
    entities.push_back(
        {{kEntityPod, pod_name(volume, replica), volume.ns, cluster}, {}, {claim.self}});
  }
  return entities;
}

SimVolume block_volume(const GeneratedVolume& volume, const GeneratorOptions& options) {
  SimVolume made;
  made.id = volume.handle;
  made.name = volume.volume_name;
  made.capacity_mib = volume.gibibytes * 1024;
  made.datastore_url = options.datastore_url;
  made.storage_policy_id = options.storage_policy_id;
  made.cluster_id = options.cluster_id;
  made.cluster_distribution = "VanillaK8S"; // as a CSI controller says of a plain API server
  return made;
}

ClusterBuild::ClusterBuild(const GeneratorOptions& given, KubeStore& store, GeneratedWorld& made)
    : options(given),
      world(made),
      dice(given.seed ^ 0x6b696e6473ULL),
      store_(store),
      next_index_(given.volumes) {
  world.vcenters.resize(std::max<std::size_t>(1, options.vcenters.size()));
}

void ClusterBuild::put(const char* plural, json object) {
  store_.put(*find_resource(plural), std::move(object));
}

GeneratedVolume ClusterBuild::next_volume(const std::string& ns) {
  if (namespaces_.insert(ns).second) put("namespaces", namespace_object(ns));
  GeneratedVolume volume = make_volume(next_index_++, dice, options);
  volume.ns = ns;
  volume.claim_labels["app.kubernetes.io/part-of"] = ns;
  return volume;
}

void ClusterBuild::put_pods(const GeneratedVolume& volume, std::size_t count) {
  for (std::size_t replica = 0; replica < count; ++replica) {
    put("pods", pod_object(volume, replica, dice.uuid()));
  }
}

void ClusterBuild::add_cns_volume(const GeneratedVolume& volume, SimVolume made,
                                  std::vector<SimEntity> wanted) {
  made.entities = start_entities(std::move(wanted), volume.index, options.start);
  vcenter_of(volume).volumes.push_back(std::move(made));
  if (options.vcenters.size() > 1) put_volume_info(volume);
}

// Of several pods CNS holds, on a block volume, the one that started first.
void ClusterBuild::add_block_volume(const GeneratedVolume& volume) {
  const std::size_t pods = std::min<std::size_t>(options.pods_per_volume, 1);
  add_cns_volume(volume, block_volume(volume, options), entities_of(volume, options, pods));
}

void ClusterBuild::add_disk(const GeneratedVolume& volume, SimVolumeType type) {
  vcenter_of(volume).disks.push_back(
      {volume.handle, type, volume.gibibytes * 1024, options.datastore_url});
}

void ClusterBuild::put_volume_info(const GeneratedVolume& volume) {
  if (options.volume_infos == VolumeInfos::kNone) return;
  if (options.volume_infos == VolumeInfos::kHalf && volume.index % 2 == 1) return;
  // A colon cannot be in a name.
  std::string name = volume.handle;
  if (name.rfind("file:", 0) == 0) name[4] = '-';
  put("cnsvolumeinfoes",
      {{"metadata", {{"name", name}, {"namespace", "vmware-system-csi"}}},
       {"spec",
        {{"volumeID", volume.handle}, {"vCenterServer", options.vcenters[volume.vcenter]}}}});
}

GeneratedWorld generate_cluster(const GeneratorOptions& options, KubeStore& store) {
  GeneratedWorld world;
  ClusterBuild build(options, store, world);
  add_nodes(build);
  add_dynamic_volumes(build);
  add_static_volumes(build);
  add_file_volumes(build);
  add_in_tree_volumes(build);
  add_inline_pods(build);
  add_ephemeral_volumes(build);
  add_foreign_volumes(build);
  add_poison(build);
  if (options.cluster_id_in_configmap) build.put("configmaps", cluster_id_map(options.cluster_id));
  return world;
}

} // namespace syncer::sim

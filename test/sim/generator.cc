#include "sim/generator.h"

#include <cstdio>
#include <nlohmann/json.hpp>
#include <random>

#include "sim/generator_objects.h"

namespace syncer::sim {

namespace {

constexpr std::size_t kVolumesPerNamespace = 100;
constexpr std::size_t kNodes = 60;

// The values of the standard engine are the same everywhere; those of its distributions are not.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : engine_(seed) {}

  std::size_t below(std::size_t end) { return static_cast<std::size_t>(engine_() % end); }
  std::string uuid() {
    const std::uint64_t high = engine_();
    const std::uint64_t low = engine_();
    char out[40];
    std::snprintf(out, sizeof out, "%08x-%04x-4%03x-8%03x-%012llx",
                  static_cast<unsigned>(high >> 32U), static_cast<unsigned>(high >> 16U & 0xffffU),
                  static_cast<unsigned>(high & 0xfffU), static_cast<unsigned>(low >> 52U),
                  static_cast<unsigned long long>(low & 0xffffffffffffULL));
    return out;
  }

 private:
  std::mt19937_64 engine_;
};

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

GeneratedVolume make_volume(std::size_t index, Dice& dice) {
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
  volume.node = "worker-" + std::to_string(100 + node) + ".prod.example.com";
  volume.zone = "zone-" + std::string(1, static_cast<char>('a' + node % 3));
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

std::map<std::string, std::string> label_map(const json& labels) {
  std::map<std::string, std::string> map;
  if (!labels.is_object()) return map;
  for (const auto& [key, value] : labels.items()) map[key] = value.get<std::string>();
  return map;
}

// The three entities of a block volume; of several pods CNS holds the one that started first.
std::vector<SimEntity> wanted_entities(const GeneratedVolume& volume,
                                       const GeneratorOptions& options) {
  const std::string& cluster = options.cluster_id;
  SimEntity pv{
      {kEntityVolume, volume.volume_name, "", cluster}, label_map(volume.volume_labels), {}};
  SimEntity claim{
      {kEntityClaim, volume.claim, volume.ns, cluster}, label_map(volume.claim_labels), {pv.self}};
  std::vector<SimEntity> entities = {pv, claim};
  if (options.pods_per_volume != 0) {
    entities.push_back({{kEntityPod, pod_name(volume, 0), volume.ns, cluster}, {}, {claim.self}});
  }
  return entities;
}

std::vector<SimEntity> start_entities(const GeneratedVolume& volume,
                                      const GeneratorOptions& options) {
  if (options.start == CnsStart::kFresh) return {};
  std::vector<SimEntity> entities = wanted_entities(volume, options);
  if (options.start == CnsStart::kInSync) return entities;
  switch (volume.index % 4) {
    case 0:
      return {};
    case 1:
      entities[1].labels["app"] = "before-the-rename";
      return entities;
    case 2:
      if (entities.size() < 3) return {};
      entities[2].self.name += "-gone";
      return entities;
    default:
      return {entities.front()};
  }
}

SimVolume cns_volume(const GeneratedVolume& volume, const GeneratorOptions& options) {
  SimVolume made;
  made.id = volume.handle;
  made.name = volume.volume_name;
  made.capacity_mib = volume.gibibytes * 1024;
  made.datastore_url = options.datastore_url;
  made.storage_policy_id = options.storage_policy_id;
  made.cluster_id = options.cluster_id;
  made.entities = start_entities(volume, options);
  return made;
}

} // namespace

std::vector<SimVolume> generate_cluster(const GeneratorOptions& options, KubeStore& store) {
  const KubeResource& namespaces = *find_resource("namespaces");
  const KubeResource& volumes = *find_resource("persistentvolumes");
  const KubeResource& claims = *find_resource("persistentvolumeclaims");
  const KubeResource& pods = *find_resource("pods");

  Dice dice(options.seed);
  std::vector<SimVolume> cns;
  cns.reserve(options.volumes);
  for (std::size_t index = 0; index < options.volumes; ++index) {
    if (index % kVolumesPerNamespace == 0) {
      store.put(namespaces, namespace_object(namespace_of(index)));
    }
    const GeneratedVolume volume = make_volume(index, dice);
    store.put(volumes, volume_object(volume));
    store.put(claims, claim_object(volume));
    for (std::size_t replica = 0; replica < options.pods_per_volume; ++replica) {
      store.put(pods, pod_object(volume, replica, dice.uuid()));
    }
    cns.push_back(cns_volume(volume, options));
  }
  return cns;
}

} // namespace syncer::sim

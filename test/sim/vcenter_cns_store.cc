#include "sim/vcenter_cns_store.h"

#include <algorithm>
#include <set>
#include <utility>

namespace syncer::sim {

namespace {

constexpr std::size_t kMaxLabels = 32;
constexpr std::size_t kMaxLabelKey = 320;
constexpr std::size_t kMaxLabelValue = 64;
constexpr std::size_t kMaxClusterId = 64;
constexpr std::size_t kMaxDistribution = 128;

bool known_entity_type(std::string_view type) {
  return type == kEntityVolume || type == kEntityClaim || type == kEntityPod;
}

std::optional<SimFault> check_cluster(const CnsCluster& cluster) {
  if (cluster.id.empty() || cluster.user.empty()) {
    return invalid_argument("containerCluster", "Cluster id and vSphereUser must not be empty.");
  }
  if (cluster.type != "KUBERNETES") {
    return invalid_argument("containerCluster.clusterType", "Unknown cluster type.");
  }
  if (cluster.id.size() > kMaxClusterId) {
    return invalid_argument("containerCluster.clusterId", "Cluster id is longer than 64.");
  }
  if (cluster.distribution.size() > kMaxDistribution) {
    return invalid_argument("containerCluster.clusterDistribution",
                            "Cluster distribution is longer than 128.");
  }
  if (!cluster.flavor.empty() && cluster.flavor != "VANILLA" && cluster.flavor != "WORKLOAD" &&
      cluster.flavor != "GUEST_CLUSTER") {
    return invalid_argument("containerCluster.clusterFlavor", "Unknown cluster flavor.");
  }
  return std::nullopt;
}

std::optional<SimFault> check_ref(const SimEntityRef& ref, const char* property) {
  if (!known_entity_type(ref.type)) {
    return invalid_argument(property, "Unknown entity type \"" + ref.type + "\".");
  }
  if (ref.name.empty()) return invalid_argument(property, "The entity name must not be empty.");
  if ((ref.type == kEntityVolume) != ref.ns.empty()) {
    return invalid_argument(property, ref.ns.empty() ? "The namespace of the entity must be set."
                                                     : "A persistent volume has no namespace.");
  }
  return std::nullopt;
}

std::optional<SimFault> check_labels(const SimEntity& entity) {
  if (entity.labels.size() > kMaxLabels) {
    return invalid_argument("entityMetadata.labels", "More than 32 labels on one entity.");
  }
  for (const auto& [key, value] : entity.labels) {
    if (key.empty() || key.size() >= kMaxLabelKey || value.size() >= kMaxLabelValue) {
      return invalid_argument("entityMetadata.labels", "Label key or value has a wrong length.");
    }
  }
  return std::nullopt;
}

std::optional<SimFault> duplicated() {
  return invalid_argument("entityMetadata",
                          "Duplicated entity for each entity type in one cluster is found.");
}

bool names_cluster(const CnsMetadata& metadata, const std::string& id) {
  return metadata.cluster.id == id ||
         std::any_of(metadata.clusters.begin(), metadata.clusters.end(),
                     [&](const CnsCluster& cluster) { return cluster.id == id; });
}

} // namespace

const SimEntityRef* CnsMetadata::foreign_entity() const {
  for (const CnsEntityChange& change : entities) {
    if (change.entity.self.cluster_id != cluster.id) return &change.entity.self;
  }
  return nullptr;
}

CnsVolume& CnsStore::put(SimVolume volume) {
  CnsVolume* target = find(volume.id);
  if (!target) {
    volumes_.push_back(std::make_unique<CnsVolume>());
    target = volumes_.back().get();
    by_id_[volume.id] = target;
  }
  target->disk_id = volume.id;
  target->clusters.clear();
  if (!volume.cluster_id.empty()) {
    target->clusters.push_back({volume.cluster_id, "KUBERNETES", volume.cluster_user,
                                volume.cluster_flavor, volume.cluster_distribution, false});
  }
  for (const std::string& other : volume.other_clusters) {
    target->clusters.push_back(
        {other, "KUBERNETES", volume.cluster_user, volume.cluster_flavor, "", false});
  }
  target->base = std::move(volume);
  return *target;
}

bool CnsStore::erase(std::string_view id) {
  const auto found = by_id_.find(std::string(id));
  if (found == by_id_.end()) return false;
  const CnsVolume* volume = found->second;
  by_id_.erase(found);
  std::erase_if(volumes_, [&](const auto& held) { return held.get() == volume; });
  return true;
}

CnsVolume* CnsStore::find(std::string_view id) {
  const auto found = by_id_.find(std::string(id));
  return found == by_id_.end() ? nullptr : found->second;
}

const SimDisk* CnsStore::find_disk(std::string_view id) const {
  const auto found = disks_.find(std::string(id));
  return found == disks_.end() ? nullptr : &found->second;
}

void CnsStore::add_vmdk(SimVmdk vmdk) {
  const auto key = std::make_pair(vmdk.datastore, vmdk.path);
  vmdks_[key] = std::move(vmdk);
}

SimVmdk* CnsStore::find_vmdk(const std::string& datastore, const std::string& path) {
  const auto found = vmdks_.find({datastore, path});
  return found == vmdks_.end() ? nullptr : &found->second;
}

std::optional<SimFault> CnsStore::check_metadata(const CnsMetadata& metadata,
                                                 SimVolumeType type) const {
  if (auto fault = check_cluster(metadata.cluster)) return fault;
  if (rules_.cluster_array_required && metadata.clusters.empty()) {
    return invalid_argument("metadata.containerClusterArray", "The list must not be empty.");
  }
  for (const CnsCluster& cluster : metadata.clusters) {
    if (auto fault = check_cluster(cluster)) return fault;
  }
  std::set<std::pair<std::string, std::string>> kinds;
  std::set<std::pair<std::string, std::string>> names;
  for (const CnsEntityChange& change : metadata.entities) {
    const SimEntityRef& self = change.entity.self;
    if (auto fault = check_ref(self, "entityMetadata")) return fault;
    if (auto fault = check_labels(change.entity)) return fault;
    for (const SimEntityRef& ref : change.entity.refers_to) {
      if (auto fault = check_ref(ref, "entityMetadata.referredEntity")) return fault;
    }
    if (!names_cluster(metadata, self.cluster_id)) {
      return invalid_argument("entityMetadata.clusterId",
                              "The entity names a cluster the call does not name.");
    }
    const std::string kind = self.type + "\n" + self.cluster_id;
    const bool first_of_kind = kinds.emplace(kind, "").second;
    if (type == SimVolumeType::kBlock && !first_of_kind) return duplicated();
    if (!names.emplace(kind, self.ns + "/" + self.name).second) return duplicated();
  }
  return std::nullopt;
}

std::optional<SimFault> CnsStore::check_duplicates(const CnsVolume& volume,
                                                   const CnsMetadata& metadata) const {
  for (const CnsEntityChange& change : metadata.entities) {
    const SimEntityRef& self = change.entity.self;
    bool known = false;
    for (const SimEntity& held : volume.base.entities) {
      if (held.self == self) known = true;
      if (volume.base.type != SimVolumeType::kBlock || change.remove) continue;
      if (held.self.type == self.type && held.self.cluster_id == self.cluster_id &&
          held.self != self) {
        return duplicated();
      }
    }
    if (change.remove && !known && rules_.unknown_removal_is_an_error) {
      return invalid_argument("entityMetadata", "The entity to delete is not known.");
    }
  }
  return std::nullopt;
}

std::optional<SimFault> CnsStore::apply(CnsVolume& volume, const CnsMetadata& metadata,
                                        Removed& removed) {
  if (auto fault = check_duplicates(volume, metadata)) return fault;
  std::vector<CnsCluster> named = metadata.clusters;
  if (named.empty()) named.push_back(metadata.cluster);
  for (const CnsCluster& cluster : named) {
    const auto same = [&](const CnsCluster& held) { return held.id == cluster.id; };
    const auto held = std::find_if(volume.clusters.begin(), volume.clusters.end(), same);
    if (cluster.remove) {
      removed.clusters += std::erase_if(volume.clusters, same);
      removed.entities += std::erase_if(volume.base.entities, [&](const SimEntity& entity) {
        return entity.self.cluster_id == cluster.id;
      });
    } else if (held == volume.clusters.end()) {
      volume.clusters.push_back(cluster);
    } else {
      *held = cluster;
    }
  }
  auto& entities = volume.base.entities;
  for (const CnsEntityChange& change : metadata.entities) {
    const auto held = std::find_if(entities.begin(), entities.end(), [&](const SimEntity& entity) {
      return entity.self == change.entity.self;
    });
    if (change.remove) {
      if (held == entities.end()) continue;
      if (rules_.keep_removed_for_a_read) volume.just_removed.push_back(*held);
      entities.erase(held);
      ++removed.entities;
      continue;
    }
    SimEntity entity = change.entity;
    // CNS keeps labels of volumes and claims only.
    if (entity.self.type == kEntityPod) entity.labels.clear();
    if (held == entities.end()) {
      entities.push_back(std::move(entity));
    } else {
      *held = std::move(entity);
    }
  }
  ++volume.updates_applied;
  return std::nullopt;
}

} // namespace syncer::sim

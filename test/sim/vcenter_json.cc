#include "sim/vcenter_json.h"

#include <nlohmann/json.hpp>

namespace syncer::sim {

using nlohmann::json;

namespace {

json ref_to_json(const SimEntityRef& ref) {
  return {
      {"type", ref.type}, {"name", ref.name}, {"namespace", ref.ns}, {"cluster", ref.cluster_id}};
}

SimEntityRef ref_from_json(const json& from) {
  return {from.value("type", ""), from.value("name", ""), from.value("namespace", ""),
          from.value("cluster", "")};
}

SimVolumeType type_from_json(const json& from) {
  return from.value("type", "BLOCK") == std::string("FILE") ? SimVolumeType::kFile
                                                            : SimVolumeType::kBlock;
}

} // namespace

json to_json(const SimEntity& entity) {
  json out = ref_to_json(entity.self);
  out["labels"] = entity.labels;
  json refs = json::array();
  for (const SimEntityRef& ref : entity.refers_to) refs.push_back(ref_to_json(ref));
  out["refers_to"] = std::move(refs);
  return out;
}

json entities_to_json(const std::vector<SimEntity>& entities) {
  json out = json::array();
  for (const SimEntity& entity : entities) out.push_back(to_json(entity));
  return out;
}

SimDisk disk_from_json(const json& from) {
  SimDisk disk;
  disk.id = from.at("id").get<std::string>();
  disk.type = type_from_json(from);
  disk.capacity_mib = from.value("capacity_mib", disk.capacity_mib);
  disk.datastore_url = from.value("datastore_url", disk.datastore_url);
  return disk;
}

SimVmdk vmdk_from_json(const json& from) {
  SimVmdk vmdk;
  vmdk.datastore = from.value("datastore", vmdk.datastore);
  vmdk.path = from.at("path").get<std::string>();
  vmdk.capacity_mib = from.value("capacity_mib", vmdk.capacity_mib);
  vmdk.volume_id = from.value("volume", vmdk.volume_id);
  return vmdk;
}

SimDatacenter datacenter_from_json(const json& from) {
  return {from.value("id", ""), from.at("name").get<std::string>(),
          from.value("folders", std::vector<std::string>())};
}

SimDatastore datastore_from_json(const json& from) {
  return {from.value("id", ""),
          from.at("name").get<std::string>(),
          from.value("url", ""),
          from.value("datacenter", ""),
          from.value("folders", std::vector<std::string>()),
          from.value("pod", "")};
}

SimHost host_from_json(const json& from) {
  return {from.value("id", ""), from.at("name").get<std::string>(),
          from.at("cluster").get<std::string>(), from.value("datacenter", "")};
}

SimVm vm_from_json(const json& from) {
  return {from.value("id", ""),
          from.value("name", ""),
          from.at("uuid").get<std::string>(),
          from.value("instance_uuid", ""),
          from.value("datacenter", ""),
          from.value("host", "")};
}

SimProfile profile_from_json(const json& from) {
  return {from.at("id").get<std::string>(), from.at("name").get<std::string>(),
          from.value("category", "REQUIREMENT")};
}

json to_json(const CnsVolume& volume) {
  json out = {{"id", volume.base.id},
              {"name", volume.base.name},
              {"type", volume.base.type == SimVolumeType::kBlock ? "BLOCK" : "FILE"},
              {"capacity_mib", volume.base.capacity_mib},
              {"datastore_url", volume.base.datastore_url},
              {"storage_policy_id", volume.base.storage_policy_id},
              {"disk_path", volume.base.disk_path},
              {"updates", volume.updates_applied},
              {"max_updates_running", volume.max_updates_running}};
  json clusters = json::array();
  for (const CnsCluster& cluster : volume.clusters) {
    clusters.push_back({{"id", cluster.id},
                        {"user", cluster.user},
                        {"flavor", cluster.flavor},
                        {"distribution", cluster.distribution}});
  }
  out["clusters"] = std::move(clusters);
  out["entities"] = entities_to_json(volume.base.entities);
  return out;
}

SimEntity entity_from_json(const json& from) {
  SimEntity entity;
  entity.self = ref_from_json(from);
  entity.labels = from.value("labels", std::map<std::string, std::string>());
  for (const json& ref : from.value("refers_to", json::array())) {
    entity.refers_to.push_back(ref_from_json(ref));
  }
  return entity;
}

SimVolume volume_from_json(const json& from) {
  SimVolume volume;
  volume.id = from.at("id").get<std::string>();
  volume.name = from.value("name", volume.name);
  volume.type = type_from_json(from);
  volume.capacity_mib = from.value("capacity_mib", volume.capacity_mib);
  volume.datastore_url = from.value("datastore_url", volume.datastore_url);
  volume.storage_policy_id = from.value("storage_policy_id", volume.storage_policy_id);
  volume.disk_path = from.value("disk_path", volume.disk_path);
  volume.cluster_id = from.value("cluster", volume.cluster_id);
  volume.cluster_distribution = from.value("distribution", volume.cluster_distribution);
  volume.other_clusters = from.value("other_clusters", volume.other_clusters);
  for (const json& entity : from.value("entities", json::array())) {
    volume.entities.push_back(entity_from_json(entity));
  }
  return volume;
}

json to_json(const VcenterRecord& record) {
  json deleted = json::array();
  for (const SimVolume& volume : record.deleted) {
    deleted.push_back({{"id", volume.id}, {"entities", entities_to_json(volume.entities)}});
  }
  return {{"requests", record.requests},
          {"calls", record.calls},
          {"faults", record.faults},
          {"updates_applied", record.updates_applied},
          {"entities_removed", record.entities_removed},
          {"clusters_removed", record.clusters_removed},
          {"foreign_entities", record.foreign_entities},
          {"creates", record.creates},
          {"deletes", record.deletes},
          {"created", record.created},
          {"deleted", std::move(deleted)},
          {"object_updates", record.object_updates},
          {"max_running_updates", record.max_running_updates},
          {"max_tasks_in_flight", record.max_tasks_in_flight},
          {"violation_count", record.violation_count},
          {"violations", record.violations},
          {"refusals", record.refusals}};
}

} // namespace syncer::sim

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

} // namespace

json to_json(const SimEntity& entity) {
  json out = ref_to_json(entity.self);
  out["labels"] = entity.labels;
  json refs = json::array();
  for (const SimEntityRef& ref : entity.refers_to) refs.push_back(ref_to_json(ref));
  out["refers_to"] = std::move(refs);
  return out;
}

json to_json(const CnsVolume& volume) {
  json out = {{"id", volume.base.id},
              {"name", volume.base.name},
              {"type", volume.base.type == SimVolumeType::kBlock ? "BLOCK" : "FILE"},
              {"capacity_mib", volume.base.capacity_mib},
              {"datastore_url", volume.base.datastore_url},
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
  json entities = json::array();
  for (const SimEntity& entity : volume.base.entities) entities.push_back(to_json(entity));
  out["entities"] = std::move(entities);
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
  volume.type = from.value("type", "BLOCK") == std::string("FILE") ? SimVolumeType::kFile
                                                                   : SimVolumeType::kBlock;
  volume.capacity_mib = from.value("capacity_mib", volume.capacity_mib);
  volume.datastore_url = from.value("datastore_url", volume.datastore_url);
  volume.cluster_id = from.value("cluster", volume.cluster_id);
  for (const json& entity : from.value("entities", json::array())) {
    volume.entities.push_back(entity_from_json(entity));
  }
  return volume;
}

json to_json(const VcenterRecord& record) {
  return {{"requests", record.requests},
          {"calls", record.calls},
          {"faults", record.faults},
          {"updates_applied", record.updates_applied},
          {"object_updates", record.object_updates},
          {"max_running_updates", record.max_running_updates},
          {"max_tasks_in_flight", record.max_tasks_in_flight},
          {"violation_count", record.violation_count},
          {"violations", record.violations},
          {"refusals", record.refusals}};
}

} // namespace syncer::sim

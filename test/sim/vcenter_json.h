#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "sim/vcenter_cns_store.h"
#include "sim/vcenter_options.h"
#include "sim/vcenter_record.h"

namespace syncer::sim {

nlohmann::json to_json(const CnsVolume& volume);
nlohmann::json to_json(const SimEntity& entity);
nlohmann::json entities_to_json(const std::vector<SimEntity>& entities);
// Missing members keep their defaults; throws nlohmann's exceptions for values of a wrong type.
SimVolume volume_from_json(const nlohmann::json& json);
SimDisk disk_from_json(const nlohmann::json& json);
SimVmdk vmdk_from_json(const nlohmann::json& json);
SimDatacenter datacenter_from_json(const nlohmann::json& json);
SimDatastore datastore_from_json(const nlohmann::json& json);
SimHost host_from_json(const nlohmann::json& json);
SimVm vm_from_json(const nlohmann::json& json);
SimProfile profile_from_json(const nlohmann::json& json);
SimEntity entity_from_json(const nlohmann::json& json);
nlohmann::json to_json(const VcenterRecord& record);

} // namespace syncer::sim

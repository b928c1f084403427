// The CustomResourceDefinitions of the CSI driver that this program reads or writes. Pure.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <vector>

namespace syncer {

enum class Crd { kNodeTopology, kVolumeMigration, kVolumeInfo, kTriggerFullSync };

const char* crd_name(Crd crd);
nlohmann::json crd_manifest(Crd crd);

} // namespace syncer

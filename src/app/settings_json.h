#pragma once

#include <nlohmann/json_fwd.hpp>

#include "app/settings.h"
#include "config/vsphere_config.h"

namespace syncer {

// What is in force, for people: flags, and of csi-vsphere.conf everything but passwords.
nlohmann::json settings_json(const Settings& settings);
nlohmann::json settings_json(const VSphereConfig& config);

} // namespace syncer

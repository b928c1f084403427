#include "app/vsphere_files.h"

namespace syncer {

namespace {

VSphereConfig without_credentials(VSphereConfig config) {
  for (VCenterConfig& vcenter : config.vcenters) {
    vcenter.user.clear();
    vcenter.password = Secret();
  }
  config.warnings.clear();
  return config;
}

} // namespace

Outcome<> VSphereFiles::load() {
  ConfigReading reading = read_config(path_, environment_);
  fingerprint_ = reading.fingerprint;
  if (!reading.config) return reading.config.error();
  if (usable_) {
    if (Outcome<> usable = usable_(*reading.config); !usable) return usable;
  }
  config_ = std::move(*reading.config);
  return Done{};
}

bool VSphereFiles::changed() const {
  return read_config(path_, environment_).fingerprint != fingerprint_;
}

bool only_credentials_differ(const VSphereConfig& before, const VSphereConfig& now) {
  return without_credentials(before) == without_credentials(now);
}

} // namespace syncer

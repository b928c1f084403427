#pragma once

#include <string>

#include "config/vsphere_config.h"

namespace syncer {

// csi-vsphere.conf and the CA files that it names, as last loaded. What counts is what the files
// say, not when or how they were replaced.
class VSphereFiles {
 public:
  VSphereFiles() = default;
  explicit VSphereFiles(std::string path) : path_(std::move(path)) {}

  // On an error the configuration loaded before stays, and the same content is not tried again.
  Outcome<> load();
  const VSphereConfig& config() const { return config_; }
  // The files say something else than when they were loaded last.
  bool changed() const;
  // Of the last load that went well: files beside csi-vsphere.conf differ from the load before.
  bool other_files_changed() const { return others_changed_; }

 private:
  std::string path_;
  VSphereConfig config_;
  std::string content_;
  std::string others_;
  bool others_changed_ = false;
};

// The same vCenters in every respect but user and password.
bool only_credentials_differ(const VSphereConfig& before, const VSphereConfig& now);

} // namespace syncer

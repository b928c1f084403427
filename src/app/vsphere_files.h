#pragma once

#include <functional>
#include <string>

#include "config/config_files.h"

namespace syncer {

// csi-vsphere.conf and all files that it leads to, as last loaded. What counts is what the files
// say, not when or how they were replaced.
class VSphereFiles {
 public:
  // What else must hold before a configuration is taken.
  using Usable = std::function<Outcome<>(const VSphereConfig&)>;

  VSphereFiles() = default;
  VSphereFiles(std::string path, VSphereEnvironment environment, Usable usable = {})
      : path_(std::move(path)), environment_(std::move(environment)), usable_(std::move(usable)) {}

  // On an error the configuration loaded before stays, and the same content is not tried again.
  Outcome<> load();
  bool loaded() const { return !config_.vcenters.empty(); }
  const VSphereConfig& config() const { return config_; }
  // The files say something else than at the last load, however that ended.
  bool changed() const;

 private:
  std::string path_;
  VSphereEnvironment environment_;
  Usable usable_;
  VSphereConfig config_;
  Fingerprint fingerprint_;
};

// The same in every respect but users and passwords.
bool only_credentials_differ(const VSphereConfig& before, const VSphereConfig& now);

} // namespace syncer

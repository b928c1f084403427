#include "app/vsphere_files.h"

#include <algorithm>
#include <fstream>
#include <sstream>

namespace syncer {

namespace {

// Empty when it cannot be read: that is what a later look compares with.
std::string content_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream content;
  if (file) content << file.rdbuf();
  return content.str();
}

std::string ca_files_of(const VSphereConfig& config) {
  std::string all;
  for (const VCenterConfig& vcenter : config.vcenters) {
    if (!vcenter.ca_file.empty()) all += content_of(vcenter.ca_file) + '\0';
  }
  return all;
}

bool same_but_credentials(const VCenterConfig& a, const VCenterConfig& b) {
  return a.host == b.host && a.port == b.port && a.insecure == b.insecure &&
         a.ca_file == b.ca_file && a.thumbprints == b.thumbprints && a.datacenters == b.datacenters;
}

} // namespace

Outcome<> VSphereFiles::load() {
  content_ = content_of(path_);
  Outcome<VSphereConfig> loaded = load_vsphere_config(path_);
  if (!loaded) return loaded.error();
  config_ = std::move(*loaded);
  std::string others = ca_files_of(config_);
  others_changed_ = others != others_;
  others_ = std::move(others);
  return Done{};
}

bool VSphereFiles::changed() const {
  return content_of(path_) != content_ || ca_files_of(config_) != others_;
}

bool only_credentials_differ(const VSphereConfig& before, const VSphereConfig& now) {
  return before.cluster_id == now.cluster_id &&
         before.cluster_distribution == now.cluster_distribution &&
         std::equal(before.vcenters.begin(), before.vcenters.end(), now.vcenters.begin(),
                    now.vcenters.end(), same_but_credentials);
}

} // namespace syncer

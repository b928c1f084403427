// What our parser understood of csi-vsphere.conf files, for the comparison of gcfg_compare.py.
//
// On stdin: for each file its length in 4 bytes, big endian, then the file. On stdout: for each
// file one line of JSON, its sections, or {"error": text}.
#include <array>
#include <cstdio>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>

#include "config/vsphere_file.h"

namespace syncer {
namespace {

using nlohmann::json;

json understood(const GlobalSection& global) {
  return {
      {"vcenterip", global.vcenter_ip.value},
      {"cluster-id", global.cluster_id.value},
      {"supervisor-id", global.supervisor_id.value},
      {"user", global.user.value},
      {"password", global.password.value.reveal()},
      {"port", global.port.value},
      {"insecure-flag", global.insecure.value},
      {"ca-file", global.ca_file.value},
      {"thumbprint", global.thumbprint.value},
      {"datacenters", global.datacenters.value},
      {"cnsregistervolumes-cleanup-intervalinmin", global.register_volumes_cleanup.value},
      {"cnspvcprotection-cleanup-intervalinmin", global.pvc_protection_cleanup.value},
      {"volumemigration-cr-cleanup-intervalinmin", global.migration_cleanup.value},
      {"cluster-distribution", global.cluster_distribution.value},
      {"csi-auth-check-intervalinmin", global.auth_check.value},
      {"cnsvolumeoperationrequest-cleanup-intervalinmin", global.operation_request_cleanup.value},
      {"csi-fetch-preferred-datastores-intervalinmin", global.preferred_datastores.value},
      {"query-limit", global.query_limit.value},
      {"list-volume-threshold", global.list_volume_threshold.value},
  };
}

json understood(const VCenterSection& vcenter) {
  return {
      {"user", vcenter.user.value},
      {"password", vcenter.password.value.reveal()},
      {"port", vcenter.port.value},
      {"insecure-flag", vcenter.insecure.value},
      {"ca-file", vcenter.ca_file.value},
      {"thumbprint", vcenter.thumbprint.value},
      {"datacenters", vcenter.datacenters.value},
      {"targetvsanfileshareclusters", vcenter.file_share_clusters.value},
      {"migration-datastore-url", vcenter.migration_datastore.value},
      {"filevolumeactivated", vcenter.file_volumes.value},
  };
}

json understood(const NetPermissionsSection& permissions) {
  return {{"ips", permissions.ips.value},
          {"permissions", permissions.permissions.value},
          {"rootsquash", permissions.root_squash.value}};
}

json understood(const TopologyCategorySection& category) {
  return {{"label", category.label.value}};
}

template <class Section>
json understood(const Subsections<Section>& sections) {
  json all = json::object();
  for (const auto& [name, section] : sections) all[name] = understood(section);
  return all;
}

json understood(const std::string& text) {
  const Outcome<VSphereFile> file = read_vsphere_file(text);
  if (!file) return {{"error", file.error().detail}};
  return {{"global", understood(file->global)},
          {"virtualcenter", understood(file->vcenters)},
          {"netpermissions", understood(file->net_permissions)},
          {"labels",
           {{"zone", file->labels.zone.value},
            {"region", file->labels.region.value},
            {"topology-categories", file->labels.topology_categories.value}}},
          {"topologycategory", understood(file->topology_categories)},
          {"snapshot",
           {{"global-max-snapshots-per-block-volume", file->snapshot.global.value},
            {"granular-max-snapshots-per-block-volume-vsan", file->snapshot.vsan.value},
            {"granular-max-snapshots-per-block-volume-vvol", file->snapshot.vvol.value}}}};
}

int run() {
  std::array<char, 4> length{};
  while (std::cin.read(length.data(), length.size())) {
    std::size_t size = 0;
    for (const char byte : length) size = size << 8 | static_cast<unsigned char>(byte);
    std::string text(size, '\0');
    if (!std::cin.read(text.data(), static_cast<std::streamsize>(size))) return 1;
    std::cout << understood(text).dump() << '\n';
  }
  return 0;
}

} // namespace
} // namespace syncer

int main() {
  std::ios::sync_with_stdio(false);
  return syncer::run();
}

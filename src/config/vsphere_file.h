#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/outcome.h"
#include "core/secret.h"

namespace syncer {

// A value and where it was said, for errors: "line 7", "VSPHERE_USER"; empty: nowhere.
template <class T>
struct Placed {
  T value{};
  std::string where;
};

// The sections of csi-vsphere.conf, as they are written, before anything is inherited or checked.
struct GlobalSection {
  Placed<std::string> vcenter_ip;
  Placed<std::string> cluster_id;
  Placed<std::string> supervisor_id;
  Placed<std::string> user;
  Placed<Secret> password;
  Placed<std::string> port;
  Placed<bool> insecure;
  Placed<std::string> ca_file;
  Placed<std::string> thumbprint;
  Placed<std::string> datacenters;
  Placed<std::int64_t> register_volumes_cleanup;
  Placed<std::int64_t> pvc_protection_cleanup;
  Placed<std::int64_t> migration_cleanup;
  Placed<std::string> cluster_distribution;
  Placed<std::int64_t> auth_check;
  Placed<std::int64_t> operation_request_cleanup;
  Placed<std::int64_t> preferred_datastores;
  Placed<std::int64_t> query_limit;
  Placed<std::int64_t> list_volume_threshold;
};

struct VCenterSection {
  Placed<std::string> user;
  Placed<Secret> password;
  Placed<std::string> port;
  Placed<bool> insecure;
  Placed<std::string> ca_file;
  Placed<std::string> thumbprint;
  Placed<std::string> datacenters;
  Placed<std::string> file_share_clusters;
  Placed<std::string> migration_datastore;
  Placed<bool> file_volumes;
  std::string where; // the line of its first header
};

struct NetPermissionsSection {
  Placed<std::string> ips;
  Placed<std::string> permissions; // one word
  Placed<bool> root_squash;
};

struct LabelsSection {
  Placed<std::string> zone;
  Placed<std::string> region;
  Placed<std::string> topology_categories;
};

struct TopologyCategorySection {
  Placed<std::string> label;
};

struct SnapshotSection {
  Placed<std::int64_t> global;
  Placed<std::int64_t> vsan;
  Placed<std::int64_t> vvol;
};

// By the text behind the section's name; empty where there was none.
template <class Section>
using Subsections = std::vector<std::pair<std::string, Section>>;

struct VSphereFile {
  GlobalSection global;
  Subsections<VCenterSection> vcenters; // in the order of the file
  Subsections<NetPermissionsSection> net_permissions;
  LabelsSection labels;
  Subsections<TopologyCategorySection> topology_categories;
  SnapshotSection snapshot;
};

// The section of that name, which is made when there is none.
template <class Section>
Section& subsection(Subsections<Section>& sections, const std::string& name) {
  for (auto& [known, section] : sections) {
    if (known == name) return section;
  }
  return sections.emplace_back(name, Section()).second;
}

// Reads the text; of a key given twice the last one counts, unknown sections and keys do not.
// kRejected with line, section, key and reason, never a value.
Outcome<VSphereFile> read_vsphere_file(std::string_view text);

} // namespace syncer

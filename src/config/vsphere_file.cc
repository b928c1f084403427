#include "config/vsphere_file.h"

#include <algorithm>
#include <optional>
#include <variant>

#include "config/gcfg.h"
#include "config/gcfg_values.h"

namespace syncer {

namespace {

// The type of a key is that of its field; `kWord` marks what gcfg reads as one word.
template <class Section>
struct Key {
  std::string_view name;
  std::variant<Placed<std::string> Section::*, Placed<Secret> Section::*, Placed<bool> Section::*,
               Placed<std::int64_t> Section::*>
      field;
  bool word = false;
};

constexpr Key<GlobalSection> kGlobalKeys[] = {
    {"vcenterip", &GlobalSection::vcenter_ip},
    {"cluster-id", &GlobalSection::cluster_id},
    {"supervisor-id", &GlobalSection::supervisor_id},
    {"user", &GlobalSection::user},
    {"password", &GlobalSection::password},
    {"port", &GlobalSection::port},
    {"insecure-flag", &GlobalSection::insecure},
    {"ca-file", &GlobalSection::ca_file},
    {"thumbprint", &GlobalSection::thumbprint},
    {"datacenters", &GlobalSection::datacenters},
    {"cnsregistervolumes-cleanup-intervalinmin", &GlobalSection::register_volumes_cleanup},
    {"cnspvcprotection-cleanup-intervalinmin", &GlobalSection::pvc_protection_cleanup},
    {"volumemigration-cr-cleanup-intervalinmin", &GlobalSection::migration_cleanup},
    {"cluster-distribution", &GlobalSection::cluster_distribution},
    {"csi-auth-check-intervalinmin", &GlobalSection::auth_check},
    {"cnsvolumeoperationrequest-cleanup-intervalinmin", &GlobalSection::operation_request_cleanup},
    {"csi-fetch-preferred-datastores-intervalinmin", &GlobalSection::preferred_datastores},
    {"query-limit", &GlobalSection::query_limit},
    {"list-volume-threshold", &GlobalSection::list_volume_threshold},
};

constexpr Key<VCenterSection> kVCenterKeys[] = {
    {"user", &VCenterSection::user},
    {"password", &VCenterSection::password},
    {"port", &VCenterSection::port},
    {"insecure-flag", &VCenterSection::insecure},
    {"ca-file", &VCenterSection::ca_file},
    {"thumbprint", &VCenterSection::thumbprint},
    {"datacenters", &VCenterSection::datacenters},
    {"targetvsanfileshareclusters", &VCenterSection::file_share_clusters},
    {"migration-datastore-url", &VCenterSection::migration_datastore},
    {"filevolumeactivated", &VCenterSection::file_volumes},
};

constexpr Key<NetPermissionsSection> kNetPermissionsKeys[] = {
    {"ips", &NetPermissionsSection::ips},
    {"permissions", &NetPermissionsSection::permissions, true},
    {"rootsquash", &NetPermissionsSection::root_squash},
};

constexpr Key<LabelsSection> kLabelsKeys[] = {
    {"zone", &LabelsSection::zone},
    {"region", &LabelsSection::region},
    {"topology-categories", &LabelsSection::topology_categories},
};

constexpr Key<TopologyCategorySection> kTopologyCategoryKeys[] = {
    {"label", &TopologyCategorySection::label},
};

constexpr Key<SnapshotSection> kSnapshotKeys[] = {
    {"global-max-snapshots-per-block-volume", &SnapshotSection::global},
    {"granular-max-snapshots-per-block-volume-vsan", &SnapshotSection::vsan},
    {"granular-max-snapshots-per-block-volume-vvol", &SnapshotSection::vvol},
};

// Each gives the reason why the value does not fit, nullptr when it does.
using Value = std::optional<std::string>;

const char* assign(std::string& field, const Value& value, bool word) {
  if (!value) return "a value is missing";
  std::optional<std::string> text = word ? gcfg_word(*value) : value;
  if (!text) return "not one word";
  field = std::move(*text);
  return nullptr;
}

const char* assign(Secret& field, const Value& value, bool) {
  if (!value) return "a value is missing";
  field = Secret(*value);
  return nullptr;
}

const char* assign(bool& field, const Value& value, bool) {
  const std::optional<bool> truth = value ? gcfg_boolean(*value) : true;
  if (!truth) return "not a boolean (true or false)";
  field = *truth;
  return nullptr;
}

const char* assign(std::int64_t& field, const Value& value, bool) {
  if (!value) return "a value is missing";
  const std::optional<std::int64_t> number = gcfg_integer(*value);
  if (!number) return "not an integer";
  field = *number;
  return nullptr;
}

std::string line_text(int line) { return "line " + std::to_string(line); }

template <class Section, std::size_t N>
const char* assign_key(const Key<Section> (&keys)[N], Section& section, const GcfgEntry& entry) {
  for (const Key<Section>& key : keys) {
    if (key.name != entry.key) continue;
    return std::visit(
        [&](const auto field) {
          (section.*field).where = line_text(entry.line);
          return assign((section.*field).value, entry.value, key.word);
        },
        key.field);
  }
  return nullptr;
}

const char* assign_entry(VSphereFile& file, const GcfgEntry& entry) {
  if (entry.section == "virtualcenter") {
    VCenterSection& section = subsection(file.vcenters, entry.subsection);
    if (section.where.empty()) section.where = line_text(entry.line);
    return assign_key(kVCenterKeys, section, entry);
  }
  if (entry.section == "netpermissions") {
    return assign_key(kNetPermissionsKeys, subsection(file.net_permissions, entry.subsection),
                      entry);
  }
  if (entry.section == "topologycategory") {
    return assign_key(kTopologyCategoryKeys, subsection(file.topology_categories, entry.subsection),
                      entry);
  }
  // The other sections have no subsections: one with a name is an unknown one.
  if (!entry.subsection.empty()) return nullptr;
  if (entry.section == "global") return assign_key(kGlobalKeys, file.global, entry);
  if (entry.section == "labels") return assign_key(kLabelsKeys, file.labels, entry);
  if (entry.section == "snapshot") return assign_key(kSnapshotKeys, file.snapshot, entry);
  return nullptr;
}

template <class Section, std::size_t N>
bool knows(const Key<Section> (&keys)[N], std::string_view name) {
  return std::any_of(std::begin(keys), std::end(keys),
                     [&](const Key<Section>& key) { return key.name == name; });
}

// Only names that are ours: of a password that goes over two lines the second looks like a key.
struct KnownSection {
  std::string_view name;
  std::string_view written;
  bool (*knows_key)(std::string_view key);
};
constexpr KnownSection kSections[] = {
    {"global", "Global", [](std::string_view key) { return knows(kGlobalKeys, key); }},
    {"virtualcenter", "VirtualCenter",
     [](std::string_view key) { return knows(kVCenterKeys, key); }},
    {"netpermissions", "NetPermissions",
     [](std::string_view key) { return knows(kNetPermissionsKeys, key); }},
    {"labels", "Labels", [](std::string_view key) { return knows(kLabelsKeys, key); }},
    {"topologycategory", "TopologyCategory",
     [](std::string_view key) { return knows(kTopologyCategoryKeys, key); }},
    {"snapshot", "Snapshot", [](std::string_view key) { return knows(kSnapshotKeys, key); }},
};

Error rejected(const GcfgProblem& problem) {
  std::string text = line_text(problem.line);
  for (const KnownSection& section : kSections) {
    if (section.name != problem.section) continue;
    text.append(": [").append(section.written);
    if (!problem.subsection.empty()) text.append(" \"").append(problem.subsection).append("\"");
    text.append("]");
    if (section.knows_key(problem.key)) text.append(" ").append(problem.key);
  }
  return {ErrorKind::kRejected, text.append(": ").append(problem.reason)};
}

} // namespace

Outcome<VSphereFile> read_vsphere_file(std::string_view text) {
  const GcfgText parsed = parse_gcfg(text);
  if (parsed.problem) return rejected(*parsed.problem);
  VSphereFile file;
  for (const GcfgEntry& entry : parsed.entries) {
    const char* const reason = assign_entry(file, entry);
    if (reason == nullptr) continue;
    return rejected({entry.line, entry.section, entry.subsection, entry.key, reason});
  }
  return file;
}

} // namespace syncer

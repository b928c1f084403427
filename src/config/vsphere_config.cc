#include "config/vsphere_config.h"

#include <algorithm>
#include <charconv>
#include <string_view>

namespace syncer {

namespace {

constexpr std::size_t kMaxIdBytes = 64;
constexpr std::size_t kMaxVCenters = 5;
constexpr std::size_t kMaxCategories = 5;

Error rejected(std::string detail) { return Error{ErrorKind::kRejected, std::move(detail)}; }

// "line 7: [Global] port", or without a line where nothing was said.
template <class T>
std::string place(const Placed<T>& value, std::string_view section_and_key) {
  return (value.where.empty() ? "" : value.where + ": ").append(section_and_key);
}

std::vector<std::string> comma_list(std::string_view value) {
  std::vector<std::string> items;
  while (!value.empty()) {
    const std::size_t comma = std::min(value.find(','), value.size());
    std::string_view item = value.substr(0, comma);
    while (!item.empty() && item.front() == ' ') item.remove_prefix(1);
    while (!item.empty() && item.back() == ' ') item.remove_suffix(1);
    if (!item.empty()) items.emplace_back(item);
    value.remove_prefix(std::min(comma + 1, value.size()));
  }
  return items;
}

bool made_of(std::string_view text, std::string_view others) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           others.find(c) != std::string_view::npos;
  });
}

// DOMAIN\user or user@domain; nullptr when it is one of them.
const char* wrong_with_user(std::string_view user) {
  constexpr std::string_view kOfDomain = ".-";
  constexpr std::string_view kOfName = "._-";
  if (user.ends_with('\n') || user.ends_with('\r')) return "ends with a line break";
  if (const std::size_t at = user.find('\\'); at != std::string_view::npos) {
    const bool good =
        made_of(user.substr(0, at), kOfDomain) && made_of(user.substr(at + 1), kOfName);
    return good ? nullptr : "not of the form DOMAIN\\user";
  }
  const std::size_t at = user.find('@');
  if (at == std::string_view::npos) return "has no domain: write user@domain or DOMAIN\\user";
  const bool good = made_of(user.substr(0, at), kOfName) && made_of(user.substr(at + 1), kOfDomain);
  return good ? nullptr : "not of the form user@domain";
}

template <class T>
const Placed<T>& inherited(const Placed<T>& own, const Placed<T>& global) {
  return own.value == T() ? global : own;
}

Outcome<std::uint16_t> port_number(const Placed<std::string>& port, const std::string& section) {
  std::uint16_t number = 443;
  const std::string& text = port.value;
  if (text.empty()) return number;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (code != std::errc() || end != text.data() + text.size() || number == 0) {
    return rejected(place(port, section + " port") + ": not a port number");
  }
  return number;
}

Outcome<VCenterConfig> read_vcenter(const std::string& host, const VCenterSection& own,
                                    const GlobalSection& global,
                                    std::vector<std::string>& warnings) {
  if (host.empty()) return rejected(own.where + ": [VirtualCenter] has no host behind its name");
  const std::string section = "[VirtualCenter \"" + host + "\"]";
  const Placed<std::string>& user = inherited(own.user, global.user);
  const Placed<Secret>& password = inherited(own.password, global.password);
  if (user.value.empty()) return rejected(section + " user: missing here and in [Global]");
  if (const char* const reason = wrong_with_user(user.value)) {
    return rejected(place(user, section + " user: ") + reason);
  }
  if (password.value.empty()) return rejected(section + " password: missing here and in [Global]");
  if (password.value.reveal().ends_with('\n')) {
    warnings.push_back(place(password, section + " password: ends with a line break"));
  }
  const Outcome<std::uint16_t> port = port_number(inherited(own.port, global.port), section);
  if (!port) return port.error();
  VCenterConfig vcenter;
  vcenter.host = host;
  vcenter.port = *port;
  vcenter.user = user.value;
  vcenter.password = password.value;
  // A vCenter cannot be made secure where [Global] is insecure: that is how the key always worked.
  vcenter.insecure = own.insecure.value || global.insecure.value;
  vcenter.ca_file = inherited(own.ca_file, global.ca_file).value;
  vcenter.thumbprints = comma_list(inherited(own.thumbprint, global.thumbprint).value);
  vcenter.datacenters = comma_list(inherited(own.datacenters, global.datacenters).value);
  return vcenter;
}

Outcome<> check_ids(const GlobalSection& global) {
  for (const auto& [id, key] : {std::pair{&global.cluster_id, "[Global] cluster-id"},
                                std::pair{&global.supervisor_id, "[Global] supervisor-id"}}) {
    if (id->value.size() > kMaxIdBytes) return rejected(place(*id, key) + ": longer than 64 bytes");
  }
  return Done{};
}

Outcome<> check_permissions(const Subsections<NetPermissionsSection>& sections) {
  for (const auto& [name, section] : sections) {
    const std::string& value = section.permissions.value;
    if (value.empty() || value == "READ_WRITE" || value == "READ_ONLY" || value == "NO_ACCESS") {
      continue;
    }
    std::string key = "[NetPermissions \"";
    key.append(name).append("\"] permissions");
    return rejected(place(section.permissions, key) + ": not READ_WRITE, READ_ONLY or NO_ACCESS");
  }
  return Done{};
}

Outcome<> check_labels(const LabelsSection& labels, std::size_t categories) {
  const std::string key = place(labels.topology_categories, "[Labels] topology-categories");
  if (categories > 0 && !labels.zone.value.empty()) {
    return rejected(key + ": cannot be combined with zone");
  }
  if (categories > 0 && !labels.region.value.empty()) {
    return rejected(key + ": cannot be combined with region");
  }
  if (categories > kMaxCategories) return rejected(key + ": more than 5 categories");
  return Done{};
}

Outcome<> check_category_labels(const Subsections<TopologyCategorySection>& sections) {
  for (const auto& [name, section] : sections) {
    const std::string& label = section.label.value;
    const std::string domain = label.substr(0, label.find('/'));
    if (domain == "failure-domain.beta.kubernetes.io" || domain == "topology.kubernetes.io" ||
        domain == "topology.csi.vmware.com") {
      continue;
    }
    std::string key = "[TopologyCategory \"";
    key.append(name).append("\"] label");
    return rejected(place(section.label, key) +
                    ": must begin with topology.csi.vmware.com/, topology.kubernetes.io/ or "
                    "failure-domain.beta.kubernetes.io/");
  }
  return Done{};
}

void read_cleanup_interval(const Placed<std::int64_t>& minutes, VSphereConfig& config) {
  constexpr std::int64_t kMostMinutes = 525600; // a year
  if (minutes.value > 0) {
    config.migration_cleanup_interval = std::chrono::minutes(std::min(minutes.value, kMostMinutes));
  } else if (minutes.value < 0) {
    config.warnings.push_back(place(minutes, "[Global] volumemigration-cr-cleanup-intervalinmin") +
                              ": negative, using the default");
  }
}

} // namespace

Outcome<VSphereConfig> checked_config(const VSphereFile& file) {
  VSphereConfig config;
  config.cluster_id = file.global.cluster_id.value;
  config.cluster_distribution = file.global.cluster_distribution.value;
  if (file.vcenters.empty()) return rejected("no [VirtualCenter \"<host>\"] section");
  if (file.vcenters.size() > kMaxVCenters) {
    return rejected("more than 5 [VirtualCenter] sections");
  }
  if (const Outcome<> ids = check_ids(file.global); !ids) return ids.error();
  config.topology_categories = comma_list(file.labels.topology_categories.value);
  if (file.vcenters.size() > 1 && config.topology_categories.empty()) {
    return rejected(place(file.labels.topology_categories, "[Labels] topology-categories") +
                    ": required with more than one [VirtualCenter] section");
  }
  config.zone = file.labels.zone.value;
  config.region = file.labels.region.value;
  for (const auto& [category, section] : file.topology_categories) {
    config.category_labels[category] = section.label.value;
  }
  for (const auto& [host, section] : file.vcenters) {
    Outcome<VCenterConfig> vcenter = read_vcenter(host, section, file.global, config.warnings);
    if (!vcenter) return vcenter.error();
    config.vcenters.push_back(std::move(*vcenter));
  }
  for (const Outcome<>& checked : {check_permissions(file.net_permissions),
                                   check_labels(file.labels, config.topology_categories.size()),
                                   check_category_labels(file.topology_categories)}) {
    if (!checked) return checked.error();
  }
  read_cleanup_interval(file.global.migration_cleanup, config);
  return config;
}

} // namespace syncer

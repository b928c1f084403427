#include "config/vsphere_config.h"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <map>
#include <optional>
#include <sstream>

#include "config/gcfg.h"

namespace syncer {

namespace {

constexpr std::size_t kMaxClusterId = 64;
constexpr std::size_t kMaxVCenters = 5;
constexpr std::size_t kMaxCategories = 5;

// The keys of one section; later values overwrite earlier ones.
using Section = std::map<std::string, GcfgEntry, std::less<>>;

Error rejected(std::string detail) { return Error{ErrorKind::kRejected, std::move(detail)}; }

std::optional<std::string> text(const Section& section, std::string_view key) {
  const auto found = section.find(key);
  if (found == section.end()) return std::nullopt;
  return found->second.value.value_or("");
}

std::optional<bool> truth(const std::optional<std::string>& value) {
  if (!value) return true;
  std::string lower = *value;
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  if (lower == "true" || lower == "yes" || lower == "on" || lower == "1") return true;
  if (lower == "false" || lower == "no" || lower == "off" || lower == "0") return false;
  return std::nullopt;
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

std::string where(const GcfgEntry& entry) {
  std::string place = "line " + std::to_string(entry.line) + ": [" + entry.section;
  if (entry.subsection) place += " \"" + *entry.subsection + "\"";
  return place + "] " + entry.key;
}

Outcome<VCenterConfig> read_vcenter(const std::string& host, const Section& own,
                                    const Section& global) {
  const auto inherited = [&](std::string_view key) {
    const std::optional<std::string> value = text(own, key);
    return value && !value->empty() ? value : text(global, key);
  };
  VCenterConfig vcenter;
  vcenter.host = host;
  vcenter.user = inherited("user").value_or("");
  vcenter.password = Secret(inherited("password").value_or(""));
  vcenter.ca_file = inherited("ca-file").value_or("");
  vcenter.thumbprints = comma_list(inherited("thumbprint").value_or(""));
  vcenter.datacenters = comma_list(inherited("datacenters").value_or(""));
  const std::string place = "[VirtualCenter \"" + host + "\"] ";
  if (vcenter.user.empty()) return rejected(place + "user: missing here and in [Global]");
  if (vcenter.password.empty()) return rejected(place + "password: missing here and in [Global]");
  const std::string port = inherited("port").value_or("");
  if (!port.empty()) {
    const auto [end, code] = std::from_chars(port.data(), port.data() + port.size(), vcenter.port);
    if (code != std::errc() || end != port.data() + port.size() || vcenter.port == 0) {
      return rejected(place + "port: not a port number");
    }
  }
  // A vCenter cannot be made secure where [Global] is insecure: that is how the key always worked.
  for (const Section* section : {&own, &global}) {
    const auto found = section->find("insecure-flag");
    if (found == section->end()) continue;
    const std::optional<bool> insecure = truth(found->second.value);
    if (!insecure) return rejected(where(found->second) + ": not a boolean");
    vcenter.insecure = vcenter.insecure || *insecure;
  }
  return vcenter;
}

bool has_text(const Section& section, std::string_view key) {
  return !text(section, key).value_or("").empty();
}

Outcome<std::vector<std::string>> read_categories(const Section& labels, bool required) {
  const std::string place = "[Labels] topology-categories: ";
  std::vector<std::string> categories =
      comma_list(text(labels, "topology-categories").value_or(""));
  if (categories.empty() && required) {
    return rejected(place + "required with more than one [VirtualCenter] section");
  }
  if (categories.size() > kMaxCategories) return rejected(place + "more than 5 categories");
  for (const char* old : {"zone", "region"}) {
    if (!categories.empty() && has_text(labels, old)) {
      return rejected(place + "cannot be combined with " + old);
    }
  }
  return categories;
}

// 0 and nothing mean the default.
Outcome<std::chrono::minutes> read_interval(const Section& global, std::string_view key,
                                            std::chrono::minutes usual) {
  const std::string value = text(global, key).value_or("");
  if (value.empty()) return usual;
  int minutes = 0;
  const auto [end, code] = std::from_chars(value.data(), value.data() + value.size(), minutes);
  if (code != std::errc() || end != value.data() + value.size() || minutes < 0) {
    return rejected("[Global] " + std::string(key) + ": not a number of minutes");
  }
  return minutes == 0 ? usual : std::chrono::minutes(minutes);
}

} // namespace

Outcome<VSphereConfig> parse_vsphere_config(std::string_view content) {
  const Outcome<std::vector<GcfgEntry>> entries = parse_gcfg(content);
  if (!entries) return entries.error();
  Section global;
  Section labels;
  std::vector<std::pair<std::string, Section>> vcenters;
  for (const GcfgEntry& entry : *entries) {
    Section* section = nullptr;
    if (entry.section == "global" && !entry.subsection) {
      section = &global;
    } else if (entry.section == "labels" && !entry.subsection) {
      section = &labels;
    } else if (entry.section == "virtualcenter" && entry.subsection) {
      auto found = std::find_if(vcenters.begin(), vcenters.end(),
                                [&](const auto& v) { return v.first == *entry.subsection; });
      if (found == vcenters.end()) {
        vcenters.emplace_back(*entry.subsection, Section());
        found = vcenters.end() - 1;
      }
      section = &found->second;
    }
    if (section == nullptr || entry.key.empty()) continue;
    if (!entry.value && entry.key != "insecure-flag") {
      return rejected(where(entry) + ": a value is missing");
    }
    section->insert_or_assign(entry.key, entry);
  }

  VSphereConfig config;
  config.cluster_id = text(global, "cluster-id").value_or("");
  config.cluster_distribution = text(global, "cluster-distribution").value_or("");
  if (config.cluster_id.size() > kMaxClusterId) {
    return rejected("[Global] cluster-id: longer than 64 bytes");
  }
  if (const auto only = text(global, "vcenterip"); only && !only->empty() && vcenters.empty()) {
    vcenters.emplace_back(*only, Section());
  }
  if (vcenters.empty()) return rejected("no [VirtualCenter \"<host>\"] section");
  if (vcenters.size() > kMaxVCenters) return rejected("more than 5 [VirtualCenter] sections");
  auto categories = read_categories(labels, vcenters.size() > 1);
  if (!categories) return categories.error();
  config.topology_categories = std::move(*categories);
  const auto interval = read_interval(global, "volumemigration-cr-cleanup-intervalinmin",
                                      config.migration_cleanup_interval);
  if (!interval) return interval.error();
  config.migration_cleanup_interval = *interval;
  for (const auto& [host, section] : vcenters) {
    Outcome<VCenterConfig> vcenter = read_vcenter(host, section, global);
    if (!vcenter) return vcenter.error();
    config.vcenters.push_back(std::move(*vcenter));
  }
  return config;
}

Outcome<VSphereConfig> load_vsphere_config(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return rejected(path + ": cannot be read");
  std::ostringstream content;
  content << file.rdbuf();
  Outcome<VSphereConfig> config = parse_vsphere_config(content.str());
  if (!config) return in_context(path, config.error());
  return config;
}

} // namespace syncer

#include "config/vsphere_overlay.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "config/gcfg_values.h"
#include "config/go_flags.h"

namespace syncer {

namespace {

constexpr std::string_view kOneVCenter = "VSPHERE_VCENTER";
constexpr std::string_view kNamedVCenter = "VSPHERE_VCENTER_";

bool concerns_us(std::string_view name) {
  constexpr std::array<std::string_view, 4> kPrefixes{"VSPHERE_", "VCENTER_",
                                                      "GLOBAL_MAX_SNAPSHOTS_PER_BLOCK_VOLUME",
                                                      "GRANULAR_MAX_SNAPSHOTS_PER_BLOCK_VOLUME_"};
  return name != "VSPHERE_CSI_CONFIG" &&
         std::any_of(kPrefixes.begin(), kPrefixes.end(),
                     [&](std::string_view prefix) { return name.starts_with(prefix); });
}

class Overlay {
 public:
  explicit Overlay(const VSphereEnvironment& environment) : environment_(environment) {}

  void set(const std::string& name, Placed<std::string>& field) {
    if (const Secret* const value = find(name)) field = {value->reveal(), name};
  }
  void set(const std::string& name, Placed<Secret>& field) {
    if (const Secret* const value = find(name)) field = {*value, name};
  }
  void set(const std::string& name, Placed<bool>& field) {
    set_parsed(name, field, parse_go_boolean, "not a boolean (true or false)");
  }
  void set(const std::string& name, Placed<std::int64_t>& field) {
    set_parsed(name, field, gcfg_integer, "not an integer");
  }

  std::vector<std::string> warnings;

 private:
  const Secret* find(const std::string& name) const {
    const auto found = environment_.find(name);
    return found == environment_.end() ? nullptr : &found->second;
  }
  template <class T>
  void set_parsed(const std::string& name, Placed<T>& field,
                  std::optional<T> (*parse)(std::string_view), const char* reason) {
    const Secret* const text = find(name);
    if (text == nullptr) return;
    if (const std::optional<T> value = parse(text->reveal())) {
      field = {*value, name};
    } else {
      warnings.push_back(name + ": " + reason + ", left out");
    }
  }

  const VSphereEnvironment& environment_;
};

void name_vcenter(VSphereFile& file, Overlay& overlay, const std::string& name,
                  const std::string& host) {
  VCenterSection& section = subsection(file.vcenters, host);
  const std::string prefix = "VCENTER_" + name.substr(kNamedVCenter.size());
  section.where = name;
  section.user = {};
  section.password = {};
  section.port = {};
  section.insecure = {};
  section.datacenters = {};
  overlay.set(prefix + "_USERNAME", section.user);
  overlay.set(prefix + "_PASSWORD", section.password);
  overlay.set(prefix + "_PORT", section.port);
  overlay.set(prefix + "_INSECURE", section.insecure);
  overlay.set(prefix + "_DATACENTERS", section.datacenters);
}

} // namespace

VSphereEnvironment vsphere_environment(const char* const* variables) {
  VSphereEnvironment found;
  for (; *variables != nullptr; ++variables) {
    const std::string_view entry = *variables;
    const std::size_t equals = std::min(entry.find('='), entry.size());
    const std::string_view name = entry.substr(0, equals);
    if (!concerns_us(name) || equals + 1 >= entry.size()) continue;
    found.insert_or_assign(std::string(name), Secret(std::string(entry.substr(equals + 1))));
  }
  return found;
}

std::vector<std::string> lay_over(VSphereFile& file, const VSphereEnvironment& environment) {
  Overlay overlay(environment);
  GlobalSection& global = file.global;
  overlay.set(std::string(kOneVCenter), global.vcenter_ip);
  overlay.set("VSPHERE_PORT", global.port);
  overlay.set("VSPHERE_USER", global.user);
  overlay.set("VSPHERE_PASSWORD", global.password);
  overlay.set("VSPHERE_DATACENTER", global.datacenters);
  overlay.set("VSPHERE_INSECURE", global.insecure);
  overlay.set("VSPHERE_LABEL_REGION", file.labels.region);
  overlay.set("VSPHERE_LABEL_ZONE", file.labels.zone);
  overlay.set("GLOBAL_MAX_SNAPSHOTS_PER_BLOCK_VOLUME", file.snapshot.global);
  overlay.set("GRANULAR_MAX_SNAPSHOTS_PER_BLOCK_VOLUME_VSAN", file.snapshot.vsan);
  overlay.set("GRANULAR_MAX_SNAPSHOTS_PER_BLOCK_VOLUME_VVOL", file.snapshot.vvol);
  for (const auto& [name, host] : environment) {
    if (name.size() > kNamedVCenter.size() && name.starts_with(kNamedVCenter)) {
      name_vcenter(file, overlay, name, host.reveal());
    }
  }
  // A section that says nothing inherits everything.
  if (environment.contains(std::string(kOneVCenter))) {
    VCenterSection& section = subsection(file.vcenters, global.vcenter_ip.value);
    if (section.where.empty()) section.where = kOneVCenter;
  }
  return std::move(overlay.warnings);
}

} // namespace syncer

#include "sim/vcenter_versions.h"

#include <algorithm>
#include <utility>

namespace syncer::sim {

const std::vector<std::string_view>& vsan_versions() {
  static const std::vector<std::string_view> kVersions = {
      "6.6",        "6.6.1",      "6.6.2",      "6.7.0",      "6.7",    "VMC M5",
      "vSAN 6.7U1", "6.8.7",      "vSAN 6.7U3", "7.0",        "7.1",    "7.2",
      "vSAN 7.0U1", "vSAN 7.0U2", "7.3",        "vSAN 7.0U3", "7.4",    "8.0.0.1",
      "8.0.0.2",    "8.0.0.3",    "8.0.0.4",    "9.0.0.0",    "9.1.0.0"};
  return kVersions;
}

std::size_t vsan_rank(std::string_view version) {
  const auto& all = vsan_versions();
  const auto found = std::find(all.begin(), all.end(), version);
  return found == all.end() ? all.size() - 1 : static_cast<std::size_t>(found - all.begin());
}

bool is_vsan_version(std::string_view version) {
  const auto& all = vsan_versions();
  return std::find(all.begin(), all.end(), version) != all.end();
}

std::string_view vsan_version_of(std::string_view api_version) {
  static constexpr std::pair<std::string_view, std::string_view> kReleases[] = {
      {"6.7.3", "vSAN 6.7U3"}, {"7.0.0", "7.0"},        {"7.0.1", "vSAN 7.0U1"},
      {"7.0.2", "vSAN 7.0U2"}, {"7.0.3", "vSAN 7.0U3"}, {"8.0.0", "8.0.0.1"},
      {"8.0.1", "8.0.0.2"},    {"8.0.2", "8.0.0.3"},    {"8.0.3", "8.0.0.4"},
      {"9.0.0", "9.0.0.0"},    {"9.1.0", "9.1.0.0"}};
  for (const auto& [release, version] : kReleases) {
    if (api_version.substr(0, release.size()) == release) return version;
  }
  return vsan_versions().back();
}

} // namespace syncer::sim

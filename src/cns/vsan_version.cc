#include "cns/vsan_version.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace syncer {

namespace {

// Oldest first. The names do not sort as numbers: this order is the order of features.
constexpr std::string_view kVersions[] = {
    "6.6",        "6.6.1",      "6.6.2",      "6.7.0",      "6.7",     "VMC M5",
    "vSAN 6.7U1", "6.8.7",      "vSAN 6.7U3", "7.0",        "7.1",     "7.2",
    "vSAN 7.0U1", "vSAN 7.0U2", "7.3",        "vSAN 7.0U3", "7.4",     "8.0.0.1",
    "8.0.0.2",    "8.0.0.3",    "8.0.0.4",    "9.0.0.0",    "9.1.0.0",
};

using Release = std::array<int, 3>;

constexpr std::size_t place_of(std::string_view version) {
  for (std::size_t at = 0; at < std::size(kVersions); ++at) {
    if (kVersions[at] == version) return at;
  }
  return std::size(kVersions);
}

Release release_of(std::string_view text) {
  Release release{};
  const char* from = text.data();
  const char* const end = from + text.size();
  for (int& number : release) {
    const auto parsed = std::from_chars(from, end, number);
    if (parsed.ec != std::errc() || parsed.ptr == end || *parsed.ptr != '.') break;
    from = parsed.ptr + 1;
  }
  return release;
}

// A server without the version file: the entry that shipped with its release.
std::string_view version_of(const Release& release) {
  if (release < Release{7, 0, 0}) return "vSAN 6.7U3";
  if (release < Release{7, 0, 1}) return "7.0";
  if (release < Release{7, 0, 2}) return "vSAN 7.0U1";
  if (release < Release{7, 0, 3}) return "vSAN 7.0U2";
  return std::string_view();
}

} // namespace

CnsFeatures cns_features(std::string_view vsan, std::string_view about, std::string_view api) {
  // Some releases report the update only in one of the two.
  const Release release = std::max(release_of(about), release_of(api));
  const std::string_view version = vsan.empty() ? version_of(release) : vsan;
  const std::size_t place = place_of(version);
  const bool known = place < std::size(kVersions);

  CnsFeatures features;
  features.cluster_flavor = place >= place_of("7.0");
  features.cluster_array = features.cluster_flavor;
  features.entity_cluster_id = features.cluster_flavor;
  features.referred_entity = features.cluster_flavor;
  features.cluster_distribution = place >= place_of("vSAN 7.0U2");
  features.backing_object_id = features.cluster_distribution; // both came with 7.0U2
  features.backing_url = place >= place_of("7.2");
  features.keeps_after_vm_delete = release_of(about) >= Release{8, 0, 3};
  features.writable = known ? place >= place_of("7.0") : release >= Release{7, 0, 0};
  features.async_query = known ? place >= place_of("vSAN 7.0U3") : release >= Release{7, 0, 3};
  return features;
}

std::string soap_action(std::string_view vsan, std::string_view api) {
  std::string action = vsan.empty() ? "urn:vim25/" : "urn:vsan/";
  action += vsan.empty() ? api : vsan;
  return action;
}

} // namespace syncer

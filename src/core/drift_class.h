#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace syncer {

// How Kubernetes and CNS may disagree in a way that no update of metadata mends.
enum class DriftClass : std::uint8_t {
  kCnsWithoutPv,            // CNS has a volume of ours that nothing in the cluster names
  kPvWithoutCns,            // CNS does not have the volume that a PV names
  kReleasedWithoutConsumer, // a Retain PV was given back, and nobody uses it
  kSharedHandle,            // two PVs name one disk
  kMovedBacking,            // the disk is not where its in-tree PV says
};
inline constexpr std::array kDriftClasses{DriftClass::kCnsWithoutPv, DriftClass::kPvWithoutCns,
                                          DriftClass::kReleasedWithoutConsumer,
                                          DriftClass::kSharedHandle, DriftClass::kMovedBacking};

constexpr std::size_t index_of(DriftClass type) { return static_cast<std::size_t>(type); }
// In order of kDriftClasses.
using DriftCounts = std::array<std::size_t, kDriftClasses.size()>;

constexpr const char* to_string(DriftClass type) {
  switch (type) {
    case DriftClass::kCnsWithoutPv:
      return "cns_without_pv";
    case DriftClass::kPvWithoutCns:
      return "pv_without_cns";
    case DriftClass::kReleasedWithoutConsumer:
      return "released_without_consumer";
    case DriftClass::kSharedHandle:
      return "shared_handle";
    case DriftClass::kMovedBacking:
      return "moved_backing";
  }
  return "";
}

constexpr std::optional<DriftClass> drift_class(std::string_view name) {
  for (const DriftClass type : kDriftClasses) {
    if (name == to_string(type)) return type;
  }
  return std::nullopt;
}

} // namespace syncer

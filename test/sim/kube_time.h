#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace syncer::sim {

struct KubeTime {
  std::int64_t seconds = 0; // since 1970
  std::int32_t nanos = 0;
};

// "2025-01-02T03:04:05Z", with or without a fraction, UTC only.
std::optional<KubeTime> parse_rfc3339(std::string_view text);

// Whole seconds, as metav1.Time is written.
std::string to_rfc3339(std::int64_t seconds);

// The present moment, likewise.
std::string now_rfc3339();

} // namespace syncer::sim

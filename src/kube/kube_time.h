#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace syncer {

// metav1.Time, "2026-01-31T23:59:59Z", as seconds since 1970; 0 for anything else.
std::int64_t parse_kube_time(std::string_view text);
std::string format_kube_time(std::chrono::system_clock::time_point when);
// metav1.MicroTime, "2026-01-31T23:59:59.000001Z".
std::string format_kube_micro_time(std::chrono::system_clock::time_point when);

} // namespace syncer

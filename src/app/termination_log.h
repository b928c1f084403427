#pragma once

#include <string>
#include <string_view>

namespace syncer {

// Where a kubelet looks for the last words of a container.
inline constexpr const char* kTerminationLog = "/dev/termination-log";

// Leaves `why` there for `kubectl describe pod`: at most 4 KiB, the kubelet's own limit. Where
// there is no such file nothing is done: we are not in a pod.
void write_termination_log(const std::string& path, std::string_view why);

} // namespace syncer

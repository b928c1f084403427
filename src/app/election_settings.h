#pragma once

#include <optional>
#include <string>

#include "core/clock.h"

namespace syncer {

// --leader-election and what belongs to it; names and defaults are those of all CSI sidecars.
struct ElectionSettings {
  bool on = false;
  std::string ns;       // empty: lease_namespace
  std::string identity; // empty: the host's name
  Clock::duration lease_duration{std::chrono::seconds(15)};
  Clock::duration renew_deadline{std::chrono::seconds(10)};
  Clock::duration retry_period{std::chrono::seconds(5)};
};

// What is wrong with the three durations together; empty: nothing.
std::string election_problem(const ElectionSettings& settings);

// Of the first that is not empty: the flag, POD_NAMESPACE, the service account's file; else
// "default".
std::string lease_namespace(const std::string& flag,
                            const std::optional<std::string>& pod_namespace,
                            const std::string& service_account_file);

// A host's name as the name of a holder, made as other CSI sidecars make it.
std::string lease_identity(std::string host_name);

// The name of this machine or pod.
std::string host_name();

} // namespace syncer

#include "app/election_settings.h"

#include <limits.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "kube/files.h"

namespace syncer {

namespace {

constexpr double kJitter = 1.2; // of the wait between two tries
constexpr std::chrono::seconds kShortestLease{2};

bool plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
}

} // namespace

std::string election_problem(const ElectionSettings& settings) {
  if (settings.lease_duration <= settings.renew_deadline) {
    return "--leader-election-lease-duration must be more than --leader-election-renew-deadline";
  }
  if (settings.renew_deadline <= settings.retry_period * kJitter) {
    return "--leader-election-renew-deadline must be more than 1.2 times "
           "--leader-election-retry-period";
  }
  // The Lease holds whole seconds, and a leader stops one second before its end.
  if (settings.lease_duration < kShortestLease) {
    return "--leader-election-lease-duration must be 2s or more";
  }
  return "";
}

std::string lease_namespace(const std::string& flag,
                            const std::optional<std::string>& pod_namespace,
                            const std::string& service_account_file) {
  if (!flag.empty()) return flag;
  if (pod_namespace && !pod_namespace->empty()) return *pod_namespace;
  if (const Outcome<std::string> text = read_text_file(service_account_file)) {
    if (std::string ns = trim(*text); !ns.empty()) return ns;
  }
  return "default";
}

std::string lease_identity(std::string host_name) {
  std::replace_if(
      host_name.begin(), host_name.end(), [](char c) { return !plain(c); }, '-');
  // An empty holder would mean that the Lease is free.
  if (host_name.empty() || host_name.ends_with('-')) host_name += 'X';
  return host_name;
}

std::string host_name() {
  std::array<char, HOST_NAME_MAX + 1> name{};
  gethostname(name.data(), name.size() - 1);
  return name.data();
}

} // namespace syncer

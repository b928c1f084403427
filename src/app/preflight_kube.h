#pragma once

#include <vector>

#include "app/rights.h"
#include "cli/preflight_report.h"
#include "kube/kube_client.h"

namespace syncer {

// What we may at the API server, one line per duty that a right is missing for, and one for all
// others together.
asio::awaitable<std::vector<PreflightLine>> check_rights(KubeClient& client, const Clock& clock,
                                                         RightsInput input);

// The definitions of the custom resources that this configuration needs.
asio::awaitable<std::vector<PreflightLine>> check_definitions(KubeClient& client,
                                                              const Clock& clock,
                                                              bool several_vcenters);

} // namespace syncer

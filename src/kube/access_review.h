#pragma once

#include <string>

#include "kube/kube_client.h"

namespace syncer {

// One thing that somebody may do or not, in the words of RBAC.
struct AccessRight {
  std::string group; // empty: the core group
  std::string resource;
  std::string verb;
  std::string ns; // empty: everywhere
};
// "update csinodetopologies.cns.vmware.com", "get leases.coordination.k8s.io in vmware-system-csi"
std::string to_string(const AccessRight& right);

// Whether we may, as the API server's SelfSubjectAccessReview says. A server that does not tell is
// a failure, and means nothing about the right.
asio::awaitable<KubeResult<bool>> review_access(KubeClient& client, AccessRight right,
                                                Clock::time_point deadline);

} // namespace syncer

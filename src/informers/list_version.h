#pragma once

#include <cstdint>

#include "core/clock.h"
#include "informers/resource.h"
#include "kube/kube_client.h"

namespace syncer {

// The resourceVersion that the API server's storage has reached for this resource, by a quorum read
// of one object. 0 when it is not a number.
asio::awaitable<KubeResult<std::uint64_t>> read_list_version(KubeClient& client, Resource resource,
                                                             Clock::time_point deadline);

} // namespace syncer

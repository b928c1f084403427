#pragma once

#include "core/clock.h"
#include "core/kube_objects.h"
#include "kube/kube_client.h"

namespace syncer {

// Which cluster answers at our API server's address: the uid of its namespace kube-system, which
// lives as long as the cluster's state. Where we may not read that, the uid of a ConfigMap in it;
// empty when we may read neither, or when there is none.
asio::awaitable<KubeResult<Uid>> read_cluster_uid(KubeClient& client, Clock::time_point deadline);

} // namespace syncer

#pragma once

#include <string>

#include "core/kube_objects.h"
#include "kube/kube_client.h"

namespace syncer {

// metadata.uid of a pod; empty when there is no such pod, or we may not look.
asio::awaitable<KubeResult<Uid>> read_pod_uid(KubeClient& client, ObjectKey pod,
                                              Clock::time_point deadline);

} // namespace syncer

#pragma once

#include "core/clock.h"
#include "core/kube_objects.h"
#include "kube/kube_client.h"

namespace syncer {

// Which cluster answers at our API server's address: the uid of a ConfigMap that every API server
// makes once and keeps (extension-apiserver-authentication in kube-system). Where there is none, or
// we may not read it, the uid of the namespace kube-system; empty when that fails in the same way.
asio::awaitable<KubeResult<Uid>> read_cluster_uid(KubeClient& client, Clock::time_point deadline);

} // namespace syncer

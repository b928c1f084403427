#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <memory>

#include "app/settings.h"
#include "kube/kube_client.h"

namespace syncer {

// The client for the API server that flags, environment or service account lead to. kRejected: it
// cannot be described.
Outcome<std::unique_ptr<KubeClient>> make_kube_client(asio::any_io_executor executor,
                                                      const Settings& settings, Clock& clock,
                                                      Observer& observer, spdlog::logger& log);

} // namespace syncer

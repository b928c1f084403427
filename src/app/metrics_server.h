#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "app/health.h"
#include "core/outcome.h"
#include "net/http_server.h"

namespace syncer {

// What the server shows, asked at each request.
struct MetricsSources {
  std::function<std::string()> metrics;            // text format 0.0.4
  std::function<std::vector<HealthCheck>()> ready; // what is waited for
  std::function<std::vector<HealthCheck>()> live;  // why the process should be started anew
};

// GET /metrics, /livez, /healthz and /readyz (each with ?verbose) on one address. kTransient: the
// port is in use.
Outcome<std::unique_ptr<HttpServer>> create_metrics_server(asio::any_io_executor executor,
                                                           std::string address, std::uint16_t port,
                                                           MetricsSources sources);

} // namespace syncer

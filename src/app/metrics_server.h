#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <memory>
#include <string>

#include "core/outcome.h"
#include "net/http_server.h"

namespace syncer {

// What the server shows, asked at each request.
struct MetricsSources {
  std::function<std::string()> metrics; // text format 0.0.4
  // Empty when ready; otherwise what is waited for.
  std::function<std::string()> not_ready_because;
  // Empty while the process works; otherwise why it should be started anew.
  std::function<std::string()> not_live_because;
};

// GET /metrics, /livez, /healthz and /readyz on one address. kTransient: the port is in use.
Outcome<std::unique_ptr<HttpServer>> create_metrics_server(asio::any_io_executor executor,
                                                           std::string address, std::uint16_t port,
                                                           MetricsSources sources);

} // namespace syncer

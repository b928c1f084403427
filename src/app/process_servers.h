#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <memory>
#include <string>

#include "app/admin_server.h"
#include "app/metrics_server.h"
#include "app/settings.h"

namespace spdlog {
class logger;
}

namespace syncer {

// The ports of the process: metrics and health for everybody, the admin port for who is on this
// machine or in this pod. One that cannot be had is tried again, and ends nothing.
class ProcessServers {
 public:
  struct Deps {
    asio::any_io_executor executor;
    Clock& clock;
    spdlog::logger& log;
    const Settings& settings;
  };
  explicit ProcessServers(Deps deps) : deps_(std::move(deps)) {}

  // Both return when the port listens, or after `stop`.
  asio::awaitable<void> serve_metrics(MetricsSources sources);
  asio::awaitable<void> serve_admin(AdminSources sources);
  void stop();

  std::uint16_t metrics_port() const { return metrics_ ? metrics_->port() : std::uint16_t{0}; }

 private:
  using Server = std::unique_ptr<HttpServer>;
  asio::awaitable<void> listen(std::string what, std::function<Outcome<Server>()> create,
                               Server& server);

  Deps deps_;
  Server metrics_;
  Server admin_;
  bool stopped_ = false;
};

} // namespace syncer

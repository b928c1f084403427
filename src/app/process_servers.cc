#include "app/process_servers.h"

#include <spdlog/spdlog.h>

namespace syncer {

namespace {
constexpr std::chrono::seconds kPortRetry{5};
} // namespace

asio::awaitable<void> ProcessServers::listen(std::string what,
                                             std::function<Outcome<Server>()> create,
                                             Server& server) {
  while (!stopped_) {
    Outcome<Server> made = create();
    if (made) {
      server = std::move(*made);
      deps_.log.info("serving {} on port {}", what, server->port());
      co_return;
    }
    deps_.log.error("{}: {}; next try in 5 s", what, made.error().detail);
    co_await deps_.clock.sleep_until(deps_.clock.now() + kPortRetry);
  }
}

asio::awaitable<void> ProcessServers::serve_metrics(MetricsSources sources) {
  std::function<Outcome<Server>()> create = [this, sources = std::move(sources)] {
    return create_metrics_server(deps_.executor, deps_.settings.metrics_address,
                                 deps_.settings.metrics_port, sources);
  };
  co_await listen("/metrics, /livez and /readyz", std::move(create), metrics_);
}

asio::awaitable<void> ProcessServers::serve_admin(AdminSources sources) {
  std::function<Outcome<Server>()> create = [this, sources = std::move(sources)] {
    return create_admin_server(deps_.executor, deps_.settings.admin_address,
                               deps_.settings.admin_port, sources);
  };
  co_await listen("the admin commands", std::move(create), admin_);
}

void ProcessServers::stop() {
  stopped_ = true;
  if (metrics_) metrics_->stop();
  if (admin_) admin_->stop();
}

} // namespace syncer

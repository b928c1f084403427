#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>

#include "app/settings.h"
#include "config/vsphere_config.h"
#include "core/outcome.h"

namespace spdlog {
class logger;
}

namespace syncer {

// Owns every long-lived object and ties the rooms together, in this order: API server client,
// informers, vCenter, reconciler, full sync, metrics.
class Daemon {
 public:
  Daemon(asio::io_context& io, Settings settings, spdlog::logger& log);
  ~Daemon();

  // Reads the configuration and builds everything; contacts nobody. kRejected: cannot start.
  Outcome<> prepare();
  // Spawns all work on the io_context and returns at once.
  void start();
  // Begins the orderly end: no new work, calls in flight get a few seconds, log out. Then the
  // io_context is stopped.
  void shut_down();

  std::uint16_t metrics_port() const; // 0 before start, or while the port cannot be had

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

} // namespace syncer

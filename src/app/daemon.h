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

// Owns every long-lived object: API server client, Events, informers, metrics, and the world of
// vCenters that follows from the configuration of the moment.
class Daemon {
 public:
  Daemon(asio::io_context& io, Settings settings, spdlog::logger& log);
  ~Daemon();

  // Reads the configuration and builds everything; contacts nobody. A configuration that cannot be
  // used is waited for, unless the run is to end by itself. kRejected: cannot start.
  Outcome<> prepare();
  // Spawns all work on the io_context and returns at once. With an election: the work begins when
  // it is won, and the process ends with 0 when it is lost.
  void start();
  // Begins the orderly end: no new work, calls in flight get a few seconds, logout, the Lease
  // is released. Then the io_context is stopped.
  void shut_down();

  // What the process should end with, once the io_context has stopped.
  int exit_code() const;
  const std::string& end_reason() const; // for people; empty: it was asked to end
  std::uint16_t metrics_port() const;    // 0 before start, or while the port cannot be had

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

} // namespace syncer

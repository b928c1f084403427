#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/outcome.h"
#include "net/http_server.h"

namespace syncer {

// What the admin port shows and does (docs/admin.md), asked at each request.
struct AdminSources {
  struct Leader {
    std::string holder; // of the Lease; empty: nobody
    std::string ns;     // of the Lease, hence of its pod
  };
  // Nothing: this process works. Otherwise who does, and nothing but the status can be had here.
  std::function<std::optional<Leader>()> led_by;
  std::function<std::string()> status; // JSON
  struct Resync {
    std::string vcenter;
    std::uint64_t cycle = 0; // over when so many full syncs have ended
  };
  // Begins a full sync of this vCenter; of all when the name is empty. kRejected: no such vCenter;
  // kTransient: nothing can be asked yet.
  std::function<Outcome<std::vector<Resync>>(const std::string& vcenter)> resync;
  // Settles what a human must settle: view, missing, unregister, conflict. Says how much that was.
  // kRejected: no such word.
  std::function<Outcome<std::size_t>(const std::string& what)> confirm;
};

// Whoever writes must send it, so that no page in a browser can.
inline constexpr const char* kAdminHeader = "X-Vsphere-Syncer";

// GET /statusz; POST /resync, with {"vcenter": NAME} for one alone; POST /confirm/WHAT. Every
// answer is JSON; one that is not 2xx has a member `error`. kTransient: the port is in use.
Outcome<std::unique_ptr<HttpServer>> create_admin_server(asio::any_io_executor executor,
                                                         std::string address, std::uint16_t port,
                                                         AdminSources sources);

} // namespace syncer

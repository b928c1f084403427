#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/drift_class.h"
#include "core/outcome.h"
#include "net/http_server.h"

namespace syncer {

// An answer that is made while it is read.
class AdminStream {
 public:
  virtual ~AdminStream() = default;
  // The next part; empty at the end.
  virtual asio::awaitable<std::string> next() = 0;
};

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
  // What is known of one claim, PV or volume: JSON. kRejected: nothing is called so; kTransient:
  // nothing can be asked yet.
  std::function<Outcome<std::string>(const std::string& name)> explain;
  struct Look {
    std::string volume;
    std::string vcenter;
    std::uint64_t number = 0; // over when the volume's `resync` has it in a final state
  };
  // Reads what is called so from CNS and writes it if it differs. Errors as of explain.
  std::function<Outcome<std::vector<Look>>(const std::string& name)> resync_object;
  // Compares this vCenter, or each one, with the cluster. Errors as of resync.
  std::function<Outcome<std::unique_ptr<AdminStream>>(const std::string& vcenter)> diff;
  // The drift report as JSON or CSV, of one class or of all. Errors as of explain.
  std::function<Outcome<std::unique_ptr<AdminStream>>(bool csv, std::optional<DriftClass> only)>
      drift;
  // Settles what a human must settle: view, missing, unregister, conflict. Says how much that was.
  // kRejected: no such word.
  std::function<Outcome<std::size_t>(const std::string& what)> confirm;
};

// Whoever writes must send it, so that no page in a browser can.
inline constexpr const char* kAdminHeader = "X-Vsphere-Syncer";

// GET /statusz, /explain?name=NAME, /diff[?vcenter=NAME] and /drift[?class=CLASS][&format=csv];
// POST /resync and /confirm/WHAT. Every answer but that CSV is JSON, of /diff one object per line;
// one that is not 2xx has a member `error`. kTransient: the port is in use.
Outcome<std::unique_ptr<HttpServer>> create_admin_server(asio::any_io_executor executor,
                                                         std::string address, std::uint16_t port,
                                                         AdminSources sources);

} // namespace syncer

#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "cns/backing_disks.h"
#include "cns/cns_api.h"
#include "cns/credential_latch.h"
#include "cns/node_inventory.h"
#include "cns/privileges.h"
#include "cns/vcenter_inventory.h"
#include "core/clock.h"
#include "core/leadership.h"
#include "core/observer.h"
#include "core/random.h"
#include "core/secret.h"
#include "net/http.h"

namespace spdlog {
class logger;
}

namespace syncer {

struct CnsOptions {
  std::string vcenter; // the configured host: in messages, and in the URLs of disks
  std::string user;
  Secret password;
  std::string cluster_id;
  std::string cluster_flavor = "VANILLA";
  std::string cluster_distribution; // not sent when empty
  std::string user_agent = "vsphere-syncer";
  Clock::duration late_task_window = std::chrono::seconds(300);
  Clock::duration call_budget = std::chrono::seconds(30);   // login and bookkeeping calls
  Clock::duration query_budget = std::chrono::seconds(120); // one query or page
  long long query_page = 500;                               // volumes per CnsQueryVolume
  std::chrono::seconds poll_wait{60};                       // of the long poll for tasks
};

// CnsApi over SOAP: one session, one waiter for all tasks. Writes and asynchronous queries end only
// while run() runs. Must outlive its calls.
class SoapCnsApi final : public CnsApi, public BackingDisks {
 public:
  struct Deps {
    asio::any_io_executor executor;
    HttpClient& http;
    Clock& clock;
    Observer& observer;
    const Leadership& leadership;
    spdlog::logger& log;
    Random random;
    // Holds the credentials instead of the options. Null: one of our own; otherwise shared with
    // whoever keeps it beyond our life.
    std::shared_ptr<CredentialLatch> latch = nullptr;
    // See PrivilegeCheck. None: nothing is asked.
    std::function<void(const std::vector<MissingPrivilege>&)> privileges_told = nullptr;
  };

  SoapCnsApi(Deps deps, CnsOptions options);
  ~SoapCnsApi() override;

  asio::awaitable<Outcome<std::vector<VolumeId>>> query_ids() override;
  asio::awaitable<Outcome<std::vector<CnsVolume>>> query_volumes(
      std::vector<VolumeId> ids) override;
  asio::awaitable<WriteResult> update(CnsUpdate update) override;
  asio::awaitable<CreateResult> create(CnsCreate create) override;
  asio::awaitable<WriteResult> unregister(VolumeId id) override;
  asio::awaitable<Outcome<std::vector<BackingDisk>>> backing_disks(
      std::vector<VolumeId> ids) override;

  // The same vCenter and session as seen by another cluster, for handing its volumes over: reads
  // show the entities of that cluster, updates go under its id and leave its distribution unsaid.
  // Creating and unregistering is refused there. Must not outlive this object.
  std::unique_ptr<CnsApi> for_cluster(std::string cluster_id);

  // What else this vCenter tells, in the same session. They live as long as this object.
  VcenterInventory& inventory();
  NodeInventory& nodes();

  // What a login finds out; logs in if no session stands.
  struct ServerFacts {
    std::string version;     // "8.0.3"
    std::string api_version; // "8.0.3.0"
    std::string user;        // canonical
    bool writable = true;    // 7.0 and newer
  };
  asio::awaitable<Outcome<ServerFacts>> server_facts();

  // Waits for tasks and keeps the session alive, until cancelled.
  asio::awaitable<void> run();
  // Ends the session at the server, for good; takes 3 s at most. Later calls are kCancelled.
  asio::awaitable<void> logout();
  // New credentials get one try at once; the same ones change nothing.
  void set_credentials(std::string user, Secret password);

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

} // namespace syncer

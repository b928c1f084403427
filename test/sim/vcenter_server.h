#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/outcome.h"
#include "sim/sim_volume.h"
#include "sim/vcenter_cns_store.h"
#include "sim/vcenter_inventory.h"
#include "sim/vcenter_mischief.h"
#include "sim/vcenter_options.h"
#include "sim/vcenter_privileges.h"
#include "sim/vcenter_record.h"
#include "sim/vcenter_session.h"
#include "sim/vcenter_tags.h"
#include "sim/vcenter_tasks.h"

namespace syncer {
class HttpServer;
}

namespace syncer::sim {

namespace asio = boost::asio;

class VcenterState;

struct AdminReply {
  int status = 200;
  std::string body; // JSON
};

// A vCenter with Cloud Native Storage on a socket: strict about the protocol, faithful about what
// updates do, and able to misbehave on command. One thread: everything runs on the executor given.
//
// It shares no code with the client it is there to check.
class SimVcenter {
 public:
  // Listens at once. Errors as create_beast_http_server.
  static Outcome<std::unique_ptr<SimVcenter>> create(asio::any_io_executor executor,
                                                     SimVcenterOptions options);
  SimVcenter(const SimVcenter&) = delete;
  SimVcenter& operator=(const SimVcenter&) = delete;
  ~SimVcenter();

  std::uint16_t port() const;
  const SimVcenterOptions& options() const;
  // What the comment in vcenter_options.h allows to change while it runs; the rest must stay.
  SimVcenterOptions& changeable();

  // What CNS holds. References stay valid until the volume is deleted.
  CnsVolume& put_volume(SimVolume volume);
  // What a create call can register.
  void add_disk(SimDisk disk);
  void add_vmdk(SimVmdk vmdk);
  SimInventory& inventory();
  SimTags& tags();
  SimPrivileges& privileges();
  void put_profile(SimProfile profile); // adds or replaces, by id
  bool remove_profile(const std::string& id);
  CnsStore& store();
  // Called at each update that had its effect.
  void on_applied(std::function<void(const CnsVolume&)> callback);

  const VcenterRecord& record() const;
  void clear_record();
  const TaskTable& tasks() const;
  SessionTable& sessions();
  VcenterMischief& mischief();

  // Down: connections are cut and every request is reset. Gone: nothing listens on the port.
  void set_down(bool down);
  Outcome<> set_gone(bool gone);
  // Requests are taken and never answered; turning it off resets those.
  void set_black_hole(bool on);
  void cut_connections();
  void set_task_time(std::chrono::nanoseconds time);
  // Held tasks stay running; releasing completes those that are due.
  void hold_tasks(bool on);
  void forget_task(std::uint64_t number);
  void calm(); // everything above back to normal, and all of mischief()

  // The same by JSON, for everything below /sim/vcenter/. The commands are listed in
  // vcenter_admin.cc; `target` may carry a query.
  AdminReply handle_admin(std::string_view method, std::string_view target, std::string_view body);

 private:
  SimVcenter(asio::any_io_executor executor, std::shared_ptr<VcenterState> state);
  Outcome<> listen();

  asio::any_io_executor executor_;
  std::shared_ptr<VcenterState> state_; // second owners: the requests under way
  std::unique_ptr<HttpServer> server_;
  std::uint16_t port_ = 0;
};

} // namespace syncer::sim

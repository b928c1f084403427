#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cns/inventory.h"
#include "cns/privileges.h"
#include "cns/vcenter_session.h"

namespace syncer {

// Asks vCenter what its user may do, when a session began and when a call was refused for want of a
// privilege, and again as long as something is missing. Nothing waits for it; a failure of its own
// calls means nothing. Must outlive its calls.
class PrivilegeCheck {
 public:
  // Between two checks.
  static constexpr std::chrono::seconds kPause{15};

  struct Deps {
    asio::any_io_executor executor;
    VcenterSession& session;
    Clock& clock;
    spdlog::logger& log;
  };
  struct Options {
    std::string vcenter;
    Clock::duration budget = std::chrono::seconds(30); // of each call
  };
  // Told after each check; nothing is missing when it is empty.
  using Told = std::function<void(const std::vector<MissingPrivilege>&)>;

  PrivilegeCheck(Deps deps, Options options, Told told)
      : deps_(deps), options_(std::move(options)), told_(std::move(told)), wake_(deps_.executor) {}

  void session_began();
  // A call was answered NoPermission.
  void refused();
  // Until cancelled.
  asio::awaitable<void> run();

 private:
  using Missing = std::vector<MissingPrivilege>;

  asio::awaitable<void> wait();
  asio::awaitable<Outcome<Missing>> check();
  asio::awaitable<Outcome<Missing>> check_root(VcenterSession::Facts facts);
  asio::awaitable<Outcome<Missing>> check_datastores(VcenterSession::Facts facts);
  asio::awaitable<Outcome<SoapReply>> ask(VcenterSession::Facts facts,
                                          std::vector<ManagedRef> entities,
                                          std::vector<std::string> privileges);

  Deps deps_;
  Options options_;
  Told told_;
  WakeUp wake_;
  bool wanted_ = false;
  bool refused_ = false; // in this session
  std::optional<Clock::time_point> again_;
};

} // namespace syncer

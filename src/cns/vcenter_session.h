#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "cns/login_shell.h"
#include "cns/soap.h"
#include "cns/vim_codec.h"
#include "cns/vsan_version.h"
#include "core/clock.h"
#include "core/observer.h"
#include "net/http.h"

namespace spdlog {
class logger;
}

namespace syncer {

// What one login found out. Shared by all calls of that session, never changed.
struct SessionFacts {
  std::uint64_t generation = 0;
  ServiceContent content;
  CnsFeatures features;
  std::string vsan_version; // empty if the server publishes none
  std::string soap_action;
  std::string user; // canonical
  Secret session_key;
};

// /pbm shares no cookie with the others: there the session goes as a SOAP header.
enum class SoapPath { kSdk, kVsanHealth, kPbm };

// One method call. `method` is a literal: it names the call in metrics and messages.
struct SoapCall {
  const char* method = "";
  SoapPath path = SoapPath::kSdk;
  // Made anew for each attempt: version and user belong to the session.
  std::function<std::string(const SessionFacts&)> body;
  Clock::duration budget{}; // of one exchange, the connection included
  bool idempotent = true;
  // Asked directly before the bytes go out, with what is left of the budget.
  std::function<bool(Clock::duration)> may_send;
};

// An answer that is a SOAP fault is a successful exchange too; what it means is the caller's
// matter.
using SoapReply = std::shared_ptr<const SoapAnswer>;

// One login at one vCenter, shared by all calls. Logs in when a call needs it, once for all who
// wait; a call that finds its session gone is made once more in a new one. Must outlive its calls.
class VcenterSession {
 public:
  struct Deps {
    asio::any_io_executor executor;
    HttpClient& http;
    Clock& clock;
    Observer& observer;
    spdlog::logger& log;
  };
  struct Options {
    std::string vcenter; // name for messages
    std::string user_agent;
    Clock::duration login_budget = std::chrono::seconds(30); // of each of its exchanges
  };
  // Both may be empty.
  struct Listener {
    std::function<void()> began;         // a session
    std::function<void()> no_permission; // was the answer to a call
  };
  using Facts = std::shared_ptr<const SessionFacts>;

  VcenterSession(Deps deps, Options options, CredentialLatch& latch);

  // The standing session, or a new one. Errors are unsent: the call it is for was not made.
  asio::awaitable<Outcome<Facts>> acquire();
  // acquire, exchange, and both once more if the session turned out to be gone.
  asio::awaitable<Outcome<SoapReply>> call(SoapCall call);
  // Within that session only: kStale and unsent when another one has taken its place.
  asio::awaitable<Outcome<SoapReply>> exchange(Facts facts, SoapCall call);

  // What the last login found out, whether its session still stands or not; null before the first.
  const Facts& last_facts() const { return last_facts_; }

  // Keeps an otherwise idle session alive until cancelled.
  asio::awaitable<void> keep_alive();
  // Logs in when the latch says that it is worth it, until cancelled: whoever needs the session may
  // sleep for long. While one stands it goes on, and the credentials are tried beside it.
  asio::awaitable<void> keep_trying();
  // Ends the session at the server, for good; takes 3 s at most. Later calls are kCancelled and
  // unsent: the calls still under way must not open another session behind our back.
  asio::awaitable<void> logout();
  void listen(Listener listener) { listener_ = std::move(listener); }
  // The latch holds others than before: the session of another user ends.
  void credentials_changed();

 private:
  struct Exchange {
    const char* method = "";
    SoapPath path = SoapPath::kSdk;
    std::string operation_id;
    std::string action;
    std::string cookie;
    std::string session = {}; // for the header, where there is no cookie
    std::string body;
    bool idempotent = true;
    std::function<bool()> may_send;
    std::uint64_t login = 0;           // the value of logins_ when it was made
    std::string* own_cookie = nullptr; // of a session that is not ours
    Clock::time_point deadline;
  };

  Exchange new_exchange(const char* method, std::string action, std::string body);
  asio::awaitable<Outcome<SoapReply>> post(Exchange exchange);
  asio::awaitable<Outcome<SoapReply>> send(Exchange exchange);
  asio::awaitable<LoginEnd> log_in(Credentials credentials);
  asio::awaitable<Outcome<SessionFacts>> look_around();
  asio::awaitable<Outcome<std::string>> negotiate();
  asio::awaitable<LoginEnd> log_in_and_out(Credentials credentials);
  void login_ended(const Error* error, bool refused);
  Exchange logout_of_this_session();
  void drop_session();
  void abandon_session();

  Deps deps_;
  Options options_;
  CredentialLatch& latch_;
  LoginShell login_;
  Listener listener_;
  Facts facts_;
  Facts last_facts_;
  // Everything between "vmware_soap_session=" and the first ";", quotes included.
  std::string cookie_;
  std::uint64_t logins_ = 0; // tried so far; tells the cookies of one from those of another
  // Of operation ids: tells the calls of this session object from those of others.
  std::string mark_;
  std::uint64_t exchanges_ = 0;
  Clock::time_point last_use_;
};

} // namespace syncer

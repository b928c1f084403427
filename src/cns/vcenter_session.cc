#include "cns/vcenter_session.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <utility>

#include "cns/faults.h"
#include "cns/pbm.h"

namespace syncer {

namespace {

constexpr std::string_view kCookieName = "vmware_soap_session=";
// Before the server's own version is known; an older server falls back to its default.
constexpr const char* kFirstAction = "urn:vim25/7.0";
constexpr std::chrono::minutes kKeepAlive{10};
constexpr std::chrono::seconds kLogoutBudget{3};

const char* target_of(SoapPath path) {
  switch (path) {
    case SoapPath::kSdk:
      return "/sdk";
    case SoapPath::kVsanHealth:
      return "/vsanHealth";
    case SoapPath::kPbm:
      return "/pbm";
  }
  return "";
}

// The cookie's value as it goes anywhere but into a cookie.
std::string_view without_quotes(std::string_view value) {
  if (value.size() < 2 || value.front() != '"' || value.back() != '"') return value;
  return value.substr(1, value.size() - 2);
}

// The first step of a login failed: whatever call it was for was not sent.
Error before_the_call(Error error) {
  error = in_context("login", std::move(error));
  error.unsent = true;
  return error;
}

Error ended() {
  Error error;
  error.kind = ErrorKind::kCancelled;
  error.detail = "logged out: we are ending";
  error.unsent = true;
  return error;
}

const char* result_of(const Outcome<SoapReply>& reply) {
  if (!reply) return to_string(reply.error().kind);
  const SoapFault* fault = (*reply)->fault();
  return fault == nullptr ? "ok" : to_string(kind_of_fault(fault->type));
}

bool is_set_cookie(std::string_view name) {
  constexpr std::string_view kName = "set-cookie";
  return std::equal(name.begin(), name.end(), kName.begin(), kName.end(), [](char a, char b) {
    return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
  });
}

bool session_gone(const SoapReply& reply) {
  const SoapFault* fault = reply->fault();
  return fault != nullptr && fault->type == "NotAuthenticated";
}

} // namespace

VcenterSession::VcenterSession(Deps deps, Options options, Credentials credentials)
    : deps_(std::move(deps)), options_(std::move(options)), fsm_(std::move(credentials)) {}

asio::awaitable<Outcome<VcenterSession::Facts>> VcenterSession::acquire() {
  for (;;) {
    if (closed_) co_return ended();
    switch (fsm_.on_call(deps_.clock.now())) {
      case SessionFsm::Action::kUse:
        co_return facts_;
      case SessionFsm::Action::kRefuse:
        co_return fsm_.latch_error(deps_.clock.now());
      case SessionFsm::Action::kLogIn:
        start_login();
        break;
      case SessionFsm::Action::kJoin:
        break;
    }
    const std::shared_ptr<OneShot> done = login_done_;
    co_await done->wait();
    // A failed login fails everyone who waited for it: who wants another try asks again.
    if (login_failed_ && !fsm_.logging_in()) co_return login_error_;
  }
}

// Runs apart from the call that started it: others wait for it, and that call may be cancelled.
void VcenterSession::start_login() {
  login_done_ = std::make_shared<OneShot>(deps_.executor);
  login_failed_ = false;
  asio::co_spawn(deps_.executor, run_login(login_done_), [](std::exception_ptr failure) {
    if (failure) std::rethrow_exception(failure);
  });
}

asio::awaitable<void> VcenterSession::run_login(std::shared_ptr<OneShot> done) {
  const Credentials used = fsm_.credentials();
  Outcome<SessionFacts> result = co_await log_in(used);
  finish_login(used, std::move(result));
  done->fire();
}

asio::awaitable<Outcome<SessionFacts>> VcenterSession::log_in(Credentials credentials) {
  // A session that already is logged in would be refused, and that counts as a bad password.
  cookie_.clear();
  ++logins_;
  login_was_refused_ = false;
  SessionFacts facts;

  Exchange content =
      new_exchange("RetrieveServiceContent", kFirstAction, retrieve_service_content_request());
  const Outcome<SoapReply> described = co_await post(std::move(content));
  if (!described) co_return described.error();
  if (const SoapFault* fault = (*described)->fault()) co_return error_of(*fault);
  Outcome<ServiceContent> read = read_service_content(**described);
  if (!read) co_return read.error();
  facts.content = *std::move(read);

  Outcome<std::string> version = co_await negotiate();
  if (!version) co_return version.error();
  facts.vsan_version = *std::move(version);
  facts.soap_action = soap_action(facts.vsan_version, facts.content.api_version);
  facts.features =
      cns_features(facts.vsan_version, facts.content.version, facts.content.api_version);

  Exchange login = new_exchange(
      "Login", facts.soap_action,
      login_request(facts.content.session_manager, credentials.user, credentials.password));
  login.idempotent = false;
  const Outcome<SoapReply> answered = co_await post(std::move(login));
  if (!answered) co_return answered.error();
  if (const SoapFault* fault = (*answered)->fault()) {
    login_was_refused_ = fault->type == "InvalidLogin";
    co_return error_of(*fault);
  }
  facts.user = read_login(**answered);
  if (facts.user.empty()) facts.user = credentials.user;
  co_return facts;
}

// The version of the vSAN namespace; empty for a server that does not publish one.
asio::awaitable<Outcome<std::string>> VcenterSession::negotiate() {
  HttpRequest request;
  request.target = "/sdk/vsanServiceVersions.xml";
  request.idempotent = true;
  request.headers.emplace_back("User-Agent", options_.user_agent);
  const Clock::time_point deadline = deps_.clock.now() + options_.login_budget;
  Outcome<HttpResponse> response = co_await deps_.http.send(std::move(request), deadline);
  if (!response) co_return in_context("vsanServiceVersions.xml", response.error());
  if (response->status == 404) co_return std::string();
  if (response->status != 200) {
    Error error;
    error.detail = "vsanServiceVersions.xml: HTTP status " + std::to_string(response->status);
    co_return error;
  }
  co_return read_vsan_version(response->body);
}

void VcenterSession::finish_login(const Credentials& used, Outcome<SessionFacts> result) {
  if (result) {
    fsm_.on_logged_in(used);
    if (!fsm_.established()) {
      login_failed_ = true;
      login_error_ = Error();
      login_error_.detail = "login: the user was changed meanwhile";
      login_error_.unsent = true;
      return;
    }
    auto facts = std::make_shared<SessionFacts>(*std::move(result));
    facts->generation = fsm_.generation();
    facts_ = std::move(facts);
    last_facts_ = facts_;
    last_use_ = deps_.clock.now();
    deps_.observer.cns_login("ok");
    deps_.observer.cns_session(true);
    deps_.log.info("vcenter={} login=ok user={} version={} action={} writable={}", options_.vcenter,
                   facts_->user, facts_->content.version, facts_->soap_action,
                   facts_->features.writable);
    return;
  }
  const bool refused = login_was_refused_;
  login_failed_ = true;
  login_error_ = before_the_call(std::move(result).error());
  deps_.observer.cns_login(refused ? "refused" : to_string(login_error_.kind));
  deps_.log.warn("vcenter={} login=failed error=\"{}\"", options_.vcenter, login_error_.detail);
  if (refused) {
    fsm_.on_refused(used, deps_.clock.now());
  } else {
    fsm_.on_login_failed();
  }
}

asio::awaitable<Outcome<SoapReply>> VcenterSession::call(SoapCall call) {
  const Outcome<Facts> first = co_await acquire();
  if (!first) co_return first.error();
  Outcome<SoapReply> reply = co_await exchange(*first, call);
  const bool replaced = !reply && reply.error().kind == ErrorKind::kStale && reply.error().unsent;
  if (!replaced && (!reply || !session_gone(*reply))) co_return reply;

  const Outcome<Facts> second = co_await acquire();
  if (!second) co_return second.error();
  co_return co_await exchange(*second, std::move(call));
}

asio::awaitable<Outcome<SoapReply>> VcenterSession::exchange(Facts facts, SoapCall call) {
  if (!fsm_.established() || facts->generation != fsm_.generation()) {
    Error error;
    error.kind = ErrorKind::kStale;
    error.detail = "the session is gone";
    error.unsent = true;
    co_return error;
  }
  Exchange one = new_exchange(call.method, facts->soap_action, call.body(*facts));
  one.path = call.path;
  if (call.path == SoapPath::kPbm) {
    one.action = kPbmAction;
    one.body = with_session_header(std::move(one.body), without_quotes(one.cookie));
    one.cookie.clear();
  }
  one.idempotent = call.idempotent;
  one.deadline = deps_.clock.now() + call.budget;
  if (call.may_send) {
    // The copy lives in the request, the clock longer than any request.
    one.may_send = [ask = call.may_send, deadline = one.deadline, clock = &deps_.clock] {
      return ask(deadline - clock->now());
    };
  }
  Outcome<SoapReply> reply = co_await post(std::move(one));
  last_use_ = deps_.clock.now();
  if (reply && session_gone(*reply) && facts->generation == fsm_.generation()) {
    if (!fsm_.established()) co_return reply;
    // A service beside /sdk that forgot its sessions says the same while /sdk still holds ours.
    // Were they left behind at every such answer, they would fill vCenter's table of sessions.
    if (call.path == SoapPath::kSdk) {
      drop_session();
    } else {
      abandon_session();
    }
    fsm_.on_not_authenticated(facts->generation);
  }
  co_return reply;
}

VcenterSession::Exchange VcenterSession::new_exchange(const char* method, std::string action,
                                                      std::string body) const {
  Exchange one;
  one.method = method;
  one.action = std::move(action);
  one.cookie = cookie_;
  one.body = std::move(body);
  one.login = logins_;
  one.deadline = deps_.clock.now() + options_.login_budget;
  return one;
}

asio::awaitable<Outcome<SoapReply>> VcenterSession::post(Exchange exchange) {
  const char* method = exchange.method;
  const Clock::time_point started = deps_.clock.now();
  Outcome<SoapReply> reply = co_await send(std::move(exchange));
  const char* result = result_of(reply);
  deps_.observer.cns_call(method, result, deps_.clock.now() - started);
  deps_.log.debug("vcenter={} call={} result={}", options_.vcenter, method, result);
  if (!reply) co_return in_context(method, std::move(reply).error());
  co_return reply;
}

asio::awaitable<Outcome<SoapReply>> VcenterSession::send(Exchange exchange) {
  HttpRequest request;
  request.method = "POST";
  request.target = target_of(exchange.path);
  request.headers.reserve(4);
  request.headers.emplace_back("Content-Type", "text/xml; charset=\"utf-8\"");
  request.headers.emplace_back("SOAPAction", std::move(exchange.action));
  request.headers.emplace_back("User-Agent", options_.user_agent);
  if (!exchange.cookie.empty())
    request.headers.emplace_back("Cookie", std::string(kCookieName) + exchange.cookie);
  request.body = std::move(exchange.body);
  request.idempotent = exchange.idempotent;
  request.may_send = std::move(exchange.may_send);

  const SoapPath path = exchange.path;
  const std::uint64_t login = exchange.login;
  Outcome<HttpResponse> response = co_await deps_.http.send(std::move(request), exchange.deadline);
  if (!response) co_return std::move(response).error();
  if (response->status != 200 && response->status != 500) {
    Error error;
    error.detail = "HTTP status " + std::to_string(response->status) + " from " + target_of(path);
    co_return error;
  }
  // Other end points set cookies of their own under the same name, and a late answer to an earlier
  // session must not replace the cookie of this one.
  if (path == SoapPath::kSdk && login == logins_) store_cookie(response->headers);
  co_return SoapAnswer::parse(std::move(response->body));
}

void VcenterSession::store_cookie(const Headers& headers) {
  for (const auto& [name, value] : headers) {
    if (!is_set_cookie(name) || !value.starts_with(kCookieName)) continue;
    const std::size_t end = value.find(';');
    cookie_ =
        value.substr(kCookieName.size(), end == std::string::npos ? end : end - kCookieName.size());
  }
}

void VcenterSession::drop_session() {
  facts_.reset();
  deps_.observer.cns_session(false);
  deps_.log.info("vcenter={} session=gone", options_.vcenter);
}

void VcenterSession::set_credentials(Credentials credentials) {
  const bool stood = fsm_.established();
  const bool refused = fsm_.latched(deps_.clock.now());
  if (!fsm_.set_credentials(std::move(credentials))) return;
  deps_.log.info("vcenter={} credentials=changed", options_.vcenter);
  // Whoever needed the session may sleep for long; whether the new ones are right shows now.
  if (refused && !closed_ && fsm_.on_call(deps_.clock.now()) == SessionFsm::Action::kLogIn)
    start_login();
  if (stood && !fsm_.established()) abandon_session();
}

VcenterSession::Exchange VcenterSession::logout_of_this_session() const {
  Exchange one =
      new_exchange("Logout", facts_->soap_action, logout_request(facts_->content.session_manager));
  one.idempotent = false;
  one.deadline = deps_.clock.now() + kLogoutBudget;
  return one;
}

// Ends the session for us at once and at the server as soon as it hears of it.
void VcenterSession::abandon_session() {
  asio::co_spawn(deps_.executor, post(logout_of_this_session()),
                 [](std::exception_ptr failure, const Outcome<SoapReply>&) {
                   if (failure) std::rethrow_exception(failure);
                 });
  drop_session();
}

asio::awaitable<void> VcenterSession::keep_alive() {
  last_use_ = std::max(last_use_, deps_.clock.now());
  for (;;) {
    co_await deps_.clock.sleep_until(last_use_ + kKeepAlive);
    if (deps_.clock.now() < last_use_ + kKeepAlive) continue;
    if (!fsm_.established()) {
      last_use_ = deps_.clock.now();
      continue;
    }
    SoapCall call;
    call.method = "CurrentTime";
    call.body = [](const SessionFacts&) { return current_time_request(); };
    call.budget = options_.login_budget;
    const Facts facts = facts_;
    const Outcome<SoapReply> reply = co_await exchange(facts, std::move(call));
    // Lost sessions and outages are found out by the next call that matters.
    if (!reply) last_use_ = deps_.clock.now();
  }
}

asio::awaitable<void> VcenterSession::logout() {
  using namespace asio::experimental::awaitable_operators;
  closed_ = true;
  const Clock::time_point deadline = deps_.clock.now() + kLogoutBudget;
  if (fsm_.logging_in()) {
    const std::shared_ptr<OneShot> done = login_done_;
    co_await (done->wait() || deps_.clock.sleep_until(deadline));
  }
  if (!fsm_.established() || deps_.clock.now() >= deadline) co_return;
  Exchange one = logout_of_this_session();
  one.deadline = deadline;
  fsm_.on_logged_out();
  drop_session();
  const Outcome<SoapReply> reply = co_await post(std::move(one));
  if (!reply)
    deps_.log.warn("vcenter={} logout=failed error=\"{}\"", options_.vcenter, reply.error().detail);
}

} // namespace syncer

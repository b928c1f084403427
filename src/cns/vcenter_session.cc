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

// Of the session that the answer opens, or nothing.
std::optional<std::string> cookie_of(const Headers& headers) {
  std::optional<std::string> cookie;
  for (const auto& [name, value] : headers) {
    if (!is_set_cookie(name) || !value.starts_with(kCookieName)) continue;
    const std::size_t end = value.find(';');
    cookie =
        value.substr(kCookieName.size(), end == std::string::npos ? end : end - kCookieName.size());
  }
  return cookie;
}

// Other for each start of the process within half a year.
std::uint32_t mark_of(std::chrono::system_clock::time_point now) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch());
  return static_cast<std::uint32_t>(seconds.count()) & 0xffffffU;
}

bool has_fault(const SoapReply& reply, std::string_view type) {
  const SoapFault* fault = reply->fault();
  return fault != nullptr && fault->type == type;
}

} // namespace

VcenterSession::VcenterSession(Deps deps, Options options, CredentialLatch& latch)
    : deps_(std::move(deps)),
      options_(std::move(options)),
      latch_(latch),
      login_(
          deps_.executor, latch,
          [this](Credentials credentials) { return log_in(std::move(credentials)); },
          [this](const Error* error, bool refused) { login_ended(error, refused); }),
      mark_(fmt::format("vsyncer-{:06x}", mark_of(deps_.clock.wall_now()))) {}

asio::awaitable<Outcome<VcenterSession::Facts>> VcenterSession::acquire() {
  const Outcome<std::uint64_t> standing = co_await login_.acquire();
  if (!standing) co_return standing.error();
  co_return facts_;
}

asio::awaitable<Outcome<SoapReply>> VcenterSession::call(SoapCall call) {
  const Outcome<Facts> first = co_await acquire();
  if (!first) co_return first.error();
  Outcome<SoapReply> reply = co_await exchange(*first, call);
  const bool replaced = !reply && reply.error().kind == ErrorKind::kStale && reply.error().unsent;
  if (replaced || (reply && has_fault(*reply, "NotAuthenticated"))) {
    const Outcome<Facts> second = co_await acquire();
    if (!second) co_return second.error();
    reply = co_await exchange(*second, std::move(call));
  }
  if (reply && listener_.no_permission && has_fault(*reply, "NoPermission"))
    listener_.no_permission();
  co_return reply;
}

asio::awaitable<Outcome<SoapReply>> VcenterSession::exchange(Facts facts, SoapCall call) {
  if (!login_.stands(facts->generation)) {
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
    one.session = without_quotes(one.cookie);
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
  if (reply && has_fault(*reply, "NotAuthenticated") && login_.stands(facts->generation)) {
    // A service beside /sdk that forgot its sessions says the same while /sdk still holds ours.
    // Were they left behind at every such answer, they would fill vCenter's table of sessions.
    if (call.path == SoapPath::kSdk) {
      drop_session();
    } else {
      abandon_session();
    }
    login_.lost(facts->generation);
  }
  co_return reply;
}

VcenterSession::Exchange VcenterSession::new_exchange(const char* method, std::string action,
                                                      std::string body) {
  Exchange one;
  one.method = method;
  one.operation_id = fmt::format("{}-{:x}", mark_, ++exchanges_);
  one.action = std::move(action);
  one.cookie = cookie_;
  one.body = std::move(body);
  one.login = logins_;
  one.deadline = deps_.clock.now() + options_.login_budget;
  return one;
}

asio::awaitable<Outcome<SoapReply>> VcenterSession::post(Exchange exchange) {
  const char* method = exchange.method;
  const std::string trace = "opId=" + exchange.operation_id;
  const Clock::time_point started = deps_.clock.now();
  Outcome<SoapReply> reply = co_await send(std::move(exchange));
  const char* result = result_of(reply);
  deps_.observer.cns_call(method, result, deps_.clock.now() - started);
  deps_.log.debug("vcenter={} call={} {} result={}", options_.vcenter, method, trace, result);
  if (reply) co_return reply;
  Error error = in_context(method, std::move(reply).error());
  // What was not sent left nothing there.
  if (!error.unsent) error.trace = trace;
  co_return error;
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
  request.body = with_header(std::move(exchange.body), {exchange.operation_id, exchange.session});
  request.idempotent = exchange.idempotent;
  request.may_send = std::move(exchange.may_send);

  std::string trace = "opId=" + exchange.operation_id;
  const SoapPath path = exchange.path;
  const std::uint64_t login = exchange.login;
  std::string* const own_cookie = exchange.own_cookie;
  Outcome<HttpResponse> response = co_await deps_.http.send(std::move(request), exchange.deadline);
  if (!response) co_return std::move(response).error();
  if (response->status != 200 && response->status != 500) {
    Error error;
    error.detail = "HTTP status " + std::to_string(response->status) + " from " + target_of(path);
    // The session manager is elsewhere, and our session with it.
    if (response->status == 503 && path == SoapPath::kVsanHealth)
      error.detail = "CNS is starting (" + error.detail + "): tried again soon";
    co_return error;
  }
  // Other end points set cookies of their own under the same name, and a late answer to an earlier
  // session must not replace the cookie of this one.
  std::string* const jar = own_cookie != nullptr ? own_cookie : &cookie_;
  if (path == SoapPath::kSdk && (own_cookie != nullptr || login == logins_)) {
    if (auto cookie = cookie_of(response->headers)) *jar = *std::move(cookie);
  }
  co_return SoapAnswer::parse(std::move(response->body), std::move(trace));
}

void VcenterSession::drop_session() {
  facts_.reset();
  deps_.observer.cns_session(false);
  deps_.log.info("vcenter={} session=gone", options_.vcenter);
}

VcenterSession::Exchange VcenterSession::logout_of_this_session() {
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
    if (!login_.established()) {
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
  login_.close();
  const Clock::time_point deadline = deps_.clock.now() + kLogoutBudget;
  if (const std::shared_ptr<OneShot> done = login_.logging_in()) {
    co_await (done->wait() || deps_.clock.sleep_until(deadline));
  }
  if (!login_.established() || deps_.clock.now() >= deadline) co_return;
  Exchange one = logout_of_this_session();
  one.deadline = deadline;
  login_.logged_out();
  drop_session();
  const Outcome<SoapReply> reply = co_await post(std::move(one));
  if (!reply)
    deps_.log.warn("vcenter={} logout=failed error=\"{}\"", options_.vcenter, reply.error().detail);
}

} // namespace syncer

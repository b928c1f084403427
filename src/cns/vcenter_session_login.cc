// What goes on at a login, and when one is made that no call needs.
#include <spdlog/spdlog.h>

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <utility>

#include "cns/faults.h"
#include "cns/vcenter_session.h"

namespace syncer {

namespace {

// Before the server's own version is known; an older server falls back to its default.
constexpr const char* kFirstAction = "urn:vim25/7.0";
constexpr std::chrono::seconds kTryPause{5};

} // namespace

asio::awaitable<LoginEnd> VcenterSession::log_in(Credentials credentials) {
  // A session that already is logged in would be refused, and that counts as a bad password.
  cookie_.clear();
  ++logins_;
  Outcome<SessionFacts> found = co_await look_around();
  if (!found) co_return LoginEnd{std::move(found).error()};
  SessionFacts facts = *std::move(found);

  Exchange login = new_exchange(
      "Login", facts.soap_action,
      login_request(facts.content.session_manager, credentials.user, credentials.password));
  login.idempotent = false;
  const Outcome<SoapReply> answered = co_await post(std::move(login));
  if (!answered) co_return LoginEnd{answered.error()};
  if (const SoapFault* fault = (*answered)->fault()) {
    co_return LoginEnd{error_of(*fault), fault->type == "InvalidLogin"};
  }
  facts.user = read_login(**answered);
  if (facts.user.empty()) facts.user = credentials.user;
  facts.session_key = read_session_key(**answered);
  facts.generation = login_.generation() + 1;
  last_facts_ = std::make_shared<const SessionFacts>(std::move(facts));
  co_return LoginEnd();
}

// What may be known before the login.
asio::awaitable<Outcome<SessionFacts>> VcenterSession::look_around() {
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
  co_return facts;
}

// In a session of its own that ends at once. Needs the one that stands: it knows where to log in.
asio::awaitable<LoginEnd> VcenterSession::log_in_and_out(Credentials credentials) {
  const Facts facts = facts_;
  std::string cookie;
  Exchange login = new_exchange(
      "Login", facts->soap_action,
      login_request(facts->content.session_manager, credentials.user, credentials.password));
  login.idempotent = false;
  login.cookie.clear();
  login.own_cookie = &cookie;
  const Outcome<SoapReply> answered = co_await post(std::move(login));
  if (!answered) co_return LoginEnd{answered.error()};
  if (const SoapFault* fault = (*answered)->fault()) {
    const bool refused = fault->type == "InvalidLogin";
    const Error error = error_of(*fault);
    deps_.observer.cns_login(refused ? "refused" : to_string(error.kind));
    deps_.log.warn("vcenter={} login=failed beside the session that stands error=\"{}\"",
                   options_.vcenter, error.detail);
    co_return LoginEnd{error, refused};
  }
  deps_.observer.cns_login("ok");
  deps_.log.info("vcenter={} login=ok beside the session that stands", options_.vcenter);
  Exchange logout =
      new_exchange("Logout", facts->soap_action, logout_request(facts->content.session_manager));
  logout.idempotent = false;
  logout.cookie = cookie;
  logout.own_cookie = &cookie;
  const Outcome<SoapReply> left = co_await post(std::move(logout));
  if (!left)
    deps_.log.warn("vcenter={} logout=failed error=\"{}\"", options_.vcenter, left.error().detail);
  co_return LoginEnd();
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

void VcenterSession::login_ended(const Error* error, bool refused) {
  if (error != nullptr) {
    deps_.observer.cns_login(refused ? "refused" : to_string(error->kind));
    deps_.log.warn("vcenter={} login=failed error=\"{}\"", options_.vcenter, error->detail);
    return;
  }
  facts_ = last_facts_;
  last_use_ = deps_.clock.now();
  deps_.observer.cns_login("ok");
  deps_.observer.cns_session(true);
  deps_.log.info("vcenter={} login=ok user={} version={} action={} writable={}", options_.vcenter,
                 facts_->user, facts_->content.version, facts_->soap_action,
                 facts_->features.writable);
  if (listener_.began) listener_.began();
}

void VcenterSession::credentials_changed() {
  deps_.log.info("vcenter={} credentials=changed", options_.vcenter);
  if (!login_.belongs_to_former_user()) return;
  abandon_session();
  login_.logged_out();
}

asio::awaitable<void> VcenterSession::keep_trying() {
  using namespace asio::experimental::awaitable_operators;
  while (!login_.closed()) {
    const std::optional<Clock::time_point> due = latch_.due();
    if (!due) {
      co_await latch_.changed().wait();
      continue;
    }
    if (deps_.clock.now() < *due) {
      auto changed = latch_.changed().wait();
      auto slept = deps_.clock.sleep_until(*due);
      co_await (std::move(changed) || std::move(slept));
      continue;
    }
    if (login_.established()) {
      LoginShell::Attempt attempt = [this](Credentials credentials) {
        return log_in_and_out(std::move(credentials));
      };
      co_await login_.probe(std::move(attempt));
    } else {
      const Outcome<Facts> tried = co_await acquire();
      static_cast<void>(tried); // told by login_ended
    }
    // It may have failed for another reason.
    if (latch_.due() != due) continue;
    const Clock::time_point again = deps_.clock.now() + kTryPause;
    co_await deps_.clock.sleep_until(again);
  }
}

} // namespace syncer

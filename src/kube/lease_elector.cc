#include "kube/lease_elector.h"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <nlohmann/json.hpp>

namespace syncer {

namespace {

constexpr std::chrono::seconds kShortestBudget{1};
constexpr std::chrono::seconds kLongestWrite{10};
constexpr std::chrono::seconds kPatience{20};
constexpr int kNotFound = 404;

std::string collection(const std::string& ns) {
  return "/apis/coordination.k8s.io/v1/namespaces/" + ns + "/leases";
}

} // namespace

LeaseElector::LeaseElector(Deps deps, Options options)
    : deps_(std::move(deps)),
      options_(std::move(options)),
      path_(collection(options_.ns) + "/" + options_.name),
      election_(options_.identity, options_.timing, deps_.random),
      watch_({deps_.client, deps_.clock, deps_.log, deps_.random}, collection(options_.ns), *this,
             "fieldSelector=metadata.name%3D" + options_.name),
      wake_(deps_.executor, 1),
      answered_(deps_.executor, 1) {}

asio::awaitable<void> LeaseElector::campaign() {
  using namespace asio::experimental::awaitable_operators;
  deps_.log.info("lease={}/{} standing by as \"{}\"", options_.ns, options_.name,
                 options_.identity);
  auto watching = watch_.run();
  auto competing = take_steps();
  co_await (std::move(watching) || std::move(competing));
}

asio::awaitable<void> LeaseElector::hold() { co_await take_steps(); }

// Until we lead or, as leader, until we do not.
asio::awaitable<void> LeaseElector::take_steps() {
  using namespace asio::experimental::awaitable_operators;
  const bool led = election_.leads();
  for (;;) {
    LeaseStep step = election_.next(deps_.clock.now(), deps_.clock.wall_now());
    if (resigned_ || election_.leads() != led) co_return;
    if (step.kind == LeaseStep::Kind::kWait) {
      auto woken = wake_.async_receive(asio::as_tuple(asio::use_awaitable));
      auto due = deps_.clock.sleep_until(step.until);
      co_await (std::move(woken) || std::move(due));
      continue;
    }
    asking_ = true;
    if (step.kind == LeaseStep::Kind::kRead) {
      co_await read();
    } else {
      co_await write(std::move(step));
    }
    asking_ = false;
    answered_.try_send(boost::system::error_code());
  }
}

asio::awaitable<void> LeaseElector::read() {
  std::string path = path_;
  std::string accept = KubeClient::kAcceptJson;
  const Clock::time_point deadline = request_deadline();
  const auto answer = co_await deps_.client.get(std::move(path), std::move(accept), deadline);
  const Clock::time_point now = deps_.clock.now();
  if (!answer) {
    if (answer.failure.http_status == kNotFound) {
      election_.absent(now);
    } else {
      trouble("read", answer.failure);
      election_.failed(now);
    }
    co_return;
  }
  Outcome<Lease> lease = parse_lease(answer.value->body);
  if (!lease) {
    trouble("read", failure_of(lease.error()));
    election_.failed(now);
    co_return;
  }
  if (last_problem_.starts_with("read")) last_problem_.clear();
  election_.read(now, std::move(*lease));
  told();
}

asio::awaitable<void> LeaseElector::write(LeaseStep step) {
  const bool create = step.kind == LeaseStep::Kind::kCreate;
  std::string method = create ? "POST" : "PUT";
  std::string path = create ? collection(options_.ns) : path_;
  const Clock::time_point deadline = request_deadline();
  auto stored = co_await send(std::move(method), std::move(path), std::move(step.lease), deadline);
  if (!stored) {
    trouble(create ? "create" : "update", stored.failure);
    election_.failed(deps_.clock.now());
    co_return;
  }
  last_problem_.clear();
  trouble_.reset();
  election_.written(sent_, std::move(*stored.value));
  if (!notes_sent_) election_.renew_now(deps_.clock.now());
  told();
}

// What the server stored. Notes when it was sent.
asio::awaitable<KubeResult<Lease>> LeaseElector::send(std::string method, std::string path,
                                                      Lease lease, Clock::time_point deadline) {
  std::string body = encode_lease(lease, options_.ns, options_.name, notes_);
  notes_sent_ = true;
  std::string type = "application/json";
  std::function<bool()> note_time = [this] {
    sent_ = {deps_.clock.now(), deps_.clock.moment()};
    return true;
  };
  auto answer = co_await deps_.client.send(std::move(method), std::move(path), std::move(body),
                                           std::move(type), deadline, std::move(note_time));
  KubeResult<Lease> result;
  if (!answer) {
    result.failure = std::move(answer.failure);
    co_return result;
  }
  Outcome<Lease> stored = parse_lease(answer.value->body);
  if (stored) {
    result.value = std::move(*stored);
  } else {
    result.failure = failure_of(stored.error());
  }
  co_return result;
}

asio::awaitable<void> LeaseElector::resign(Clock::time_point deadline) {
  using namespace asio::experimental::awaitable_operators;
  resigned_ = true;
  election_.resign();
  wake_.try_send(boost::system::error_code());
  // An attempt under way might still win.
  while (asking_ && deps_.clock.now() < deadline) {
    auto answered = answered_.async_receive(asio::as_tuple(asio::use_awaitable));
    auto too_late = deps_.clock.sleep_until(deadline);
    co_await (std::move(answered) || std::move(too_late));
  }
  while (deps_.clock.now() < deadline) {
    const bool done = co_await free(deadline);
    if (done) co_return;
  }
}

// False if somebody changed it in between.
asio::awaitable<bool> LeaseElector::free(Clock::time_point deadline) {
  std::string path = path_;
  std::string accept = KubeClient::kAcceptJson;
  const auto answer = co_await deps_.client.get(std::move(path), std::move(accept), deadline);
  if (!answer) {
    if (answer.failure.http_status != kNotFound) trouble("release", answer.failure);
    co_return true;
  }
  const Outcome<Lease> found = parse_lease(answer.value->body);
  if (!found) co_return true;
  std::optional<Lease> freed = election_.freed(*found, deps_.clock.wall_now());
  if (!freed) co_return true;
  std::string method = "PUT";
  std::string to = path_;
  const auto stored = co_await send(std::move(method), std::move(to), std::move(*freed), deadline);
  if (stored) {
    deps_.log.info("lease={}/{} released", options_.ns, options_.name);
    co_return true;
  }
  trouble("release", stored.failure);
  const bool conflict = stored.failure.http_status == 409;
  co_return !conflict;
}

void LeaseElector::annotate(const std::string& name, std::string text) {
  notes_[name] = std::move(text);
  notes_sent_ = false;
  election_.renew_now(deps_.clock.now());
  wake_.try_send(boost::system::error_code());
}

bool LeaseElector::may_write(Clock::duration budget) const {
  return election_.covers(deps_.clock.moment(), budget);
}

Clock::duration LeaseElector::left() const {
  if (!election_.leads()) return {};
  return std::max(election_.gives_up_at() - deps_.clock.now(), Clock::duration::zero());
}

bool LeaseElector::overdue() const {
  return election_.leads() && deps_.clock.now() > election_.gives_up_at() + kPatience;
}

Clock::duration LeaseElector::write_budget() const {
  const Clock::duration half = (options_.timing.lease - options_.timing.retry_period) / 2;
  return std::min<Clock::duration>(kLongestWrite, half);
}

Outcome<> LeaseElector::put(const ObjectName& name, const nlohmann::json& object) {
  if (name.name != options_.name) return Done{};
  Outcome<Lease> lease = decode_lease(object);
  if (!lease) return lease.error();
  const bool held = !lease->holder.empty();
  election_.seen(deps_.clock.now(), std::move(*lease));
  if (held) trouble_.reset(); // somebody leads, whatever we could not do
  told();
  wake_.try_send(boost::system::error_code());
  return Done{};
}

void LeaseElector::remove(const ObjectName& name) {
  if (name.name != options_.name) return;
  election_.deleted(deps_.clock.now());
  wake_.try_send(boost::system::error_code());
}

// A leader asks no longer than it leads.
Clock::time_point LeaseElector::request_deadline() const {
  const Clock::duration budget =
      std::max<Clock::duration>(kShortestBudget, options_.timing.renew_deadline / 2);
  const Clock::time_point usual = deps_.clock.now() + budget;
  return election_.leads() ? std::min(usual, election_.gives_up_at()) : usual;
}

void LeaseElector::trouble(const std::string& what, const KubeFailure& failure) {
  if (failure.http_status == 409) return; // somebody was faster
  const std::string text = what + ": " + failure.error.detail;
  if (!trouble_) trouble_ = Trouble{deps_.clock.now(), {}};
  trouble_->detail = text;
  if (std::exchange(last_problem_, text) == text) return;
  deps_.log.warn("lease={}/{} {}", options_.ns, options_.name, text);
}

void LeaseElector::told() {
  const std::string& holder = election_.holder();
  if (std::exchange(last_holder_, holder) == holder) return;
  deps_.log.info("lease={}/{} holder=\"{}\"", options_.ns, options_.name, holder);
}

} // namespace syncer

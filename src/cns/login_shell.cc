#include "cns/login_shell.h"

#include <boost/asio/co_spawn.hpp>
#include <utility>

namespace syncer {

namespace {

Error ended() {
  Error error;
  error.kind = ErrorKind::kCancelled;
  error.detail = "logged out: we are ending";
  error.unsent = true;
  return error;
}

} // namespace

asio::awaitable<Outcome<std::uint64_t>> LoginShell::acquire() {
  for (;;) {
    if (closed_) co_return ended();
    if (established_) co_return generation_;
    std::shared_ptr<OneShot> running = latch_.under_way();
    if (!running) {
      if (!latch_.may_try()) co_return latch_.error();
      start();
      running = last_;
    }
    co_await running->wait();
    // A failed login fails everyone who waited for it: who wants another try asks again.
    if (running == last_ && failed_) co_return error_;
  }
}

// Runs apart from the call that started it: others wait for it, and that call may be cancelled.
void LoginShell::start() {
  last_ = std::make_shared<OneShot>(executor_);
  failed_ = false;
  asio::co_spawn(executor_, run(last_), [](const std::exception_ptr& failure) {
    if (failure) std::rethrow_exception(failure);
  });
}

asio::awaitable<void> LoginShell::run(std::shared_ptr<OneShot> done) {
  const CredentialLatch::Turn turn(latch_, std::move(done));
  const Credentials used = latch_.current();
  LoginEnd end = co_await attempt_(used);
  // The user was changed while the login ran: that session must not carry his name any further.
  if (end.result && used.user != latch_.current().user) {
    end.result = Error{ErrorKind::kTransient, "the user was changed meanwhile"};
  }
  note(used, end);
  if (end.result) {
    established_ = true;
    ++generation_;
    user_ = used.user;
    ended_(nullptr, false);
    co_return;
  }
  failed_ = true;
  error_ = in_context("login", std::move(end.result).error());
  error_.unsent = true;
  ended_(&error_, end.refused);
}

asio::awaitable<void> LoginShell::probe(Attempt attempt) {
  const std::shared_ptr<OneShot> running = latch_.under_way();
  if (running) {
    co_await running->wait();
    co_return;
  }
  const CredentialLatch::Turn turn(latch_, std::make_shared<OneShot>(executor_));
  const Credentials used = latch_.current();
  const LoginEnd end = co_await attempt(used);
  note(used, end);
}

void LoginShell::note(const Credentials& used, const LoginEnd& end) {
  if (end.result) {
    latch_.accepted(used);
  } else if (end.refused) {
    latch_.refused(used);
  }
}

bool LoginShell::lost(std::uint64_t generation) {
  if (!stands(generation)) return false;
  established_ = false;
  return true;
}

} // namespace syncer

#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "cns/credential_latch.h"
#include "core/clock.h"
#include "core/outcome.h"

namespace syncer {

// How a login ended; refused: user name or password are wrong.
struct LoginEnd {
  Outcome<> result;
  bool refused = false;
};

// When to log in for one kind of session, when to wait for somebody else's login, and when to leave
// a refused credential alone. Must outlive its calls.
class LoginShell {
 public:
  using Attempt = std::function<asio::awaitable<LoginEnd>(Credentials)>;
  // Told of an end before those who wait go on; no error: a session stands now.
  using Ended = std::function<void(const Error* error, bool refused)>;

  LoginShell(asio::any_io_executor executor, CredentialLatch& latch, Attempt attempt, Ended ended)
      : executor_(std::move(executor)),
        latch_(latch),
        attempt_(std::move(attempt)),
        ended_(std::move(ended)) {}

  // The number of the session that stands, or of a new one. One login serves all who wait, and if
  // it fails it fails them all. Errors are unsent: the call it is for was not made.
  asio::awaitable<Outcome<std::uint64_t>> acquire();
  // Finds out whether the credentials are right, beside the session that stands.
  asio::awaitable<void> probe(Attempt attempt);

  // A call of session `generation` was answered that there is none. True if that ended the session;
  // false for a late answer of an earlier one.
  bool lost(std::uint64_t generation);
  void logged_out() { established_ = false; }
  // From now on every acquire is kCancelled.
  void close() { closed_ = true; }
  bool closed() const { return closed_; }

  bool established() const { return established_; }
  bool stands(std::uint64_t generation) const { return established_ && generation == generation_; }
  // It stands, but for a user who is not the configured one any more.
  bool belongs_to_former_user() const { return established_ && user_ != latch_.current().user; }
  // Counts sessions; 0 before the first one.
  std::uint64_t generation() const { return generation_; }
  // The login of this shell that runs now; null: none.
  std::shared_ptr<OneShot> logging_in() const { return last_ && !last_->fired() ? last_ : nullptr; }

 private:
  void start();
  asio::awaitable<void> run(std::shared_ptr<OneShot> done);
  void note(const Credentials& used, const LoginEnd& end);

  asio::any_io_executor executor_;
  CredentialLatch& latch_;
  Attempt attempt_;
  Ended ended_;
  bool closed_ = false;
  bool established_ = false;
  std::uint64_t generation_ = 0;
  std::string user_;              // of the session that stands
  std::shared_ptr<OneShot> last_; // our latest login; shared with those who wait for it
  bool failed_ = false;           // it did
  Error error_;                   // why
};

} // namespace syncer

// Decides when to log in, when to wait for somebody else's login and when to leave a refused
// credential alone. No I/O.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/clock.h"
#include "core/outcome.h"
#include "core/secret.h"

namespace syncer {

struct Credentials {
  std::string user;
  Secret password;
  bool operator==(const Credentials&) const = default;
};

class SessionFsm {
 public:
  using TimePoint = Clock::time_point;
  // How long a refused credential rests: vCenter locks accounts after a few failures.
  static constexpr std::chrono::minutes kLatch{5};

  enum class Action {
    kUse,    // a session stands
    kLogIn,  // start a login; it counts as running from now on
    kJoin,   // a login runs: wait for its end, then ask again
    kRefuse, // see latch_error()
  };

  explicit SessionFsm(Credentials credentials) : credentials_(std::move(credentials)) {}

  // For a call that needs a session.
  Action on_call(TimePoint now);
  // The credentials the running login must use.
  const Credentials& credentials() const { return credentials_; }

  // Ends of the running login. `used` are the credentials it was made with: a refusal of others
  // than today's says nothing about today's.
  void on_logged_in(const Credentials& used);
  void on_refused(const Credentials& used, TimePoint now); // InvalidLogin
  void on_login_failed();                                  // anything else: try again when asked

  // A call of session `generation` was answered NotAuthenticated. True if that ended the session;
  // false for a late answer of an earlier one.
  bool on_not_authenticated(std::uint64_t generation);
  void on_logged_out();

  // True if they differ from the present ones. A changed credential lifts the latch; a changed user
  // also ends the session.
  bool set_credentials(Credentials credentials);

  bool latched(TimePoint now) const { return latched_until_ && now < *latched_until_; }
  bool established() const { return state_ == State::kEstablished; }
  bool logging_in() const { return state_ == State::kLoggingIn; }
  // Counts sessions; 0 before the first one.
  std::uint64_t generation() const { return generation_; }
  Error latch_error(TimePoint now) const;

 private:
  enum class State { kNone, kLoggingIn, kEstablished };
  Credentials credentials_;
  State state_ = State::kNone;
  std::uint64_t generation_ = 0;
  std::optional<TimePoint> latched_until_;
};

} // namespace syncer

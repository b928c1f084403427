#include "cns/session_fsm.h"

#include <utility>

namespace syncer {

SessionFsm::Action SessionFsm::on_call(TimePoint now) {
  switch (state_) {
    case State::kEstablished:
      return Action::kUse;
    case State::kLoggingIn:
      return Action::kJoin;
    case State::kNone:
      break;
  }
  if (latched(now)) return Action::kRefuse;
  latched_until_.reset();
  state_ = State::kLoggingIn;
  return Action::kLogIn;
}

void SessionFsm::on_logged_in(const Credentials& used) {
  // The user was changed while the login ran: that session must not carry his name any further.
  state_ = used.user == credentials_.user ? State::kEstablished : State::kNone;
  if (state_ == State::kEstablished) ++generation_;
  if (used == credentials_) latched_until_.reset();
}

void SessionFsm::on_refused(const Credentials& used, TimePoint now) {
  state_ = State::kNone;
  if (used == credentials_) latched_until_ = now + kLatch;
}

void SessionFsm::on_login_failed() { state_ = State::kNone; }

bool SessionFsm::on_not_authenticated(std::uint64_t generation) {
  if (state_ != State::kEstablished || generation != generation_) return false;
  state_ = State::kNone;
  return true;
}

void SessionFsm::on_logged_out() {
  if (state_ == State::kEstablished) state_ = State::kNone;
}

bool SessionFsm::set_credentials(Credentials credentials) {
  if (credentials == credentials_) return false;
  const bool other_user = credentials.user != credentials_.user;
  credentials_ = std::move(credentials);
  latched_until_.reset();
  if (other_user && state_ == State::kEstablished) state_ = State::kNone;
  return true;
}

Error SessionFsm::latch_error(TimePoint now) const {
  Error error;
  error.kind = ErrorKind::kUnauthenticated;
  error.unsent = true;
  error.detail = "vCenter refused user name or password; the same ones are tried again in ";
  const auto rest = latched_until_.value_or(now) - now;
  error.detail += std::to_string(std::chrono::ceil<std::chrono::seconds>(rest).count()) + " s";
  return error;
}

} // namespace syncer

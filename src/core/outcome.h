// core: the vocabulary every room shares. No I/O; std and Asio's awaitable type only.
#pragma once

#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace syncer {

// What the caller should do about a failure, not where it came from.
enum class ErrorKind {
  kTransient,       // try again later
  kUnauthenticated, // obtain new credentials or log in, then try again
  kStale,           // the cursor or version used is gone: read again from the start
  kNotFound,        // the object does not exist (yet)
  kRejected,        // the other side understood and refuses: the same request will fail again
  kCancelled,       // we stopped it ourselves
};

const char* to_string(ErrorKind kind);

struct Error {
  ErrorKind kind = ErrorKind::kTransient;
  std::string detail; // For people; never branch on it.
  // True when the request surely never reached the other side, so nothing can have changed there.
  // False means it may have happened.
  bool unsent = false;
  // How to find the call in the other side's logs, as pairs of a log line ("opId=a1 task=task-7");
  // empty if it left none. Differs from try to try, so that it is no part of `detail`.
  std::string trace = {};
};

// The trace with a blank before it, or nothing: for a log line, behind its other pairs.
std::string trace_of(const Error& error);

// The same error seen from one level up: "update vol-1: login: connection refused".
Error in_context(std::string_view what, Error error);

struct Done {};

// A value or an Error. Test it before use: reading the missing side is a bug and aborts.
template <class T = Done>
class [[nodiscard]] Outcome {
 public:
  Outcome() : state_(T{}) {}
  Outcome(T value) : state_(std::move(value)) {}
  Outcome(Error error) : state_(std::move(error)) {}

  explicit operator bool() const { return state_.index() == 0; }
  const T& value() const& { return checked<T>(); }
  T& value() & { return const_cast<T&>(checked<T>()); }
  T&& value() && { return std::move(const_cast<T&>(checked<T>())); }
  const T& operator*() const& { return value(); }
  T& operator*() & { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  const T* operator->() const { return &value(); }
  T* operator->() { return &value(); }
  const Error& error() const& { return checked<Error>(); }
  Error&& error() && { return std::move(const_cast<Error&>(checked<Error>())); }

 private:
  template <class U>
  const U& checked() const {
    if (!std::holds_alternative<U>(state_)) std::abort();
    return *std::get_if<U>(&state_);
  }
  std::variant<T, Error> state_;
};

} // namespace syncer

#include "core/outcome.h"

namespace syncer {

const char* to_string(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kTransient:
      return "transient";
    case ErrorKind::kUnauthenticated:
      return "unauthenticated";
    case ErrorKind::kStale:
      return "stale";
    case ErrorKind::kNotFound:
      return "not_found";
    case ErrorKind::kRejected:
      return "rejected";
    case ErrorKind::kCancelled:
      return "cancelled";
  }
  return "unknown";
}

Error in_context(std::string_view what, Error error) {
  error.detail.insert(0, ": ").insert(0, what);
  return error;
}

std::string trace_of(const Error& error) {
  return error.trace.empty() ? std::string() : " " + error.trace;
}

} // namespace syncer

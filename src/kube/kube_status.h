// What the API server says when it says no: metav1.Status in any of its encodings, or plain text.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/clock.h"
#include "core/outcome.h"
#include "net/http.h"

namespace syncer {

struct KubeStatus {
  int code = 0;
  std::string reason; // Expired, NotFound, ...
  std::string message;
  std::optional<std::chrono::seconds> retry_after;
  bool version_too_large = false; // cause ResourceVersionTooLarge: the server is behind us
};

// The bare message, as it stands in runtime.Unknown.raw. Nothing when it is malformed.
std::optional<KubeStatus> decode_protobuf_status(std::string_view message);
std::optional<KubeStatus> decode_json_status(std::string_view text);

// A failed request as the caller needs it. `error.kind` says what to do in general; the rest is for
// those who follow the list and watch protocol.
struct KubeFailure {
  Error error;
  int http_status = 0; // 0: there was no answer
  std::string reason;
  std::optional<std::chrono::seconds> retry_after;
  bool version_too_large = false;
};

// The one place that maps the server's answers to error kinds.
KubeFailure failure_of(const KubeStatus& status);
KubeFailure failure_of(const HttpResponse& answer);
KubeFailure failure_of(Error error); // no answer at all

// A value, or why there is none.
template <class T>
struct [[nodiscard]] KubeResult {
  std::optional<T> value;
  KubeFailure failure; // meaningful only without a value
  explicit operator bool() const { return value.has_value(); }
};

// True when the Content-Type names Kubernetes protobuf.
bool is_protobuf(const Headers& headers);

// The raw field of `k8s\0` + runtime.Unknown; nothing when the envelope is malformed.
std::optional<std::string_view> unwrap_protobuf(std::string_view bytes);
// Kind named by the envelope's typeMeta; empty when there is none.
std::string_view protobuf_kind(std::string_view bytes);

} // namespace syncer

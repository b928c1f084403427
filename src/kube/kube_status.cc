#include "kube/kube_status.h"

#include <charconv>
#include <nlohmann/json.hpp>

#include "kube/protobuf_reader.h"

namespace syncer {

namespace {

using nlohmann::json;
using protozero::pbf_reader;

constexpr std::string_view kMagic("k8s\0", 4);
constexpr std::size_t kMaxText = 2048;
constexpr std::string_view kTooLargeCause = "ResourceVersionTooLarge";
// Servers that do not name the cause put this into the message.
constexpr std::string_view kTooLargeText = "Too large resource version";

std::string_view view_of(protozero::data_view data) { return {data.data(), data.size()}; }
std::string text_of(protozero::data_view data) { return {data.data(), data.size()}; }

void read_details(pbf_reader details, KubeStatus& status) {
  while (details.next()) {
    if (details.tag() == 4) {
      pbf_reader cause = details.get_message();
      while (cause.next()) {
        if (cause.tag() == 1 && view_of(cause.get_view()) == kTooLargeCause) {
          status.version_too_large = true;
        } else if (cause.tag() != 1) {
          cause.skip();
        }
      }
    } else if (details.tag() == 5) {
      const int seconds = details.get_int32();
      if (seconds > 0) status.retry_after = std::chrono::seconds(seconds);
    } else {
      details.skip();
    }
  }
}

template <class T>
T member(const json& object, const char* key, T fallback) {
  const auto found = object.find(key);
  if (found == object.end()) return fallback;
  if constexpr (std::is_same_v<T, int>) {
    return found->is_number_integer() ? found->get<int>() : fallback;
  } else {
    return found->is_string() ? found->get<T>() : fallback;
  }
}

void finish(KubeStatus& status) {
  if (status.message.find(kTooLargeText) != std::string::npos) status.version_too_large = true;
  if (status.message.size() > kMaxText) status.message.resize(kMaxText);
}

ErrorKind kind_of(int code, const std::string& reason, bool too_large) {
  if (too_large || code == 410 || reason == "Expired" || reason == "Gone") return ErrorKind::kStale;
  if (code == 401) return ErrorKind::kUnauthenticated;
  if (code == 404) return ErrorKind::kNotFound;
  if (code == 408 || code == 429 || code >= 500) return ErrorKind::kTransient;
  // Someone else wrote first: what we read is old.
  if (code == 409 && reason != "AlreadyExists") return ErrorKind::kStale;
  return ErrorKind::kRejected;
}

std::optional<std::chrono::seconds> retry_after_header(const Headers& headers) {
  const std::string_view text = header(headers, "Retry-After");
  int seconds = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (ec != std::errc() || end != text.data() + text.size() || seconds < 0) return std::nullopt;
  return std::chrono::seconds(seconds);
}

} // namespace

std::optional<std::string_view> unwrap_protobuf(std::string_view bytes) {
  if (bytes.substr(0, kMagic.size()) != kMagic) return std::nullopt;
  try {
    pbf_reader unknown(bytes.data() + kMagic.size(), bytes.size() - kMagic.size());
    std::optional<std::string_view> raw;
    while (unknown.next()) {
      if (unknown.tag() == 2) {
        raw = view_of(unknown.get_view());
      } else {
        unknown.skip();
      }
    }
    return raw ? raw : std::string_view();
  } catch (const protozero::exception&) {
    return std::nullopt;
  }
}

std::string_view protobuf_kind(std::string_view bytes) {
  if (bytes.substr(0, kMagic.size()) != kMagic) return {};
  try {
    pbf_reader unknown(bytes.data() + kMagic.size(), bytes.size() - kMagic.size());
    while (unknown.next()) {
      if (unknown.tag() != 1) {
        unknown.skip();
        continue;
      }
      pbf_reader type = unknown.get_message();
      while (type.next()) {
        if (type.tag() == 2) return view_of(type.get_view());
        type.skip();
      }
    }
  } catch (const protozero::exception&) {
    return {};
  }
  return {};
}

std::optional<KubeStatus> decode_protobuf_status(std::string_view message) {
  try {
    KubeStatus status;
    pbf_reader reader(message.data(), message.size());
    while (reader.next()) {
      switch (reader.tag()) {
        case 3:
          status.message = text_of(reader.get_view());
          break;
        case 4:
          status.reason = text_of(reader.get_view());
          break;
        case 5:
          read_details(reader.get_message(), status);
          break;
        case 6:
          status.code = reader.get_int32();
          break;
        default:
          reader.skip();
      }
    }
    finish(status);
    return status;
  } catch (const protozero::exception&) {
    return std::nullopt;
  }
}

std::optional<KubeStatus> decode_json_status(std::string_view text) {
  const json document = json::parse(text, nullptr, false);
  if (!document.is_object() || member<std::string>(document, "kind", "") != "Status") {
    return std::nullopt;
  }
  KubeStatus status;
  status.code = member(document, "code", 0);
  status.reason = member<std::string>(document, "reason", "");
  status.message = member<std::string>(document, "message", "");
  if (const auto details = document.find("details");
      details != document.end() && details->is_object()) {
    const int seconds = member(*details, "retryAfterSeconds", 0);
    if (seconds > 0) status.retry_after = std::chrono::seconds(seconds);
    if (const auto causes = details->find("causes");
        causes != details->end() && causes->is_array()) {
      for (const json& cause : *causes) {
        if (cause.is_object() && member<std::string>(cause, "reason", "") == kTooLargeCause) {
          status.version_too_large = true;
        }
      }
    }
  }
  finish(status);
  return status;
}

KubeFailure failure_of(const KubeStatus& status) {
  KubeFailure failure;
  failure.http_status = status.code;
  failure.reason = status.reason;
  failure.retry_after = status.retry_after;
  failure.version_too_large = status.version_too_large;
  failure.error.kind = kind_of(status.code, status.reason, status.version_too_large);
  failure.error.detail = "the API server answered " + std::to_string(status.code);
  if (!status.reason.empty()) failure.error.detail += " " + status.reason;
  if (!status.message.empty()) failure.error.detail += ": " + status.message;
  return failure;
}

KubeFailure failure_of(const HttpResponse& answer) {
  std::optional<KubeStatus> status;
  if (is_protobuf(answer.headers)) {
    if (const auto raw = unwrap_protobuf(answer.body)) status = decode_protobuf_status(*raw);
  } else {
    status = decode_json_status(answer.body);
  }
  // Overload and shutdown answers are plain text, written before any encoding was negotiated.
  if (!status) {
    status.emplace();
    if (!is_protobuf(answer.headers)) status->message = answer.body.substr(0, kMaxText);
    finish(*status);
  }
  // What HTTP says wins: proxies answer for the server, and a Status without a code exists.
  status->code = answer.status;
  if (const auto asked = retry_after_header(answer.headers)) status->retry_after = asked;
  return failure_of(*status);
}

KubeFailure failure_of(Error error) {
  KubeFailure failure;
  failure.error = std::move(error);
  return failure;
}

bool is_protobuf(const Headers& headers) {
  return header(headers, "Content-Type").find("kubernetes.protobuf") != std::string_view::npos;
}

} // namespace syncer

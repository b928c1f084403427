#include "sim/kube_status.h"

namespace syncer::sim {

namespace {

json details_of(const std::string& group, const std::string& plural, const std::string& name) {
  json details = {{"name", name}, {"kind", plural}};
  if (!group.empty()) details["group"] = group;
  return details;
}

std::string qualified(const std::string& group, const std::string& plural) {
  return group.empty() ? plural : plural + "." + group;
}

} // namespace

json KubeStatus::to_json() const {
  json status = {{"kind", "Status"},    {"apiVersion", "v1"}, {"metadata", json::object()},
                 {"status", "Failure"}, {"message", message}, {"reason", reason},
                 {"code", code}};
  if (details.is_object()) status["details"] = details;
  if (!next.empty()) status["metadata"]["continue"] = next;
  return status;
}

KubeStatus unauthorized() { return {401, "Unauthorized", "Unauthorized", nullptr}; }

KubeStatus bad_request(std::string message) {
  return {400, "BadRequest", std::move(message), nullptr};
}

KubeStatus not_found(const std::string& group, const std::string& plural, const std::string& name) {
  return {404, "NotFound", qualified(group, plural) + " \"" + name + "\" not found",
          details_of(group, plural, name)};
}

KubeStatus unknown_path() {
  return {404, "NotFound", "the server could not find the requested resource", json::object()};
}

KubeStatus already_exists(const std::string& group, const std::string& plural,
                          const std::string& name) {
  return {409, "AlreadyExists", qualified(group, plural) + " \"" + name + "\" already exists",
          details_of(group, plural, name)};
}

KubeStatus conflict(const std::string& group, const std::string& plural, const std::string& name,
                    const std::string& why) {
  return {
      409, "Conflict",
      "Operation cannot be fulfilled on " + qualified(group, plural) + " \"" + name + "\": " + why,
      details_of(group, plural, name)};
}

KubeStatus expired(std::string message) { return {410, "Expired", std::move(message), nullptr}; }

KubeStatus too_large_version(std::uint64_t asked, std::uint64_t current) {
  const json cause = {{"reason", "ResourceVersionTooLarge"},
                      {"message", "Too large resource version"}};
  return {504, "Timeout",
          "Timeout: Too large resource version: " + std::to_string(asked) +
              ", current: " + std::to_string(current),
          json{{"causes", json::array({cause})}, {"retryAfterSeconds", 1}}};
}

KubeStatus unsupported_media_type() {
  return {415, "UnsupportedMediaType",
          "the body of the request was in an unknown format - accepted media types include: "
          "application/json",
          nullptr};
}

KubeStatus not_acceptable() {
  return {406, "NotAcceptable",
          "only the following media types are accepted: application/json, "
          "application/vnd.kubernetes.protobuf",
          nullptr};
}

KubeStatus method_not_allowed() {
  return {405, "MethodNotAllowed",
          "the server does not allow this method on the requested resource", json::object()};
}

KubeStatus invalid(const std::string& kind, const std::string& name, const std::string& field,
                   const std::string& reason, const std::string& message) {
  const json cause = {{"reason", reason}, {"message", message}, {"field", field}};
  return {422, "Invalid", kind + " \"" + name + "\" is invalid: " + field + ": " + message,
          json{{"name", name}, {"kind", kind}, {"causes", json::array({cause})}}};
}

} // namespace syncer::sim

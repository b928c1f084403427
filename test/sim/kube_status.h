#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace syncer::sim {

using json = nlohmann::json;

// A refusal as the API server words it: the meta.v1 Status object.
struct KubeStatus {
  int code = 500;
  std::string reason;
  std::string message;
  json details = nullptr; // object or null
  std::string next = {};  // a continue token that still works, in a 410 to a page

  json to_json() const;
};

KubeStatus unauthorized();
KubeStatus bad_request(std::string message);
KubeStatus not_found(const std::string& group, const std::string& plural, const std::string& name);
KubeStatus unknown_path();
KubeStatus already_exists(const std::string& group, const std::string& plural,
                          const std::string& name);
KubeStatus conflict(const std::string& group, const std::string& plural, const std::string& name,
                    const std::string& why);
KubeStatus expired(std::string message);
KubeStatus too_large_version(std::uint64_t asked, std::uint64_t current);
KubeStatus unsupported_media_type();
KubeStatus not_acceptable();
KubeStatus method_not_allowed();
// 422; `kind` is the object or "ListOptions.meta.k8s.io".
KubeStatus invalid(const std::string& kind, const std::string& name, const std::string& field,
                   const std::string& reason, const std::string& message);

} // namespace syncer::sim

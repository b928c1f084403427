#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "net/http.h"
#include "sim/kube_object.h"
#include "sim/kube_status.h"

namespace syncer::sim {

enum class KubeEncoding { kJson, kProtobuf };

// "a=b,c!=d" over fields or labels.
class KubeSelector {
 public:
  struct Term {
    std::string key;
    std::string value;
    bool equal = true;
  };
  std::vector<Term> fields;
  std::vector<Term> labels;

  bool empty() const { return fields.empty() && labels.empty(); }
  bool matches(const KubeObject& object) const;
};

// A request to the API, taken apart but not yet answered.
struct KubeRequest {
  std::string method;
  std::string path;
  std::map<std::string, std::string> query;
  const KubeResource* resource = nullptr; // null: not a resource path
  std::string ns;                         // empty: all namespaces, or cluster scope
  std::string name;                       // empty: the collection
  std::string subresource;                // "" or "status"
  KubeEncoding encoding = KubeEncoding::kJson;
  bool acceptable = true;
  std::string content_type; // without parameters
  std::string body;
  KubeSelector selector;
  std::optional<KubeStatus> refused; // a parameter that cannot be understood

  std::string param(const std::string& name) const;
  bool flag(const std::string& name) const; // 1, t, true
  bool is_watch() const;
  // get, list, watch, create, update, patch or delete
  std::string verb() const;
};

KubeRequest parse_request(const HttpRequest& request);

// True if `text` is a resourceVersion: digits without a leading zero, or "0".
std::optional<std::uint64_t> parse_version(std::string_view text);

std::string percent_decode(std::string_view text, bool plus_is_space);

} // namespace syncer::sim

#include "sim/kube_request.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <nlohmann/json.hpp>

namespace syncer::sim {

namespace {

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const std::size_t end = text.find(separator);
    if (end != 0) parts.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return parts;
}

std::string trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return std::string(text);
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// The first acceptable media type wins; ";as=Table" and the like are not ours to give.
std::optional<KubeEncoding> negotiate(std::string_view accept, bool has_protobuf) {
  if (accept.empty()) return KubeEncoding::kJson;
  for (const std::string& part : split(accept, ',')) {
    const std::vector<std::string> words = split(part, ';');
    if (words.empty()) continue;
    const bool projected = std::any_of(words.begin() + 1, words.end(), [](const std::string& word) {
      return trimmed(word).rfind("as=", 0) == 0;
    });
    if (projected) continue;
    const std::string type = trimmed(words.front());
    if (type == "application/vnd.kubernetes.protobuf" && has_protobuf) {
      return KubeEncoding::kProtobuf;
    }
    if (type == "application/json" || type == "*/*" || type == "application/*") {
      return KubeEncoding::kJson;
    }
  }
  return std::nullopt;
}

std::vector<KubeSelector::Term> parse_terms(std::string_view text) {
  std::vector<KubeSelector::Term> terms;
  for (const std::string& part : split(text, ',')) {
    KubeSelector::Term term;
    const std::size_t sign = part.find('=');
    if (sign == std::string::npos) {
      term.key = trimmed(part);
      term.value.clear();
      terms.push_back(term);
      continue;
    }
    term.equal = sign == 0 || part[sign - 1] != '!';
    term.key = trimmed(std::string_view(part).substr(0, term.equal ? sign : sign - 1));
    const bool doubled = sign + 1 < part.size() && part[sign + 1] == '=';
    term.value = trimmed(std::string_view(part).substr(sign + (doubled ? 2 : 1)));
    terms.push_back(term);
  }
  return terms;
}

bool known_field(const KubeResource& resource, const std::string& field) {
  if (field == "metadata.name") return true;
  if (field == "metadata.namespace") return resource.namespaced;
  return resource.plural == "pods" && (field == "spec.nodeName" || field == "status.phase");
}

const std::string& field_of(const KubeObject& object, const std::string& field) {
  if (field == "metadata.namespace") return object.ns;
  if (field == "spec.nodeName") return object.node;
  if (field == "status.phase") return object.phase;
  return object.name;
}

void route(KubeRequest& request) {
  const std::vector<std::string> parts = split(request.path, '/');
  std::size_t at = 0;
  std::string group;
  std::string version;
  if (parts.size() >= 3 && parts[0] == "api") {
    version = parts[1];
    at = 2;
  } else if (parts.size() >= 4 && parts[0] == "apis") {
    group = parts[1];
    version = parts[2];
    at = 3;
  } else {
    return;
  }
  // /namespaces/NS/pods is a path through a namespace, /namespaces/NS[/status] the namespace.
  if (parts[at] == "namespaces" && parts.size() > at + 2 &&
      find_resource(group, version, parts[at + 2]) != nullptr) {
    request.ns = parts[at + 1];
    at += 2;
  }
  const KubeResource* resource = find_resource(group, version, parts[at]);
  if (resource == nullptr || (!request.ns.empty() && !resource->namespaced)) return;
  if (parts.size() > at + 3) return;
  request.resource = resource;
  if (parts.size() > at + 1) request.name = parts[at + 1];
  if (parts.size() > at + 2) request.subresource = parts[at + 2];
}

void parse_query(KubeRequest& request, std::string_view query) {
  for (const std::string& pair : split(query, '&')) {
    const std::size_t sign = pair.find('=');
    const std::string key = percent_decode(std::string_view(pair).substr(0, sign), true);
    request.query[key] = sign == std::string::npos
                             ? std::string()
                             : percent_decode(std::string_view(pair).substr(sign + 1), true);
  }
}

} // namespace

std::string percent_decode(std::string_view text, bool plus_is_space) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && hex_digit(text[i + 1]) >= 0 &&
        hex_digit(text[i + 2]) >= 0) {
      out.push_back(static_cast<char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2])));
      i += 2;
    } else {
      out.push_back(plus_is_space && text[i] == '+' ? ' ' : text[i]);
    }
  }
  return out;
}

std::optional<std::uint64_t> parse_version(std::string_view text) {
  std::uint64_t version = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, version);
  if (text.empty() || error != std::errc{} || stop != end) return std::nullopt;
  return version;
}

bool KubeSelector::matches(const KubeObject& object) const {
  for (const Term& term : fields) {
    if ((field_of(object, term.key) == term.value) != term.equal) return false;
  }
  if (labels.empty()) return true;
  const json value = json::parse(object.text, nullptr, false);
  const json none = json::object();
  const auto& metadata = value.contains("metadata") ? value["metadata"] : none;
  const auto& found = metadata.contains("labels") ? metadata["labels"] : none;
  for (const Term& term : labels) {
    if ((found.value(term.key, std::string()) == term.value) != term.equal) return false;
  }
  return true;
}

std::string KubeRequest::param(const std::string& name) const {
  const auto found = query.find(name);
  return found == query.end() ? std::string() : found->second;
}

bool KubeRequest::flag(const std::string& name) const {
  const std::string value = param(name);
  return value == "1" || value == "true" || value == "t" || value == "True";
}

bool KubeRequest::is_watch() const { return method == "GET" && flag("watch"); }

std::string KubeRequest::verb() const {
  if (resource == nullptr) return "other";
  if (method == "GET") return is_watch() ? "watch" : name.empty() ? "list" : "get";
  if (method == "POST") return "create";
  if (method == "PUT") return "update";
  if (method == "PATCH") return "patch";
  if (method == "DELETE") return "delete";
  return "other";
}

KubeRequest parse_request(const HttpRequest& http) {
  KubeRequest request;
  request.method = http.method;
  request.body = http.body;
  const std::size_t mark = http.target.find('?');
  request.path = percent_decode(std::string_view(http.target).substr(0, mark), false);
  if (mark != std::string::npos) {
    parse_query(request, std::string_view(http.target).substr(mark + 1));
  }
  route(request);

  const bool has_protobuf = request.resource != nullptr && request.resource->protobuf != nullptr;
  const auto encoding = negotiate(header(http.headers, "Accept"), has_protobuf);
  request.acceptable = encoding.has_value();
  request.encoding = encoding.value_or(KubeEncoding::kJson);
  const std::vector<std::string> type = split(header(http.headers, "Content-Type"), ';');
  if (!type.empty()) request.content_type = trimmed(type.front());

  request.selector.fields = parse_terms(request.param("fieldSelector"));
  request.selector.labels = parse_terms(request.param("labelSelector"));
  for (const KubeSelector::Term& term : request.selector.fields) {
    if (request.resource != nullptr && !known_field(*request.resource, term.key)) {
      request.refused =
          bad_request("Unable to find \"" + request.resource->plural +
                      "\" that match field selector: field label not supported: " + term.key);
    }
  }
  return request;
}

} // namespace syncer::sim

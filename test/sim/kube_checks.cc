#include "sim/kube_checks.h"

#include <nlohmann/json.hpp>

#include "sim/kube_custom.h"

namespace syncer::sim {

namespace {

using Refusal = std::optional<KubeStatus>;

constexpr std::size_t kLongestName = 253;

std::string text(const json& object, const char* part, const char* name) {
  const auto found = object.find(part);
  if (found == object.end() || !found->is_object()) return {};
  const auto value = found->find(name);
  return value != found->end() && value->is_string() ? value->get<std::string>() : std::string();
}

bool letter_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

// RFC 1123: labels of lower case letters, digits and inner hyphens, joined by dots.
bool is_subdomain(const std::string& name) {
  if (name.empty() || name.size() > kLongestName) return false;
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (letter_or_digit(name[i])) continue;
    if (name[i] != '-' && name[i] != '.') return false;
    const bool inside = i > 0 && i + 1 < name.size();
    if (!inside || (name[i] == '.' && !letter_or_digit(name[i - 1])) ||
        (name[i] == '-' && (name[i - 1] == '.' || name[i + 1] == '.'))) {
      return false;
    }
  }
  return true;
}

Refusal check_name(const KubeRequest& request, const json& object) {
  const std::string name = text(object, "metadata", "name");
  const KubeResource& resource = *request.resource;
  if (!is_subdomain(name)) {
    return invalid(resource.kind, name, "metadata.name", "FieldValueInvalid",
                   "Invalid value: \"" + name + "\": a lowercase RFC 1123 subdomain must consist " +
                       "of lower case alphanumeric characters, '-' or '.'");
  }
  if (!resource.namespaced && !text(object, "metadata", "namespace").empty()) {
    return invalid(resource.kind, name, "metadata.namespace", "FieldValueForbidden",
                   "Forbidden: not allowed on this type");
  }
  return std::nullopt;
}

// What the syncer itself writes must find its namespace. Scripts may put claims and pods anywhere.
Refusal check_namespace(const KubeStore& store, const KubeRequest& request) {
  const KubeResource& resource = *request.resource;
  const bool by_syncer = is_custom(resource) || resource.kind == "Event";
  if (!resource.namespaced || !by_syncer) return std::nullopt;
  const KubeObjectPtr found = store.find(*find_resource("namespaces"), "", request.ns);
  if (found) return std::nullopt;
  return not_found("", "namespaces", request.ns);
}

Refusal check_definition(const KubeRequest& request, const json& object) {
  if (request.resource->plural != "customresourcedefinitions") return std::nullopt;
  const std::string name = text(object, "metadata", "name");
  const json spec = object.value("spec", json::object());
  const std::string wanted = text(spec, "names", "plural") + "." + text(object, "spec", "group");
  if (name == wanted) return std::nullopt;
  return invalid("CustomResourceDefinition", name, "metadata.name", "FieldValueInvalid",
                 "Invalid value: \"" + name + "\": must be spec.names.plural+\".\"+spec.group");
}

// The event of a cluster-scoped object belongs into "default".
Refusal check_event(const KubeRequest& request, const json& object) {
  if (request.resource->kind != "Event") return std::nullopt;
  const char* member = request.resource->group.empty() ? "involvedObject" : "regarding";
  if (!object.contains(member)) return std::nullopt;
  const std::string ns = text(object, member, "namespace");
  if (ns == request.ns || (ns.empty() && request.ns == "default")) return std::nullopt;
  return invalid("Event", text(object, "metadata", "name"), std::string(member) + ".namespace",
                 "FieldValueInvalid",
                 "Invalid value: \"" + ns + "\": does not match event.namespace");
}

bool wants_version(const KubeResource& resource) {
  return is_custom(resource) || resource.group == "apiextensions.k8s.io";
}

} // namespace

Refusal check_created(const KubeStore& store, const KubeRequest& request, json& object) {
  if (Refusal refused = check_name(request, object)) return refused;
  if (Refusal refused = check_namespace(store, request)) return refused;
  if (Refusal refused = check_definition(request, object)) return refused;
  if (Refusal refused = check_event(request, object)) return refused;
  return check_custom(request, object);
}

Refusal check_changed(const KubeRequest& request, json& object, bool patch) {
  if (!patch && wants_version(*request.resource) &&
      text(object, "metadata", "resourceVersion").empty()) {
    return invalid(request.resource->kind, request.name, "metadata.resourceVersion",
                   "FieldValueInvalid", "Invalid value: 0x0: must be specified for an update");
  }
  return check_custom(request, object);
}

} // namespace syncer::sim

#include <nlohmann/json.hpp>
#include <variant>

#include "sim/kube_checks.h"
#include "sim/kube_core.h"
#include "sim/kube_custom.h"
#include "sim/kube_encode.h"
#include "sim/kube_filler.h"
#include "sim/kube_time.h"

namespace syncer::sim {

namespace {

using Refusal = std::optional<KubeStatus>;

constexpr const char* kModified =
    "the object has been modified; please apply your changes to the latest version and try again";

KubeStatus absent(const KubeRequest& request) {
  return not_found(request.resource->group, request.resource->plural, request.name);
}

KubeStatus collision(const KubeRequest& request, const std::string& why) {
  return conflict(request.resource->group, request.resource->plural, request.name, why);
}

// A member that is an object, empty if it is not there.
json part(const json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_object() ? *found : json::object();
}

std::string text(const json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

bool has_finalizers(const json& object) {
  const json metadata = part(object, "metadata");
  return metadata.contains("finalizers") && !metadata["finalizers"].empty();
}

Refusal refuse_body(const KubeRequest& request, const json& body) {
  if (!body.is_object()) return bad_request("the body is not a JSON object");
  const KubeResource& resource = *request.resource;
  if (body.contains("kind") && text(body, "kind") != resource.kind) {
    return bad_request("the kind of the object does not fit the path: " + text(body, "kind"));
  }
  if (body.contains("apiVersion") && text(body, "apiVersion") != resource.api_version()) {
    return bad_request("the API version of the object does not fit the path");
  }
  const std::string ns = text(part(body, "metadata"), "namespace");
  if (resource.namespaced && !ns.empty() && ns != request.ns) {
    return bad_request("the namespace of the object does not match the namespace of the request");
  }
  return std::nullopt;
}

std::string generated_name(const std::string& prefix, std::uint64_t number) {
  static constexpr const char* kLetters = "bcdfghjklmnpqrstvwxz2456789";
  std::string name = prefix;
  for (int i = 0; i < 5; ++i) {
    name.push_back(kLetters[number % 27]);
    number /= 27;
  }
  return name;
}

// At once, where a server takes a moment.
json established() {
  return {{"conditions", json::array({{{"type", "Established"}, {"status", "True"}}})}};
}

HttpResponse create(KubeStore& store, const KubeRequest& request) {
  if (!request.name.empty() || (request.resource->namespaced && request.ns.empty())) {
    return status_response(method_not_allowed(), request.encoding);
  }
  if (request.content_type != "application/json") {
    return status_response(unsupported_media_type(), request.encoding);
  }
  json body = json::parse(request.body, nullptr, false);
  if (const Refusal refused = refuse_body(request, body)) {
    return status_response(*refused, request.encoding);
  }
  const KubeResource& resource = *request.resource;
  json metadata = part(body, "metadata");
  if (text(metadata, "name").empty() && !text(metadata, "generateName").empty()) {
    metadata["name"] = generated_name(text(metadata, "generateName"), store.version() + 1);
  }
  const std::string name = text(metadata, "name");
  if (name.empty()) {
    return status_response(invalid(resource.kind, "", "metadata.name", "FieldValueRequired",
                                   "Required value: name or generateName is required"),
                           request.encoding);
  }
  if (store.find(resource, request.ns, name)) {
    return status_response(already_exists(resource.group, resource.plural, name), request.encoding);
  }
  for (const char* ours : {"uid", "creationTimestamp", "deletionTimestamp", "resourceVersion"}) {
    metadata.erase(ours);
  }
  if (resource.namespaced) metadata["namespace"] = request.ns;
  body["metadata"] = metadata;
  if (const Refusal refused = check_created(store, request, body)) {
    return status_response(*refused, request.encoding);
  }
  prune_custom(store, resource, body);
  // The status of a new object is the server's: volumes, claims and pods begin as Pending.
  if (resource.has_status) body.erase("status");
  if (resource.plural == "customresourcedefinitions") body["status"] = established();
  if (resource.has_status && resource.group.empty()) body["status"] = {{"phase", "Pending"}};
  const KubeObjectPtr made = store.put(resource, std::move(body));
  return object_response(201, resource, *made, request.encoding);
}

// What a write to the main resource or to /status may not touch comes from the old object.
void keep_protected(const KubeRequest& request, const json& old, json& object) {
  const bool status_only = request.subresource == "status";
  if (status_only) {
    json merged = old;
    merged["status"] = object.contains("status") ? object["status"] : json::object();
    merged["metadata"]["resourceVersion"] = object["metadata"]["resourceVersion"];
    object = std::move(merged);
  } else if (request.resource->has_status) {
    object.erase("status");
    if (old.contains("status")) object["status"] = old["status"];
  }
  for (const char* fixed :
       {"uid", "creationTimestamp", "deletionTimestamp", "generation", "namespace", "name"}) {
    object["metadata"].erase(fixed);
    if (old["metadata"].contains(fixed)) object["metadata"][fixed] = old["metadata"][fixed];
  }
  object["apiVersion"] = old["apiVersion"];
  object["kind"] = old["kind"];
}

// Stores the new state, unless nothing changed or the last finalizer went.
HttpResponse commit(KubeStore& store, const KubeRequest& request, const KubeObjectPtr& before,
                    json object) {
  const KubeResource& resource = *request.resource;
  const json old = to_json(resource, *before);
  const std::string version = text(part(object, "metadata"), "resourceVersion");
  if (!version.empty() && version != std::to_string(before->version)) {
    return status_response(collision(request, kModified), request.encoding);
  }
  const std::string uid = text(part(object, "metadata"), "uid");
  if (!uid.empty() && uid != text(old["metadata"], "uid")) {
    return status_response(collision(request, "the UID in the precondition does not match"),
                           request.encoding);
  }
  object["metadata"]["resourceVersion"] = old["metadata"]["resourceVersion"];
  keep_protected(request, old, object);
  if (object == old || object == with_filler(old))
    return object_response(200, resource, *before, request.encoding);
  if (object["metadata"].contains("deletionTimestamp") && !has_finalizers(object)) {
    const KubeObjectPtr last = store.remove(resource, request.ns, request.name);
    return object_response(200, resource, *last, request.encoding);
  }
  const KubeObjectPtr made = store.put(resource, std::move(object));
  return object_response(200, resource, *made, request.encoding);
}

HttpResponse update(KubeStore& store, const KubeRequest& request, const KubeObjectPtr& before) {
  if (request.content_type != "application/json") {
    return status_response(unsupported_media_type(), request.encoding);
  }
  json body = json::parse(request.body, nullptr, false);
  Refusal refused = refuse_body(request, body);
  if (!refused && text(part(body, "metadata"), "name") != request.name) {
    refused = bad_request("the name of the object does not match the name on the URL");
  }
  if (!refused) refused = check_changed(request, body, false);
  if (refused) return status_response(*refused, request.encoding);
  prune_custom(store, *request.resource, body);
  return commit(store, request, before, std::move(body));
}

HttpResponse patch(KubeStore& store, const KubeRequest& request, const KubeObjectPtr& before) {
  if (request.content_type != "application/merge-patch+json" &&
      request.content_type != "application/strategic-merge-patch+json") {
    return status_response(unsupported_media_type(), request.encoding);
  }
  const json change = json::parse(request.body, nullptr, false);
  if (!change.is_object()) {
    return status_response(bad_request("the body is not a JSON object"), request.encoding);
  }
  json object = to_json(*request.resource, *before);
  object.merge_patch(change);
  if (const Refusal refused = check_changed(request, object, true)) {
    return status_response(*refused, request.encoding);
  }
  prune_custom(store, *request.resource, object);
  return commit(store, request, before, std::move(object));
}

HttpResponse erase(KubeStore& store, const KubeRequest& request, const KubeObjectPtr& before) {
  const KubeResource& resource = *request.resource;
  json old = to_json(resource, *before);
  const json options = json::parse(request.body, nullptr, false);
  if (options.is_object()) {
    const json wanted = part(options, "preconditions");
    const std::string uid = text(wanted, "uid");
    const std::string version = text(wanted, "resourceVersion");
    if ((!uid.empty() && uid != text(old["metadata"], "uid")) ||
        (!version.empty() && version != std::to_string(before->version))) {
      return status_response(collision(request, "the precondition does not match"),
                             request.encoding);
    }
  }
  if (has_finalizers(old)) {
    if (!old["metadata"].contains("deletionTimestamp")) {
      old["metadata"]["deletionTimestamp"] = now_rfc3339();
      old["metadata"]["deletionGracePeriodSeconds"] = 0;
      const KubeObjectPtr marked = store.put(resource, std::move(old));
      return object_response(200, resource, *marked, request.encoding);
    }
    return object_response(200, resource, *before, request.encoding);
  }
  const std::string uid = text(old["metadata"], "uid");
  const KubeObjectPtr last = store.remove(resource, request.ns, request.name);
  if (resource.plural == "pods") return object_response(200, resource, *last, request.encoding);
  return json_response(
      200, {{"kind", "Status"},
            {"apiVersion", "v1"},
            {"metadata", json::object()},
            {"status", "Success"},
            {"details", {{"name", request.name}, {"kind", resource.plural}, {"uid", uid}}}});
}

} // namespace

HttpResponse answer_write(KubeStore& store, const KubeRequest& request) {
  if (request.method == "POST") return create(store, request);
  if (request.name.empty()) return status_response(method_not_allowed(), request.encoding);
  const KubeObjectPtr before = store.find(*request.resource, request.ns, request.name);
  if (!before) return status_response(absent(request), request.encoding);
  if (request.method == "PUT") return update(store, request, before);
  if (request.method == "PATCH") return patch(store, request, before);
  if (request.method == "DELETE" && request.subresource.empty()) {
    return erase(store, request, before);
  }
  return status_response(method_not_allowed(), request.encoding);
}

} // namespace syncer::sim

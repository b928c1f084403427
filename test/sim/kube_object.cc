#include "sim/kube_object.h"

#include <charconv>
#include <nlohmann/json.hpp>

namespace syncer::sim {

namespace {

constexpr auto kReplace = json::error_handler_t::replace;

std::string text_at(const json& object, const char* part, const char* name) {
  const auto found = object.find(part);
  if (found == object.end() || !found->is_object()) return {};
  const auto value = found->find(name);
  return value != found->end() && value->is_string() ? value->get<std::string>() : std::string();
}

} // namespace

KubeObjectPtr make_object(const KubeResource& resource, json object) {
  auto made = std::make_shared<KubeObject>();
  made->ns = resource.namespaced ? text_at(object, "metadata", "namespace") : std::string();
  made->name = text_at(object, "metadata", "name");
  made->node = text_at(object, "spec", "nodeName");
  made->phase = text_at(object, "status", "phase");
  const std::string version = text_at(object, "metadata", "resourceVersion");
  std::from_chars(version.data(), version.data() + version.size(), made->version);

  object.erase("apiVersion");
  object.erase("kind");
  made->text = object.dump(-1, ' ', false, kReplace);
  made->text.shrink_to_fit();
  if (resource.protobuf != nullptr) {
    made->proto = encode_message(*resource.protobuf, object);
    made->proto.bytes.shrink_to_fit();
    made->proto.cuts.shrink_to_fit();
  }
  return made;
}

json to_json(const KubeResource& resource, const KubeObject& object) {
  json value = json::parse(object.text, nullptr, false);
  value["apiVersion"] = resource.api_version();
  value["kind"] = resource.kind;
  return value;
}

KubeObjectPtr with_version(const KubeResource& resource, const KubeObject& object,
                           std::uint64_t version) {
  json value = to_json(resource, object);
  value["metadata"]["resourceVersion"] = std::to_string(version);
  return make_object(resource, std::move(value));
}

std::string object_key(const std::string& ns, const std::string& name) {
  return ns.empty() ? name : ns + "/" + name;
}

} // namespace syncer::sim

#include "sim/kube_custom.h"

#include <nlohmann/json.hpp>
#include <vector>

namespace syncer::sim {

namespace {

constexpr const char* kGroup = "cns.vmware.com";

enum class Type { kText, kBoolean, kInteger, kQuantity, kTexts, kObject, kObjects };

struct Member {
  const char* name;
  Type type;
  bool required = false;
  bool nullable = false;
  std::vector<Member> members = {};
};

struct Schema {
  const char* plural;
  std::vector<Member> members; // beside apiVersion, kind and metadata
};

const std::vector<Schema>& schemas() {
  static const std::vector<Schema> all = {
      {"cnsvspherevolumemigrations",
       {{"spec",
         Type::kObject,
         false,
         false,
         {{"volumepath", Type::kText, true},
          {"volumeid", Type::kText, true},
          {"protectvolumefromvmdelete", Type::kBoolean}}}}},
      {"cnsvolumeinfoes",
       {{"spec",
         Type::kObject,
         false,
         false,
         {{"volumeID", Type::kText, true},
          {"vCenterServer", Type::kText, true},
          {"namespace", Type::kText},
          {"storagePolicyID", Type::kText},
          {"k8sCompliantName", Type::kText},
          {"storageClassName", Type::kText},
          {"volumeAttributeClassName", Type::kText},
          {"capacity", Type::kQuantity},
          {"validaggregatedsnapshotsize", Type::kBoolean},
          {"aggregatedsnapshotsize", Type::kQuantity},
          {"zones", Type::kTexts, false, true},
          {"isLinkedClone", Type::kBoolean},
          {"snapshotlatestoperationcompletetime", Type::kText, false, true}}},
        {"status", Type::kObject}}},
      {"csinodetopologies",
       {{"spec",
         Type::kObject,
         false,
         false,
         {{"nodeID", Type::kText, true}, {"nodeuuid", Type::kText}}},
        {"status",
         Type::kObject,
         false,
         false,
         {{"status", Type::kText},
          {"errorMessage", Type::kText},
          {"topologyLabels",
           Type::kObjects,
           false,
           false,
           {{"key", Type::kText, true}, {"value", Type::kText, true}}}}}}},
      {"triggercsifullsyncs",
       {{"spec", Type::kObject, false, false, {{"triggerSyncID", Type::kInteger, true}}},
        {"status",
         Type::kObject,
         false,
         false,
         {{"inProgress", Type::kBoolean, true},
          {"lastTriggerSyncID", Type::kInteger, true},
          {"lastSuccessfulStartTimeStamp", Type::kText, false, true},
          {"lastSuccessfulEndTimeStamp", Type::kText, false, true},
          {"lastRunStartTimeStamp", Type::kText, false, true},
          {"lastRunEndTimeStamp", Type::kText, false, true},
          {"error", Type::kText}}}}},
  };
  return all;
}

const char* name_of(Type type) {
  switch (type) {
    case Type::kBoolean:
      return "boolean";
    case Type::kInteger:
      return "integer";
    case Type::kTexts:
    case Type::kObjects:
      return "array";
    case Type::kObject:
      return "object";
    default:
      return "string";
  }
}

bool fits(Type type, const json& value) {
  switch (type) {
    case Type::kText:
      return value.is_string();
    case Type::kBoolean:
      return value.is_boolean();
    case Type::kInteger:
      return value.is_number_integer();
    case Type::kQuantity:
      return value.is_string() || value.is_number_integer();
    case Type::kTexts:
    case Type::kObjects:
      return value.is_array();
    case Type::kObject:
      return value.is_object();
  }
  return false;
}

json schema_of(const std::vector<Member>& members);

json schema_of(const Member& member) {
  json schema = json::object();
  if (member.type == Type::kQuantity) {
    schema = {{"x-kubernetes-int-or-string", true},
              {"anyOf", json::array({{{"type", "integer"}}, {{"type", "string"}}})}};
  } else {
    schema["type"] = name_of(member.type);
  }
  if (member.nullable) schema["nullable"] = true;
  if (member.type == Type::kTexts) schema["items"] = {{"type", "string"}};
  if (member.type == Type::kObjects) schema["items"] = schema_of(member.members);
  if (member.type != Type::kObject) return schema;
  if (!member.members.empty()) return schema_of(member.members);
  schema["x-kubernetes-preserve-unknown-fields"] = true;
  return schema;
}

json schema_of(const std::vector<Member>& members) {
  json schema = {{"type", "object"}};
  for (const Member& member : members) {
    schema["properties"][member.name] = schema_of(member);
    if (member.required) schema["required"].push_back(member.name);
  }
  return schema;
}

json schema_of(const KubeResource& resource) {
  for (const Schema& schema : schemas()) {
    if (resource.plural == schema.plural) return schema_of(schema.members);
  }
  return {{"type", "object"}, {"x-kubernetes-preserve-unknown-fields", true}};
}

class Checker {
 public:
  Checker(const KubeRequest& request, std::string name, bool prune)
      : request_(request), name_(std::move(name)), prune_(prune) {}

  std::optional<KubeStatus> check(const std::vector<Member>& members, json& object,
                                  const std::string& path, bool top = false) {
    if (auto refused = check_names(members, object, path, top)) return refused;
    for (const Member& member : members) {
      if (auto refused = check_member(member, object, path + member.name)) return refused;
    }
    return std::nullopt;
  }

 private:
  std::optional<KubeStatus> check_names(const std::vector<Member>& members, json& object,
                                        const std::string& path, bool top) const {
    for (auto item = object.begin(); item != object.end();) {
      const std::string& name = item.key();
      bool known = top && (name == "apiVersion" || name == "kind" || name == "metadata");
      for (const Member& member : members) known = known || name == member.name;
      if (!known && !prune_) {
        return bad_request("strict decoding error: unknown field \"" + path + name + "\"");
      }
      item = known ? std::next(item) : object.erase(item);
    }
    return std::nullopt;
  }

  std::optional<KubeStatus> check_member(const Member& member, json& object,
                                         const std::string& path) {
    const auto found = object.find(member.name);
    if (found == object.end() || (found->is_null() && !member.nullable)) {
      if (!member.required) return std::nullopt;
      return refuse(path, "FieldValueRequired", "Required value");
    }
    if (found->is_null()) return std::nullopt;
    if (!fits(member.type, *found)) {
      return refuse(path, "FieldValueTypeInvalid",
                    std::string("Invalid value: \"") + found->type_name() + "\": " + path +
                        " in body must be of type " + name_of(member.type) + ": \"" +
                        found->type_name() + "\"");
    }
    if (member.type == Type::kObject && !member.members.empty()) {
      return check(member.members, *found, path + ".");
    }
    if (member.type == Type::kObjects || member.type == Type::kTexts) {
      return check_items(member, *found, path);
    }
    return std::nullopt;
  }

  std::optional<KubeStatus> check_items(const Member& member, json& items,
                                        const std::string& path) {
    const Type wanted = member.type == Type::kTexts ? Type::kText : Type::kObject;
    for (std::size_t i = 0; i < items.size(); ++i) {
      const std::string place = path + "[" + std::to_string(i) + "]";
      if (!fits(wanted, items[i])) {
        return refuse(place, "FieldValueTypeInvalid",
                      place + " in body must be of type " + name_of(wanted));
      }
      if (wanted != Type::kObject) continue;
      if (auto refused = check(member.members, items[i], place + ".")) return refused;
    }
    return std::nullopt;
  }

  KubeStatus refuse(const std::string& path, const std::string& reason,
                    const std::string& message) const {
    return invalid(request_.resource->kind, name_, path, reason, message);
  }

  const KubeRequest& request_;
  std::string name_;
  bool prune_;
};

// Members that the schema does not name are lost, at any depth.
void prune(const json& schema, json& value, bool top = false) {
  if (value.is_array()) {
    for (json& item : value) prune(schema.value("items", json::object()), item);
  }
  if (!value.is_object() || schema.value("x-kubernetes-preserve-unknown-fields", false)) return;
  const json properties = schema.value("properties", json::object());
  for (auto item = value.begin(); item != value.end();) {
    const std::string& name = item.key();
    const bool kept = top && (name == "apiVersion" || name == "kind" || name == "metadata");
    if (!kept && !properties.contains(name)) {
      item = value.erase(item);
      continue;
    }
    if (!kept) prune(properties[name], *item);
    ++item;
  }
}

std::string definition_name(const KubeResource& resource) {
  return resource.plural + "." + resource.group;
}

std::string lower(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

} // namespace

bool is_custom(const KubeResource& resource) { return resource.group == kGroup; }

bool is_served(const KubeStore& store, const KubeResource& resource) {
  if (!is_custom(resource)) return true;
  return store.find(*find_resource("customresourcedefinitions"), "", definition_name(resource)) !=
         nullptr;
}

json definition_of(const KubeResource& resource) {
  const json condition = {{"type", "Established"}, {"status", "True"}};
  json version = {{"name", resource.version},
                  {"served", true},
                  {"storage", true},
                  {"schema", {{"openAPIV3Schema", schema_of(resource)}}}};
  if (resource.has_status) version["subresources"] = {{"status", json::object()}};
  return {{"apiVersion", "apiextensions.k8s.io/v1"},
          {"kind", "CustomResourceDefinition"},
          {"metadata", {{"name", definition_name(resource)}}},
          {"spec",
           {{"group", resource.group},
            {"names",
             {{"kind", resource.kind},
              {"listKind", resource.kind + "List"},
              {"plural", resource.plural},
              {"singular", lower(resource.kind)}}},
            {"scope", resource.namespaced ? "Namespaced" : "Cluster"},
            {"versions", json::array({version})}}},
          {"status", {{"conditions", json::array({condition})}}}};
}

const KubeResource* defined_by(const json& definition) {
  const auto metadata = definition.find("metadata");
  if (metadata == definition.end() || !metadata->is_object()) return nullptr;
  const std::string name = metadata->value("name", std::string());
  for (const KubeResource& resource : kube_resources()) {
    if (is_custom(resource) && definition_name(resource) == name) return &resource;
  }
  return nullptr;
}

void prune_custom(const KubeStore& store, const KubeResource& resource, json& object) {
  if (!is_custom(resource)) return;
  const KubeResource& definitions = *find_resource("customresourcedefinitions");
  const KubeObjectPtr found = store.find(definitions, "", definition_name(resource));
  if (!found) return;
  const json definition = to_json(definitions, *found);
  for (const json& version : definition["spec"]["versions"]) {
    if (version.value("name", "") != resource.version) continue;
    prune(version["schema"]["openAPIV3Schema"], object, true);
  }
}

std::optional<KubeStatus> check_custom(const KubeRequest& request, json& object) {
  for (const Schema& schema : schemas()) {
    if (!is_custom(*request.resource) || request.resource->plural != schema.plural) continue;
    const std::string validation = request.param("fieldValidation");
    const bool prune = validation == "Ignore" || validation == "Warn";
    const auto metadata = object.find("metadata");
    const std::string name = metadata != object.end() && metadata->is_object()
                                 ? metadata->value("name", std::string())
                                 : std::string();
    return Checker(request, name, prune).check(schema.members, object, "", true);
  }
  return std::nullopt;
}

} // namespace syncer::sim

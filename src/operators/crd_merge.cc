#include "operators/crd_merge.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "operators/cr_fields.h"

namespace syncer {

namespace {

using nlohmann::json;

json* object_at(json& parent, const char* key) {
  if (!parent.is_object()) return nullptr;
  const auto found = parent.find(key);
  return found != parent.end() && found->is_object() ? &*found : nullptr;
}

json without_requirements(json schema) {
  if (schema.is_object()) schema.erase("required");
  if (schema.is_structured()) {
    for (json& part : schema) part = without_requirements(std::move(part));
  }
  return schema;
}

// A schema that names no properties may mean any content; then a property would narrow it.
bool takes_any_content(const json& schema) {
  const json* any = json_member(schema, "x-kubernetes-preserve-unknown-fields");
  return (any != nullptr && any->is_boolean() && any->get<bool>()) ||
         schema.contains("additionalProperties");
}

void add_to_schema(json& existing, const json& wanted);

void add_properties(json& existing, const json& wanted) {
  const json* list = json_member(wanted, "properties");
  if (list == nullptr || takes_any_content(existing)) return;
  json& own = existing["properties"];
  if (own.is_null()) own = json::object();
  if (!own.is_object()) return;
  for (const auto& [name, schema] : list->items()) {
    if (json* known = object_at(own, name.c_str())) {
      add_to_schema(*known, schema);
    } else if (!own.contains(name)) {
      own[name] = without_requirements(schema);
    }
  }
}

void add_to_schema(json& existing, const json& wanted) {
  if (text_or_empty(&existing, "type") != text_or_empty(&wanted, "type")) return;
  add_properties(existing, wanted);
  json* items = object_at(existing, "items");
  const json* wanted_items = json_member(wanted, "items");
  if (items != nullptr && wanted_items != nullptr) add_to_schema(*items, *wanted_items);
}

void add_columns(json& existing, const json& wanted) {
  const json* columns = json_member(wanted, "additionalPrinterColumns");
  if (columns == nullptr) return;
  json& own = existing["additionalPrinterColumns"];
  if (own.is_null()) own = json::array();
  if (!own.is_array()) return;
  for (const json& column : *columns) {
    const std::string name = text_or_empty(&column, "name");
    const bool known = std::any_of(own.begin(), own.end(), [&](const json& one) {
      return text_or_empty(&one, "name") == name;
    });
    if (!known) own.push_back(column);
  }
}

json* version_of(json& definition, const std::string& name) {
  json* spec = object_at(definition, "spec");
  if (spec == nullptr || !spec->contains("versions")) return nullptr;
  for (json& version : (*spec)["versions"]) {
    if (text_or_empty(&version, "name") == name) return &version;
  }
  return nullptr;
}

} // namespace

void add_missing(json& existing, const json& manifest) {
  for (const json& wanted : manifest["spec"]["versions"]) {
    json* version = version_of(existing, text_or_empty(&wanted, "name"));
    if (version == nullptr) continue;
    add_columns(*version, wanted);
    json* schema = object_at(*version, "schema");
    json* root = schema == nullptr ? nullptr : object_at(*schema, "openAPIV3Schema");
    if (root != nullptr) add_to_schema(*root, wanted["schema"]["openAPIV3Schema"]);
  }
}

bool is_established(const json& definition) {
  const json* status = json_member(definition, "status");
  const json* conditions = status == nullptr ? nullptr : json_member(*status, "conditions");
  if (conditions == nullptr || !conditions->is_array()) return false;
  return std::any_of(conditions->begin(), conditions->end(), [](const json& condition) {
    return text_or_empty(&condition, "type") == "Established" &&
           text_or_empty(&condition, "status") == "True";
  });
}

} // namespace syncer

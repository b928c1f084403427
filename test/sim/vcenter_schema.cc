#include "sim/vcenter_schema.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>

#include "sim/vcenter_versions.h"

namespace syncer::sim {

namespace {

constexpr std::string_view kSchemaInstance = "http://www.w3.org/2001/XMLSchema-instance";

// The rows are part of the program: a row that cannot be read is a bug.
void require(bool condition) {
  if (!condition) std::abort();
}

std::string_view next_word(std::string_view& text) {
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  const std::size_t end = std::min(text.find(' '), text.size());
  const std::string_view word = text.substr(0, end);
  text.remove_prefix(end);
  return word;
}

// Cuts "@version" off the end of a word and gives the rank of that version.
std::size_t cut_since(std::string_view& word) {
  const std::size_t at = word.find('@');
  if (at == std::string_view::npos) return 0;
  std::string version(word.substr(at + 1));
  std::replace(version.begin(), version.end(), '_', ' ');
  require(is_vsan_version(version));
  word = word.substr(0, at);
  return vsan_rank(version);
}

bool is_primitive(std::string_view type) {
  return type == "string" || type == "boolean" || type == "int" || type == "long" ||
         type == "moref";
}

bool derives_from(const VcenterSchema::Type* type, const VcenterSchema::Type* base) {
  while (type && type != base) type = type->base;
  return type == base;
}

pugi::xml_attribute xsi_type(pugi::xml_node node) {
  for (pugi::xml_attribute attribute : node.attributes()) {
    const std::string_view name = attribute.name();
    if (local_name(name) != "type" || name.find(':') == std::string_view::npos) continue;
    if (namespace_of(node, name) == kSchemaInstance) return attribute;
  }
  return {};
}

bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

// One walk over a request; stops at the first fault.
class Checker {
 public:
  Checker(const std::unordered_map<std::string, VcenterSchema::Type>& types, std::string_view space,
          std::size_t version)
      : types_(types), space_(space), version_(version) {}

  std::optional<SimFault> check_fields(pugi::xml_node parent, const VcenterSchema::Type& type) {
    std::size_t at = 0;
    bool seen = false; // the field at `at` occurred already
    for (pugi::xml_node node : parent.children()) {
      if (node.type() != pugi::node_element) {
        if (node.type() == pugi::node_comment || is_blank(node.value())) continue;
        return invalid_request("Unexpected text while parsing " + type.name);
      }
      std::string_view name = node.name();
      const std::string_view space = namespace_of(node, name);
      name = local_name(name);
      if (space != space_) {
        return invalid_request("Unexpected element tag \"" + std::string(name) +
                               "\" of namespace \"" + std::string(space) + "\" seen, expected \"" +
                               std::string(space_) + "\" while parsing " + type.name);
      }
      std::size_t found = at;
      while (found < type.fields.size() &&
             (type.fields[found].name != name || type.fields[found].since > version_ ||
              (found == at && seen && !type.fields[found].repeated))) {
        ++found;
      }
      if (found == type.fields.size()) return unexpected(name, type);
      if (auto fault = missing_between(at, found, seen, type)) return fault;
      at = found;
      seen = true;
      // Later readers look elements up by their local names.
      if (name.size() != std::string_view(node.name()).size()) {
        node.set_name(std::string(name).c_str());
      }
      if (auto fault = check_value(node, type.fields[found], type)) return fault;
    }
    return missing_between(at, type.fields.size(), seen, type);
  }

 private:
  static SimFault unexpected(std::string_view name, const VcenterSchema::Type& type) {
    return invalid_request("Unexpected element tag \"" + std::string(name) +
                           "\" seen while parsing serialized DataObject of type " + type.name);
  }

  std::optional<SimFault> missing_between(std::size_t from, std::size_t to, bool from_seen,
                                          const VcenterSchema::Type& type) const {
    for (std::size_t i = from; i < to; ++i) {
      const VcenterSchema::Field& field = type.fields[i];
      if (!field.required || field.since > version_ || (i == from && from_seen)) continue;
      return invalid_request("Required property " + field.name +
                             " is missing from data object of type " + type.name);
    }
    return std::nullopt;
  }

  std::optional<SimFault> check_value(pugi::xml_node node, const VcenterSchema::Field& field,
                                      const VcenterSchema::Type& owner) {
    if (!field.type) return check_primitive(node, field, owner);
    const VcenterSchema::Type* type = field.type;
    pugi::xml_attribute attribute = xsi_type(node);
    if (!attribute && field.typed) {
      return invalid_request("Element " + field.name + " of " + owner.name +
                             " must carry an xsi:type");
    }
    if (attribute) {
      const std::string given(local_name(attribute.value()));
      const auto found = types_.find(given);
      if (found == types_.end() || !derives_from(&found->second, field.type)) {
        return invalid_request("Type " + given + " is not valid for " + owner.name + "." +
                               field.name);
      }
      type = &found->second;
      attribute.set_name("xsi:type");
      attribute.set_value(given.c_str());
    }
    return check_fields(node, *type);
  }

  std::optional<SimFault> check_primitive(pugi::xml_node node, const VcenterSchema::Field& field,
                                          const VcenterSchema::Type& owner) const {
    for (const pugi::xml_node& child : node.children()) {
      if (child.type() == pugi::node_element) {
        return unexpected(local_name(child.name()), owner);
      }
    }
    const std::string_view text = node.child_value();
    bool valid = true;
    if (field.primitive == "boolean") {
      valid = text == "true" || text == "false" || text == "1" || text == "0";
    } else if (field.primitive == "int" || field.primitive == "long") {
      std::int64_t number = 0;
      const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
      valid = error == std::errc() && stop == text.data() + text.size();
    } else if (field.primitive == "moref") {
      valid = node.attribute("type") && !text.empty();
    }
    if (valid) return std::nullopt;
    return invalid_request("\"" + std::string(text) + "\" is not a valid " + field.primitive +
                           " for " + owner.name + "." + field.name);
  }

  const std::unordered_map<std::string, VcenterSchema::Type>& types_;
  std::string_view space_;
  std::size_t version_;
};

} // namespace

std::string_view namespace_of(Endpoint endpoint) {
  if (endpoint == Endpoint::kVsan) return "urn:vsan";
  return endpoint == Endpoint::kPbm ? "urn:pbm" : "urn:vim25";
}

std::string_view local_name(std::string_view qualified_name) {
  return qualified_name.substr(qualified_name.find(':') + 1);
}

std::string_view namespace_of(pugi::xml_node node, std::string_view qualified_name) {
  const std::size_t colon = qualified_name.find(':');
  const std::string_view prefix =
      colon == std::string_view::npos ? std::string_view() : qualified_name.substr(0, colon);
  for (; node; node = node.parent()) {
    for (const pugi::xml_attribute& attribute : node.attributes()) {
      const std::string_view name = attribute.name();
      if (name.substr(0, 5) != "xmlns") continue;
      const bool match = prefix.empty()
                             ? name.size() == 5
                             : name.size() > 6 && name[5] == ':' && name.substr(6) == prefix;
      if (match) return attribute.value();
    }
  }
  return {};
}

VcenterSchema::VcenterSchema() {
  for (std::string_view row : schema_type_rows()) add_type(row);
  for (std::string_view row : schema_vim_method_rows()) add_method(row, Endpoint::kVim);
  for (std::string_view row : schema_vsan_method_rows()) add_method(row, Endpoint::kVsan);
  for (std::string_view row : schema_pbm_method_rows()) add_method(row, Endpoint::kPbm);
}

const VcenterSchema& VcenterSchema::instance() {
  static const VcenterSchema kSchema;
  return kSchema;
}

std::vector<VcenterSchema::Field> VcenterSchema::parse_fields(std::string_view text) const {
  std::vector<Field> fields;
  for (std::string_view word = next_word(text); !word.empty(); word = next_word(text)) {
    Field field;
    field.since = cut_since(word);
    const std::size_t colon = word.find(':');
    field.primitive = colon == std::string_view::npos ? "string" : word.substr(colon + 1);
    word = word.substr(0, colon);
    if (!is_primitive(field.primitive)) {
      const auto found = types_.find(field.primitive);
      require(found != types_.end());
      field.type = &found->second;
    }
    if (word.back() == '!') {
      field.typed = true;
      word.remove_suffix(1);
    }
    const char mark = word.back();
    field.required = mark != '?' && mark != '*';
    field.repeated = mark == '*' || mark == '+';
    if (mark == '?' || mark == '*' || mark == '+') word.remove_suffix(1);
    field.name = word;
    fields.push_back(std::move(field));
  }
  return fields;
}

void VcenterSchema::add_type(std::string_view line) {
  const std::size_t colon = line.find(':');
  require(colon != std::string_view::npos);
  std::string_view name = line.substr(0, colon);
  const std::size_t less = name.find('<');
  Type type;
  type.name = name.substr(0, less);
  if (less != std::string_view::npos) {
    const auto base = types_.find(std::string(name.substr(less + 1)));
    require(base != types_.end());
    type.base = &base->second;
    type.fields = base->second.fields;
  }
  std::vector<Field> own = parse_fields(line.substr(colon + 1));
  type.fields.insert(type.fields.end(), own.begin(), own.end());
  const std::string key = type.name;
  require(types_.emplace(key, std::move(type)).second);
}

void VcenterSchema::add_method(std::string_view line, Endpoint endpoint) {
  const std::size_t colon = line.find(':');
  require(colon != std::string_view::npos);
  std::string_view head = line.substr(0, colon);
  Method method;
  method.endpoint = endpoint;
  method.since = cut_since(head);
  method.name = next_word(head);
  method.managed_type = next_word(head);
  method.parameters.name = method.name;
  Field self;
  self.name = "_this";
  self.primitive = "moref";
  method.parameters.fields.push_back(std::move(self));
  std::vector<Field> own = parse_fields(line.substr(colon + 1));
  method.parameters.fields.insert(method.parameters.fields.end(), own.begin(), own.end());
  const std::string key = method.name;
  require(methods_.emplace(key, std::move(method)).second);
}

const VcenterSchema::Method* VcenterSchema::find_method(std::string_view name) const {
  const auto found = methods_.find(std::string(name));
  return found == methods_.end() ? nullptr : &found->second;
}

std::optional<SimFault> VcenterSchema::check(const Method& method, pugi::xml_node element,
                                             std::size_t version) const {
  Checker checker(types_, namespace_of(method.endpoint), version);
  return checker.check_fields(element, method.parameters);
}

} // namespace syncer::sim

#include "cli/json_values.h"

#include <nlohmann/json.hpp>

#include "cli/display_text.h"
#include "cli/number_text.h"

namespace syncer {

using nlohmann::json;

const json& member(const json& object, const char* key) {
  static const json kNothing;
  if (!object.is_object()) return kNothing;
  const auto found = object.find(key);
  return found == object.end() ? kNothing : *found;
}

std::string value_of(const json& object, const char* key) {
  const json& value = member(object, key);
  if (value.is_null()) return "-";
  return value.is_string() ? printable(value.get<std::string>()) : value.dump();
}

double number(const json& object, const char* key) {
  const json& value = member(object, key);
  return value.is_number() ? value.get<double>() : 0;
}

std::string count_text(const json& object, const char* key) {
  const json& value = member(object, key);
  if (!value.is_number_integer() || value < 0) return "-";
  return grouped(value.get<std::uint64_t>());
}

bool holds(const json& object, const char* key) {
  const json& value = member(object, key);
  return value.is_boolean() && value.get<bool>();
}

} // namespace syncer

#include "operators/cr_fields.h"

#include <nlohmann/json.hpp>

namespace syncer {

using nlohmann::json;

const json* json_member(const json& object, const char* key) {
  if (!object.is_object()) return nullptr;
  const auto found = object.find(key);
  return found == object.end() ? nullptr : &*found;
}

std::string text_or_empty(const json* object, const char* key) {
  const json* value = object == nullptr ? nullptr : json_member(*object, key);
  return value != nullptr && value->is_string() ? value->get<std::string>() : std::string();
}

Outcome<std::string> required_text(const json* object, const char* key, const char* place) {
  std::string text = text_or_empty(object, key);
  if (!text.empty()) return text;
  return Error{ErrorKind::kRejected, std::string(place) + "." + key + " is missing or no text"};
}

} // namespace syncer

#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "core/outcome.h"

namespace syncer {

// The object under `key`, or null. Never throws, whatever the value is.
const nlohmann::json* json_member(const nlohmann::json& object, const char* key);
// A string that is not empty. kRejected: it is absent or something else; `place` is for the
// message.
Outcome<std::string> required_text(const nlohmann::json* object, const char* key,
                                   const char* place);
// The text under `key`; empty when it is absent or no text.
std::string text_or_empty(const nlohmann::json* object, const char* key);

} // namespace syncer

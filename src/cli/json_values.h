#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>

// Members of an answer that may be of another version: what is not there is null.
namespace syncer {

// A reference into `object`, or to a null that lives for ever.
const nlohmann::json& member(const nlohmann::json& object, const char* key);
// As printable text; "-" if it is not there.
std::string value_of(const nlohmann::json& object, const char* key);
// 0 if there is no such number.
double number(const nlohmann::json& object, const char* key);
// "25,000"; "-" if there is no such number.
std::string count_text(const nlohmann::json& object, const char* key);
// It is there and true.
bool holds(const nlohmann::json& object, const char* key);

} // namespace syncer

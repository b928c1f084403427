#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace syncer::sim {

using json = nlohmann::json;

// Bulky parts of generated objects (managedFields, containers) that many objects share. An object
// carries only a placeholder; the bytes come in when it is rendered. This keeps 100,000 objects of
// 8 KB in memory that one tenth of it fits.

// Keeps `value` for the life of the process and gives the placeholder that stands for it.
std::string add_filler(json value);

// The id of the filler that `value` stands for; nothing if it is ordinary data.
std::optional<std::uint32_t> filler_id(const json& value);

// Copy of `value` with every placeholder replaced (expanded) or taken out (stripped).
json with_filler(const json& value);
json without_filler(const json& value);

const json& filler_value(std::uint32_t id);

// Appends compact JSON text, placeholders replaced.
void append_json_with_filler(std::string& out, std::string_view text);

} // namespace syncer::sim

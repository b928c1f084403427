#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <pugixml.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace syncer::sim {

// Writing: answers are appended to one string, no tree is built.
void append_escaped(std::string& out, std::string_view text);
void append_element(std::string& out, std::string_view name, std::string_view text);
void append_element(std::string& out, std::string_view name, std::int64_t number);
void append_moref(std::string& out, std::string_view element, std::string_view type,
                  std::string_view id);
std::string utc_text(std::chrono::system_clock::time_point when);

// The first reason why `body` is not well-formed XML text that the parser itself would let pass:
// bad UTF-8, control characters, stray ampersands. Empty when there is none.
std::string_view illegal_text(std::string_view body);

// Reading: for requests that passed the schema check, whose element names are local ones.
std::string_view text_of(pugi::xml_node parent, const char* name); // empty when absent
std::vector<std::string> texts_of(pugi::xml_node parent, const char* name);
bool is_true(pugi::xml_node parent, const char* name);
std::optional<std::int64_t> number_of(pugi::xml_node parent, const char* name);

} // namespace syncer::sim

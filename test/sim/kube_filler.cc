#include "sim/kube_filler.h"

#include <charconv>
#include <deque>
#include <nlohmann/json.hpp>

namespace syncer::sim {

namespace {

struct Filler {
  json value;
  std::string text;
};

// Grows only; the simulator is single threaded.
std::deque<Filler>& table() {
  static std::deque<Filler> fillers;
  return fillers;
}

constexpr char kMark = '\x01';
constexpr std::string_view kMarkInJson = "\"\\u0001";

std::optional<std::uint32_t> parse_id(std::string_view digits) {
  std::uint32_t id = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), id);
  if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  if (id >= table().size()) return std::nullopt;
  return id;
}

} // namespace

std::string add_filler(json value) {
  std::string text = value.dump();
  table().push_back({std::move(value), std::move(text)});
  return kMark + std::to_string(table().size() - 1);
}

std::optional<std::uint32_t> filler_id(const json& value) {
  if (!value.is_string()) return std::nullopt;
  const std::string& text = value.get_ref<const std::string&>();
  if (text.empty() || text.front() != kMark) return std::nullopt;
  return parse_id(std::string_view(text).substr(1));
}

const json& filler_value(std::uint32_t id) { return table()[id].value; }

json with_filler(const json& value) {
  if (const auto id = filler_id(value)) return filler_value(*id);
  json copy = value;
  if (value.is_structured()) {
    for (auto& [key, item] : copy.items()) item = with_filler(item);
  }
  return copy;
}

json without_filler(const json& value) {
  if (value.is_object()) {
    json copy = json::object();
    for (const auto& [key, item] : value.items()) {
      if (!filler_id(item)) copy[key] = without_filler(item);
    }
    return copy;
  }
  return value;
}

void append_json_with_filler(std::string& out, std::string_view text) {
  for (;;) {
    const std::size_t mark = text.find(kMarkInJson);
    if (mark == std::string_view::npos) break;
    const std::size_t digits = mark + kMarkInJson.size();
    const std::size_t quote = text.find('"', digits);
    if (quote == std::string_view::npos) break;
    const auto id = parse_id(text.substr(digits, quote - digits));
    if (id) {
      out.append(text.substr(0, mark));
      out.append(table()[*id].text);
    } else {
      out.append(text.substr(0, quote + 1));
    }
    text.remove_prefix(quote + 1);
  }
  out.append(text);
}

} // namespace syncer::sim

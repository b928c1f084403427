#include "app/log_fields.h"

#include <algorithm>
#include <array>

namespace syncer {

namespace {

// Pairs that name one object among many.
constexpr std::array<std::string_view, 13> kNames{
    "volume", "pv",     "pvc",  "namespace", "name",    "path",      "node",
    "uuid",   "object", "opId", "task",      "attempt", "durationMs"};

bool key_character(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool digit(char c) { return c >= '0' && c <= '9'; }

// The length of `key=` that begins here, 0 if none does. Keys begin with a small letter.
std::size_t key_length(std::string_view text) {
  if (text.empty() || text.front() < 'a' || text.front() > 'z') return 0;
  const auto end = std::find_if_not(text.begin(), text.end(), key_character);
  const auto length = static_cast<std::size_t>(end - text.begin());
  return length > 0 && end != text.end() && *end == '=' ? length + 1 : 0;
}

// The length of a quoted value, its quotes included; 0 if it is not closed.
std::size_t quoted_length(std::string_view text) {
  std::size_t last = 0;
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] != '"') continue;
    last = i + 1;
    if (last < text.size() && text[last] == ' ' && key_length(text.substr(last + 1)) > 0) break;
  }
  return last;
}

std::size_t value_length(std::string_view text) {
  if (text.starts_with('"')) {
    if (const std::size_t length = quoted_length(text); length > 0) return length;
  }
  return std::min(text.find(' '), text.size());
}

std::string_view bare(std::string_view value) {
  const bool quoted = value.size() >= 2 && value.front() == '"' && value.back() == '"';
  return quoted ? value.substr(1, value.size() - 2) : value;
}

// Calls `pair` or `word` for each part of the message.
template <class Pair, class Word>
void walk(std::string_view message, Pair pair, Word word) {
  while (!message.empty()) {
    if (message.front() == ' ') {
      message.remove_prefix(1);
      continue;
    }
    std::size_t length = key_length(message);
    if (length > 0) {
      const std::string_view key = message.substr(0, length - 1);
      const std::size_t value = value_length(message.substr(length));
      pair(key, bare(message.substr(length, value)));
      length += value;
    } else {
      length = std::min(message.find(' '), message.size());
      word(message.substr(0, length));
    }
    message.remove_prefix(length);
  }
}

void append(std::string& text, std::string_view word) {
  if (!text.empty()) text += ' ';
  text += word;
}

void append_shape(std::string& shape, std::string_view text) {
  while (!text.empty()) {
    const std::size_t length = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, length);
    if (!word.empty()) append(shape, std::any_of(word.begin(), word.end(), digit) ? "#" : word);
    text.remove_prefix(std::min(length + 1, text.size()));
  }
}

} // namespace

LogFields split_fields(std::string_view message) {
  LogFields fields;
  walk(
      message,
      [&](std::string_view key, std::string_view value) {
        const bool known = std::any_of(fields.pairs.begin(), fields.pairs.end(),
                                       [&](const auto& pair) { return pair.first == key; });
        if (!known) fields.pairs.emplace_back(key, value);
      },
      [&](std::string_view word) { append(fields.words, word); });
  return fields;
}

std::string shape_of(std::string_view message) {
  std::string shape;
  walk(
      message,
      [&](std::string_view key, std::string_view value) {
        append(shape, key);
        shape += '=';
        if (std::find(kNames.begin(), kNames.end(), key) == kNames.end()) {
          append_shape(shape, value);
        }
      },
      [&](std::string_view word) { append_shape(shape, word); });
  return shape;
}

} // namespace syncer

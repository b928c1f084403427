#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace syncer {

// A message of the form `some words volume=v-1 error="why, in words"`: its pairs, in order, and
// the words that are left. A quoted value ends at the last quote before the next pair; of a key
// that comes twice the first counts, so that a text from outside cannot replace what we said before
// it.
struct LogFields {
  std::string words;
  std::vector<std::pair<std::string_view, std::string_view>> pairs;
};
LogFields split_fields(std::string_view message);

// What two messages have in common that tell of the same trouble with different objects: every word
// with a digit in it, and every value that names an object, is left out.
std::string shape_of(std::string_view message);

} // namespace syncer

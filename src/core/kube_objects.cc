#include "core/kube_objects.h"

#include <algorithm>
#include <functional>

namespace syncer {

namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

} // namespace

Uid Uid::parse(std::string_view text) {
  if (text.empty()) return {};
  Uid uid;
  int digits = 0;
  for (const char c : text) {
    if (c == '-') continue;
    const int digit = hex_digit(c);
    if (digit < 0 || ++digits > 32) {
      digits = -1;
      break;
    }
    uid.high = uid.high << 4 | uid.low >> 60;
    uid.low = uid.low << 4 | static_cast<std::uint64_t>(digit);
  }
  if (digits == 32 && text.size() == 36) return uid;
  // The set bit keeps a hashed uid apart from the empty one.
  const std::uint64_t hash = std::hash<std::string_view>()(text);
  return Uid{hash | 1, ~hash};
}

void sort_labels(Labels& labels) {
  std::stable_sort(labels.begin(), labels.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  Labels unique;
  unique.reserve(labels.size());
  for (auto& label : labels) {
    if (!unique.empty() && unique.back().first == label.first) {
      unique.back().second = std::move(label.second);
    } else {
      unique.push_back(std::move(label));
    }
  }
  labels = std::move(unique);
}

} // namespace syncer

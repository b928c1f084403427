#include "informers/event_splitter.h"

namespace syncer {

namespace {

constexpr std::size_t kLength = 4; // of the length in front of a protobuf frame

Error broken(const char* what) { return Error{ErrorKind::kStale, what}; }

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

} // namespace

Outcome<std::optional<std::string_view>> EventSplitter::next() {
  return format_ == KubeFormat::kProtobuf ? next_frame() : next_object();
}

Outcome<std::optional<std::string_view>> EventSplitter::next_frame() {
  const std::string_view rest = queue_.rest();
  if (rest.size() < kLength) return std::optional<std::string_view>();
  std::size_t length = 0;
  for (std::size_t i = 0; i < kLength; ++i) {
    length = length << 8 | static_cast<unsigned char>(rest[i]);
  }
  if (length > kMaxFrame) return broken("watch: a frame is larger than 16 MiB");
  if (rest.size() < kLength + length) return std::optional<std::string_view>();
  queue_.consume(kLength + length);
  return std::optional(rest.substr(kLength, length));
}

// By braces, not by lines: the API server writes one line each, but a proxy may pretty-print.
Outcome<std::optional<std::string_view>> EventSplitter::next_object() {
  if (scanned_ == 0) {
    std::string_view rest = queue_.rest();
    std::size_t blank = 0;
    while (blank < rest.size() && is_space(rest[blank])) ++blank;
    queue_.consume(blank);
  }
  const std::string_view rest = queue_.rest();
  if (!rest.empty() && rest.front() != '{') return broken("watch: no JSON object where one begins");
  while (scanned_ < rest.size()) {
    if (scanner_.step(rest[scanned_++]) > 0) continue;
    const std::string_view object = rest.substr(0, scanned_);
    queue_.consume(scanned_);
    scanned_ = 0;
    return std::optional(object);
  }
  if (rest.size() > kMaxFrame) return broken("watch: an event is larger than 16 MiB");
  return std::optional<std::string_view>();
}

} // namespace syncer

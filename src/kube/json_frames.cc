#include "kube/json_frames.h"

namespace syncer {

namespace {

constexpr std::size_t kLongestKey = 32;
// A text buffer above this is given back: one large object must not hold its memory for ever.
constexpr std::size_t kKept = 256 * 1024;

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

} // namespace

// Items stand inside the list's own braces and the brackets of `items`, events at the outside.
bool JsonFrames::begins(char c) const {
  if (capturing_ || c != '{') return false;
  if (body_ == Body::kWatch) return depth_ == 0;
  return (depth_ == 1 && key_ == "metadata") || (depth_ == 2 && in_items_);
}

void JsonFrames::keep(char c) {
  if (++length_ <= kMaxObject) {
    text_.push_back(c);
  } else if (kind_ != Part::Kind::kOversized) {
    kind_ = Part::Kind::kOversized;
    std::string().swap(text_);
  }
}

void JsonFrames::step_in_string(char c) {
  if (escaped_) {
    escaped_ = false;
  } else if (c == '\\') {
    escaped_ = true;
  } else if (c == '"') {
    in_string_ = false;
    return;
  }
  if (depth_ == 1 && !capturing_ && word_.size() < kLongestKey) word_.push_back(c);
}

void JsonFrames::step(char c) {
  if (begins(c)) {
    capturing_ = true;
    outer_ = depth_;
    length_ = 0;
    kind_ = depth_ == 1 ? Part::Kind::kMeta : Part::Kind::kObject;
  }
  if (capturing_) keep(c);
  if (in_string_) {
    step_in_string(c);
    return;
  }
  if (c == '"') {
    in_string_ = true;
    word_.clear();
  } else if (c == ':' && depth_ == 1) {
    key_ = word_;
  } else if (c == '{' || c == '[') {
    if (c == '[' && depth_ == 1 && key_ == "items") in_items_ = true;
    ++depth_;
  } else if ((c == '}' || c == ']') && depth_ > 0) {
    --depth_;
    if (capturing_ && depth_ == outer_) {
      capturing_ = false;
      done_ = true;
    }
    if (depth_ == 1) in_items_ = false;
    if (depth_ == 0) complete_ = true;
  }
}

Outcome<std::optional<JsonFrames::Part>> JsonFrames::next() {
  if (done_) {
    done_ = false;
    if (text_.capacity() > kKept) std::string().swap(text_);
    text_.clear();
  }
  while (!input_.empty()) {
    const char c = input_.front();
    input_.remove_prefix(1);
    if (depth_ == 0 && !is_space(c) && (c != '{' || (body_ == Body::kList && complete_))) {
      return Error{ErrorKind::kStale, "no JSON object where one begins"};
    }
    step(c);
    if (body_ == Body::kWatch && length_ > kMaxFrame) {
      return Error{ErrorKind::kStale, "an event is larger than 16 MiB"};
    }
    if (done_) return std::optional(Part{kind_, text_});
  }
  return std::optional<Part>();
}

} // namespace syncer

#pragma once

#include <ostream>
#include <string>
#include <utility>

namespace syncer {

// A string that cannot be printed: every rendering is "***". Only `reveal` gives the text, to the
// few callers that put it on the wire.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string text) : text_(std::move(text)) {}
  const std::string& reveal() const { return text_; }
  bool empty() const { return text_.empty(); }
  bool operator==(const Secret&) const = default;

 private:
  std::string text_;
};

inline std::ostream& operator<<(std::ostream& out, const Secret&) { return out << "***"; }

} // namespace syncer

#pragma once

#include <cstddef>

namespace syncer {

// Follows the nesting of a JSON text byte by byte. It does not validate: it only knows where a
// value inside braces or brackets ends.
class JsonScanner {
 public:
  // The depth after this byte.
  std::size_t step(char c) {
    if (in_string_) {
      if (escaped_) {
        escaped_ = false;
      } else if (c == '\\') {
        escaped_ = true;
      } else if (c == '"') {
        in_string_ = false;
      }
    } else if (c == '"') {
      in_string_ = true;
    } else if (c == '{' || c == '[') {
      ++depth_;
    } else if ((c == '}' || c == ']') && depth_ > 0) {
      --depth_;
    }
    return depth_;
  }
  std::size_t depth() const { return depth_; }
  bool in_string() const { return in_string_; }

 private:
  std::size_t depth_ = 0;
  bool in_string_ = false;
  bool escaped_ = false;
};

} // namespace syncer

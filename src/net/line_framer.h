#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/outcome.h"

namespace syncer {

constexpr std::size_t kMaxFrame = 16 * 1024 * 1024;

// Bytes in any pieces -> complete lines, without their line feed. No I/O.
class LineFramer {
 public:
  explicit LineFramer(std::size_t max_line = kMaxFrame) : max_line_(max_line) {}

  // Views given out before become invalid.
  void push(std::string_view bytes) {
    buffer_.erase(0, start_);
    scanned_ -= start_;
    start_ = 0;
    buffer_.append(bytes);
  }

  // The next line, or nothing until more bytes come. kTransient once a line exceeds the cap: the
  // stream cannot be trusted any more, and every further call says so.
  Outcome<std::optional<std::string_view>> next() {
    const std::size_t end = buffer_.find('\n', scanned_);
    const std::size_t stop = end == std::string::npos ? buffer_.size() : end;
    if (stop - start_ > max_line_) {
      Error error;
      error.detail = "a line is longer than " + std::to_string(max_line_) + " bytes";
      return error;
    }
    scanned_ = stop;
    if (end == std::string::npos) return std::optional<std::string_view>();
    const std::string_view line = std::string_view(buffer_).substr(start_, end - start_);
    start_ = scanned_ = end + 1;
    return std::optional<std::string_view>(line);
  }

  // Bytes of a line that has not ended: not zero at the end of a stream means it was cut.
  std::size_t unfinished() const { return buffer_.size() - start_; }

 private:
  std::size_t max_line_;
  std::string buffer_;
  std::size_t start_ = 0;   // of the line being collected
  std::size_t scanned_ = 0; // no line feed between start_ and here
};

} // namespace syncer

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/outcome.h"
#include "net/line_framer.h"

namespace syncer {

// Bytes in any pieces -> frames that are preceded by their length (4 bytes, big-endian). No I/O.
class LengthFramer {
 public:
  explicit LengthFramer(std::size_t max_frame = kMaxFrame) : max_frame_(max_frame) {}

  // Views given out before become invalid.
  void push(std::string_view bytes) {
    buffer_.erase(0, start_);
    start_ = 0;
    buffer_.append(bytes);
  }

  // The next frame (may be empty), or nothing until more bytes come. kTransient when a length
  // exceeds the cap, now and ever after: what follows cannot be told apart.
  Outcome<std::optional<std::string_view>> next() {
    if (unfinished() < kPrefix) return std::optional<std::string_view>();
    std::uint32_t size = 0;
    for (std::size_t i = 0; i < kPrefix; ++i) {
      size = size << 8 | static_cast<unsigned char>(buffer_[start_ + i]);
    }
    if (size > max_frame_) {
      Error error;
      error.detail = "a frame of " + std::to_string(size) + " bytes is longer than " +
                     std::to_string(max_frame_);
      return error;
    }
    if (unfinished() < kPrefix + size) return std::optional<std::string_view>();
    const auto frame = std::string_view(buffer_).substr(start_ + kPrefix, size);
    start_ += kPrefix + size;
    return std::optional<std::string_view>(frame);
  }

  // Bytes of a frame that is not complete: not zero at the end of a stream means it was cut.
  std::size_t unfinished() const { return buffer_.size() - start_; }

 private:
  static constexpr std::size_t kPrefix = 4;
  std::size_t max_frame_;
  std::string buffer_;
  std::size_t start_ = 0; // of the frame being collected
};

} // namespace syncer

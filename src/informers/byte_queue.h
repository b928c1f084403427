#pragma once

#include <string>
#include <string_view>

namespace syncer {

// Bytes that arrived and are not consumed yet, in one piece.
class ByteQueue {
 public:
  // Invalidates every view given out before.
  void append(std::string_view bytes) {
    bytes_.erase(0, consumed_);
    consumed_ = 0;
    // One large object must not hold its memory for the life of the watch.
    if (bytes_.capacity() > kKept && bytes_.size() + bytes.size() < kKept) bytes_.shrink_to_fit();
    bytes_.append(bytes);
  }
  std::string_view rest() const { return std::string_view(bytes_).substr(consumed_); }
  void consume(std::size_t count) { consumed_ += count; }

 private:
  static constexpr std::size_t kKept = 256 * 1024;
  std::string bytes_;
  std::size_t consumed_ = 0;
};

} // namespace syncer

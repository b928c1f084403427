#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>

#include "core/outcome.h"
#include "informers/byte_queue.h"
#include "informers/json_scanner.h"
#include "informers/kube_decode.h"

namespace syncer {

inline constexpr std::size_t kMaxFrame = 16 * 1024 * 1024;

// The body of a watch, however it is cut on its way -> one event after the other, without framing.
class EventSplitter {
 public:
  explicit EventSplitter(KubeFormat format) : format_(format) {}
  void feed(std::string_view bytes) { queue_.append(bytes); }
  // Nothing: more bytes are needed. The view lives until the next call of either. kStale: the
  // framing is broken, or a frame is larger than 16 MiB; there is no way on.
  Outcome<std::optional<std::string_view>> next();

 private:
  Outcome<std::optional<std::string_view>> next_frame();
  Outcome<std::optional<std::string_view>> next_object();

  KubeFormat format_;
  ByteQueue queue_;
  JsonScanner scanner_;
  std::size_t scanned_ = 0;
};

} // namespace syncer

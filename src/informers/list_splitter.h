#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "core/outcome.h"
#include "informers/byte_queue.h"
#include "informers/json_scanner.h"
#include "informers/kube_decode.h"

namespace syncer {

// The body of a list, however it is cut on its way -> its metadata and its items one by one. Holds
// one item at a time, never the list.
class ListSplitter {
 public:
  struct Part {
    enum class Kind : std::uint8_t { kMeta, kItem };
    Kind kind;
    std::string_view bytes;
  };

  explicit ListSplitter(KubeFormat format) : format_(format) {}
  void feed(std::string_view bytes) { queue_.append(bytes); }
  // Nothing: more bytes are needed, or the list is over. The view lives until the next call of
  // either. kStale: this is no list, or an item is larger than 16 MiB.
  Outcome<std::optional<Part>> next();
  // The list was seen to its end; a body that ends before that was cut.
  bool complete() const { return complete_; }

 private:
  enum class State : std::uint8_t { kMagic, kEnvelope, kList, kTail }; // protobuf
  enum class Key : std::uint8_t { kOther, kKind, kMetadata, kItems };  // JSON, of the top object
  struct Field {
    std::uint32_t number = 0;
    std::size_t header = 0; // bytes of tag and length
    std::size_t length = 0;
  };
  Outcome<std::optional<Part>> next_protobuf();
  Outcome<std::optional<Part>> next_json();
  // The next field as soon as its tag and length have arrived.
  Outcome<std::optional<Field>> field() const;
  std::optional<Part> captured(Part::Kind kind);
  bool end_string();

  KubeFormat format_;
  ByteQueue queue_;
  bool complete_ = false;

  State state_ = State::kMagic;
  std::size_t list_left_ = 0; // bytes of the raw list not consumed yet

  JsonScanner scanner_;
  std::size_t scanned_ = 0; // bytes of the queue the scanner has seen
  std::size_t started_ = 0; // where the captured text begins
  bool capturing_ = false;
  bool key_known_ = false; // what comes is the value of key_
  Key key_ = Key::kOther;
};

} // namespace syncer

#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "core/outcome.h"

namespace syncer {

// The JSON body of a watch or a list of custom resources, however it is cut on its way -> its
// objects, one at a time. It follows braces and strings and validates nothing else.
class JsonFrames {
 public:
  static constexpr std::size_t kMaxObject = 3 * 1024 * 1024;
  static constexpr std::size_t kMaxFrame = 16 * 1024 * 1024;

  enum class Body { kWatch, kList };
  struct Part {
    enum class Kind {
      kObject,    // an event of a watch, an item of a list
      kMeta,      // the list's own metadata
      kOversized, // an object above kMaxObject: passed over, `text` is empty
    };
    Kind kind = Kind::kObject;
    std::string_view text;
  };

  explicit JsonFrames(Body body) : body_(body) {}
  // `bytes` must live until `next` gave nothing.
  void feed(std::string_view bytes) { input_ = bytes; }
  // Nothing: more bytes are needed. The text lives until the next call of either. kStale: this is
  // no such body, or an event is larger than kMaxFrame; there is no way on.
  Outcome<std::optional<Part>> next();
  // The list is at its end.
  bool complete() const { return complete_; }

 private:
  void step(char c);
  void step_in_string(char c);
  bool begins(char c) const;
  void keep(char c);

  Body body_;
  std::string_view input_;
  std::size_t depth_ = 0;
  bool in_string_ = false;
  bool escaped_ = false;
  bool complete_ = false;
  // Of the list itself: its last string, the key that it turned out to be, and where we are.
  std::string word_;
  std::string key_;
  bool in_items_ = false;
  // The object being read.
  bool capturing_ = false;
  bool done_ = false;
  std::size_t outer_ = 0; // the depth around it
  std::size_t length_ = 0;
  Part::Kind kind_ = Part::Kind::kObject;
  std::string text_;
};

} // namespace syncer

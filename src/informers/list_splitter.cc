#include "informers/list_splitter.h"

#include "informers/event_splitter.h"

namespace syncer {

namespace {

constexpr std::string_view kMagic("k8s\0", 4);
constexpr std::uint32_t kRaw = 2;  // runtime.Unknown.raw
constexpr std::uint32_t kMeta = 1; // XxxList.metadata
constexpr std::uint32_t kItem = 2; // XxxList.items

Error broken(const char* what) { return Error{ErrorKind::kStale, what}; }

// Nothing: not all bytes of it are there. A varint of more than 10 bytes gives `bad`.
std::optional<std::uint64_t> read_varint(std::string_view bytes, std::size_t& at, bool& bad) {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 70; shift += 7) {
    if (at == bytes.size()) return std::nullopt;
    const auto byte = static_cast<unsigned char>(bytes[at++]);
    if (shift < 64) value |= std::uint64_t{byte & 0x7Fu} << shift;
    if ((byte & 0x80u) == 0) return value;
  }
  bad = true;
  return std::nullopt;
}

} // namespace

Outcome<std::optional<ListSplitter::Part>> ListSplitter::next() {
  return format_ == KubeFormat::kProtobuf ? next_protobuf() : next_json();
}

Outcome<std::optional<ListSplitter::Field>> ListSplitter::field() const {
  const std::string_view rest = queue_.rest();
  std::size_t at = 0;
  bool bad = false;
  const auto tag = read_varint(rest, at, bad);
  if (bad) return broken("list: malformed protobuf tag");
  if (!tag) return std::optional<Field>();
  Field found;
  found.number = static_cast<std::uint32_t>(*tag >> 3);
  const auto wire = *tag & 7;
  if (wire == 0 || wire == 2) {
    const auto value = read_varint(rest, at, bad);
    if (bad) return broken("list: malformed protobuf length");
    if (!value) return std::optional<Field>();
    if (wire == 2) found.length = *value;
  } else if (wire == 1) {
    found.length = 8;
  } else if (wire == 5) {
    found.length = 4;
  } else {
    return broken("list: unknown protobuf wire type");
  }
  // These numbers mean something only with the wire type of a message.
  if (wire != 2 && found.number <= 2) return broken("list: unexpected protobuf wire type");
  found.header = at;
  return std::optional(found);
}

Outcome<std::optional<ListSplitter::Part>> ListSplitter::next_protobuf() {
  for (;;) {
    const std::string_view rest = queue_.rest();
    if (state_ == State::kMagic) {
      if (rest.size() < kMagic.size()) return std::optional<Part>();
      if (rest.substr(0, kMagic.size()) != kMagic) return broken("list: no protobuf envelope");
      queue_.consume(kMagic.size());
      state_ = State::kEnvelope;
      continue;
    }
    // A list of no bytes at all is a sound empty message.
    if (state_ == State::kList && list_left_ == 0) {
      state_ = State::kTail;
      complete_ = true;
    }
    auto next = field();
    if (!next) return std::move(next).error();
    if (!*next) return std::optional<Part>();
    const Field found = **next;
    if (state_ == State::kEnvelope && found.number == kRaw) {
      queue_.consume(found.header);
      list_left_ = found.length;
      state_ = State::kList;
      continue;
    }
    if (found.length > kMaxFrame) return broken("list: an item is larger than 16 MiB");
    const std::size_t whole = found.header + found.length;
    if (state_ == State::kList && whole > list_left_) {
      return broken("list: an item reaches beyond the list");
    }
    if (rest.size() < whole) return std::optional<Part>();
    queue_.consume(whole);
    if (state_ != State::kList) continue;
    list_left_ -= whole;
    if (list_left_ == 0) {
      state_ = State::kTail;
      complete_ = true;
    }
    const std::string_view content = rest.substr(found.header, found.length);
    if (found.number == kMeta) return std::optional(Part{Part::Kind::kMeta, content});
    if (found.number == kItem) return std::optional(Part{Part::Kind::kItem, content});
  }
}

std::optional<ListSplitter::Part> ListSplitter::captured(Part::Kind kind) {
  const Part part{kind, queue_.rest().substr(started_, scanned_ - started_)};
  queue_.consume(scanned_);
  scanned_ = 0;
  capturing_ = false;
  return part;
}

// A string of the top object is over: a key, or the value of one. False: this is no list.
bool ListSplitter::end_string() {
  capturing_ = false;
  const std::string_view text = queue_.rest().substr(started_ + 1, scanned_ - started_ - 2);
  if (key_known_) return key_ != Key::kKind || (text != "Status" && text != "Table");
  key_known_ = true;
  key_ = Key::kOther;
  if (text == "kind") key_ = Key::kKind;
  if (text == "metadata") key_ = Key::kMetadata;
  if (text == "items") key_ = Key::kItems;
  return true;
}

Outcome<std::optional<ListSplitter::Part>> ListSplitter::next_json() {
  const std::string_view rest = queue_.rest();
  while (scanned_ < rest.size()) {
    const char c = rest[scanned_];
    const std::size_t before = scanner_.depth();
    const bool was_string = scanner_.in_string();
    const std::size_t after = scanner_.step(c);
    ++scanned_;
    const bool is_string = scanner_.in_string();
    if (before == 0) {
      const bool blank = c == ' ' || c == '\n' || c == '\r' || c == '\t';
      if (!blank && (c != '{' || complete_)) return broken("list: not a JSON object");
    } else if (before == 1 && after == 1) {
      if (!was_string && is_string) {
        capturing_ = true;
        started_ = scanned_ - 1;
      } else if (was_string && !is_string) {
        if (!end_string()) return broken("list: the answer is not a list");
      } else if (!is_string && c == ',') {
        key_known_ = false;
      }
    } else if (before == 1 && after == 2) {
      capturing_ = key_known_ && key_ == Key::kMetadata;
      started_ = scanned_ - 1;
    } else if (before == 2 && after == 1 && capturing_) {
      return captured(Part::Kind::kMeta);
    } else if (before == 2 && after == 3 && key_ == Key::kItems) {
      capturing_ = true;
      started_ = scanned_ - 1;
    } else if (before == 3 && after == 2 && key_ == Key::kItems && capturing_) {
      return captured(Part::Kind::kItem);
    } else if (after == 0) {
      complete_ = true;
    }
    if (capturing_ && scanned_ - started_ > kMaxFrame) {
      return broken("list: an item is larger than 16 MiB");
    }
  }
  const std::size_t done = capturing_ ? started_ : scanned_;
  queue_.consume(done);
  scanned_ -= done;
  started_ = 0;
  return std::optional<Part>();
}

} // namespace syncer

// Splitters of lists and watches: pieces give what the whole gives, errors included.
#include <string>
#include <vector>

#include "fuzz_input.h"
#include "informers/event_splitter.h"
#include "informers/list_splitter.h"

namespace {

using namespace syncer;

constexpr std::uint8_t kJsonBit = 0x80;

struct Seen {
  std::vector<std::string> parts;
  bool broken = false;
  bool complete = false;
  bool operator==(const Seen&) const = default;
};

Seen events(KubeFormat format, std::string_view bytes, std::uint8_t seed) {
  EventSplitter splitter(format);
  Seen seen;
  in_pieces(bytes, seed, [&](std::string_view piece) {
    if (seen.broken) return;
    splitter.feed(piece);
    while (true) {
      const auto event = splitter.next();
      seen.broken = !event;
      if (seen.broken || !*event) return;
      seen.parts.emplace_back(**event);
    }
  });
  return seen;
}

Seen list(KubeFormat format, std::string_view bytes, std::uint8_t seed) {
  ListSplitter splitter(format);
  Seen seen;
  in_pieces(bytes, seed, [&](std::string_view piece) {
    if (seen.broken) return;
    splitter.feed(piece);
    while (true) {
      const auto part = splitter.next();
      seen.broken = !part;
      if (seen.broken || !*part) return;
      const char kind = (*part)->kind == ListSplitter::Part::Kind::kMeta ? 'm' : 'i';
      seen.parts.push_back(kind + std::string((*part)->bytes));
    }
  });
  seen.complete = splitter.complete();
  return seen;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const FuzzInput input = split_input(data, size);
  const KubeFormat format = input.choice & kJsonBit ? KubeFormat::kJson : KubeFormat::kProtobuf;
  const auto seed = static_cast<std::uint8_t>((input.choice & ~kJsonBit) + 1);
  must(events(format, input.rest, 0) == events(format, input.rest, seed));
  must(list(format, input.rest, 0) == list(format, input.rest, seed));
  return 0;
}

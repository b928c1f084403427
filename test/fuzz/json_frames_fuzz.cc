// Splitter of custom resources' lists and watches: pieces give what the whole gives, errors
// included, and an object is what its braces enclose.
#include <string>
#include <vector>

#include "fuzz_input.h"
#include "kube/json_frames.h"

namespace {

using namespace syncer;

struct Seen {
  std::vector<std::string> parts;
  bool broken = false;
  bool complete = false;
  bool operator==(const Seen&) const = default;
};

Seen read(JsonFrames::Body body, std::string_view bytes, std::uint8_t seed) {
  JsonFrames frames(body);
  Seen seen;
  in_pieces(bytes, seed, [&](std::string_view piece) {
    if (seen.broken) return;
    frames.feed(piece);
    while (true) {
      const auto part = frames.next();
      seen.broken = !part;
      if (seen.broken || !*part) return;
      const std::string_view text = (*part)->text;
      must(text.size() >= 2 && text.front() == '{');
      must(text.back() == '}' || text.back() == ']');
      const char kind = (*part)->kind == JsonFrames::Part::Kind::kMeta ? 'm' : 'o';
      seen.parts.push_back(kind + std::string(text));
    }
  });
  seen.complete = frames.complete();
  return seen;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const FuzzInput input = split_input(data, size);
  const auto seed = static_cast<std::uint8_t>(input.choice | 1);
  for (const auto body : {JsonFrames::Body::kWatch, JsonFrames::Body::kList}) {
    must(read(body, input.rest, 0) == read(body, input.rest, seed));
  }
  return 0;
}

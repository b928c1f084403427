// Framers: however the bytes are cut, no byte is lost, none is invented.
#include <string>

#include "fuzz_input.h"
#include "net/length_framer.h"
#include "net/line_framer.h"

namespace {

using syncer::FuzzInput;
using syncer::must;

constexpr std::size_t kCap = 512;

void lines(const FuzzInput& input) {
  syncer::LineFramer framer(kCap);
  std::string seen;
  bool broken = false;
  syncer::in_pieces(input.rest, input.choice, [&](std::string_view piece) {
    framer.push(piece);
    while (!broken) {
      const auto line = framer.next();
      if (!line) {
        broken = true;
      } else if (!*line) {
        break;
      } else {
        must((*line)->size() <= kCap && (*line)->find('\n') == std::string_view::npos);
        seen.append(**line).push_back('\n');
      }
    }
  });
  must(input.rest.substr(0, seen.size()) == seen);
  if (!broken) must(seen.size() + framer.unfinished() == input.rest.size());
}

void lengths(const FuzzInput& input) {
  syncer::LengthFramer framer(kCap);
  std::string seen;
  bool broken = false;
  syncer::in_pieces(input.rest, input.choice, [&](std::string_view piece) {
    framer.push(piece);
    while (!broken) {
      const auto frame = framer.next();
      if (!frame) {
        broken = true;
      } else if (!*frame) {
        break;
      } else {
        must((*frame)->size() <= kCap);
        const auto size = static_cast<unsigned>((*frame)->size());
        for (const int shift : {24, 16, 8, 0}) seen.push_back(static_cast<char>(size >> shift));
        seen.append(**frame);
      }
    }
  });
  must(input.rest.substr(0, seen.size()) == seen);
  if (!broken) must(seen.size() + framer.unfinished() == input.rest.size());
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const FuzzInput input = syncer::split_input(data, size);
  lines(input);
  lengths(input);
  return 0;
}

#include <gtest/gtest.h>

#include "net/length_framer.h"
#include "net/line_framer.h"

namespace syncer {
namespace {

using Frames = std::vector<std::string>;

// All frames that are complete now; a framing error ends the list with "!".
template <class Framer>
void drain(Framer& framer, Frames& frames) {
  for (;;) {
    const auto next = framer.next();
    if (!next) {
      frames.push_back("!");
      return;
    }
    if (!*next) return;
    frames.push_back(std::string(**next));
  }
}

std::string framed(std::string_view payload) {
  const auto size = payload.size();
  std::string out;
  for (const int shift : {24, 16, 8, 0}) out += static_cast<char>(size >> shift & 0xff);
  return out.append(payload);
}

TEST(LineFramer, LinesAreTheSameWhereverTheBytesAreCut) {
  const std::string text = "one\n\ntwo, longer\r\nthree\nrest";
  for (std::size_t first = 0; first <= text.size(); ++first) {
    for (std::size_t second = first; second <= text.size(); ++second) {
      LineFramer framer;
      Frames lines;
      framer.push(text.substr(0, first));
      drain(framer, lines);
      framer.push(text.substr(first, second - first));
      drain(framer, lines);
      framer.push(text.substr(second));
      drain(framer, lines);

      ASSERT_EQ(lines, (Frames{"one", "", "two, longer\r", "three"})) << first << " " << second;
      ASSERT_EQ(framer.unfinished(), 4u);
    }
  }
}

TEST(LineFramer, LineOfExactlyTheCapPasses) {
  LineFramer framer(3);
  Frames lines;
  framer.push("abc\nabc");
  drain(framer, lines);
  framer.push("\n");
  drain(framer, lines);
  EXPECT_EQ(lines, (Frames{"abc", "abc"}));
}

TEST(LineFramer, LineOverTheCapIsAnErrorForGoodEvenBeforeItEnds) {
  LineFramer framer(3);
  Frames lines;
  framer.push("ok\nabcd");
  drain(framer, lines);
  EXPECT_EQ(lines, (Frames{"ok", "!"}));

  framer.push("\nok\n");
  lines.clear();
  drain(framer, lines);
  EXPECT_EQ(lines, Frames{"!"});
}

TEST(LengthFramer, FramesAreTheSameWhereverTheBytesAreCut) {
  const std::string text =
      framed("one") + framed("") + framed(std::string(300, 'x')) + std::string("\0\0", 2);
  for (std::size_t first = 0; first <= text.size(); ++first) {
    LengthFramer framer;
    Frames frames;
    framer.push(text.substr(0, first));
    drain(framer, frames);
    framer.push(text.substr(first));
    drain(framer, frames);
    ASSERT_EQ(frames, (Frames{"one", "", std::string(300, 'x')})) << first;
    ASSERT_EQ(framer.unfinished(), 2u);
  }
}

TEST(LengthFramer, FramesComeByteByByte) {
  LengthFramer framer;
  Frames frames;
  for (const char c : framed("one") + framed("two")) {
    framer.push(std::string(1, c));
    drain(framer, frames);
  }
  EXPECT_EQ(frames, (Frames{"one", "two"}));
  EXPECT_EQ(framer.unfinished(), 0u);
}

TEST(LengthFramer, LengthOverTheCapIsAnErrorForGood) {
  LengthFramer framer(10);
  Frames frames;
  framer.push(framed("0123456789") + std::string("\xff\xff\xff\xff", 4));
  drain(framer, frames);
  EXPECT_EQ(frames, (Frames{"0123456789", "!"}));

  framer.push(framed("ok"));
  frames.clear();
  drain(framer, frames);
  EXPECT_EQ(frames, Frames{"!"});
}

} // namespace
} // namespace syncer

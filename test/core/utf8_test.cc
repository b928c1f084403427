#include "core/utf8.h"

#include <gtest/gtest.h>

#include <string>

namespace syncer {
namespace {

TEST(Utf8, LengthAndCharacterOfWellFormedSequences) {
  const std::pair<std::string, char32_t> rows[] = {{"a", 'a'},
                                                   {"\x7f", 0x7f},
                                                   {"\xc2\x80", 0x80},
                                                   {"\xdf\xbf", 0x7ff},
                                                   {"\xe0\xa0\x80", 0x800},
                                                   {"\xed\x9f\xbf", 0xd7ff},
                                                   {"\xef\xbf\xbf", 0xffff},
                                                   {"\xf0\x90\x80\x80", 0x10000},
                                                   {"\xf4\x8f\xbf\xbf", 0x10ffff}};
  for (const auto& [text, character] : rows) {
    EXPECT_EQ(utf8_length("x" + text + "x", 1), text.size());
    EXPECT_EQ(utf8_character(text), character);
  }
}

TEST(Utf8, AnythingElseHasNoLength) {
  for (const char* text : {"\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xc3", "\xc3(", "\xe0\x9f\xbf",
                           "\xe2\x82", "\xe2(\x82", "\xed\xa0\x80", "\xf0\x8f\xbf\xbf",
                           "\xf0\x90\x80", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff"}) {
    EXPECT_EQ(utf8_length(text, 0), 0u);
  }
}

} // namespace
} // namespace syncer

#include "cli/number_text.h"

#include <gtest/gtest.h>

#include "cli/display_text.h"
#include "cli/sparkline.h"
#include "cli/status_text.h"

namespace syncer {
namespace {

TEST(NumberText, LongNumbersAreGrouped) {
  EXPECT_EQ(grouped(0), "0");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(grouped(1'000), "1,000");
  EXPECT_EQ(grouped(25'000'000), "25,000,000");
}

TEST(NumberText, DurationsHaveTheUnitThatFits) {
  EXPECT_EQ(duration_text(0.0384), "38 ms");
  EXPECT_EQ(duration_text(0.9994), "999 ms");
  EXPECT_EQ(duration_text(1.04), "1.0 s");
  EXPECT_EQ(duration_text(9.96), "10.0 s");
  EXPECT_EQ(duration_text(61.4), "61 s");
}

TEST(NumberText, TellsHowLong) {
  EXPECT_EQ(for_how_long(0), "for 0 s");
  EXPECT_EQ(for_how_long(119), "for 119 s");
  EXPECT_EQ(for_how_long(120), "for 2 min");
  EXPECT_EQ(for_how_long(7200), "for 2 h");
  EXPECT_EQ(for_how_long(3 * 86400), "for 3 d");
}

TEST(Sparkline, IsAsHighAsTheShareOfTheGreatest) {
  EXPECT_EQ(sparkline({0.0, 1.0, 4.0, std::nullopt, 8.0}, true), "▁▁▄ █");
  EXPECT_EQ(sparkline({0.0, 1.0, 4.0, std::nullopt, 8.0}, false), "__= #");
  EXPECT_EQ(sparkline({0.0, 0.0}, true), "▁▁");
  EXPECT_EQ(sparkline({}, true), "");
}

TEST(DisplayText, WhatATerminalWouldObeyIsNotShown) {
  EXPECT_EQ(printable("a\x1b[2Jb\n\x7f"), "a?[2Jb??");
  EXPECT_EQ(printable("\xc2\x9b"
                      "2J \xc3\xbc \xc2\xb5"),
            "?2J \xc3\xbc \xc2\xb5");
}

} // namespace
} // namespace syncer

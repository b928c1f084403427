#include "cli/table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "cli/display_text.h"

namespace syncer {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr Table::Align kRight = Table::Align::kRight;

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

class TableTest : public testing::Test {
 protected:
  Terminal terminal(std::size_t width, bool colours = false, bool unicode = true) {
    Terminal terminal{out, out};
    terminal.width = width;
    terminal.colours = colours;
    terminal.unicode = unicode;
    return terminal;
  }

  static Table failures(bool cut_ids = false) {
    Table table({{"VOLUME", Table::Align::kLeft, cut_ids},
                 {"TRIES", kRight},
                 {"ERROR", Table::Align::kLeft, true}});
    table.add(
        {{"5c1f9a3e-6f0e-4a57-9d5e-0b4d2f1c7a10"},
         {"12", Colour::kBad},
         {"CnsFault: the volume is attached to a VM on another host, and its disk is locked by "
          "a process there"}});
    table.add({{"vol-2"}, {"3"}, {"busy"}});
    return table;
  }

  std::ostringstream out;
};

TEST_F(TableTest, WhereNothingBoundsTheWidthNothingIsCut) {
  EXPECT_EQ(failures().text(terminal(0)),
            "VOLUME                                TRIES  ERROR\n"
            "5c1f9a3e-6f0e-4a57-9d5e-0b4d2f1c7a10     12  CnsFault: the volume is attached to a VM "
            "on another host, and its disk is locked by a process there\n"
            "vol-2                                     3  busy\n");
}

TEST_F(TableTest, InEightyColumnsTheWidestFlexibleColumnIsCut) {
  EXPECT_EQ(failures().text(terminal(80)),
            "VOLUME                                TRIES  ERROR\n"
            "5c1f9a3e-6f0e-4a57-9d5e-0b4d2f1c7a10     12  CnsFault: the volume is attached t…\n"
            "vol-2                                     3  busy\n");
}

TEST_F(TableTest, AHundredAndSixtyColumnsAreUsed) {
  EXPECT_EQ(failures().text(terminal(160)), failures().text(terminal(0)));
}

TEST_F(TableTest, FlexibleColumnsShareWhatIsThere) {
  EXPECT_THAT(
      lines_of(failures(true).text(terminal(40))),
      ElementsAre("VOLUME           TRIES  ERROR", "5c1f9a3e-6f0e-…     12  CnsFault: the v…",
                  "vol-2                3  busy"));
}

TEST_F(TableTest, TheOtherColumnsAreCutLast) {
  EXPECT_THAT(lines_of(failures().text(terminal(48))),
              ElementsAre("VOLUME                           TRIES  ERROR",
                          "5c1f9a3e-6f0e-4a57-9d5e-0b4d2f…     12  CnsFaul…",
                          "vol-2                                3  busy"));
  EXPECT_THAT(lines_of(failures().text(terminal(11))),
              ElementsAre("V…  T…  ER…", "5…  12  Cn…", "v…   3  bu…"));
}

TEST_F(TableTest, TheIndentCounts) {
  for (const std::string& line : lines_of(failures().text(terminal(80), 4))) {
    EXPECT_LE(display_width(line), 80u);
    EXPECT_EQ(line.substr(0, 4), "    ");
  }
}

TEST_F(TableTest, ColoursDoNotMoveTheColumns) {
  const std::string text = failures().text(terminal(80, true));

  EXPECT_THAT(text, HasSubstr("a10     \x1b[31m12\x1b[0m  CnsFault"));
}

TEST_F(TableTest, ATerminalOfAsciiGetsNoOtherCharacter) {
  EXPECT_THAT(failures().text(terminal(80, false, false)), HasSubstr("attached t~\n"));
}

TEST_F(TableTest, CellsAreShownAsPrintable) {
  Table table({{"NAME"}});
  table.add({{"a\x1b[2J\nb"}});

  EXPECT_EQ(table.text(terminal(80)), "NAME\na?[2J?b\n");
}

TEST_F(TableTest, ColumnsAreAlignedByWhatATerminalShows) {
  Table table({{"NAME"}, {"N", kRight}});
  table.add({{"Größe"}, {"1"}});
  table.add({{"容量"}, {"22"}});
  table.add({{"size"}, {"3"}});

  EXPECT_EQ(table.text(terminal(80)),
            "NAME    N\n"
            "Größe   1\n"
            "容量   22\n"
            "size    3\n");
}

TEST_F(TableTest, EmptyCellsLeaveNoBlanksAtTheEnd) {
  Table table({{"A"}, {"B"}, {"C"}});
  table.add({{"long"}, {}, {"x"}});
  table.add({{"y"}});

  EXPECT_EQ(table.text(terminal(80)), "A     B  C\nlong     x\ny\n");
}

TEST_F(TableTest, WhatDoesNotFitBesideStandsBelow) {
  Table table({{"NAME"}, {"N", kRight}, {"ERROR", Table::Align::kLeft, false, true}});
  table.add({{"a"}, {"1"}, {"the disk is locked by another host"}});
  table.add({{"b"}, {"22"}, {}});

  EXPECT_EQ(table.text(terminal(80)),
            "NAME   N  ERROR\n"
            "a      1  the disk is locked by another host\n"
            "b     22\n");
  EXPECT_EQ(table.text(terminal(24)),
            "NAME   N\n"
            "a      1\n"
            "    the disk is locked\n"
            "    by another host\n"
            "b     22\n");
}

TEST_F(TableTest, AnEmptyLastColumnIsLeftOut) {
  Table table({{"NAME"}, {"ERROR", Table::Align::kLeft, false, true}});
  table.add({{"a"}, {}});

  EXPECT_EQ(table.text(terminal(80)), "NAME\na\n");
}

TEST_F(TableTest, WithoutRowsThereAreNoHeaders) {
  EXPECT_EQ(Table({{"A"}}).text(terminal(80)), "");
  EXPECT_TRUE(Table({{"A"}}).empty());
}

TEST(DisplayText, IsCutBetweenCharacters) {
  EXPECT_EQ(cut_to_width("Größe", 5, "…"), "Größe");
  EXPECT_EQ(cut_to_width("Größen", 4, "…"), "Grö…");
  EXPECT_EQ(cut_to_width("容量不足", 4, "…"), "容…");
  EXPECT_EQ(cut_to_width("abc", 0, "…"), "");
}

TEST(DisplayText, CombiningMarksTakeNoColumn) {
  EXPECT_EQ(display_width("e\xcc\x81tude"), 5u);
  EXPECT_EQ(display_width("\xff?"), 2u);
}

TEST(DisplayText, IsWrappedBetweenWords) {
  EXPECT_THAT(wrapped("the disk is locked", 9), ElementsAre("the disk", "is locked"));
  EXPECT_THAT(wrapped("the disk", 0), ElementsAre("the disk"));
  EXPECT_THAT(wrapped("", 9), ElementsAre(""));
}

TEST(DisplayText, AWordWiderThanALineIsBroken) {
  EXPECT_THAT(wrapped("in 5c1f9a3e6f0e now", 5), ElementsAre("in", "5c1f9", "a3e6f", "0e", "now"));
  EXPECT_THAT(wrapped("容量", 1), ElementsAre("容", "量"));
}

} // namespace
} // namespace syncer

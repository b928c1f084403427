#include "config/gcfg_values.h"

#include <gtest/gtest.h>

#include <limits>

namespace syncer {
namespace {

TEST(GcfgBoolean, EightWordsInAnyCase) {
  for (const char* text : {"true", "Yes", "ON", "1"}) EXPECT_EQ(gcfg_boolean(text), true) << text;
  for (const char* text : {"false", "No", "OFF", "0"}) EXPECT_EQ(gcfg_boolean(text), false) << text;
  for (const char* text : {"", " true", "t", "2", "01"}) EXPECT_FALSE(gcfg_boolean(text)) << text;
}

struct IntegerRow {
  const char* text;
  std::optional<std::int64_t> expected;
};

class GcfgInteger : public testing::TestWithParam<IntegerRow> {};

TEST_P(GcfgInteger, IsReadAsTheOriginalReadsIt) {
  EXPECT_EQ(gcfg_integer(GetParam().text), GetParam().expected) << GetParam().text;
}

constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kLeast = std::numeric_limits<std::int64_t>::min();

INSTANTIATE_TEST_SUITE_P(
    Rows, GcfgInteger,
    testing::Values(IntegerRow{"0", 0}, IntegerRow{"-7", -7}, IntegerRow{"+7", 7},
                    IntegerRow{"007", 7}, IntegerRow{" 7\n", 7}, IntegerRow{"\xc2\xa0\x37", 7},
                    IntegerRow{"0x1f", 31}, IntegerRow{"-0xF", -15}, IntegerRow{"0x_1_f", 31},
                    IntegerRow{"9223372036854775807", kMost},
                    IntegerRow{"-9223372036854775808", kLeast},
                    IntegerRow{"9223372036854775808", std::nullopt},
                    IntegerRow{"-9223372036854775809", std::nullopt}, IntegerRow{"", std::nullopt},
                    IntegerRow{" ", std::nullopt}, IntegerRow{"-", std::nullopt},
                    IntegerRow{"--7", std::nullopt}, IntegerRow{"7 7", std::nullopt},
                    IntegerRow{"7m", std::nullopt}, IntegerRow{"1_0", std::nullopt},
                    IntegerRow{"1.0", std::nullopt}, IntegerRow{"0x", std::nullopt},
                    IntegerRow{"0x1_", std::nullopt}, IntegerRow{"0x1__0", std::nullopt},
                    IntegerRow{"0X1", std::nullopt}, IntegerRow{"+0x1", std::nullopt},
                    IntegerRow{"0x1g", std::nullopt}));

TEST(GcfgWord, IsOneWordOnOneLine) {
  EXPECT_EQ(gcfg_word("READ_ONLY"), "READ_ONLY");
  EXPECT_EQ(gcfg_word(" READ_ONLY\t"), "READ_ONLY");
  for (const char* text : {"", " ", "READ ONLY", "READ_ONLY\n",
                           "a\xe2\x80\x83"
                           "b"}) {
    EXPECT_FALSE(gcfg_word(text)) << text;
  }
}

} // namespace
} // namespace syncer

#include "config/go_flags.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace syncer {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

GoFlags both(const std::vector<std::string>& arguments) {
  return rewrite_go_flags(arguments, {"version", "leader-election"});
}

std::vector<std::string> rewrite(const std::vector<std::string>& arguments) {
  return both(arguments).flags;
}

TEST(GoFlags, OneOrTwoDashesWithValueBehindEqualsOrNext) {
  EXPECT_THAT(rewrite({"-a=1", "--b", "2", "-c", "-3"}), ElementsAre("--a=1", "--b=2", "--c=-3"));
}

TEST(GoFlags, BooleansTakeNoNextArgument) {
  EXPECT_THAT(rewrite({"-version", "-leader-election=false", "-x=1"}),
              ElementsAre("--version=true", "--leader-election=false", "--x=1"));
}

TEST(GoFlags, TheFirstArgumentThatIsNoFlagEndsThem) {
  EXPECT_THAT(rewrite({"-a=1", "status", "-b"}), ElementsAre("--a=1"));
  EXPECT_THAT(both({"-a=1", "status", "-b"}).rest, ElementsAre("status", "-b"));
  EXPECT_THAT(both({"-version", "true", "-b"}).rest, ElementsAre("true", "-b"));
  EXPECT_THAT(both({"--", "-b"}).rest, ElementsAre("-b"));
  EXPECT_THAT(both({"-"}).rest, ElementsAre("-"));
  EXPECT_THAT(both({""}).rest, ElementsAre(""));
}

TEST(GoFlags, AnEmptyValueIsOne) {
  EXPECT_THAT(rewrite({"-a=", "-b=1"}), ElementsAre("--a", "", "--b=1"));
  EXPECT_THAT(rewrite({"-a", "", "-b=1"}), ElementsAre("--a", "", "--b=1"));
  EXPECT_THAT(rewrite({"-a"}), ElementsAre("--a"));
}

TEST(GoFlags, Booleans) {
  for (const char* text : {"1", "t", "T", "TRUE", "true", "True"}) {
    EXPECT_EQ(parse_go_boolean(text), true) << text;
  }
  for (const char* text : {"0", "f", "F", "FALSE", "false", "False"}) {
    EXPECT_EQ(parse_go_boolean(text), false) << text;
  }
  for (const char* text : {"", "yes", "on", "tRUE", "2", " 1"}) {
    EXPECT_FALSE(parse_go_boolean(text)) << text;
  }
}

TEST(GoFlags, HelpTakesNoValue) {
  EXPECT_THAT(rewrite({"-help", "me"}), ElementsAre("--help"));
  EXPECT_THAT(rewrite({"-h"}), ElementsAre("--help"));
}

TEST(GoFlags, AValueMayHoldEqualsSigns) {
  EXPECT_THAT(rewrite({"-a=b=c"}), ElementsAre("--a=b=c"));
}

struct DurationRow {
  const char* text;
  Clock::duration expected;
};

class GoDuration : public testing::TestWithParam<DurationRow> {};

TEST_P(GoDuration, IsRead) {
  const auto value = parse_go_duration(GetParam().text);

  ASSERT_TRUE(value) << value.error().detail;
  EXPECT_EQ(*value, GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(Rows, GoDuration,
                         testing::Values(DurationRow{"0", 0s}, DurationRow{"15s", 15s},
                                         DurationRow{"300ms", 300ms},
                                         DurationRow{"1h15m30.5s", 1h + 15min + 30500ms},
                                         DurationRow{"-2s", -2s}, DurationRow{"+1m", 1min},
                                         DurationRow{"1.5h", 90min}, DurationRow{".5s", 500ms},
                                         DurationRow{"7us", 7us}, DurationRow{"7\xc2\xb5s", 7us}));

TEST(GoDurationErrors, NameTheText) {
  for (const char* text :
       {"", "5", "s", "1x", "1s2", "--1s", "1 s", "1e3s", "9999999h", "nan", "infs"}) {
    const auto value = parse_go_duration(text);

    ASSERT_FALSE(value) << text;
    EXPECT_THAT(value.error().detail, HasSubstr("\"" + std::string(text) + "\""));
  }
}

} // namespace
} // namespace syncer

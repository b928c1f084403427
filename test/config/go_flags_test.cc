#include "config/go_flags.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace syncer {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::string> rewrite(const std::vector<std::string>& arguments) {
  return rewrite_go_flags(arguments, {"version", "leader-election"});
}

TEST(GoFlags, OneOrTwoDashesWithValueBehindEqualsOrNext) {
  EXPECT_THAT(rewrite({"-a=1", "--b", "2", "-c", "-3"}), ElementsAre("--a=1", "--b=2", "--c=-3"));
}

TEST(GoFlags, BooleansTakeNoNextArgument) {
  EXPECT_THAT(rewrite({"-version", "-leader-election=false", "-x=1"}),
              ElementsAre("--version=true", "--leader-election=false", "--x=1"));
}

TEST(GoFlags, TheFirstArgumentThatIsNoFlagEndsThem) {
  EXPECT_THAT(rewrite({"-a=1", "status", "-b"}), ElementsAre("--a=1", "status", "-b"));
  EXPECT_THAT(rewrite({"--", "-b"}), ElementsAre("--", "-b"));
  EXPECT_THAT(rewrite({"-"}), ElementsAre("-"));
}

TEST(GoFlags, HelpTakesNoValue) {
  EXPECT_THAT(rewrite({"-help", "me"}), ElementsAre("--help", "me"));
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

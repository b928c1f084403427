#include "app/log_repeats.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/ostream_sink.h>

#include <sstream>

namespace syncer {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class LogRepeats : public testing::Test {
 protected:
  LogRepeats() {
    auto inner = std::make_shared<spdlog::sinks::ostream_sink_st>(out);
    inner->set_pattern("%n %l %v");
    sink = std::make_shared<CollapsingSink>(inner);
    log = std::make_unique<spdlog::logger>("vc-1", sink);
  }
  std::vector<std::string> lines() {
    std::vector<std::string> all;
    std::istringstream text(out.str());
    for (std::string line; std::getline(text, line);) all.push_back(line);
    out.str("");
    return all;
  }
  void fail(int count) {
    for (int i = 0; i < count; ++i) log->warn("volume=v-{} not in sync: refused", i);
  }

  std::ostringstream out;
  std::shared_ptr<CollapsingSink> sink;
  std::unique_ptr<spdlog::logger> log;
};

TEST_F(LogRepeats, FiveThousandLikeFailuresAreSixLines) {
  fail(5000);
  EXPECT_EQ(lines().size(), RepeatBook::kShown);

  sink->tell_repeats();

  EXPECT_THAT(lines(),
              ElementsAre("vc-1 warning volume=v-4999 not in sync: refused repeated=4995"));
}

TEST_F(LogRepeats, AfterThatTheFirstOnesAreShownAgain) {
  fail(100);
  sink->tell_repeats();
  lines();

  fail(2);

  EXPECT_EQ(lines().size(), 2u);
  sink->tell_repeats();
  EXPECT_THAT(lines(), IsEmpty());
}

TEST_F(LogRepeats, OtherTroublesAndOtherLevelsAreNotHeldBack) {
  fail(100);
  log->warn("volume=v-1 cannot be read");
  log->error("volume=v-1 not in sync: refused");
  for (int i = 0; i < 100; ++i) log->info("listed={}", i);

  EXPECT_EQ(lines().size(), RepeatBook::kShown + 2 + 100);
}

TEST_F(LogRepeats, OfTooManyShapesTheOldestMakesRoomAndIsToldOf) {
  fail(10);
  for (std::size_t i = 0; i < RepeatBook::kShapes; ++i) {
    log->warn("trouble {}", std::string(i + 1, 'x'));
  }
  lines();

  sink->tell_repeats();

  EXPECT_THAT(lines(), ElementsAre("vc-1 warning volume=v-9 not in sync: refused repeated=5"));
}

} // namespace
} // namespace syncer

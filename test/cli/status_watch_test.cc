#include "admin_rig.h"

namespace syncer {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

json saying(const std::string& health) {
  return {{"health", health}, {"health_level", "good"}, {"vcenters", json::array()}};
}

class StatusWatch : public AdminRig {
 protected:
  StatusWatch() {
    service.statuses = {saying("first"), saying("second")};
    screen = true;
    size = {80, 24};
  }
};

TEST_F(StatusWatch, RedrawsTheScreenInPlace) {
  run_until_pause(2, "status", {"--watch"});

  EXPECT_EQ(out.str(),
            "\x1b[?1049h\x1b[?25l"
            "\x1b[H\x1b[Kvsphere-syncer status, every 2 s, as of 14:00:00 UTC\n\x1b[K\n\x1b[Jfirst"
            "\x1b[H\x1b[Kvsphere-syncer status, every 2 s, as of 14:00:02 UTC\n\x1b[K\n\x1b[Jsecond"
            "\x1b[?25h\x1b[?1049l");
}

TEST_F(StatusWatch, ASignalGivesTheCursorBack) {
  run_until_pause(1, "status", {"-w"});

  EXPECT_EQ(last_words, "\x1b[?25h\x1b[?1049l");
}

TEST_F(StatusWatch, AsksAsOftenAsItIsTold) {
  run_until_pause(3, "status", {"--watch=0.5"});

  EXPECT_EQ(service.asked.size(), 3u);
  EXPECT_EQ(now, Clock::time_point(std::chrono::hours(1)) + std::chrono::seconds(1));
  EXPECT_THAT(out.str(), HasSubstr("every 0.5 s"));
}

TEST_F(StatusWatch, TheLastPictureStaysWhileNobodyAnswers) {
  int pauses = 0;
  paused = [&] {
    if (++pauses == 1) service.refusal = Error{ErrorKind::kTransient, "nobody there"};
    if (pauses == 3) service.refusal.reset();
  };
  run_until_pause(3, "status", {"--watch"});

  EXPECT_THAT(out.str(), HasSubstr("as of 14:00:00 UTC\n"
                                   "\x1b[KNo answer since 14:00:02 UTC: nobody there\n\x1b[K\n"
                                   "\x1b[Jfirst\x1b[?25h"));
  pauses = 0;
  now = Clock::time_point(std::chrono::hours(1));
  out.str("");
  service.refusal.reset();
  run_until_pause(4, "status", {"--watch"});
  EXPECT_THAT(out.str(), EndsWith("as of 14:00:06 UTC\n\x1b[K\n\x1b[Jsecond"
                                  "\x1b[?25h\x1b[?1049l"));
}

TEST_F(StatusWatch, FollowsTheWindow) {
  service.statuses = {saying("a sentence that is longer than twenty columns")};
  paused = [this] { size = {20, 24}; };
  run_until_pause(2, "status", {"--watch"});

  EXPECT_THAT(out.str(), HasSubstr("\x1b[Ja sentence that is longer than twenty columns"));
  EXPECT_THAT(out.str(), HasSubstr("\x1b[Ka sentence that is\n\x1b[Klonger than twenty\n"));
}

TEST_F(StatusWatch, WhatIsHigherThanTheWindowIsCounted) {
  size.rows = 3;
  run_until_pause(1, "status", {"--watch"});

  EXPECT_THAT(out.str(), HasSubstr("UTC\n\x1b[K\n\x1b[J1 more line\x1b[?25h"));
  EXPECT_THAT(out.str(), Not(HasSubstr("first")));
}

TEST_F(StatusWatch, InAFileOneStatusFollowsTheOther) {
  screen = false;
  paused = [&] {
    if (service.asked.size() == 2) service.refusal = Error{ErrorKind::kTransient, "nobody there"};
  };
  run_until_pause(3, "status", {"--watch"});

  EXPECT_EQ(out.str(),
            "14:00:00 UTC\nfirst\n"
            "\n14:00:02 UTC\nsecond\n"
            "\n14:00:04 UTC no answer: nobody there\n");
  EXPECT_EQ(last_words, "");
}

TEST_F(StatusWatch, JsonIsOneObjectPerLine) {
  run_until_pause(2, "status", {"--watch", "-o", "json"});

  std::istringstream lines(out.str());
  for (const char* health : {"first", "second"}) {
    std::string line;
    ASSERT_TRUE(std::getline(lines, line));
    EXPECT_EQ(json::parse(line)["health"], health);
  }
  EXPECT_THAT(out.str(), Not(HasSubstr("\x1b")));
}

TEST_F(StatusWatch, WrongIntervalsAreRefused) {
  for (const char* wrong : {"--watch=0", "--watch=soon", "--watch=7200"}) {
    EXPECT_EQ(run("status", {wrong}), kWrongUsage) << wrong;
  }
  EXPECT_EQ(out.str(), "");
}

} // namespace
} // namespace syncer

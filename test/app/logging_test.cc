#include "app/logging.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

namespace syncer {
namespace {

std::string escaped(std::string_view text) {
  std::string out;
  append_json_escaped(text, out);
  return out;
}

TEST(Logging, QuotesBackslashesAndControlCharactersAreEscaped) {
  EXPECT_EQ(escaped("a\"b\\c\nd\x01"), "a\\\"b\\\\c\\nd\\u0001");
}

TEST(Logging, BytesThatAreNotUtf8AreReplaced) {
  EXPECT_EQ(escaped("\xff"), "\xef\xbf\xbd");
  EXPECT_EQ(escaped("\xc3"), "\xef\xbf\xbd");
  EXPECT_EQ(escaped("\xed\xa0\x80"), "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"); // a surrogate
  EXPECT_EQ(escaped("\xf0\x9f\x98\x80 \xc3\xa4"), "\xf0\x9f\x98\x80 \xc3\xa4");
}

TEST(Logging, EveryByteStringMakesValidJson) {
  std::string all;
  for (int byte = 0; byte < 256; ++byte) all += static_cast<char>(byte);

  const auto parsed = nlohmann::json::parse("\"" + escaped(all) + "\"", nullptr, false);

  EXPECT_TRUE(parsed.is_string());
}

TEST(Logging, LinesAreJsonWithTimeLevelAndMessage) {
  testing::internal::CaptureStderr();
  make_logger(true, "info")->warn("volume={} detail=\"{}\"", "v-1", "line\nbreak");
  const std::string line = testing::internal::GetCapturedStderr();

  const auto parsed = nlohmann::json::parse(line, nullptr, false);

  ASSERT_TRUE(parsed.is_object()) << line;
  EXPECT_EQ(parsed["level"], "warning");
  EXPECT_EQ(parsed["msg"], "volume=v-1 detail=\"line\nbreak\"");
  EXPECT_EQ(parsed["time"].get<std::string>().back(), 'Z');
}

TEST(Logging, PairsOfAMessageAreKeysOfTheirOwn) {
  testing::internal::CaptureStderr();
  make_logger(true, "info")->warn("volume={} pv=data level=9 refused: \"{}\"", "v-1", "x");
  const auto line = nlohmann::json::parse(testing::internal::GetCapturedStderr(), nullptr, false);

  ASSERT_TRUE(line.is_object());
  EXPECT_EQ(line["volume"], "v-1");
  EXPECT_EQ(line["pv"], "data");
  EXPECT_EQ(line["level"], "warning");
}

TEST(Logging, AMessageWithoutEndIsCut) {
  testing::internal::CaptureStderr();
  make_logger(true, "info")->info(std::string(100000, 'x'));

  EXPECT_LT(testing::internal::GetCapturedStderr().size(), 9000u);
}

TEST(Logging, TheLevelChangesForTheProcessAndItsVCenters) {
  const auto process = make_logger(true, "info");
  const auto vcenter = vcenter_logger(*process, "vc.example");
  set_log_level("debug");
  EXPECT_TRUE(process->should_log(spdlog::level::debug));
  EXPECT_TRUE(vcenter->should_log(spdlog::level::debug));

  set_log_level("warn");
  EXPECT_FALSE(vcenter->should_log(spdlog::level::info));
}

TEST(Logging, LikeWarningsAreCountedInsteadOfShown) {
  testing::internal::CaptureStderr();
  const auto log = make_logger(true, "info");
  for (int i = 0; i < 100; ++i) log->warn("volume=v-{} refused", i);
  tell_repeats(*log);
  std::istringstream lines(testing::internal::GetCapturedStderr());
  std::string last;
  int count = 0;
  for (std::string line; std::getline(lines, line); ++count) last = line;

  EXPECT_EQ(count, 6);
  EXPECT_EQ(nlohmann::json::parse(last)["repeated"], "95");
}

TEST(Logging, WhatAVCenterSaysCarriesItsName) {
  testing::internal::CaptureStderr();
  const auto process = make_logger(true, "info");
  vcenter_logger(*process, "vc.example\"")->info("hello");
  process->info("hello");
  std::istringstream lines(testing::internal::GetCapturedStderr());
  std::string first, second;
  std::getline(lines, first);
  std::getline(lines, second);
  EXPECT_EQ(nlohmann::json::parse(first)["vc"], "vc.example\"");
  EXPECT_FALSE(nlohmann::json::parse(second).contains("vc"));

  testing::internal::CaptureStderr();
  const auto text = make_logger(false, "info");
  vcenter_logger(*text, "vc.example")->info("hello");
  EXPECT_NE(testing::internal::GetCapturedStderr().find("vc=vc.example hello"), std::string::npos);
}

TEST(Logging, LevelsBelowTheChosenOneAreSilent) {
  testing::internal::CaptureStderr();
  make_logger(true, "warn")->info("not shown");

  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

} // namespace
} // namespace syncer

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

TEST(Logging, WhatAVCenterSaysCarriesItsName) {
  testing::internal::CaptureStderr();
  const auto process = make_logger(true, "info");
  process->clone("vc.example\"")->info("hello");
  process->info("hello");
  std::istringstream lines(testing::internal::GetCapturedStderr());
  std::string first, second;
  std::getline(lines, first);
  std::getline(lines, second);
  EXPECT_EQ(nlohmann::json::parse(first)["vc"], "vc.example\"");
  EXPECT_FALSE(nlohmann::json::parse(second).contains("vc"));

  testing::internal::CaptureStderr();
  make_logger(false, "info")->clone("vc.example")->info("hello");
  EXPECT_NE(testing::internal::GetCapturedStderr().find("vc=vc.example hello"), std::string::npos);
}

TEST(Logging, LevelsBelowTheChosenOneAreSilent) {
  testing::internal::CaptureStderr();
  make_logger(true, "warn")->info("not shown");

  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

} // namespace
} // namespace syncer

#include "app/log_fields.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace syncer {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

TEST(LogFields, PairsAndWordsAreToldApart) {
  const LogFields fields = split_fields("volume=v-1 pv=data not in sync: refused");

  EXPECT_THAT(fields.pairs, ElementsAre(Pair("volume", "v-1"), Pair("pv", "data")));
  EXPECT_EQ(fields.words, "not in sync: refused");
}

TEST(LogFields, AQuotedValueMayHoldWordsAndQuotes) {
  const LogFields fields = split_fields(R"(login=failed error="user "x" is unknown" attempt=2)");

  EXPECT_THAT(fields.pairs,
              ElementsAre(Pair("login", "failed"), Pair("error", "user \"x\" is unknown"),
                          Pair("attempt", "2")));
}

TEST(LogFields, ATextFromOutsideReplacesNothingThatWasSaidBefore) {
  const LogFields fields = split_fields(R"(volume=v-1 error="no" volume=v-2 here")");

  EXPECT_THAT(fields.pairs.front(), Pair("volume", "v-1"));
  EXPECT_EQ(fields.pairs.size(), 2u);
}

TEST(LogFields, TheNamesOfATaskArePairsAndNoPartOfTheShape) {
  const LogFields fields = split_fields("volume=v-1 opId=ab12 task=task-7 not in sync: NotFound");

  EXPECT_THAT(fields.pairs,
              ElementsAre(Pair("volume", "v-1"), Pair("opId", "ab12"), Pair("task", "task-7")));
  EXPECT_EQ(shape_of("volume=a opId=abc task=t not in sync: x"),
            shape_of("volume=b opId=def task=u not in sync: x"));
}

TEST(LogFields, WhatIsNoPairIsAWord) {
  for (const char* text : {"=x", "Key=x", "a-b=x", "x == y", "\"unclosed", "", "   "}) {
    EXPECT_THAT(split_fields(text).pairs, IsEmpty()) << text;
  }
  EXPECT_THAT(split_fields("error=\"unclosed text").pairs,
              ElementsAre(Pair("error", "\"unclosed")));
}

TEST(LogFields, ShapesLeaveOutWhichObjectItWas) {
  EXPECT_EQ(shape_of("volume=abc pv=data refused: label 12 of pvc-9f is bad"),
            shape_of("volume=d-e-f pv=logs refused: label 7 of pvc-11 is bad"));
  EXPECT_EQ(shape_of("volume=a error=\"HTTP 503 here\""),
            shape_of("volume=b error=\"HTTP 500 here\""));
  EXPECT_NE(shape_of("volume=a refused"), shape_of("volume=a cannot be read"));
  EXPECT_NE(shape_of("volume=a error=\"no route\""), shape_of("volume=a error=\"timeout\""));
}

} // namespace
} // namespace syncer

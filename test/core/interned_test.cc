#include "core/interned.h"

#include <gtest/gtest.h>

#include <optional>
#include <unordered_set>
#include <vector>

namespace syncer {
namespace {

TEST(InternedString, EqualTextsAreOneText) {
  const InternedString first("app.kubernetes.io/name");
  const std::size_t alive = InternedString::alive();
  const InternedString second(std::string("app.kubernetes.io/") + "name");

  EXPECT_EQ(first, second);
  EXPECT_EQ(first.view().data(), second.view().data());
  EXPECT_EQ(first.hash(), second.hash());
  EXPECT_EQ(InternedString::alive(), alive);
}

TEST(InternedString, TextGoesWithItsLastHolder) {
  const std::size_t before = InternedString::alive();
  std::optional<InternedString> first("only here");
  std::optional<InternedString> second(*first);

  EXPECT_EQ(InternedString::alive(), before + 1);
  first.reset();
  EXPECT_EQ(second->view(), "only here");
  EXPECT_EQ(InternedString::alive(), before + 1);
  second.reset();
  EXPECT_EQ(InternedString::alive(), before);
}

TEST(InternedString, SameTextComesBackAfterItWent) {
  { const InternedString gone("comes back"); }
  const std::size_t before = InternedString::alive();
  const InternedString again("comes back");

  EXPECT_EQ(again.view(), "comes back");
  EXPECT_EQ(InternedString::alive(), before + 1);
}

TEST(InternedString, AssignmentLetsGoOfTheOldText) {
  const std::size_t before = InternedString::alive();
  {
    InternedString text("old text");
    text = InternedString("new text");
    EXPECT_EQ(InternedString::alive(), before + 1);
    const InternedString& self = text;
    text = self;
    EXPECT_EQ(text.view(), "new text");
  }
  EXPECT_EQ(InternedString::alive(), before);
}

TEST(InternedString, MovedFromIsEmptyAndHoldsNothing) {
  const std::size_t before = InternedString::alive();
  InternedString from("travels");
  InternedString to(std::move(from));

  EXPECT_EQ(to.view(), "travels");
  EXPECT_TRUE(from.empty()); // NOLINT(bugprone-use-after-move): that is what is tested
  to = InternedString();
  EXPECT_EQ(InternedString::alive(), before);
}

TEST(InternedString, EmptyTextCostsNothing) {
  const std::size_t before = InternedString::alive();
  const InternedString empty("");

  EXPECT_EQ(empty, InternedString());
  EXPECT_EQ(empty.view(), "");
  EXPECT_EQ(empty.str(), "");
  EXPECT_EQ(InternedString::alive(), before);
}

TEST(InternedString, OrderIsThatOfTheBytes) {
  EXPECT_LT(InternedString(), InternedString("a"));
  EXPECT_LT(InternedString("a"), InternedString("aa"));
  EXPECT_LT(InternedString("Z"), InternedString("a"));
  EXPECT_LT(InternedString("z"), InternedString("\xc3\xa4"));
  EXPECT_EQ(InternedString("a") <=> InternedString("a"), std::strong_ordering::equal);
}

TEST(InternedString, KeepsEveryByte) {
  const std::string text("a\0b", 3);

  EXPECT_EQ(InternedString(text).str(), text);
  EXPECT_NE(InternedString(text), InternedString("a"));
}

TEST(InternedString, ThousandsOfHoldersLeaveNothingBehind) {
  const std::size_t before = InternedString::alive();
  {
    std::vector<InternedString> texts;
    for (int i = 0; i < 5000; ++i) texts.emplace_back("text " + std::to_string(i % 100));
    EXPECT_EQ(InternedString::alive(), before + 100);
    const std::unordered_set<InternedString> distinct(texts.begin(), texts.end());
    EXPECT_EQ(distinct.size(), 100u);
    texts.erase(texts.begin(), texts.begin() + 2500);
  }
  EXPECT_EQ(InternedString::alive(), before);
}

} // namespace
} // namespace syncer

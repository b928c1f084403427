#include "app/credential_record.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace syncer {
namespace {

using testing::HasSubstr;
using testing::Not;

const Credentials kOne{"user", Secret("Planted-Secret")};
const Random kHalf = [] { return 0.5; };

TEST(CredentialTag, FitsItsOwnCredentialAlone) {
  const CredentialTag tag = make_tag(kOne, kHalf);

  EXPECT_EQ(tag.value.size(), 4u) << "16 bits";
  EXPECT_EQ(tag.salt.size(), 32u);
  EXPECT_TRUE(fits(tag, kOne));
  EXPECT_FALSE(fits(tag, {"user", Secret("other")}));
  EXPECT_FALSE(fits(tag, {"other", Secret("Planted-Secret")}));
  EXPECT_FALSE(fits(tag, {"userPlanted-", Secret("Secret")}));
}

TEST(CredentialTag, AnotherSaltGivesAnotherTag) {
  const CredentialTag one = make_tag(kOne, kHalf);
  const CredentialTag other = make_tag(kOne, [] { return 0.25; });
  EXPECT_NE(one.salt, other.salt);
  EXPECT_NE(one.value, other.value);
}

TEST(CredentialTag, EmptyOneFitsNobody) { EXPECT_FALSE(fits(CredentialTag(), kOne)); }

TEST(KeptRefusals, AreReadBackAndTellNoSecret) {
  const CredentialLatch::WallTime at(std::chrono::seconds(1'800'000'000));
  const KeptRefusals kept{{"vc-1", {{at, 3}, make_tag(kOne, kHalf)}}};

  const std::string text = encode_refusals(kept);
  const KeptRefusals back = decode_refusals(text);

  ASSERT_EQ(back.size(), 1u);
  EXPECT_EQ(back.at("vc-1").refusal.at, at);
  EXPECT_EQ(back.at("vc-1").refusal.count, 3u);
  EXPECT_TRUE(fits(back.at("vc-1").tag, kOne));
  EXPECT_THAT(text, Not(HasSubstr("Planted")));
  EXPECT_EQ(text.find('\n'), std::string::npos);
}

TEST(KeptRefusals, NoneIsNoText) {
  EXPECT_EQ(encode_refusals({}), "");
  EXPECT_TRUE(decode_refusals("").empty());
}

TEST(KeptRefusals, WhatIsBrokenIsLeftOut) {
  for (const char* text :
       {"[", "7", R"({"a":7})", R"({"a":{}})", R"({"a":{"at":"2026-01-01T00:00:00Z"}})",
        R"({"a":{"at":7,"count":1,"salt":"00","tag":"0000"}})",
        R"({"a":{"at":"yesterday","count":1,"salt":"00","tag":"0000"}})"}) {
    EXPECT_TRUE(decode_refusals(text).empty()) << text;
  }
  const KeptRefusals odd = decode_refusals(
      R"({"a":7,"b":{"at":"2026-01-01T00:00:00Z","count":-1,"salt":7,"tag":"0000"}})");
  ASSERT_EQ(odd.size(), 1u);
  EXPECT_EQ(odd.at("b").refusal.count, 1u);
}

} // namespace
} // namespace syncer

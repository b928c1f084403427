#include "app/credential_book.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/logger.h>

#include "fakes/fake_clock.h"

namespace syncer {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

const Credentials kOld{"user", Secret("Old-Secret")};
const Credentials kNew{"user", Secret("New-Secret")};

VSphereConfig configured(std::initializer_list<const char*> hosts) {
  VSphereConfig config;
  for (const char* host : hosts) config.vcenters.emplace_back().host = host;
  return config;
}

struct CredentialBookTest : testing::Test {
  CredentialBookTest() {
    book.accepted = [this](const std::string& host) { accepted.push_back(host); };
  }
  bool rejected(const std::string& host) const {
    return conditions.stands(Condition::kCredentialsRejected, host);
  }
  asio::io_context io;
  FakeClock clock{io};
  Conditions conditions{clock};
  spdlog::logger log{"test"};
  CredentialBook::Deps deps() {
    return {io.get_executor(),  clock,
            conditions,         log,
            [] { return 0.5; }, [this](std::string text) { kept.push_back(std::move(text)); }};
  }
  std::vector<std::string> kept;
  CredentialBook book{deps(), minutes(5)};
  std::vector<std::string> accepted;
};

TEST_F(CredentialBookTest, RefusalIsAConditionUntilOthersAreTaken) {
  const auto latch = book.latch("a", kOld);
  EXPECT_FALSE(rejected("a"));

  latch->refused(kOld);
  latch->refused(kOld);
  ASSERT_TRUE(rejected("a"));
  EXPECT_THAT(conditions.all().at({Condition::kCredentialsRejected, "a"}).detail,
              AllOf(HasSubstr("2 times"), Not(HasSubstr("Secret"))));
  EXPECT_THAT(accepted, IsEmpty());

  latch->offer(kNew);
  EXPECT_FALSE(rejected("a"));
  EXPECT_THAT(accepted, IsEmpty()) << "nobody knows yet whether they are right";
  latch->accepted(kNew);
  EXPECT_THAT(accepted, ElementsAre("a"));
}

TEST_F(CredentialBookTest, NewWorldGetsTheSameLatchAndShowsItsCondition) {
  const auto first = book.latch("a", kOld);
  first->refused(kOld);
  conditions.clear(Condition::kCredentialsRejected, "a");

  const auto second = book.latch("a", kOld);

  EXPECT_EQ(first, second);
  EXPECT_FALSE(second->may_try());
  EXPECT_TRUE(rejected("a"));
}

TEST_F(CredentialBookTest, VCentersAreApart) {
  book.latch("a", kOld)->refused(kOld);
  const auto other = book.latch("b", kOld);

  EXPECT_TRUE(other->may_try());
  EXPECT_FALSE(rejected("b"));
}

TEST_F(CredentialBookTest, RefusalIsKeptForTheNextProcessUntilItEnds) {
  const auto latch = book.latch("a", kOld);
  book.keep_only(configured({"a"}));
  EXPECT_THAT(kept, IsEmpty());

  latch->refused(kOld);
  ASSERT_EQ(kept.size(), 1u);
  EXPECT_THAT(kept[0], AllOf(HasSubstr("\"a\""), Not(HasSubstr("Secret"))));
  clock.advance(minutes(5));
  latch->refused(kOld);
  ASSERT_EQ(kept.size(), 2u);
  const KeptRefusals first = decode_refusals(kept[0]);
  const KeptRefusals second = decode_refusals(kept[1]);
  EXPECT_EQ(first.at("a").tag.value, second.at("a").tag.value) << "one tag per credential";
  EXPECT_EQ(first.at("a").tag.salt, second.at("a").tag.salt);
  EXPECT_EQ(second.at("a").refusal.count, 2u);

  latch->accepted(kOld);
  ASSERT_EQ(kept.size(), 3u);
  EXPECT_EQ(kept[2], "");
}

TEST_F(CredentialBookTest, WhatWasRefusedBeforeTheRestartRestsOn) {
  book.latch("a", kOld)->refused(kOld);
  book.latch("b", kOld)->refused(kOld);
  clock.advance(minutes(1));
  const std::size_t writes = kept.size();

  CredentialBook next{deps(), minutes(5)};
  next.restore(kept.back());
  const auto same = next.latch("a", kOld);
  const auto changed = next.latch("b", kNew);
  EXPECT_EQ(kept.size(), writes) << "nothing is written before all have their latches";
  next.keep_only(configured({"a", "b"}));

  EXPECT_FALSE(same->may_try());
  EXPECT_EQ(same->due(), clock.now() + minutes(4));
  EXPECT_TRUE(rejected("a"));
  EXPECT_TRUE(changed->may_try());
  ASSERT_EQ(kept.size(), writes + 1);
  EXPECT_THAT(kept.back(), AllOf(HasSubstr("\"a\""), Not(HasSubstr("\"b\""))));
  const KeptRefusals now = decode_refusals(kept.back());
  EXPECT_EQ(now.at("a").tag.salt, decode_refusals(kept[writes - 1]).at("a").tag.salt);
}

TEST_F(CredentialBookTest, VCenterThatIsNotConfiguredAnyMoreIsForgotten) {
  const auto latch = book.latch("a", kOld);
  book.latch("b", kOld);

  book.keep_only(configured({"b"}));
  latch->refused(kOld);

  EXPECT_FALSE(rejected("a"));
  EXPECT_TRUE(book.latch("a", kOld)->may_try());
}

} // namespace
} // namespace syncer

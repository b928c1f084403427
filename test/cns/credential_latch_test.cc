#include "cns/credential_latch.h"

#include <gtest/gtest.h>

#include "fakes/fake_clock.h"

namespace syncer {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

const Credentials kOld{"user", Secret("old")};
const Credentials kNew{"user", Secret("new")};

struct CredentialLatchTest : testing::Test {
  CredentialLatchTest() {
    latch.offer(kOld);
    latch.told = [this] { ++told; };
  }
  asio::io_context io;
  FakeClock clock{io};
  CredentialLatch latch{io.get_executor(), clock, minutes(5)};
  int told = 0;
};

TEST_F(CredentialLatchTest, RefusedOneRestsAndIsThenDue) {
  EXPECT_TRUE(latch.may_try());
  EXPECT_FALSE(latch.due()) << "the first login is made when a call needs it";

  latch.refused(kOld);

  EXPECT_FALSE(latch.may_try());
  EXPECT_EQ(latch.due(), clock.now() + minutes(5));
  EXPECT_EQ(latch.refusal()->count, 1u);
  EXPECT_EQ(latch.refusal()->at, clock.wall_now());
  EXPECT_EQ(told, 1);
  clock.advance(minutes(5));
  EXPECT_TRUE(latch.may_try());
  latch.refused(kOld);
  EXPECT_EQ(latch.refusal()->count, 2u);
  EXPECT_FALSE(latch.may_try());
}

TEST_F(CredentialLatchTest, AnotherOneIsDueAtOnce) {
  latch.refused(kOld);

  EXPECT_FALSE(latch.offer(kOld));
  EXPECT_FALSE(latch.may_try());
  EXPECT_TRUE(latch.offer(kNew));

  EXPECT_TRUE(latch.may_try());
  EXPECT_FALSE(latch.refusal());
  EXPECT_LE(latch.due(), clock.now());
  latch.refused(kNew);
  EXPECT_EQ(latch.refusal()->count, 1u);
  EXPECT_EQ(latch.due(), clock.now() + minutes(5));
}

TEST_F(CredentialLatchTest, WhatBecameOfFormerOnesSaysNothing) {
  latch.offer(kNew);
  latch.refused(kOld);
  EXPECT_TRUE(latch.may_try());
  latch.refused(kNew);
  latch.accepted(kOld);
  EXPECT_FALSE(latch.may_try());
}

TEST_F(CredentialLatchTest, AcceptedOneIsNotDue) {
  latch.refused(kOld);
  latch.accepted(kOld);

  EXPECT_TRUE(latch.may_try());
  EXPECT_FALSE(latch.due());
  EXPECT_FALSE(latch.refusal());
  EXPECT_EQ(told, 2);
  latch.accepted(kOld);
  EXPECT_EQ(told, 2) << "nothing new";

  latch.offer(kNew);
  latch.accepted(kNew);
  EXPECT_EQ(told, 4);
}

TEST_F(CredentialLatchTest, RestBegunElsewhereGoesOn) {
  latch.restore({clock.wall_now() - seconds(100), 3});

  EXPECT_EQ(latch.due(), clock.now() + seconds(200));
  EXPECT_FALSE(latch.may_try());
  EXPECT_EQ(latch.refusal()->count, 3u);
}

TEST_F(CredentialLatchTest, WrongClockNeitherProlongsNorExtends) {
  latch.restore({clock.wall_now() + minutes(600), 1});
  EXPECT_EQ(latch.due(), clock.now() + minutes(5));

  latch.restore({clock.wall_now() - minutes(600), 1});
  EXPECT_TRUE(latch.may_try());
  EXPECT_EQ(latch.due(), clock.now());
}

TEST_F(CredentialLatchTest, TurnEndsWithItsObject) {
  const auto done = std::make_shared<OneShot>(io.get_executor());
  {
    const CredentialLatch::Turn turn(latch, done);
    EXPECT_EQ(latch.under_way(), done);
    EXPECT_FALSE(done->fired());
  }
  EXPECT_EQ(latch.under_way(), nullptr);
  EXPECT_TRUE(done->fired());
}

} // namespace
} // namespace syncer

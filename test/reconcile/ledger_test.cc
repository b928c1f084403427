#include "reconcile/ledger.h"

#include <gtest/gtest.h>

#include "fakes/kube_builders.h"

namespace syncer {
namespace {

using namespace std::chrono_literals;
using State = LedgerEntry::State;

class LedgerTest : public testing::Test {
 protected:
  static constexpr Clock::time_point kPosted{std::chrono::hours(1000)};
  static constexpr auto kSettle = 10s;
  static constexpr auto kWindow = 300s;

  static CnsVolume volume(std::vector<CnsEntity> entities) {
    CnsVolume result;
    result.id = "1";
    result.type = CnsVolumeType::kBlock;
    result.entities = std::move(entities);
    return result;
  }

  Ledger ledger{kSettle, kWindow};
};

TEST_F(LedgerTest, UnknownVolumeMustBeRead) {
  EXPECT_EQ(ledger.find("1"), nullptr);
  EXPECT_TRUE(ledger.needs_read("1", kPosted));
  EXPECT_LE(ledger.readable_from("1"), kPosted);
  EXPECT_EQ(ledger.revision("1"), 0u);
}

TEST_F(LedgerTest, ReadMakesAVolumeKnown) {
  ledger.read("1", volume({pv_entity("pv-1")}), kPosted);

  ASSERT_NE(ledger.find("1"), nullptr);
  EXPECT_EQ(ledger.find("1")->state, State::kKnown);
  EXPECT_EQ(ledger.find("1")->type, CnsVolumeType::kBlock);
  ASSERT_EQ(ledger.find("1")->entities.size(), 1u);
  EXPECT_EQ(ledger.find("1")->entities[0].ref, pv_ref("pv-1"));
  EXPECT_FALSE(ledger.needs_read("1", kPosted + 24h));
}

TEST_F(LedgerTest, AcknowledgedCallIsRecordedOnTopOfWhatWasRead) {
  ledger.read("1", volume({pv_entity("pv-1"), pod_entity("web-1", "claim-1")}), kPosted);

  ledger.acknowledged(CnsUpdate{"1", {claim_entity("claim-1", "pv-1")}, {pod_ref("web-1")}});

  const RecordedEntities& entities = ledger.find("1")->entities;
  ASSERT_EQ(entities.size(), 2u);
  EXPECT_EQ(entities[0].ref, pv_ref("pv-1"));
  EXPECT_EQ(entities[1].ref, claim_ref("claim-1"));
  EXPECT_EQ(ledger.find("1")->type, CnsVolumeType::kBlock);
}

TEST_F(LedgerTest, VolumeThatCnsLacksMustBeReadAgain) {
  ledger.read_absent("1", kPosted);

  EXPECT_EQ(ledger.find("1")->state, State::kAbsent);
  EXPECT_TRUE(ledger.needs_read("1", kPosted));
}

TEST_F(LedgerTest, DoubtClaimsNothing) {
  ledger.read("1", volume({pv_entity("pv-1")}), kPosted);

  ledger.doubt("1", kPosted);

  EXPECT_EQ(ledger.find("1")->state, State::kDoubt);
  EXPECT_TRUE(ledger.find("1")->entities.empty());
  EXPECT_TRUE(ledger.needs_read("1", kPosted));
}

TEST_F(LedgerTest, VolumeInDoubtIsReadAfterTheSettleDelayOfTheCall) {
  ledger.doubt("1", kPosted);

  EXPECT_EQ(ledger.readable_from("1"), kPosted + kSettle);
}

TEST_F(LedgerTest, ReadEndsDoubtUntilTheLateTaskWindowIsOver) {
  ledger.doubt("1", kPosted);

  ledger.read("1", volume({}), kPosted + kSettle);

  EXPECT_EQ(ledger.find("1")->state, State::kKnown);
  EXPECT_FALSE(ledger.needs_read("1", kPosted + kSettle));
  EXPECT_FALSE(ledger.needs_read("1", kPosted + kWindow - 1ms));
  EXPECT_TRUE(ledger.needs_read("1", kPosted + kWindow));
}

TEST_F(LedgerTest, ReadAskedForBeforeTheWindowEndedDoesNotCountAsTheLastOne) {
  ledger.doubt("1", kPosted);
  ledger.read("1", volume({}), kPosted + kSettle);

  ledger.read("1", volume({}), kPosted + kWindow - 1ms);
  EXPECT_TRUE(ledger.needs_read("1", kPosted + kWindow));

  ledger.read("1", volume({}), kPosted + kWindow);
  EXPECT_FALSE(ledger.needs_read("1", kPosted + 24h));
}

TEST_F(LedgerTest, AcknowledgedWriteDoesNotCloseTheWindowOfALostOne) {
  ledger.doubt("1", kPosted);
  ledger.read("1", volume({}), kPosted + kSettle);

  ledger.acknowledged(CnsUpdate{"1", {pv_entity("pv-1")}, {}});

  EXPECT_FALSE(ledger.needs_read("1", kPosted + kWindow - 1ms));
  EXPECT_TRUE(ledger.needs_read("1", kPosted + kWindow));
}

TEST_F(LedgerTest, SecondLostCallBeginsANewWindow) {
  ledger.doubt("1", kPosted);
  ledger.read("1", volume({}), kPosted + kSettle);

  ledger.doubt("1", kPosted + kSettle);
  ledger.read("1", volume({}), kPosted + kWindow);

  EXPECT_FALSE(ledger.needs_read("1", kPosted + kWindow));
  EXPECT_TRUE(ledger.needs_read("1", kPosted + kSettle + kWindow));
}

TEST_F(LedgerTest, AbsenceEndsTheWindowLikeAnyRead) {
  ledger.doubt("1", kPosted);

  ledger.read_absent("1", kPosted + kWindow);

  EXPECT_FALSE(ledger.find("1")->read_again);
}

TEST_F(LedgerTest, DistrustedVolumeMustBeReadAtOnce) {
  ledger.read("1", volume({pv_entity("pv-1")}), kPosted);

  ledger.distrust("1");

  EXPECT_TRUE(ledger.needs_read("1", kPosted));
  EXPECT_LE(ledger.readable_from("1"), kPosted);
  EXPECT_TRUE(ledger.find("1")->entities.empty());
}

TEST_F(LedgerTest, EveryChangeRaisesTheRevision) {
  std::uint64_t last = ledger.newest_revision();
  const auto expect_newer = [&] {
    EXPECT_GT(ledger.revision("1"), last);
    EXPECT_EQ(ledger.revision("1"), ledger.newest_revision());
    last = ledger.newest_revision();
  };

  ledger.read("1", volume({}), kPosted);
  expect_newer();
  ledger.acknowledged(CnsUpdate{"1", {pv_entity("pv-1")}, {}});
  expect_newer();
  ledger.doubt("1", kPosted);
  expect_newer();
  ledger.distrust("1");
  expect_newer();
  ledger.read_absent("1", kPosted);
  expect_newer();
}

TEST_F(LedgerTest, ChangesOfOtherVolumesLeaveTheRevisionAlone) {
  ledger.read("1", volume({}), kPosted);
  const std::uint64_t revision = ledger.revision("1");

  ledger.doubt("2", kPosted);

  EXPECT_EQ(ledger.revision("1"), revision);
  EXPECT_GT(ledger.newest_revision(), revision);
}

TEST_F(LedgerTest, ForgottenVolumesAreUnknown) {
  ledger.read("1", volume({}), kPosted);
  ledger.read("2", volume({}), kPosted);
  EXPECT_EQ(ledger.size(), 2u);

  ledger.forget("1");
  EXPECT_EQ(ledger.find("1"), nullptr);
  EXPECT_EQ(ledger.size(), 1u);

  ledger.clear();
  EXPECT_EQ(ledger.size(), 0u);
}

} // namespace
} // namespace syncer

// A vCenter that cannot be reached at all.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "reconciler_rig.h"

namespace syncer {
namespace {

using namespace std::chrono_literals;
using testing::IsEmpty;

constexpr int kVolumes = 200;

class OutageTest : public testing::Test {
 protected:
  void SetUp() override {
    for (int i = 0; i < kVolumes; ++i) {
      rig.in_sync(id(i));
      rig.touch(id(i));
    }
    rig.clock.advance(1s);
    rig.cns.updates.clear();
  }
  static VolumeId id(int number) { return "vol-" + std::to_string(number); }
  void label_all(const char* value) {
    for (int i = 0; i < kVolumes; ++i) {
      rig.view.volume(id(i)).claim->labels = make_labels({{"app", value}});
      rig.touch(id(i), ChangeKind::kClaim);
    }
  }
  int in_agreement() {
    int count = 0;
    for (int i = 0; i < kVolumes; ++i) count += rig.agrees(id(i)) ? 1 : 0;
    return count;
  }

  ReconcilerRig rig;
};

TEST_F(OutageTest, FewTriesAreMadeForAllVolumesTogether) {
  rig.cns.weather = Mischief::kUnsent;
  label_all("db");

  rig.clock.advance(60s);

  EXPECT_GE(rig.cns.unsent, 10u);
  EXPECT_LE(rig.cns.unsent, 40u);
}

TEST_F(OutageTest, VolumesArePendingThenNotFailed) {
  rig.cns.weather = Mischief::kUnsent;
  label_all("db");

  rig.clock.advance(60s);

  EXPECT_THAT(rig.reconciler().failures(), IsEmpty());
  EXPECT_EQ(rig.reconciler().counts().pending, static_cast<std::size_t>(kVolumes));
  ASSERT_TRUE(rig.reconciler().oldest_pending());
  EXPECT_EQ(rig.clock.now() - *rig.reconciler().oldest_pending(), 60s);
}

TEST_F(OutageTest, ItIsKnownSinceWhenAndWhyUntilACallIsAnswered) {
  EXPECT_FALSE(rig.reconciler().outage());
  rig.cns.weather = Mischief::kUnsent;
  label_all("db");
  rig.clock.advance(60s);

  const std::optional<Trouble> outage = rig.reconciler().outage();
  ASSERT_TRUE(outage);
  EXPECT_GE(rig.clock.now() - outage->since, 59s);
  EXPECT_NE(outage->detail, "");

  rig.cns.weather = Mischief::kNone;
  rig.clock.advance(8s);
  EXPECT_FALSE(rig.reconciler().outage());
  EXPECT_FALSE(rig.reconciler().oldest_in_flight());
}

TEST_F(OutageTest, ALostReplyIsOneUntilTheReadBehindItIsAnswered) {
  rig.cns.weather = Mischief::kLostNotApplied;
  rig.view.volume(id(0)).claim->labels = make_labels({{"app", "db"}});
  rig.touch(id(0), ChangeKind::kClaim);
  rig.clock.advance(1s);
  EXPECT_TRUE(rig.reconciler().outage());

  rig.cns.weather = Mischief::kNone;
  rig.clock.advance(30s);

  EXPECT_FALSE(rig.reconciler().outage());
  EXPECT_TRUE(rig.agrees(id(0)));
}

TEST_F(OutageTest, AllAreInSyncSoonAfterItsEndHoweverLongItWas) {
  rig.cns.weather = Mischief::kUnsent;
  label_all("db");
  rig.clock.advance(10min);

  rig.cns.weather = Mischief::kNone;
  rig.clock.advance(8s);

  EXPECT_EQ(in_agreement(), kVolumes);
  EXPECT_EQ(rig.cns.updates.size(), static_cast<std::size_t>(kVolumes));
}

} // namespace
} // namespace syncer

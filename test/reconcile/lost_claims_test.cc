// Claims that a list lacks, while a full sync has not looked at the whole since.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "reconciler_rig.h"

namespace syncer {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using namespace std::chrono_literals;

class LostClaimsTest : public testing::Test {
 protected:
  LostClaimsTest() {
    rig.lost_claim_may_go = [this](Clock::time_point) { return may_go; };
    rig.restart();
    rig.in_sync("1").pv.policy = ReclaimPolicy::kRetain;
    rig.touch("1");
  }
  bool may_go = false;
  ReconcilerRig rig;
};

TEST_F(LostClaimsTest, KeepTheirEntityUntilTheyAreReleased) {
  lose_claim(rig.view.volume("1"), rig.clock.now(), false);
  rig.touch("1", ChangeKind::kClaim);
  rig.clock.advance(10min);
  EXPECT_THAT(rig.cns.updates, IsEmpty());

  may_go = true;
  rig.clock.advance(1min);

  EXPECT_THAT(rig.cns.entities("1"), ElementsAre(pv_entity("pv-1")));
}

TEST_F(LostClaimsTest, OneThatWasSeenToGoLosesItAtOnce) {
  lose_claim(rig.view.volume("1"), rig.clock.now(), true);
  rig.touch("1", ChangeKind::kClaim);

  EXPECT_THAT(rig.cns.entities("1"), ElementsAre(pv_entity("pv-1")));
}

} // namespace
} // namespace syncer

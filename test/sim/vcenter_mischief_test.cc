#include "sim/vcenter_mischief.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "sim/vcenter_probe.h"

namespace syncer::sim {
namespace {

using std::chrono::milliseconds;

class SimVcenterMischief : public VcenterProbe {
 protected:
  void begin_with_volume() {
    start();
    vcenter_->put_volume(block_volume("v1"));
    login();
  }
  Reply send_update() { return vsan(update("v1", entity_xml(kEntityVolume, "pv"))); }
  static std::string time_call() {
    return vim("CurrentTime", "ServiceInstance", "ServiceInstance");
  }
  bool applied() { return !vcenter_->store().find("v1")->base.entities.empty(); }
  bool idle() {
    return run_until([&] { return vcenter_->tasks().unfinished() == 0; });
  }
};

TEST_F(SimVcenterMischief, LostReplyIsApplied) {
  begin_with_volume();
  vcenter_->mischief().drop_replies("CnsUpdateVolumeMetadata", 1);

  EXPECT_FALSE(send_update().arrived);

  ASSERT_TRUE(idle());
  EXPECT_TRUE(applied());
  EXPECT_TRUE(send_update().arrived);
}

TEST_F(SimVcenterMischief, ResetBeforeIsNotApplied) {
  begin_with_volume();
  vcenter_->mischief().reset_before("CnsUpdateVolumeMetadata", 1);

  EXPECT_FALSE(send_update().arrived);

  EXPECT_EQ(vcenter_->tasks().size(), 0U);
  EXPECT_FALSE(applied());
}

TEST_F(SimVcenterMischief, DownResetsRequestsUntilUp) {
  begin_with_volume();
  vcenter_->set_down(true);
  EXPECT_FALSE(sdk(time_call()).arrived);

  vcenter_->set_down(false);

  EXPECT_EQ(sdk(time_call()).status, 200);
}

TEST_F(SimVcenterMischief, GoneListensNowhereAndComesBackOnItsPort) {
  begin_with_volume();
  const std::uint16_t port = vcenter_->port();
  ASSERT_TRUE(vcenter_->set_gone(true));
  EXPECT_FALSE(sdk(time_call()).arrived);

  ASSERT_TRUE(vcenter_->set_gone(false));

  EXPECT_EQ(vcenter_->port(), port);
  EXPECT_EQ(sdk(time_call()).status, 200); // The session outlived it.
}

TEST_F(SimVcenterMischief, BlackHoleTakesRequestsAndNeverAnswers) {
  begin_with_volume();
  vcenter_->set_black_hole(true);
  const auto call = begin("/sdk", time_call());
  const std::uint64_t before = vcenter_->record().requests;
  ASSERT_TRUE(run_until([&] { return vcenter_->record().requests == before + 1; }));
  io_.poll();
  EXPECT_FALSE(call->reply);

  vcenter_->set_black_hole(false);

  EXPECT_FALSE(finish(call).arrived);
}

TEST_F(SimVcenterMischief, StatusIsAnsweredOnOnePathOnly) {
  begin_with_volume();
  vcenter_->mischief().answer_status("/vsanHealth", 503, 1);

  EXPECT_EQ(sdk(time_call()).status, 200);
  const Reply reply = send_update();
  EXPECT_EQ(reply.status, 503);
  EXPECT_TRUE(reply.has("<html>"));
  EXPECT_EQ(send_update().status, 200);
}

TEST_F(SimVcenterMischief, DelayedCallIsStillAnswered) {
  begin_with_volume();
  vcenter_->mischief().delay("CurrentTime", milliseconds(30));
  const auto sent = Clock::time_point::clock::now();

  EXPECT_EQ(sdk(time_call()).status, 200);

  EXPECT_GE(Clock::time_point::clock::now() - sent, milliseconds(30));
}

TEST_F(SimVcenterMischief, SessionIsKilledEveryNthCall) {
  begin_with_volume();
  vcenter_->mischief().kill_session_every(2);
  int refused = 0;
  for (int i = 0; i < 2; ++i) refused += sdk(time_call()).fault() == "NotAuthenticated";

  EXPECT_EQ(refused, 1);
}

TEST_F(SimVcenterMischief, FaultOfACallIsRaisedAsOften) {
  begin_with_volume();
  vcenter_->mischief().fault_calls("CurrentTime", plain_fault("SystemError", "sorry"), 1);

  EXPECT_EQ(sdk(time_call()).fault(), "SystemError");
  EXPECT_EQ(sdk(time_call()).status, 200);
}

TEST_F(SimVcenterMischief, LateTaskAppliesLate) {
  begin_with_volume();
  vcenter_->mischief().delay_tasks(milliseconds(40), 1);
  send_update();
  const auto sent = Clock::time_point::clock::now();
  EXPECT_FALSE(applied());

  ASSERT_TRUE(idle());

  EXPECT_TRUE(applied());
  EXPECT_GE(Clock::time_point::clock::now() - sent, milliseconds(30));
}

TEST_F(SimVcenterMischief, CalmEndsEverything) {
  begin_with_volume();
  vcenter_->set_down(true);
  vcenter_->hold_tasks(true);
  RandomFaults faults;
  faults.reset_before = 1;
  vcenter_->mischief().random(faults);

  vcenter_->calm();

  EXPECT_EQ(send_update().status, 200);
  EXPECT_TRUE(idle());
}

TEST(VcenterMischief, RandomFaultsFollowTheirSeed) {
  const auto run = [](std::uint64_t seed) {
    VcenterMischief mischief;
    RandomFaults faults;
    faults.seed = seed;
    faults.drop_reply = 0.3;
    mischief.random(faults);
    std::string drawn;
    for (int i = 0; i < 200; ++i) drawn += mischief.on_request("/sdk", "M").drop_reply ? '1' : '0';
    return drawn;
  };

  EXPECT_EQ(run(1), run(1));
  EXPECT_NE(run(1), run(2));
  const std::string drawn = run(1);
  EXPECT_NEAR(static_cast<double>(std::count(drawn.begin(), drawn.end(), '1')), 60, 30);
}

TEST(VcenterMischief, TaskTimesOfVolumeMethodAndDefault) {
  VcenterMischief mischief;
  mischief.task_time("M", milliseconds(7));
  mischief.volume_task_time("v", milliseconds(9));

  EXPECT_EQ(mischief.on_task("N", "w", milliseconds(2)).run, milliseconds(2));
  EXPECT_EQ(mischief.on_task("M", "w", milliseconds(2)).run, milliseconds(7));
  EXPECT_EQ(mischief.on_task("M", "v", milliseconds(2)).run, milliseconds(9));
}

} // namespace
} // namespace syncer::sim

#include "app/feature_gate.h"

#include <gtest/gtest.h>

#include "fakes/scripted_kube.h"

namespace syncer {
namespace {

class FeatureGateTest : public testing::Test {
 protected:
  // Counts its life; ends only when it is cancelled.
  asio::awaitable<void> work() {
    struct Life {
      explicit Life(int& count) : count_(count) { ++count_; }
      ~Life() { --count_; }
      int& count_;
    };
    ++begun;
    const Life life(alive);
    const auto never = kube.clock.now() + std::chrono::hours(1000);
    for (;;) {
      co_await kube.clock.sleep_until(never);
    }
  }
  void set(bool on) {
    gate.set(on);
    kube.clock.settle();
  }
  void start() {
    kube.start(gate.run([this] { return work(); }));
  }

  ScriptedKube kube;
  FeatureGate gate{kube.io.get_executor()};
  int begun = 0;
  int alive = 0;
};

TEST_F(FeatureGateTest, NothingIsDoneBeforeItIsOn) {
  start();

  EXPECT_EQ(begun, 0);
}

TEST_F(FeatureGateTest, OneThatWasOnBeforeBeginsAtOnce) {
  gate.set(true);

  start();

  EXPECT_EQ(alive, 1);
}

TEST_F(FeatureGateTest, SwitchingOffEndsTheWork) {
  start();
  set(true);
  ASSERT_EQ(alive, 1);

  set(false);

  EXPECT_EQ(alive, 0);
}

TEST_F(FeatureGateTest, SwitchingOnAgainBeginsAnew) {
  start();
  set(true);
  set(false);

  set(true);

  EXPECT_EQ(begun, 2);
  EXPECT_EQ(alive, 1);
}

TEST_F(FeatureGateTest, SwitchingOnTwiceChangesNothing) {
  start();
  set(true);

  set(true);

  EXPECT_EQ(begun, 1);
  EXPECT_EQ(alive, 1);
}

} // namespace
} // namespace syncer

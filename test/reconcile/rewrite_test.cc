// A changed distribution of a volume that is to show nothing.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "reconciler_rig.h"

namespace syncer {
namespace {

using testing::IsEmpty;
using namespace std::chrono_literals;

// Found by the model test: the look at a moment in the past came back again and again.
TEST(Rewrite, WaitsUntilThereIsSomethingToWrite) {
  ReconcilerRig rig;
  const std::string path = "[ds] disk.vmdk";
  Pod pod = running_pod("a");
  pod.phase = PodPhase::kPending;
  rig.view.all("1").in_tree_path = path;
  rig.view.all("1").inline_pods = {pod};
  rig.cns.store.create("1");
  rig.cns.store.traits("1").distribution_current = false;

  rig.touch("1");
  rig.clock.advance(1min);
  EXPECT_THAT(rig.cns.updates, IsEmpty());
  EXPECT_TRUE(rig.reconciler().idle());

  rig.view.all("1").inline_pods.front().phase = PodPhase::kRunning;
  rig.touch("1");
  EXPECT_TRUE(rig.agrees("1"));
  EXPECT_TRUE(rig.cns.store.answer("1")->distribution_current);
}

} // namespace
} // namespace syncer

#include "reconcile/in_tree_unsupported.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "in_tree_rig.h"

namespace syncer {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

class InTreeUnsupportedTest : public ::testing::Test {
 protected:
  FakeView view;
  EventLog events;
  spdlog::logger log{"test"};
  InTreeUnsupported unsupported{view, events, log};
};

TEST_F(InTreeUnsupportedTest, EachPathIsToldOnce) {
  view.in_tree("[ds] a.vmdk").volumes.push_back(bound_volume("a"));
  view.in_tree("[ds] b.vmdk").inline_pods.push_back(running_pod("web-1"));
  unsupported.look_at_all();
  unsupported.look_at_all();
  unsupported.touched("[ds] a.vmdk");

  EXPECT_THAT(events.names, UnorderedElementsAre("pv-a", "web-1"));
  EXPECT_THAT(events.messages[0], HasSubstr("not supported with several vCenters"));
  EXPECT_EQ(unsupported.count(), 2u);
}

TEST_F(InTreeUnsupportedTest, APathThatIsGoneIsCountedNoMoreAndToldAnewWhenItIsBack) {
  view.in_tree("[ds] a.vmdk").volumes.push_back(bound_volume("a"));
  unsupported.touched("[ds] a.vmdk");
  view.remove_in_tree("[ds] a.vmdk");
  unsupported.touched("[ds] a.vmdk");
  EXPECT_EQ(unsupported.count(), 0u);

  view.in_tree("[ds] a.vmdk").volumes.push_back(bound_volume("a"));
  unsupported.touched("[ds] a.vmdk");
  EXPECT_THAT(events.messages, SizeIs(2));
}

TEST_F(InTreeUnsupportedTest, NothingIsSaidBeforeTheViewIsSynced) {
  view.in_tree("[ds] a.vmdk").volumes.push_back(bound_volume("a"));
  view.is_synced = false;
  unsupported.look_at_all();
  EXPECT_EQ(unsupported.count(), 0u);

  view.is_synced = true;
  unsupported.look_at_all();
  EXPECT_THAT(events.names, ElementsAre("pv-a"));
}

} // namespace
} // namespace syncer

#include "reconcile/routed_view.h"

#include "reconcile/desired.h"
#include "router_rig.h"

namespace syncer {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class RoutedViewTest : public RouterRig {
 protected:
  RoutedViewTest() {
    records.records = {{"vol-a", "vc-a"}, {"vol-b", "vc-b"}};
    placeless("vol-a");
    placeless("vol-b");
    placeless("vol-nowhere");
  }
  RoutedView at_a{view, router, "vc-a"};
  RoutedView at_b{view, router, "vc-b"};
};

TEST_F(RoutedViewTest, ListsOnlyWhatBelongsHere) {
  EXPECT_THAT(at_a.volumes(), ElementsAre(VolumeId("vol-a")));
  EXPECT_THAT(at_b.volumes(), ElementsAre(VolumeId("vol-b")));
  EXPECT_EQ(at_a.volume_count(), 1u);
}

TEST_F(RoutedViewTest, ListingStartsTheSearchForWhatBelongsNowhereYet) {
  EXPECT_THAT(at_a.volumes(), ElementsAre(VolumeId("vol-a")));
  clock.settle();

  EXPECT_TRUE(router.failures().contains("vol-nowhere"));
}

TEST_F(RoutedViewTest, VolumeOfAnotherVCenterHasItsPvHereButNobodyWritesIt) {
  const VolumeFacts facts = at_a.facts("vol-b");

  EXPECT_EQ(facts.volumes.size(), 1u);
  EXPECT_EQ(desired_state(facts, clock.now()).hands_off, HandsOff::kMarked);
  EXPECT_EQ(desired_state(at_b.facts("vol-b"), clock.now()).hands_off, HandsOff::kNo);
}

TEST_F(RoutedViewTest, VolumeWithoutVCenterIsWrittenByNobody) {
  EXPECT_TRUE(at_a.facts("vol-nowhere").marked);
  EXPECT_TRUE(at_b.facts("vol-nowhere").marked);
}

TEST_F(RoutedViewTest, VolumeWithoutPvIsNotMarked) {
  EXPECT_FALSE(at_a.facts("vol-unknown").marked);
}

TEST_F(RoutedViewTest, InTreeVolumesExistWithOneVCenterOnly) {
  view.in_tree("[ds] a.vmdk");
  EXPECT_THAT(at_a.in_tree_paths(), IsEmpty());
  EXPECT_TRUE(at_a.in_tree_facts("[ds] a.vmdk").marked);

  configure({&a});

  EXPECT_THAT(at_a.in_tree_paths(), ElementsAre(InternedString("[ds] a.vmdk")));
  EXPECT_FALSE(at_a.in_tree_facts("[ds] a.vmdk").marked);
}

TEST_F(RoutedViewTest, WithOneVCenterNothingIsHidden) {
  configure({&a});

  EXPECT_EQ(at_a.volumes().size(), 3u);
  EXPECT_EQ(at_a.volume_count(), 3u);
  EXPECT_FALSE(at_a.facts("vol-b").marked);
}

} // namespace
} // namespace syncer

#include "reconcile/linked_view.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>

#include "fakes/fake_clock.h"
#include "fakes/fake_migration_store.h"
#include "fakes/fake_view.h"

namespace syncer {
namespace {

using ::testing::ElementsAre;
using ::testing::UnorderedElementsAre;

constexpr const char* kPath = "[ds] k/a.vmdk";
constexpr const char* kOtherSpelling = "[cluster/ds] k/a.vmdk";

class LinkedViewTest : public ::testing::Test {
 protected:
  LinkedViewTest() { store.link({"id-a", kPath}); }

  asio::io_context io;
  FakeClock clock{io};
  FakeView base;
  FakeMigrationStore store{clock};
  LinkedView view{base, store};
};

TEST_F(LinkedViewTest, ALinkedPathIsSeenByItsId) {
  base.in_tree(kPath).volumes.push_back(bound_volume("a"));

  const VolumeFacts facts = view.facts("id-a");

  ASSERT_EQ(facts.volumes.size(), 1u);
  EXPECT_EQ(facts.volumes[0].pv.name, "pv-a");
  EXPECT_EQ(facts.in_tree_path, kPath);
  EXPECT_TRUE(facts.view_complete);
  EXPECT_THAT(view.volumes(), ElementsAre("id-a"));
  EXPECT_EQ(view.volume_count(), 1u);
}

TEST_F(LinkedViewTest, EveryPathAndTheHandleCountTogether) {
  store.link({"id-a", kOtherSpelling});
  base.volume("id-a");
  base.in_tree(kPath).volumes.push_back(bound_volume("first"));
  base.in_tree(kPath).inline_pods.push_back(running_pod("web-1"));
  base.in_tree(kOtherSpelling).inline_pods = {running_pod("web-1"), running_pod("web-2")};
  base.in_tree(kOtherSpelling).marked = true;

  const VolumeFacts facts = view.facts("id-a");

  EXPECT_EQ(facts.volumes.size(), 2u);
  ASSERT_EQ(facts.inline_pods.size(), 2u) << "a pod that names both spellings is one pod";
  EXPECT_EQ(facts.inline_pods[1].key.name, "web-2");
  EXPECT_TRUE(facts.marked);
  EXPECT_THAT(view.volumes(), ElementsAre("id-a"));
  EXPECT_EQ(view.volume_count(), 1u);
}

TEST_F(LinkedViewTest, AnInTreeVolumeThatNothingNamesAnyMoreIsStillOne) {
  const VolumeFacts facts = view.facts("id-a");

  EXPECT_TRUE(facts.volumes.empty());
  EXPECT_EQ(facts.in_tree_path, kPath);
  EXPECT_TRUE(view.volumes().empty());
  EXPECT_EQ(view.volume_count(), 0u);
}

TEST_F(LinkedViewTest, TheSpellingThatIsNamedIsTheVolumesPath) {
  store.link({"id-a", kOtherSpelling});
  base.in_tree(kPath).inline_pods.push_back(running_pod("web-1"));

  EXPECT_EQ(view.facts("id-a").in_tree_path, kPath);
}

TEST_F(LinkedViewTest, PathsWithoutALinkAreNotVolumesYet) {
  base.volume("csi-1");
  base.in_tree("[ds] k/new.vmdk").volumes.push_back(bound_volume("new"));
  base.in_tree(kPath).inline_pods.push_back(running_pod("web-1"));

  EXPECT_THAT(view.volumes(), UnorderedElementsAre("csi-1", "id-a"));
  EXPECT_EQ(view.volume_count(), 2u);
  EXPECT_TRUE(view.facts("csi-1").in_tree_path.empty());
  EXPECT_EQ(view.in_tree_facts("[ds] k/new.vmdk").volumes.size(), 1u);
  EXPECT_EQ(view.in_tree_paths().size(), 2u);
}

TEST_F(LinkedViewTest, TwoSpellingsOfOneVolumeCountOnce) {
  store.link({"id-a", kOtherSpelling});
  base.in_tree(kPath).inline_pods.push_back(running_pod("web-1"));
  base.in_tree(kOtherSpelling).inline_pods.push_back(running_pod("web-2"));

  EXPECT_THAT(view.volumes(), ElementsAre("id-a"));
  EXPECT_EQ(view.volume_count(), 1u);
}

TEST_F(LinkedViewTest, NothingIsTakenAwayBeforeTheLinksAreKnown) {
  base.volume("csi-1");
  base.in_tree(kPath).volumes.push_back(bound_volume("a"));
  store.is_synced = false;

  EXPECT_FALSE(view.complete());
  EXPECT_FALSE(view.facts("csi-1").view_complete);
  EXPECT_TRUE(view.synced());
  store.is_synced = true;
  EXPECT_TRUE(view.complete());
  EXPECT_TRUE(view.facts("csi-1").view_complete);
}

TEST_F(LinkedViewTest, AClusterWithoutInTreeVolumesNeedsNoLinks) {
  base.volume("csi-1");
  store.is_synced = false;

  EXPECT_TRUE(view.complete());
  EXPECT_TRUE(view.facts("csi-1").view_complete);
  base.is_complete = false;
  EXPECT_FALSE(view.complete());
}

TEST_F(LinkedViewTest, AViewThatKnowsNoOtherPvsTellsOfThoseItHas) {
  EXPECT_FALSE(view.in_tree_path_named(kPath));
  base.in_tree(kPath).inline_pods.push_back(running_pod("web-1"));
  EXPECT_TRUE(view.in_tree_path_named(kPath));
}

} // namespace
} // namespace syncer

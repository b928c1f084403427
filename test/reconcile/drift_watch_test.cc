#include "reconcile/drift_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "full_sync_rig.h"

namespace syncer {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class DriftWatchTest : public testing::Test {
 protected:
  // So many full syncs, ten minutes apart; the first one begins everything.
  void full_syncs(int count) {
    for (int i = 0; i < count; ++i) {
      if (std::exchange(begun_, true)) {
        rig.full_sync().request();
      } else {
        rig.begin_full_sync();
      }
      rig.clock.advance(10min);
    }
  }
  std::vector<std::string> rows() {
    std::vector<std::string> texts;
    for (const DriftRow& row : rig.drift()->rows) {
      texts.push_back(std::string(to_string(row.drift.type)) + " " +
                      (row.drift.volume.empty() ? row.drift.in_tree_path : row.drift.volume).str());
    }
    return texts;
  }
  // An in-tree volume that CNS has at that place.
  void in_tree(const VolumeId& id, const char* path, const char* shown) {
    rig.in_sync(id);
    rig.view.all(id).in_tree_path = path;
    cns.store.traits(id).disk_path = shown;
  }

  FullSyncRig rig;
  StatefulCns& cns = rig.cns;

 private:
  bool begun_ = false;
};

TEST_F(DriftWatchTest, NothingWrongIsNoRow) {
  rig.in_sync("1");
  in_tree("2", "[ds] kubevols/a.vmdk", "[ds] kubevols/a.vmdk");
  full_syncs(4);

  EXPECT_THAT(rows(), IsEmpty());
  EXPECT_TRUE(rig.drift()->ended);
}

TEST_F(DriftWatchTest, AVolumeThatOnlyCnsHas) {
  cns.store.create("lost");
  full_syncs(1);
  EXPECT_THAT(rows(), IsEmpty());

  full_syncs(1);
  EXPECT_THAT(rows(), ElementsAre("cns_without_pv lost"));
  EXPECT_EQ(rig.drift()->rows[0].drift.name, "pvc-lost");

  rig.in_sync("lost");
  full_syncs(1);
  EXPECT_THAT(rows(), IsEmpty());
}

TEST_F(DriftWatchTest, AVolumeOfAPendingClaimIsBeingMade) {
  const Uid claim = Uid::parse("11111111-2222-3333-4444-555555555555");
  cns.store.create("new");
  cns.store.traits("new").name = "pvc-11111111-2222-3333-4444-555555555555";
  rig.view.pending = {claim};
  full_syncs(3);

  EXPECT_THAT(rows(), IsEmpty());
}

TEST_F(DriftWatchTest, AVolumeThatAPathNamesIsNotLost) {
  cns.store.create("tree");
  rig.named_by_path.insert("tree");
  full_syncs(3);

  EXPECT_THAT(rows(), IsEmpty());
}

TEST_F(DriftWatchTest, NothingIsConcludedFromAPartialView) {
  cns.store.create("lost");
  rig.view.volume("gone").pv.dynamic = false;
  rig.view.is_complete = false;
  full_syncs(4);

  EXPECT_THAT(rows(), IsEmpty());
  EXPECT_FALSE(rig.drift()->ended);
}

TEST_F(DriftWatchTest, WhatWasToldStaysWhileTheViewIsPartial) {
  cns.store.create("lost");
  full_syncs(2);
  const auto ended = rig.drift()->ended;
  rig.view.is_complete = false;
  cns.store.drop("lost");
  full_syncs(1);

  EXPECT_THAT(rows(), ElementsAre("cns_without_pv lost"));
  EXPECT_EQ(rig.drift()->ended, ended);
}

TEST_F(DriftWatchTest, AStaticPvWithoutADiskIsToldWithTheReason) {
  rig.view.volume("gone").pv.dynamic = false;
  full_syncs(2);

  ASSERT_THAT(rows(), ElementsAre("pv_without_cns gone"));
  EXPECT_THAT(rig.drift()->rows[0].drift.detail, HasSubstr("registering it fails: "));
}

TEST_F(DriftWatchTest, WhatIsRegisteredIsNoDrift) {
  rig.view.volume("dynamic");
  cns.store.add_disk("dynamic");
  rig.view.volume("static").pv.dynamic = false;
  cns.store.add_disk("static");
  for (int i = 0; i < 4; ++i) {
    full_syncs(1);
    EXPECT_THAT(rows(), IsEmpty()) << "after full sync " << i + 1;
  }
}

TEST_F(DriftWatchTest, ADynamicPvWithoutADiskIsToldWhenRegisteringHadItsChance) {
  rig.view.volume("gone");
  full_syncs(2);
  EXPECT_THAT(rows(), IsEmpty());

  full_syncs(1);
  EXPECT_THAT(rows(), ElementsAre("pv_without_cns gone"));
}

TEST_F(DriftWatchTest, AVolumeInDoubtIsNotJudged) {
  rig.view.volume("1").pv.dynamic = false;
  cns.weather = Mischief::kLostNotApplied;
  full_syncs(3);

  EXPECT_THAT(rows(), IsEmpty());
}

TEST_F(DriftWatchTest, APvThatTheControllerDeletesIsHandsOff) {
  BoundVolume& volume = rig.view.volume("going");
  volume.pv.phase = VolumePhase::kReleased;
  lose_claim(volume, rig.clock.now());
  full_syncs(4);

  EXPECT_THAT(rows(), IsEmpty());
}

TEST_F(DriftWatchTest, PathsThatCannotBeRegistered) {
  rig.view.in_tree("[ds] a.vmdk").volumes = {bound_volume("a")};
  rig.failed_paths = {{"[ds] a.vmdk", "no such file"}, {"[ds] unused.vmdk", "no such file"}};
  full_syncs(3);

  EXPECT_THAT(rows(), ElementsAre("pv_without_cns [ds] a.vmdk"));
}

TEST_F(DriftWatchTest, AReleasedPvIsToldWhenItIsOldEnough) {
  BoundVolume& volume = rig.in_sync("1");
  volume.pv.policy = ReclaimPolicy::kRetain;
  volume.pv.phase = VolumePhase::kReleased;
  lose_claim(volume, rig.clock.now());
  full_syncs(1);
  EXPECT_THAT(rows(), IsEmpty());

  full_syncs(1);
  EXPECT_THAT(rows(), ElementsAre("released_without_consumer 1"));
}

TEST_F(DriftWatchTest, TwoPvsOfADiskButNotOfAShare) {
  for (const char* const id : {"disk", "share"}) {
    rig.in_sync(id);
    BoundVolume second = rig.view.volume(id);
    second.pv.name = "second";
    rig.view.all(id).volumes.push_back(second);
    cns.store.create(id, id == std::string("disk") ? CnsVolumeType::kBlock : CnsVolumeType::kFile);
  }
  full_syncs(2);

  EXPECT_THAT(rows(), ElementsAre("shared_handle disk"));
}

TEST_F(DriftWatchTest, ADiskThatWasMoved) {
  in_tree("1", "[ds] kubevols/a.vmdk", "[ds] vm-1/a.vmdk");
  full_syncs(2);

  EXPECT_THAT(rows(), ElementsAre("moved_backing 1"));
  EXPECT_THAT(rig.drift()->rows[0].drift.detail, HasSubstr("is at [ds] vm-1/a.vmdk"));
}

TEST_F(DriftWatchTest, ARenamedDatastoreIsNoMove) {
  in_tree("1", "[old] kubevols/a.vmdk", "[new] kubevols/a.vmdk");
  in_tree("2", "[old] kubevols/b.vmdk", "[new] kubevols/b.vmdk");
  rig.inventory.add("new", "/DC0");
  full_syncs(2);

  EXPECT_THAT(rows(), IsEmpty());
  EXPECT_EQ(rig.inventory.datastore_reads, 2u) << "each name is asked for once in a full sync";
}

TEST_F(DriftWatchTest, AnotherDatastoreIsAMoveWhileTheOldOneExists) {
  in_tree("1", "[old] kubevols/a.vmdk", "[new] kubevols/a.vmdk");
  rig.inventory.add("new", "/DC0");
  rig.inventory.add("old", "/DC0");
  full_syncs(2);

  EXPECT_THAT(rows(), ElementsAre("moved_backing 1"));
}

// vCenter takes its time to say where disks are, and the cluster goes on meanwhile.
TEST_F(DriftWatchTest, WhatIsNamedBeforeTheCycleEndsIsNotLost) {
  cns.store.create("lost");
  in_tree("1", "[old] kubevols/a.vmdk", "[new] kubevols/a.vmdk");
  full_syncs(1);
  rig.inventory.read_time = 5s;
  rig.full_sync().request();
  rig.clock.advance(1s);
  rig.in_sync("lost");
  rig.clock.advance(10min);

  EXPECT_THAT(rows(), IsEmpty());
}

TEST_F(DriftWatchTest, DisksThatCannotBeComparedAreNot) {
  in_tree("1", "[ds] kubevols/a.vmdk", "");
  in_tree("2", "[ds] kubevols/a.vmdk", "ds:///vmfs/volumes/1/kubevols/b.vmdk");
  full_syncs(2);

  EXPECT_THAT(rows(), IsEmpty());
}

TEST_F(DriftWatchTest, AVCenterThatDoesNotAnswerLeavesTheReportAsItWas) {
  in_tree("1", "[old] kubevols/a.vmdk", "[new] kubevols/a.vmdk");
  rig.inventory.add("new", "/DC0");
  rig.inventory.add("old", "/DC0");
  full_syncs(2);
  rig.inventory.error = Error{ErrorKind::kTransient, "no answer"};
  cns.store.create("lost");
  full_syncs(2);

  EXPECT_THAT(rows(), ElementsAre("moved_backing 1"));
}

} // namespace
} // namespace syncer

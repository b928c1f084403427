#include "reconcile/diff_pass.h"

#include <gmock/gmock.h>

#include "reconciler_rig.h"

namespace syncer {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class Diff : public testing::Test {
 protected:
  Outcome<DiffPass::Page> next() {
    Outcome<DiffPass::Page> page = Error{ErrorKind::kTransient, "not over"};
    asio::co_spawn(rig.io, pass->next(),
                   [&](const std::exception_ptr&, Outcome<DiffPass::Page> result) {
                     page = std::move(result);
                   });
    rig.clock.settle();
    return page;
  }
  void use(DiffPass::Options options) {
    pass = std::make_unique<DiffPass>(DiffPass::Deps{rig.view, rig.cns, rig.reconciler()}, options);
  }

  ReconcilerRig rig;
  std::unique_ptr<DiffPass> pass;
};

TEST_F(Diff, FindsNothingWhereAllIsWell) {
  rig.in_sync("a");
  rig.in_sync("b");
  use({});

  const auto page = next();

  ASSERT_TRUE(page);
  EXPECT_TRUE(page->last);
  EXPECT_THAT(page->rows, IsEmpty());
  EXPECT_EQ(page->counts.volumes, 2u);
  EXPECT_EQ(page->counts.in_sync, 2u);
}

TEST_F(Diff, TellsWhatDiffersAndChangesNothing) {
  rig.in_sync("a").pv.labels = make_labels({{"a", "b"}});
  rig.view.volume("absent");
  rig.in_sync("b").pods.push_back(running_pod("web"));
  use({});

  const auto page = next();

  ASSERT_TRUE(page);
  ASSERT_EQ(page->rows.size(), 3u);
  EXPECT_EQ(page->counts.differ, 3u);
  EXPECT_EQ(page->rows[0].id, "a");
  EXPECT_EQ(page->rows[0].pv, "pv-a");
  EXPECT_EQ(page->rows[0].comparison.changes.at(0).detail, "label a is missing");
  EXPECT_EQ(page->rows[1].comparison.result, VolumeComparison::Result::kAbsent);
  EXPECT_EQ(page->rows[2].comparison.changes.at(0).ref, pod_ref("web"));
  EXPECT_THAT(rig.cns.updates, IsEmpty());
  EXPECT_THAT(rig.cns.creates, IsEmpty());
  EXPECT_EQ(rig.reconciler().counts().known, 0u) << "the ledger was changed";
  EXPECT_TRUE(rig.reconciler().idle());
}

TEST_F(Diff, WhatNobodyMayWriteIsNoDifference) {
  rig.in_sync("a").pv.phase = VolumePhase::kReleased;
  rig.view.volume("a").pv.labels = make_labels({{"a", "b"}});
  rig.cns.store.set("orphan", {pv_entity("gone")});
  use({});

  const auto page = next();

  ASSERT_TRUE(page);
  EXPECT_EQ(page->counts.hands_off, 1u);
  EXPECT_EQ(page->counts.only_in_cns, 1u);
  EXPECT_EQ(page->counts.differ, 0u);
}

TEST_F(Diff, WhatIsBeingWorkedOnIsMarked) {
  rig.in_sync("a").pv.labels = make_labels({{"a", "b"}});
  rig.cns.task_time = std::chrono::minutes(1);
  rig.touch("a");
  use({});

  const auto page = next();

  ASSERT_TRUE(page);
  EXPECT_EQ(page->counts.queued, 1u);
  EXPECT_TRUE(page->rows.at(0).comparison.queued);
}

TEST_F(Diff, ReadsPageByPageInOrder) {
  for (const char* id : {"c", "a", "e", "b", "d"}) {
    rig.in_sync(id).pv.labels = make_labels({{"a", "b"}});
  }
  DiffPass::Options options;
  options.page = 2;
  use(options);

  std::vector<std::string> ids;
  for (int pages = 0; pages < 3; ++pages) {
    const auto page = next();
    ASSERT_TRUE(page);
    EXPECT_EQ(page->last, pages == 2);
    EXPECT_EQ(page->total, 5u);
    for (const DiffPass::Row& row : page->rows) ids.push_back(row.id.str());
  }

  EXPECT_THAT(ids, ElementsAre("a", "b", "c", "d", "e"));
  EXPECT_EQ(rig.cns.reads.size(), 3u);
  EXPECT_EQ(rig.cns.id_reads, 1u);
}

TEST_F(Diff, ListsNoMoreThanItMayAndCountsAll) {
  for (const char* id : {"a", "b", "c"}) {
    rig.in_sync(id).pv.labels = make_labels({{"a", "b"}});
  }
  DiffPass::Options options;
  options.most_listed = 2;
  use(options);

  const auto page = next();

  ASSERT_TRUE(page);
  EXPECT_EQ(page->rows.size(), 2u);
  EXPECT_EQ(page->counts.listed, 2u);
  EXPECT_EQ(page->counts.differ, 3u);
}

TEST_F(Diff, AVCenterThatDoesNotAnswerEndsIt) {
  rig.in_sync("a");
  use({});
  rig.cns.reads_fail = true;
  EXPECT_THAT(next().error().detail, HasSubstr("read of all ids"));
  rig.cns.reads_fail = false;
  rig.cns.failing_reads = {0};
  EXPECT_THAT(next().error().detail, HasSubstr("read of a page of volumes"));

  EXPECT_TRUE(next()) << "the next try goes on where it was";
}

TEST_F(Diff, AnEmptyClusterIsOnePage) {
  use({});

  const auto page = next();

  ASSERT_TRUE(page);
  EXPECT_TRUE(page->last);
  EXPECT_EQ(page->total, 0u);
}

} // namespace
} // namespace syncer

#include "reconcile/migration_cleanup.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/logger.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <memory>
#include <set>

#include "fakes/fake_clock.h"
#include "fakes/fake_leadership.h"
#include "fakes/fake_migration_store.h"
#include "fakes/fake_view.h"
#include "fakes/stateful_cns.h"
#include "reconcile/linked_view.h"

namespace syncer {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

constexpr const char* kPath = "[ds] k/a.vmdk";

// A FakeView beside which PVs exist that CSI has not taken over.
class ViewWithOtherPvs final : public ClusterView {
 public:
  VolumeFacts facts(const VolumeId& id) const override { return base.facts(id); }
  VolumeFacts in_tree_facts(const InternedString& path) const override {
    return base.in_tree_facts(path);
  }
  std::vector<VolumeId> volumes() const override { return base.volumes(); }
  std::vector<InternedString> in_tree_paths() const override { return base.in_tree_paths(); }
  bool in_tree_path_named(const InternedString& path) const override {
    return others.contains(path) || base.in_tree_path_named(path);
  }
  std::vector<Uid> pending_claims() const override { return base.pending_claims(); }
  std::vector<Pod> pods_of_claim(const ObjectKey& claim) const override {
    return base.pods_of_claim(claim);
  }
  std::size_t volume_count() const override { return base.volume_count(); }
  bool synced() const override { return base.synced(); }
  bool complete() const override { return base.complete(); }

  FakeView base;
  std::set<InternedString> others;
};

// One migration object, whose volume CNS does not know and whose path nothing names.
class MigrationCleanupTest : public ::testing::Test {
 protected:
  MigrationCleanupTest() { migrations.link({"id-a", kPath}); }
  ~MigrationCleanupTest() override {
    cleanup_->stop();
    clock.advance(hours(1));
    EXPECT_FALSE(running_) << "run() did not return after stop()";
  }

  void begin() {
    MigrationCleanup::Deps deps{io.get_executor(), view, migrations, cns, clock, leader, log};
    cleanup_ = std::make_unique<MigrationCleanup>(std::move(deps), options);
    running_ = true;
    asio::co_spawn(io, cleanup_->run(), [this](const std::exception_ptr& failure) {
      running_ = false;
      if (failure) std::rethrow_exception(failure);
    });
    clock.settle();
  }
  void cycles(int count) { clock.advance(options.interval * count); }
  MigrationCleanup& cleanup() { return *cleanup_; }

  asio::io_context io;
  FakeClock clock{io};
  ViewWithOtherPvs cluster;
  FakeMigrationStore migrations{clock};
  LinkedView view{cluster, migrations};
  StatefulCns cns{clock};
  FakeLeadership leader;
  spdlog::logger log{"test"};
  MigrationCleanupOptions options;

 private:
  std::unique_ptr<MigrationCleanup> cleanup_;
  bool running_ = false;
};

TEST_F(MigrationCleanupTest, WhatIsGoneForTwoCyclesIsRemoved) {
  begin();
  clock.advance(minutes(119));
  EXPECT_THAT(cns.reads, IsEmpty());
  clock.advance(minutes(1));
  EXPECT_THAT(cns.reads, SizeIs(1));
  EXPECT_THAT(migrations.removals, IsEmpty());
  EXPECT_EQ(cleanup().status().waiting, 1u);

  cycles(1);
  EXPECT_THAT(migrations.removals, ElementsAre("id-a"));
  EXPECT_EQ(migrations.size(), 0u);
  EXPECT_EQ(cleanup().status().removed, 1u);
  EXPECT_EQ(cleanup().status().waiting, 0u);
}

TEST_F(MigrationCleanupTest, AVolumeOfCnsKeepsIt) {
  cns.store.create("id-a");
  begin();
  cycles(5);
  EXPECT_THAT(migrations.removals, IsEmpty());
}

TEST_F(MigrationCleanupTest, AVolumeOfAnotherClusterKeepsItToo) {
  cns.store.create("id-a");
  cns.store.traits("id-a").ours = false;
  begin();
  cycles(5);
  EXPECT_THAT(migrations.removals, IsEmpty());
}

TEST_F(MigrationCleanupTest, APvKeepsIt) {
  cluster.base.in_tree(kPath).volumes.push_back(bound_volume("a"));
  begin();
  cycles(5);
  EXPECT_THAT(migrations.removals, IsEmpty());
  EXPECT_THAT(cns.reads, IsEmpty()) << "CNS is asked only about those that nothing names";
}

TEST_F(MigrationCleanupTest, APvThatIsNotOursKeepsIt) {
  cluster.others.insert(kPath);
  begin();
  cycles(5);
  EXPECT_THAT(migrations.removals, IsEmpty());
}

TEST_F(MigrationCleanupTest, AFinishedInlinePodKeepsIt) {
  Pod pod = running_pod("job-1");
  pod.phase = PodPhase::kSucceeded;
  cluster.base.in_tree(kPath).inline_pods.push_back(pod);
  begin();
  cycles(5);
  EXPECT_THAT(migrations.removals, IsEmpty());
}

TEST_F(MigrationCleanupTest, AnotherSpellingOfThePathKeepsIt) {
  migrations.link({"id-a", "[cluster/ds] k/a.vmdk"});
  cluster.others.insert("[cluster/ds] k/a.vmdk");
  begin();
  cycles(5);
  EXPECT_THAT(migrations.removals, IsEmpty());
}

TEST_F(MigrationCleanupTest, ACsiPvOfThatIdKeepsIt) {
  cluster.base.volume("id-a");
  begin();
  cycles(5);
  EXPECT_THAT(migrations.removals, IsEmpty());
}

TEST_F(MigrationCleanupTest, WhatComesBackBeginsAnew) {
  begin();
  cycles(1);
  cluster.others.insert(kPath);
  cycles(1);
  cluster.others.clear();
  cycles(1);
  EXPECT_THAT(migrations.removals, IsEmpty());
  cycles(1);
  EXPECT_THAT(migrations.removals, SizeIs(1));
}

TEST_F(MigrationCleanupTest, WhatComesBackInCnsBeginsAnew) {
  begin();
  cycles(1);
  cns.store.create("id-a");
  cycles(1);
  cns.store.drop("id-a");
  cycles(1);
  EXPECT_THAT(migrations.removals, IsEmpty());
  cycles(1);
  EXPECT_THAT(migrations.removals, SizeIs(1));
}

TEST_F(MigrationCleanupTest, WaitsTheMinimumAge) {
  options.interval = minutes(5);
  begin();
  cycles(6); // first seen in the first one
  EXPECT_THAT(migrations.removals, IsEmpty());
  cycles(1);
  EXPECT_THAT(migrations.removals, SizeIs(1));
}

TEST_F(MigrationCleanupTest, AYoungObjectWaitsForItsOwnAge) {
  migrations.unlink("id-a");
  const auto now = clock.wall_now().time_since_epoch() + hours(4) - minutes(20);
  migrations.link({"id-a", kPath, false, std::chrono::duration_cast<seconds>(now).count()});
  begin();
  cycles(2);
  EXPECT_THAT(migrations.removals, IsEmpty());
  cycles(1);
  EXPECT_THAT(migrations.removals, SizeIs(1));
}

TEST_F(MigrationCleanupTest, AnIncompleteViewConcludesNothing) {
  begin();
  cycles(1);
  cluster.base.is_complete = false;
  cycles(3);
  EXPECT_THAT(migrations.removals, IsEmpty());
  EXPECT_EQ(cleanup().status().cycles, 1u);

  cluster.base.is_complete = true;
  cycles(1);
  EXPECT_THAT(migrations.removals, SizeIs(1));
}

TEST_F(MigrationCleanupTest, AViewThatTurnsIncompleteWhileCnsIsReadConcludesNothing) {
  cns.read_time = seconds(10);
  begin();
  cycles(2);
  clock.advance(seconds(15));
  ASSERT_THAT(cns.reads, SizeIs(2));
  cluster.base.is_complete = false;
  clock.advance(minutes(5));
  EXPECT_THAT(migrations.removals, IsEmpty());
  EXPECT_EQ(cleanup().status().cycles, 1u);
}

TEST_F(MigrationCleanupTest, APvThatAppearsWhileCnsIsReadKeepsIt) {
  cns.read_time = seconds(10);
  begin();
  cycles(2);
  clock.advance(seconds(15));
  ASSERT_THAT(cns.reads, SizeIs(2));
  cluster.others.insert(kPath);
  clock.advance(minutes(5));
  EXPECT_THAT(migrations.removals, IsEmpty());
}

TEST_F(MigrationCleanupTest, LinksThatAreNotKnownConcludeNothing) {
  migrations.is_synced = false;
  begin();
  cycles(5);
  EXPECT_THAT(cns.reads, IsEmpty());
  EXPECT_THAT(migrations.removals, IsEmpty());
}

TEST_F(MigrationCleanupTest, WhoDoesNotLeadRemovesNothing) {
  begin();
  cycles(1);
  leader.held = false;
  cycles(5);
  EXPECT_THAT(migrations.removals, IsEmpty());

  leader.held = true;
  cycles(1);
  EXPECT_THAT(migrations.removals, SizeIs(1));
}

TEST_F(MigrationCleanupTest, AnUnreadablePageStopsNoOther) {
  migrations.link({"id-b", "[ds] k/b.vmdk"});
  options.page = 1;
  cns.failing_reads = {0, 2, 4};
  begin();
  cycles(2);

  EXPECT_THAT(migrations.removals, ElementsAre("id-b"));
  EXPECT_THAT(cleanup().status().last_error, HasSubstr("no answer"));
}

TEST_F(MigrationCleanupTest, ARemovalThatFailsStopsNoOtherAndIsTriedAgain) {
  migrations.link({"id-b", "[ds] k/b.vmdk"});
  migrations.unremovable.insert("id-a");
  begin();
  cycles(2);
  EXPECT_THAT(migrations.removals, UnorderedElementsAre("id-a", "id-b"));
  EXPECT_THAT(cleanup().status().last_error, HasSubstr("removal of id-a"));
  EXPECT_EQ(cleanup().status().removed, 1u);

  migrations.unremovable.clear();
  cycles(1);
  EXPECT_EQ(migrations.size(), 0u);
  EXPECT_EQ(cleanup().status().last_error, "");
}

} // namespace
} // namespace syncer

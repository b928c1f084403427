// The registrar and the reconciler together: an in-tree volume from its first sight to its end.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "in_tree_rig.h"
#include "reconcile/desired.h"
#include "reconcile/linked_view.h"
#include "reconcile/reconciler.h"

namespace syncer {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr const char* kPath = "[ds] k/a.vmdk";

class InTreeStory : public ::testing::Test, public InTreeRig {
 protected:
  InTreeStory() {
    add_disk("k/a.vmdk", "id-a");
    Reconciler::Deps deps{io.get_executor(), links,  cns, clock,
                          observer,          leader, log, [] { return 0.5; }};
    reconciler = std::make_unique<Reconciler>(std::move(deps), ReconcilerOptions());
    asio::co_spawn(io, reconciler->run(), [this](const std::exception_ptr& failure) {
      ended = true;
      if (failure) std::rethrow_exception(failure);
    });
    on_linked = [this](const VolumeId& id) { reconciler->touched(id, ChangeKind::kVolume); };
    on_doubtful = [this](const VolumeId& id, Clock::time_point at) {
      reconciler->doubtful(id, at);
    };
  }
  ~InTreeStory() override {
    reconciler->stop();
    clock.advance(std::chrono::hours(1));
    EXPECT_TRUE(ended) << "the reconciler did not end";
  }

  void changed() {
    reconciler->touched("id-a", ChangeKind::kPod);
    clock.advance(seconds(1));
  }
  std::vector<CnsEntity> wanted() {
    return by_ref(desired_state(links.facts("id-a"), clock.now()).entities);
  }

  LinkedView links{view, migrations};
  Observer observer;
  std::unique_ptr<Reconciler> reconciler;
  bool ended = false;
};

TEST_F(InTreeStory, WhatWasRegisteredWithItsEntitiesIsReadAndNotWrittenAgain) {
  add_pv(kPath, "a").pods = {running_pod("web-1")};
  restart();
  clock.advance(minutes(1));

  EXPECT_THAT(cns.entities("id-a"), SizeIs(3));
  EXPECT_EQ(cns.entities("id-a"), wanted());
  EXPECT_THAT(cns.updates, IsEmpty());
}

TEST_F(InTreeStory, AnAdoptedVolumeGetsItsEntities) {
  cns.store.create("id-a");
  add_pv(kPath, "a").pods = {running_pod("web-1")};
  restart();
  clock.advance(minutes(1));

  EXPECT_THAT(cns.entities("id-a"), SizeIs(3));
  EXPECT_EQ(cns.entities("id-a"), wanted());
}

TEST_F(InTreeStory, PodsOfARegisteredVolumeComeAndGo) {
  add_pv(kPath, "a");
  restart();
  clock.advance(seconds(1));
  view.in_tree(kPath).volumes[0].pods = {running_pod("web-1")};
  changed();
  EXPECT_THAT(cns.entities("id-a"), SizeIs(3));

  view.in_tree(kPath).volumes[0].pods.clear();
  changed();
  EXPECT_THAT(cns.entities("id-a"), SizeIs(2));
}

TEST_F(InTreeStory, AnInlinePodIsShownWhileItRunsAndTakenAwayAtItsEnd) {
  Pod pod = running_pod("web-1");
  pod.phase = PodPhase::kPending;
  view.in_tree(kPath).inline_pods = {pod};
  restart();
  clock.advance(seconds(1));
  ASSERT_THAT(linked, SizeIs(1));
  EXPECT_THAT(cns.entities("id-a"), IsEmpty());

  view.in_tree(kPath).inline_pods[0].phase = PodPhase::kRunning;
  changed();
  EXPECT_THAT(cns.entities("id-a"), ElementsAre(CnsEntity{pod_ref("web-1"), {}, {}}));

  view.remove_in_tree(kPath);
  changed();
  EXPECT_THAT(cns.entities("id-a"), IsEmpty());
}

TEST_F(InTreeStory, ALostRegistrationEndsAsItShould) {
  for (const Mischief mischief :
       {Mischief::kLostApplied, Mischief::kLostNotApplied, Mischief::kLostAppliedLate}) {
    cns.store.drop("id-a");
    migrations.unlink("id-a");
    view.remove_in_tree(kPath);
    add_pv(kPath, "a");
    cns.create_mischief[cns.creates.size()] = mischief;
    restart();
    // What the lost call carried is old by the time it is known to have arrived.
    view.in_tree(kPath).volumes[0].pv.labels = make_labels({{"tier", "gold"}});
    clock.advance(minutes(10));

    EXPECT_EQ(cns.entities("id-a"), wanted());
    EXPECT_THAT(cns.entities("id-a"), SizeIs(2));
    EXPECT_FALSE(reconciler->in_doubt("id-a"));
  }
}

} // namespace
} // namespace syncer

// The four ways in which a TriggerCsiFullSync object could end full syncs for good, or lose one.
#include "trigger_rig.h"

namespace syncer {
namespace {

using namespace std::chrono_literals;

class TriggerStuckModes : public TriggerRig {};

TEST_F(TriggerStuckModes, AWrongIdDoesNotEndPeriodicFullSyncs) {
  start_idle(4);
  ask(99);
  ASSERT_EQ(begun, 1);

  pass(kInterval);

  EXPECT_EQ(begun, 2);
  EXPECT_EQ(shown()["spec"]["triggerSyncID"], 5) << "the next one who asks finds a valid sequence";
  end_run();
  ask(6);
  EXPECT_EQ(begun, 3);
}

TEST_F(TriggerStuckModes, AManifestThatIsAppliedAgainAndAgainDoesNotEndThem) {
  start_idle(4);
  for (int cycle = 0; cycle < 3; ++cycle) {
    ask(2); // what the manifest says
    pass(kInterval);
    end_run();
  }

  EXPECT_EQ(begun, 4);
}

class TriggerResultFault : public TriggerRig,
                           public testing::WithParamInterface<ObjectServer::Fault> {};

TEST_P(TriggerResultFault, AResultThatCannotBeWrittenAtOnceIsWrittenLater) {
  server.put(path(), object(3, 3));
  start();
  for (int times = 0; times < 12; ++times) server.fail("PUT", GetParam());

  end_run();
  pass(10min);

  EXPECT_TRUE(idle());
  EXPECT_TRUE(status().contains("lastSuccessfulEndTimeStamp"));
}

INSTANTIATE_TEST_SUITE_P(Faults, TriggerResultFault,
                         testing::Values(ObjectServer::Fault::kConflict,
                                         ObjectServer::Fault::kRefused, ObjectServer::Fault::kBusy,
                                         ObjectServer::Fault::kLostReply));

TEST_F(TriggerStuckModes, AReadThatFailsAfterTheRunDoesNotLeaveItInProgress) {
  server.put(path(), object(3, 3));
  start();
  for (int times = 0; times < 5; ++times) server.fail("GET", Fault::kBusy);

  end_run();
  EXPECT_FALSE(idle());
  pass(2min);

  EXPECT_TRUE(idle());
}

TEST_F(TriggerStuckModes, ARunThatAnotherProcessDidNotEndIsDoneAgain) {
  server.put(path(), object(5, 5, true));

  start();
  EXPECT_EQ(begun, 1);
  EXPECT_EQ(joined, 0) << "it was somebody's request";
  EXPECT_EQ(shown()["spec"]["triggerSyncID"], 5);
  end_run();

  EXPECT_TRUE(idle());
}

TEST_F(TriggerStuckModes, ARequestDuringARunIsNotLost) {
  start_idle(4);
  ask(5);
  ask(6);
  EXPECT_EQ(status()["lastTriggerSyncID"], 6);
  ASSERT_EQ(begun, 2);

  end_run();
  EXPECT_EQ(begun, 3);
  EXPECT_FALSE(idle());
  end_run();

  EXPECT_TRUE(idle());
  EXPECT_EQ(begun, 3);
}

TEST_F(TriggerStuckModes, AWriterOfTheSpecAndOursOfTheStatusDoNotUndoEachOther) {
  start_idle(4);
  ask(5);
  bool once = false;
  server.before_put = [&] {
    if (std::exchange(once, true)) return;
    Json theirs = shown();
    theirs["spec"]["triggerSyncID"] = 6;
    server.put(path(), theirs);
  };

  end_run();

  EXPECT_EQ(shown()["spec"]["triggerSyncID"], 6);
  EXPECT_EQ(status()["lastTriggerSyncID"], 6);
  EXPECT_EQ(begun, 3);
}

TEST_F(TriggerStuckModes, AnOldStatusThatSomebodyWritesBackIsPutRight) {
  start_idle(4);

  server.put(path(), object(2, 1, true)); // a copy that was kept
  clock.settle();

  EXPECT_EQ(status()["lastTriggerSyncID"], 4);
  EXPECT_TRUE(idle());
  EXPECT_EQ(begun, 1);
}

} // namespace
} // namespace syncer

#include "operators/trigger_controller.h"

#include "trigger_rig.h"

namespace syncer {
namespace {

using namespace std::chrono_literals;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class TriggerControllerTest : public TriggerRig {};

TEST_F(TriggerControllerTest, MakesTheObjectAndTriggersTheFirstRun) {
  start();

  EXPECT_EQ(shown()["spec"]["triggerSyncID"], 1);
  EXPECT_EQ(status(), Json::parse(R"({"inProgress":true,"lastTriggerSyncID":1})"));
  EXPECT_EQ(begun, 1);
  EXPECT_EQ(joined, 1);
}

TEST_F(TriggerControllerTest, NothingIsAskedBeforeTheFirstList) {
  controller = std::make_unique<TriggerController>(
      TriggerController::Deps{{*client, clock, leadership, log, [] { return 0.0; }},
                              io.get_executor(),
                              events,
                              {[] { return true; }, [](bool) {}, [this] { return vcenters; }}},
      kInterval);
  asio::co_spawn(io, controller->run(), [](const std::exception_ptr&) {});
  pass(1h);

  EXPECT_EQ(server.count("GET") + server.count("POST"), 0u);
}

TEST_F(TriggerControllerTest, TheNextIdRunsAndIsAnswered) {
  start_idle(4);

  ask(5);
  EXPECT_EQ(status()["inProgress"], true);
  EXPECT_EQ(status()["lastTriggerSyncID"], 5);
  EXPECT_EQ(begun, 2);
  EXPECT_EQ(joined, 1) << "a run that was under way before the request is no answer to it";
  end_run();

  EXPECT_EQ(status()["inProgress"], false);
  EXPECT_EQ(status()["lastTriggerSyncID"], 5);
  for (const char* time : {"lastSuccessfulStartTimeStamp", "lastSuccessfulEndTimeStamp",
                           "lastRunStartTimeStamp", "lastRunEndTimeStamp"}) {
    EXPECT_TRUE(status().contains(time)) << time;
  }
  EXPECT_THAT(events.all, ElementsAre("Normal TriggerCsiFullSyncSucceeded csifullsync: Full sync "
                                      "succeeded for triggerSyncID: 5"));
}

TEST_F(TriggerControllerTest, TheStatusHasNoFieldsOfOurOwn) {
  start_idle(4);
  ask(5);
  end_run("failure", "down");

  const Json told = status();
  for (const auto& [key, value] : told.items()) {
    EXPECT_THAT(
        (std::vector<std::string>{"inProgress", "lastTriggerSyncID", "lastSuccessfulStartTimeStamp",
                                  "lastSuccessfulEndTimeStamp", "lastRunStartTimeStamp",
                                  "lastRunEndTimeStamp", "error"}),
        Contains(key));
  }
}

TEST_F(TriggerControllerTest, AFailureIsToldInStatusAndEvent) {
  start_idle(4);
  ask(5);

  end_run("failure", "read of all ids: down");

  const std::string error =
      "Full sync failed for triggerSyncID: 5 with error: vc-1: read of all ids: down";
  EXPECT_EQ(status()["error"], error);
  EXPECT_EQ(status()["inProgress"], false);
  EXPECT_THAT(events.all, ElementsAre("Warning TriggerCsiFullSyncFailed csifullsync: " + error));
}

TEST_F(TriggerControllerTest, ZeroAndTheLastIdRunNothing) {
  start_idle(4);

  ask(0);
  ask(4);

  EXPECT_EQ(begun, 1);
  EXPECT_THAT(events.all, IsEmpty());
}

TEST_F(TriggerControllerTest, AWrongIdIsRefusedOnceWithAnEvent) {
  start_idle(4);

  ask(9);
  server.put(path(), shown());
  clock.settle();

  EXPECT_EQ(begun, 1);
  EXPECT_THAT(events.all,
              ElementsAre("Warning TriggerCsiFullSyncFailed csifullsync: TriggerSyncID: 9 is "
                          "invalid. TriggerSyncID should be one greater than LastTriggerSyncID."));
}

TEST_F(TriggerControllerTest, EveryIntervalItTriggersItself) {
  start_idle(4);

  pass(kInterval);

  EXPECT_EQ(shown()["spec"]["triggerSyncID"], 5);
  EXPECT_EQ(status()["lastTriggerSyncID"], 5);
  EXPECT_EQ(begun, 2);
  end_run();
  pass(kInterval - 2s);
  EXPECT_EQ(begun, 2);
  pass(2s);
  EXPECT_EQ(begun, 3);
}

TEST_F(TriggerControllerTest, ItDoesNotTriggerItselfWhileARunIsUnderWay) {
  start_idle(4);
  ask(5);

  pass(3 * kInterval);

  EXPECT_EQ(begun, 2);
  EXPECT_EQ(shown()["spec"]["triggerSyncID"], 5);
}

TEST_F(TriggerControllerTest, ARequestWaitsUntilFullSyncsCanBegin) {
  ready = false;
  start();
  pass(10s);
  EXPECT_EQ(begun, 0);
  ready = true;

  pass(1s);

  EXPECT_EQ(begun, 1);
}

TEST_F(TriggerControllerTest, CountsAndProgressAreInTheAnnotation) {
  start_idle(4);
  ask(5);
  vcenters.front().volumes_read = 200;
  vcenters.front().differed = 7;
  pass(1s);
  const Json first =
      Json::parse(shown()["metadata"]["annotations"]["vsphere-syncer/last-run"].get<std::string>());
  EXPECT_EQ(first["state"], "running");
  EXPECT_EQ(first["vcenters"][0]["differed"], 7);
  const std::size_t writes = server.count("PUT");
  vcenters.front().synced = 3;
  pass(9s);
  EXPECT_EQ(server.count("PUT"), writes) << "progress is written every ten seconds, not more often";

  pass(1s);

  EXPECT_THAT(shown()["metadata"]["annotations"]["vsphere-syncer/last-run"].get<std::string>(),
              HasSubstr("\"synced\":3"));
  end_run("partial", "some failed");
  EXPECT_EQ(shown()["metadata"]["annotations"]["vsphere-syncer/last-run"], controller->last_run());
  EXPECT_EQ(Json::parse(controller->last_run())["state"], "partial");
}

TEST_F(TriggerControllerTest, OtherInstancesAreRefused) {
  start_idle(4);
  Json other = object(1, 0);
  other["metadata"]["name"] = "mine";

  server.put(std::string(kFullSyncTriggers) + "/mine", other);
  clock.settle();

  EXPECT_EQ(begun, 1);
  EXPECT_THAT(events.all, ElementsAre(HasSubstr("Warning TriggerCsiFullSyncFailed mine: ")));
}

TEST_F(TriggerControllerTest, AnObjectThatIsDeletedIsMadeAnew) {
  start_idle(4);
  server.remove(path());
  controller->remove({"", kFullSyncTrigger});
  clock.settle();

  EXPECT_EQ(shown()["spec"]["triggerSyncID"], 0);
  ask(1);

  EXPECT_EQ(begun, 2);
}

TEST_F(TriggerControllerTest, WhatOthersWroteBesidesStays) {
  server.put(path(), object(3, 3));
  Json noted = shown();
  noted["metadata"]["labels"]["team"] = "storage";
  noted["metadata"]["annotations"]["theirs"] = "yes";
  server.put(path(), noted);

  start();
  end_run();

  EXPECT_EQ(shown()["metadata"]["labels"]["team"], "storage");
  EXPECT_EQ(shown()["metadata"]["annotations"]["theirs"], "yes");
}

TEST_F(TriggerControllerTest, NothingIsWrittenWithoutLeadership) {
  server.put(path(), object(3, 3));
  leadership.held = false;

  start();
  pass(1min);
  EXPECT_EQ(server.count("PUT"), 0u);
  EXPECT_EQ(begun, 0);
  leadership.held = true;
  pass(1s);

  EXPECT_EQ(begun, 1);
}

TEST_F(TriggerControllerTest, AnIdleObjectCostsNoRequests) {
  start_idle(4);
  const std::size_t asked = server.count("GET");

  pass(kInterval - 10s);

  EXPECT_EQ(server.count("GET"), asked);
}

} // namespace
} // namespace syncer

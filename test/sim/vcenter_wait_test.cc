#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/vcenter_probe.h"

namespace syncer::sim {
namespace {

using std::chrono::milliseconds;

class SimVcenterWait : public VcenterProbe {
 protected:
  void begin_watching(SimVcenterOptions options = SimVcenterOptions()) {
    options.wait_second = milliseconds(20);
    start(std::move(options));
    for (int i = 0; i < 130; ++i) vcenter_->put_volume(block_volume(volume(i)));
    login();
    watch_list();
  }
  static std::string volume(int i) { return "v" + std::to_string(i); }
  std::string start_update(int i) {
    return vsan(update(volume(i), entity_xml(kEntityVolume, "pv"))).text("returnval");
  }
  static std::string add(const std::string& task) {
    return "<add type=\"Task\">" + task + "</add>";
  }
  static std::string remove(const std::string& task) {
    return "<remove type=\"Task\">" + task + "</remove>";
  }
};

TEST_F(SimVcenterWait, TaskEntersRunningAndIsModifiedWhenDone) {
  begin_watching();
  vcenter_->hold_tasks(true);
  const std::string task = start_update(0);
  EXPECT_EQ(modify_list(add(task)).status, 200);

  const Reply first = wait("");
  EXPECT_EQ(first.text("kind"), "enter");
  EXPECT_EQ(first.text("state"), "running");
  const auto second = begin("/sdk", wait_xml(first.text("version"), 1000));
  vcenter_->hold_tasks(false);
  const Reply done = finish(second);

  EXPECT_EQ(done.text("kind"), "modify");
  EXPECT_EQ(done.text("state"), "success");
  EXPECT_TRUE(done.has("<result xsi:type=\"CnsVolumeOperationBatchResult\">"));
  EXPECT_NE(done.text("version"), first.text("version"));
}

TEST_F(SimVcenterWait, FinishedTaskThatIsAddedEntersWithItsFinalState) {
  begin_watching();
  const std::string task = start_update(0);
  wait_for_task(task);
  modify_list(add(task));

  const Reply reply = wait("");

  EXPECT_EQ(reply.text("kind"), "enter");
  EXPECT_EQ(reply.text("state"), "success");
}

TEST_F(SimVcenterWait, ResultNeedsTheVsanAction) {
  begin_watching();
  const std::string task = start_update(0);
  wait_for_task(task);
  modify_list(add(task));

  const Reply reply = wait("", 0, "urn:vim25/8.0.2.0");

  EXPECT_EQ(reply.text("state"), "success");
  EXPECT_FALSE(reply.has("<result "));
}

TEST_F(SimVcenterWait, NothingNewIsAnAnswerWithoutReturnval) {
  begin_watching();

  const Reply reply = wait("", 1);

  EXPECT_EQ(reply.status, 200);
  EXPECT_FALSE(reply.has("returnval"));
}

TEST_F(SimVcenterWait, FirstWaitMayAnswerAtOnce) {
  SimVcenterOptions options;
  options.first_wait_returns_at_once = true;
  begin_watching(options);

  EXPECT_EQ(wait("", 1000).text("version"), "1");
}

TEST_F(SimVcenterWait, RemovedTaskLeaves) {
  begin_watching();
  const std::string task = start_update(0);
  wait_for_task(task);
  modify_list(add(task));
  const std::string version = wait("").text("version");

  modify_list(remove(task));
  const Reply reply = wait(version);

  EXPECT_EQ(reply.text("kind"), "leave");
  EXPECT_EQ(reply.text("obj"), task);
}

TEST_F(SimVcenterWait, UnresolvedTasksAreReturned) {
  begin_watching();

  const Reply reply = modify_list(add("task-99999"));

  EXPECT_TRUE(reply.has("<returnval type=\"Task\">task-99999</returnval>"));
}

TEST_F(SimVcenterWait, AnswerIsTruncatedAtAHundredUpdates) {
  begin_watching();
  std::string adds;
  for (int i = 0; i < 120; ++i) adds += add(start_update(i));
  modify_list(adds);
  wait_for_task("task-1");

  const Reply first = wait("");
  EXPECT_EQ(first.count("<objectSet>"), 100);
  EXPECT_EQ(first.text("truncated"), "true");
  const Reply second = wait(first.text("version"));

  EXPECT_EQ(second.count("<objectSet>"), 20);
  EXPECT_EQ(second.text("truncated"), "");
}

TEST_F(SimVcenterWait, WrongVersionIsInvalidCollectorVersion) {
  begin_watching();

  EXPECT_EQ(wait("17").fault(), "InvalidCollectorVersion");
  EXPECT_EQ(wait("-").fault(), "InvalidCollectorVersion");
}

TEST_F(SimVcenterWait, AnswerThatGotLostIsToldAgainForThePreviousVersion) {
  begin_watching();
  const std::string one = start_update(0);
  modify_list(add(one));
  wait_for_task(one);
  const std::string version = wait("").text("version");
  const std::string two = start_update(1);
  wait_for_task(two);
  modify_list(add(two));
  vcenter_->mischief().drop_replies("WaitForUpdatesEx", 1);
  EXPECT_FALSE(wait(version).arrived);

  const Reply again = wait(version);

  EXPECT_EQ(again.text("obj"), two);
  EXPECT_EQ(again.text("state"), "success");
}

TEST_F(SimVcenterWait, NewerWaitTakesOver) {
  begin_watching();
  const auto older = begin("/sdk", wait_xml("", 1000));
  ASSERT_TRUE(run_until([&] { return vcenter_->record().count("WaitForUpdatesEx") == 1; }));

  const auto newer = begin("/sdk", wait_xml("", 1));

  EXPECT_EQ(finish(older).fault(), "RequestCanceled");
  EXPECT_EQ(finish(newer).status, 200);
}

TEST_F(SimVcenterWait, CancelEndsTheWait) {
  begin_watching();
  const auto waiting = begin("/sdk", wait_xml("", 1000));
  ASSERT_TRUE(run_until([&] { return vcenter_->record().count("WaitForUpdatesEx") == 1; }));

  sdk(vim("CancelWaitForUpdates", "PropertyCollector", collector_));

  EXPECT_EQ(finish(waiting).fault(), "RequestCanceled");
}

TEST_F(SimVcenterWait, DestroyedCollectorEndsTheWait) {
  begin_watching();
  const auto waiting = begin("/sdk", wait_xml("", 1000));
  ASSERT_TRUE(run_until([&] { return vcenter_->record().count("WaitForUpdatesEx") == 1; }));

  EXPECT_EQ(sdk(vim("DestroyPropertyCollector", "PropertyCollector", collector_)).status, 200);

  EXPECT_EQ(finish(waiting).fault(), "ManagedObjectNotFound");
  EXPECT_EQ(wait("").fault(), "ManagedObjectNotFound");
}

TEST_F(SimVcenterWait, EndOfTheSessionEndsTheWait) {
  begin_watching();
  const auto waiting = begin("/sdk", wait_xml("", 1000));
  ASSERT_TRUE(run_until([&] { return vcenter_->record().count("WaitForUpdatesEx") == 1; }));

  vcenter_->sessions().end_all();

  EXPECT_EQ(finish(waiting).fault(), "NotAuthenticated");
}

TEST_F(SimVcenterWait, VanishedTaskLeaves) {
  begin_watching();
  vcenter_->mischief().lose_tasks(TaskLoss::kBeforeWork, 1);
  vcenter_->hold_tasks(true);
  const std::string task = start_update(0);
  modify_list(add(task));
  const std::string version = wait("").text("version");
  const auto waiting = begin("/sdk", wait_xml(version, 1000));
  vcenter_->hold_tasks(false);

  EXPECT_EQ(finish(waiting).text("kind"), "leave");
  EXPECT_EQ(read_task(task).fault(), "ManagedObjectNotFound");
  EXPECT_EQ(vcenter_->record().updates_applied, 0U);
}

TEST_F(SimVcenterWait, FilterOnATaskOfItsOwn) {
  begin_watching();
  const std::string task = start_update(0);
  const auto filter = [&](const std::string& object, const std::string& path,
                          const std::string& report) {
    return sdk(vim("CreateFilter", "PropertyCollector", collector_,
                   "<spec><propSet><type>Task</type><pathSet>" + path +
                       "</pathSet></propSet>"
                       "<objectSet><obj type=\"Task\">" +
                       object +
                       "</obj></objectSet>"
                       "<reportMissingObjectsInResults>" +
                       report +
                       "</reportMissingObjectsInResults>"
                       "</spec><partialUpdates>false</partialUpdates>"));
  };

  EXPECT_EQ(filter(task, "nonsense", "false").fault(), "InvalidProperty");
  EXPECT_EQ(filter("task-9", "info", "false").fault(), "ManagedObjectNotFound");
  EXPECT_EQ(filter("task-9", "info", "true").status, 200);
  EXPECT_TRUE(wait("").has("<missingSet><obj type=\"Task\">task-9</obj>"));
  const std::string made = filter(task, "info", "false").text("returnval");
  EXPECT_EQ(wait("").text("obj"), task);
  EXPECT_EQ(sdk(vim("DestroyPropertyFilter", "PropertyFilter", made)).status, 200);
  EXPECT_EQ(sdk(vim("DestroyPropertyFilter", "PropertyFilter", made)).fault(),
            "ManagedObjectNotFound");
}

TEST_F(SimVcenterWait, ResetListViewReplacesItsContent) {
  begin_watching();
  const std::string one = start_update(0);
  const std::string two = start_update(1);
  wait_for_task(two);
  modify_list(add(one));
  const std::string version = wait("").text("version");

  sdk(vim("ResetListView", "ListView", list_, "<obj type=\"Task\">" + two + "</obj>"));
  const Reply reply = wait(version);

  EXPECT_TRUE(reply.has("<kind>leave</kind><obj type=\"Task\">" + one));
  EXPECT_TRUE(reply.has("<kind>enter</kind><obj type=\"Task\">" + two));
}

TEST_F(SimVcenterWait, ManyTasksAreReadInPagesWithATokenForTheRest) {
  begin_watching();
  std::string adds;
  for (int i = 0; i < 5; ++i) adds += add(start_update(i));
  modify_list(adds);
  const Reply first =
      sdk(vim("RetrievePropertiesEx", "PropertyCollector", "propertyCollector",
              "<specSet><propSet><type>Task</type><pathSet>info</pathSet></propSet><objectSet>"
              "<obj type=\"ListView\">" +
                  list_ +
                  "</obj><selectSet xsi:type=\"TraversalSpec\">"
                  "<type>ListView</type><path>view</path></selectSet></objectSet></specSet>"
                  "<options><maxObjects>3</maxObjects></options>"));
  EXPECT_EQ(first.count("<objects>"), 3);

  const std::string rest = vim("ContinueRetrievePropertiesEx", "PropertyCollector",
                               "propertyCollector", "<token>" + first.text("token") + "</token>");
  const Reply second = sdk(rest);

  EXPECT_EQ(second.count("<objects>"), 2);
  EXPECT_FALSE(second.has("<token>"));
  EXPECT_EQ(sdk(rest).fault(), "InvalidArgument");
}

} // namespace
} // namespace syncer::sim

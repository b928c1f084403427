#include "sim/vcenter_tasks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/vcenter_property.h"
#include "sim/vcenter_session.h"

namespace syncer::sim {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class Tasks : public testing::Test {
 protected:
  TaskTable make(TaskTable::Limits limits = {}) {
    return TaskTable(limits, {[this](std::uint64_t number) { changed_.push_back(number); },
                              [this](std::uint64_t number) { vanished_.push_back(number); }});
  }
  std::uint64_t start(TaskTable& table, TaskTimes times, TaskOutcome outcome = {}) {
    const auto work = [this, outcome] {
      ++worked_;
      return outcome;
    };
    return table.start("M", "v", times, work, now_, {});
  }
  void advance(TaskTable& table, std::chrono::nanoseconds by) {
    now_ += by;
    table.advance(now_, {});
  }

  TaskTable::TimePoint now_{};
  std::vector<std::uint64_t> changed_, vanished_;
  int worked_ = 0;
};

TEST_F(Tasks, WorkIsDoneWhenTheTaskCompletesNotBefore) {
  TaskTable table = make();
  const std::uint64_t number = start(table, {{}, milliseconds(5), {}});

  advance(table, milliseconds(4));
  EXPECT_EQ(worked_, 0);
  EXPECT_EQ(table.find(number)->state, TaskState::kRunning);

  advance(table, milliseconds(1));
  EXPECT_EQ(worked_, 1);
  EXPECT_EQ(table.find(number)->state, TaskState::kSuccess);
  EXPECT_THAT(changed_, ElementsAre(number));
}

TEST_F(Tasks, QueuedThenRunningThenDone) {
  TaskTable table = make();
  const std::uint64_t number = start(table, {milliseconds(3), milliseconds(5), {}});
  EXPECT_EQ(table.find(number)->state, TaskState::kQueued);

  advance(table, milliseconds(3));
  EXPECT_EQ(table.find(number)->state, TaskState::kRunning);

  advance(table, milliseconds(5));
  EXPECT_EQ(table.find(number)->state, TaskState::kSuccess);
}

TEST_F(Tasks, FinishedTaskVanishesAfterItsLife) {
  TaskTable table = make();
  const std::uint64_t number = start(table, {{}, milliseconds(1), {}});
  advance(table, milliseconds(1));

  advance(table, minutes(10) - milliseconds(1));
  EXPECT_TRUE(table.find(number));
  advance(table, milliseconds(1));

  EXPECT_FALSE(table.find(number));
  EXPECT_THAT(vanished_, ElementsAre(number));
}

TEST_F(Tasks, HeldTaskStaysRunningUntilReleased) {
  TaskTable table = make();
  table.hold(true);
  const std::uint64_t number = start(table, {{}, milliseconds(1), {}});
  advance(table, minutes(1));
  EXPECT_EQ(table.find(number)->state, TaskState::kRunning);
  EXPECT_FALSE(table.next_due());

  table.hold(false);
  advance(table, {});

  EXPECT_EQ(table.find(number)->state, TaskState::kSuccess);
}

TEST_F(Tasks, LostTaskVanishesWithOrWithoutItsWork) {
  TaskTable table = make();
  const std::uint64_t before = start(table, {{}, milliseconds(1), TaskLoss::kBeforeWork});
  advance(table, milliseconds(1));
  EXPECT_EQ(worked_, 0);
  const std::uint64_t after = start(table, {{}, milliseconds(1), TaskLoss::kAfterWork});
  advance(table, milliseconds(1));

  EXPECT_EQ(worked_, 1);
  EXPECT_THAT(vanished_, ElementsAre(before, after));
  EXPECT_EQ(table.size(), 0U);
  EXPECT_EQ(table.unfinished(), 0U);
}

TEST_F(Tasks, OldestFinishedTasksMakeRoom) {
  TaskTable::Limits limits;
  limits.max_finished = 2;
  TaskTable table = make(limits);
  const std::uint64_t first = start(table, {{}, milliseconds(1), {}});
  start(table, {{}, milliseconds(2), {}});
  start(table, {{}, milliseconds(3), {}});

  advance(table, milliseconds(3));

  EXPECT_THAT(vanished_, ElementsAre(first));
  EXPECT_EQ(table.size(), 2U);
}

TEST_F(Tasks, ResultIsShownToReadersOfVsanOnly) {
  TaskTable table = make();
  const std::uint64_t number = start(table, {{}, milliseconds(1), {}}, {"<result/>", {}});
  advance(table, milliseconds(1));

  std::string with, without;
  append_task_info(with, *table.find(number), true);
  append_task_info(without, *table.find(number), false);

  EXPECT_THAT(with, HasSubstr("<result/>"));
  EXPECT_THAT(without, Not(HasSubstr("result")));
  EXPECT_THAT(without, HasSubstr("<state>success</state>"));
}

TEST_F(Tasks, ErrorCarriesTheTypeOfTheFault) {
  TaskTable table = make();
  const std::uint64_t number =
      start(table, {{}, milliseconds(1), {}}, {{}, fault_for_volume("CnsFault", "v")});
  advance(table, milliseconds(1));

  std::string info;
  append_task_info(info, *table.find(number), true);

  EXPECT_THAT(info, HasSubstr("<state>error</state>"));
  EXPECT_THAT(info, HasSubstr("<error><fault xsi:type=\"CnsFault\"><reason>"));
}

TEST(PendingUpdates, EntersAreToldOnceWithTheLatestState) {
  PendingUpdates pending;
  pending.enter(1);
  pending.modify(1);

  EXPECT_EQ(pending.take(), std::make_pair(std::uint64_t{1}, UpdateKind::kEnter));
  EXPECT_TRUE(pending.empty());
}

TEST(PendingUpdates, WhatLeftBeforeItWasToldIsNeverTold) {
  PendingUpdates pending;
  pending.enter(1);
  pending.leave(1);
  EXPECT_TRUE(pending.empty());

  pending.enter(2);
  EXPECT_EQ(pending.take().first, 2U);
}

TEST(PendingUpdates, ModifiedThenLeftIsALeave) {
  PendingUpdates pending;
  pending.modify(1);
  pending.leave(1);

  EXPECT_EQ(pending.take(), std::make_pair(std::uint64_t{1}, UpdateKind::kLeave));
}

TEST(PropertyObjects, AChangeReachesOnlyTheFiltersThatLookAtTheTask) {
  PropertyObjects objects;
  const auto one = objects.create_view("s");
  const auto other = objects.create_view("s");
  Collector& collector = objects.create_collector("s");
  PropertyFilter& first = objects.create_filter(collector, one, {"info"});
  PropertyFilter& second = objects.create_filter(collector, other, {"info"});
  objects.add(*one, 1);
  first.pending.clear();

  objects.task_changed(1);

  EXPECT_FALSE(first.pending.empty());
  EXPECT_TRUE(second.pending.empty());
}

TEST(PropertyObjects, ThingsOfASessionEndWithIt) {
  PropertyObjects objects;
  const auto view = objects.create_view("s");
  Collector& collector = objects.create_collector("s");
  objects.create_filter(collector, view, {"info"});
  objects.add(*view, 1);
  const std::string id = view->id;

  objects.session_ended("s");

  EXPECT_FALSE(objects.find_view("s", id));
  EXPECT_EQ(objects.collector_count(), 0U);
  objects.task_changed(1); // Nobody looks any more.
}

TEST(PropertyObjects, ObjectsOfAnotherSessionAreNotFound) {
  PropertyObjects objects;
  const std::string view = objects.create_view("s")->id;
  const std::string collector = objects.create_collector("s").id;

  EXPECT_FALSE(objects.find_view("t", view));
  EXPECT_FALSE(objects.find_collector("t", collector));
}

class Sessions : public testing::Test {
 protected:
  static SessionTable::Rules rules() {
    SessionTable::Rules made;
    made.lockout_after = 3;
    return made;
  }
  SimSession* login(const std::string& password = "vc-pass",
                    const std::string& user = "administrator@VSPHERE.local") {
    return table_.login(user, password, now_, {});
  }

  std::vector<std::string> ended_;
  SessionTable::TimePoint now_{};
  SessionTable table_{rules(), [this](const SimSession& one) { ended_.push_back(one.key); }};
};

TEST_F(Sessions, CookieIsQuotedAndMustComeBackByteForByte) {
  SimSession* session = login();
  ASSERT_TRUE(session);
  const std::string cookie = session->cookie;
  EXPECT_EQ(cookie.front(), '"');
  EXPECT_EQ(cookie.back(), '"');

  EXPECT_EQ(table_.find("a=b; vmware_soap_session=" + cookie, now_, {}), session);
  const std::string bare = cookie.substr(1, cookie.size() - 2);
  EXPECT_FALSE(table_.find("vmware_soap_session=" + bare, now_, {}));
}

TEST_F(Sessions, UserIsGivenBackInCanonicalForm) {
  EXPECT_EQ(login()->user, "VSPHERE.LOCAL\\Administrator");
  EXPECT_TRUE(login("vc-pass", "VSPHERE.LOCAL\\Administrator"));
}

TEST_F(Sessions, AccountLocksAfterWrongPasswordsInARow) {
  login("wrong");
  login("wrong");
  EXPECT_TRUE(login());
  login("wrong");
  login("wrong");
  login("wrong");

  EXPECT_TRUE(table_.locked());
  EXPECT_FALSE(login());
  table_.set_locked(false);
  EXPECT_TRUE(login());
}

TEST_F(Sessions, IdleSessionExpiresUnlessItWaits) {
  SimSession* idle = login();
  const std::string cookie = "vmware_soap_session=" + idle->cookie;
  SimSession* waiting = login();
  const std::string other = "vmware_soap_session=" + waiting->cookie;
  ++waiting->waiting;
  now_ += minutes(31);

  EXPECT_FALSE(table_.find(cookie, now_, {}));
  EXPECT_TRUE(table_.find(other, now_, {}));
  EXPECT_EQ(ended_.size(), 1U);
}

TEST_F(Sessions, EndedOnesAreReported) {
  login();
  login();
  EXPECT_TRUE(table_.end_nth(1));
  EXPECT_FALSE(table_.end_nth(1));
  table_.end_all();

  EXPECT_EQ(ended_.size(), 2U);
  EXPECT_EQ(table_.size(), 0U);
}

} // namespace
} // namespace syncer::sim

// Many tasks through one list view and one long poll, and what becomes of them when that breaks.
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include "vcenter_script.h"

namespace syncer {
namespace {

using script::Vcenter;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::HasSubstr;
using Result = std::shared_ptr<std::optional<WriteResult>>;

bool acknowledged(const Result& result) {
  return *result && (*result)->end == WriteEnd::kAcknowledged;
}
bool unknown(const Result& result) { return *result && (*result)->end == WriteEnd::kUnknown; }

void script_post(Vcenter& vc, const std::string& volume, const std::string& task) {
  vc.cns("CnsUpdateVolumeMetadata")
      .body_contains("<id>" + volume + "<")
      .reply(200, script::task_answer(task));
}

Error lost() {
  Error error;
  error.detail = "connection lost";
  return error;
}

void script_destroy(Vcenter& vc) {
  for (const char* method : {"DestroyPropertyCollector", "DestroyView"})
    vc.sdk(method).reply(200, script::answer(method, "")).always();
}

TEST(Waiter, TasksThatComeDuringAModifyShareTheNextOne) {
  Vcenter vc;
  vc.script_login();
  vc.script_view();
  for (const char* n : {"1", "2", "3", "4"})
    script_post(vc, std::string("v") + n, std::string("task-") + n);
  Expectation& first = vc.script_modify("task-1").held();
  Expectation& poll =
      vc.script_news(script::acknowledged("task-1", "v1") + script::acknowledged("task-2", "v2") +
                     script::acknowledged("task-3", "v3") + script::acknowledged("task-4", "v4"))
          .held();

  std::vector<Result> results;
  for (const char* volume : {"v1", "v2", "v3", "v4"}) results.push_back(vc.update(volume));
  Expectation& rest = vc.script_modify(
      "<add type=\"Task\">task-2</add><add type=\"Task\">task-3</add>"
      "<add type=\"Task\">task-4</add>");
  first.release();
  vc.clock.settle();
  EXPECT_EQ(rest.met(), 1u);
  poll.release();
  vc.clock.settle();

  for (const Result& result : results) EXPECT_TRUE(acknowledged(result));
  EXPECT_EQ(vc.count("ModifyListView"), 2u);
  EXPECT_EQ(vc.count("WaitForUpdatesEx"), 1u);
}

TEST(Waiter, TruncatedSetIsContinuedAtOnce) {
  Vcenter vc;
  vc.script_login();
  vc.script_view();
  script_post(vc, "v1", "task-1");
  vc.script_modify();
  vc.sdk("WaitForUpdatesEx")
      .reply(200, script::news("7", script::task_info("task-1", "running"), true));
  vc.script_news(script::acknowledged("task-1", "v1"), "8").body_contains("<version>7</version>");

  EXPECT_TRUE(acknowledged(vc.update("v1")));
  EXPECT_EQ(vc.http.unmet(), 0u);
}

TEST(Waiter, PollWithoutNewsGoesOn) {
  Vcenter vc;
  vc.script_login();
  vc.script_view();
  script_post(vc, "v1", "task-1");
  vc.script_modify();
  vc.script_news(script::task_info("task-1", "running"), "1");
  vc.sdk("WaitForUpdatesEx")
      .body_contains("<version>1</version><options><maxWaitSeconds>60</maxWaitSeconds>")
      .reply(200, script::no_news());
  vc.script_news(script::acknowledged("task-1", "v1"), "2").body_contains("<version>1</version>");

  EXPECT_TRUE(acknowledged(vc.update("v1")));
  EXPECT_EQ(vc.http.unmet(), 0u);
}

TEST(Waiter, BrokenPollRebuildsAndAddsTheTasksAgain) {
  Vcenter vc;
  vc.script_login();
  vc.script_view("1");
  script_post(vc, "v1", "task-1");
  script_post(vc, "v2", "task-2");
  vc.script_modify("lv-1").always();
  vc.script_news(script::task_info("task-1", "running"));
  Expectation& dies = vc.sdk("WaitForUpdatesEx").fail(lost()).held();
  const Result one = vc.update("v1");
  const Result two = vc.update("v2");

  vc.script_view("2");
  Expectation& again = vc.script_modify(
      "lv-2</_this><add type=\"Task\">task-1</add><add type=\"Task\">task-2</add>");
  vc.sdk("WaitForUpdatesEx")
      .body_contains("pc-2</_this><options>")
      .reply(200, script::news("1", script::acknowledged("task-1", "v1") +
                                        script::acknowledged("task-2", "v2")));
  script_destroy(vc);
  dies.release();
  vc.clock.settle();

  EXPECT_EQ(again.met(), 1u);
  EXPECT_TRUE(acknowledged(one));
  EXPECT_TRUE(acknowledged(two));
  EXPECT_EQ(vc.count("DestroyPropertyCollector"), 1u) << "nothing is left behind in the session";
  EXPECT_EQ(vc.count("DestroyView"), 1u);
}

TEST(Waiter, SilentPollConnectionIsGivenUp) {
  Vcenter vc;
  vc.script_login();
  vc.script_view("1");
  script_post(vc, "v1", "task-1");
  vc.script_modify("lv-1");
  vc.sdk("WaitForUpdatesEx").body_contains("pc-1").held();
  const Result result = vc.update("v1");
  vc.script_view("2");
  vc.script_modify("lv-2");
  vc.script_news(script::acknowledged("task-1", "v1"));
  script_destroy(vc);

  vc.clock.advance(seconds(74));
  EXPECT_FALSE(*result);
  vc.clock.advance(seconds(1));
  EXPECT_TRUE(acknowledged(result));
}

TEST(Waiter, KilledSessionIsRebuiltWithoutAskingTheCaller) {
  Vcenter vc;
  vc.script_login("first");
  vc.script_view("1");
  script_post(vc, "v1", "task-1");
  vc.script_modify("lv-1");
  Expectation& poll =
      vc.sdk("WaitForUpdatesEx").reply(500, script::fault_answer("NotAuthenticated")).held();
  const Result result = vc.update("v1");
  vc.script_login("second");
  vc.script_view("2");
  vc.script_modify("lv-2</_this><add type=\"Task\">task-1</add>");
  vc.script_news(script::acknowledged("task-1", "v1"));

  poll.release();
  vc.clock.settle();

  EXPECT_TRUE(acknowledged(result));
  EXPECT_EQ(vc.count("CnsUpdateVolumeMetadata"), 1u);
  EXPECT_EQ(vc.count("DestroyView"), 0u) << "it went with its session";
}

TEST(Waiter, LostCollectorIsRebuilt) {
  for (const char* type : {"ManagedObjectNotFound", "InvalidCollectorVersion", "RequestCanceled"}) {
    Vcenter vc;
    vc.script_login();
    vc.script_view("1");
    script_post(vc, "v1", "task-1");
    vc.script_modify("lv-1");
    vc.sdk("WaitForUpdatesEx").reply(500, script::fault_answer(type));
    vc.script_view("2");
    vc.script_modify("lv-2");
    vc.script_news(script::acknowledged("task-1", "v1"));
    script_destroy(vc);

    EXPECT_TRUE(acknowledged(vc.update("v1"))) << type;
  }
}

TEST(Waiter, FailedModifyFreesThePollOfTheOldView) {
  Vcenter vc;
  vc.script_login();
  vc.script_view("1");
  script_post(vc, "v1", "task-1");
  vc.sdk("ModifyListView").body_contains("lv-1").fail(lost());
  vc.sdk("WaitForUpdatesEx").body_contains("pc-1").held();
  vc.script_view("2");
  vc.script_modify("lv-2");
  vc.script_news(script::acknowledged("task-1", "v1")).body_contains("pc-2");
  script_destroy(vc);

  EXPECT_TRUE(acknowledged(vc.update("v1"))) << "still waits for the silent poll";
}

TEST(Waiter, UnresolvedTaskIsLost) {
  Vcenter vc;
  vc.script_login();
  vc.script_view();
  script_post(vc, "v1", "task-1");
  vc.sdk("ModifyListView").reply(200, script::reference_answer("ModifyListView", "Task", "task-1"));
  vc.sdk("WaitForUpdatesEx").held();

  const Result result = vc.update("v1");

  ASSERT_TRUE(unknown(result));
  EXPECT_THAT((*result)->error.detail, HasSubstr("no longer knows"));
}

TEST(Waiter, TaskNamedByAFaultIsLostAndTheOthersGoAgain) {
  Vcenter vc;
  vc.script_login();
  vc.script_view();
  for (const char* n : {"1", "2", "3"})
    script_post(vc, std::string("v") + n, std::string("task-") + n);
  Expectation& first = vc.script_modify("task-1").held();
  Expectation& poll =
      vc.script_news(script::acknowledged("task-1", "v1") + script::acknowledged("task-3", "v3"))
          .held();
  const Result one = vc.update("v1");
  const Result two = vc.update("v2");
  const Result three = vc.update("v3");
  vc.sdk("ModifyListView")
      .body_contains("task-2")
      .reply(500,
             script::fault_answer("ManagedObjectNotFound", "", "<obj type=\"Task\">task-2</obj>"));
  vc.script_modify("</_this><add type=\"Task\">task-3</add></ModifyListView>");

  first.release();
  vc.clock.settle();
  poll.release();
  vc.clock.settle();

  EXPECT_TRUE(acknowledged(one));
  EXPECT_TRUE(unknown(two));
  EXPECT_TRUE(acknowledged(three));
  EXPECT_EQ(vc.count("CreateListView"), 1u);
}

TEST(Waiter, MissingTaskInTheSetIsLost) {
  Vcenter vc;
  vc.script_login();
  vc.script_view();
  script_post(vc, "v1", "task-1");
  vc.script_modify();
  vc.script_news(
      "<missingSet><obj type=\"Task\">task-1</obj><fault><fault "
      "xsi:type=\"ManagedObjectNotFound\"><obj type=\"Task\">task-1</obj></fault>"
      "</fault></missingSet>");

  EXPECT_TRUE(unknown(vc.update("v1")));
}

TEST(Waiter, TaskThatRunsTooLongIsUnknown) {
  Vcenter vc;
  vc.script_login();
  vc.script_view();
  script_post(vc, "v1", "task-1");
  vc.script_modify();
  vc.script_news(script::task_info("task-1", "running"));
  vc.sdk("WaitForUpdatesEx").held();
  const Result result = vc.update("v1");
  // Each poll is silent for good: views come and go meanwhile.
  vc.sdk("CreatePropertyCollector")
      .reply(200, script::reference_answer("CreatePropertyCollector", "PropertyCollector", "pc-n"))
      .always();
  vc.sdk("CreateListView")
      .reply(200, script::reference_answer("CreateListView", "ListView", "lv-n"))
      .always();
  vc.sdk("CreateFilter")
      .reply(200, script::reference_answer("CreateFilter", "PropertyFilter", "pf"))
      .always();
  vc.script_modify().always();
  vc.sdk("WaitForUpdatesEx").always().held();
  script_destroy(vc);

  vc.clock.advance(seconds(299));
  EXPECT_FALSE(*result);
  vc.clock.advance(seconds(1));

  ASSERT_TRUE(unknown(result));
  EXPECT_THAT((*result)->error.detail, HasSubstr("late-task window"));
}

TEST(Waiter, LateWindowHoldsWhileVcenterIsDown) {
  CnsOptions options = script::options();
  options.late_task_window = seconds(20);
  Vcenter vc(options);
  vc.script_login();
  script_post(vc, "v1", "task-1");
  vc.sdk("CreatePropertyCollector").fail(lost()).always();
  const Result result = vc.update("v1");
  EXPECT_FALSE(*result);

  vc.clock.advance(seconds(20));
  EXPECT_TRUE(unknown(result));
  const std::size_t tries = vc.count("CreatePropertyCollector");
  EXPECT_LT(tries, 12u) << "backs off";
  vc.clock.advance(minutes(5));
  EXPECT_LE(vc.count("CreatePropertyCollector"), tries + 1) << "nobody waits any more";
}

TEST(Waiter, ModifyThatAlwaysFailsBacksOffThoughPollsAreAnswered) {
  Vcenter vc;
  vc.script_login();
  script_post(vc, "v1", "task-1");
  vc.sdk("CreatePropertyCollector")
      .reply(200, script::reference_answer("CreatePropertyCollector", "PropertyCollector", "pc-n"))
      .always();
  vc.sdk("CreateListView")
      .reply(200, script::reference_answer("CreateListView", "ListView", "lv-n"))
      .always();
  vc.sdk("CreateFilter")
      .reply(200, script::reference_answer("CreateFilter", "PropertyFilter", "pf"))
      .always();
  vc.sdk("ModifyListView").reply(500, script::fault_answer("SystemError")).always();
  vc.sdk("WaitForUpdatesEx").reply(200, script::news("1", "")).always();
  script_destroy(vc);

  const Result result = vc.update("v1");
  vc.clock.advance(seconds(60));

  EXPECT_FALSE(*result);
  EXPECT_LT(vc.count("CreateListView"), 20u);
}

TEST(Waiter, TaskThatEndsAfterItsCallerLeftIsStillRemoved) {
  Vcenter vc;
  vc.script_login();
  vc.script_view();
  script_post(vc, "v1", "task-1");
  vc.script_modify("task-1");
  Expectation& poll = vc.script_news(script::acknowledged("task-1", "v1")).held();
  asio::cancellation_signal stop;
  bool ended = false;
  asio::co_spawn(
      vc.io, vc.api.update(script::update_of("v1")),
      asio::bind_cancellation_slot(
          stop.slot(), [&ended](std::exception_ptr, const WriteResult&) { ended = true; }));
  vc.clock.settle();
  stop.emit(asio::cancellation_type::terminal);
  vc.clock.settle();
  EXPECT_TRUE(ended);
  poll.release();
  vc.clock.settle();

  script_post(vc, "v2", "task-2");
  vc.script_modify("<add type=\"Task\">task-2</add><remove type=\"Task\">task-1</remove>");
  vc.script_news(script::acknowledged("task-2", "v2"));
  EXPECT_TRUE(acknowledged(vc.update("v2")));
}

} // namespace
} // namespace syncer

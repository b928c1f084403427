#pragma once

#include <memory>
#include <string>

#include "cns/signal.h"
#include "cns/task_book.h"
#include "cns/vcenter_session.h"
#include "core/random.h"

namespace spdlog {
class logger;
}

namespace syncer {

// Waits for all tasks of one vCenter through one list view and one long poll.
//
// New tasks are added, and finished ones removed, by the next ModifyListView, which goes out as
// soon as the previous one is back. The long poll runs only while a task is in the view. After any
// error view and collector are built anew and every unfinished task is added again: a task
// reference outlives session and connection.
class TaskWaiter {
 public:
  struct Deps {
    asio::any_io_executor executor;
    VcenterSession& session;
    Clock& clock;
    spdlog::logger& log;
    Random random;
  };
  struct Options {
    std::string vcenter;
    std::chrono::seconds poll_wait{60};   // the server answers an idle poll after this long
    std::chrono::seconds poll_margin{15}; // on top of it before the connection counts as dead
    Clock::duration call_budget = std::chrono::seconds(30);
    std::size_t batch_limit = 1000;
  };

  TaskWaiter(Deps deps, Options options);
  ~TaskWaiter();

  // Returns when the task has ended or `give_up` has passed, whichever is first.
  asio::awaitable<TaskEnd> wait(std::string task, Clock::time_point give_up);
  // Does the work until cancelled.
  asio::awaitable<void> run();

 private:
  struct View;

  asio::awaitable<void> modify_loop();
  asio::awaitable<void> poll_loop();
  asio::awaitable<void> expire_loop();
  asio::awaitable<Outcome<std::shared_ptr<View>>> build_view();
  asio::awaitable<void> replace_view();
  asio::awaitable<void> destroy_view(std::shared_ptr<View> view);
  asio::awaitable<Outcome<ManagedRef>> create(VcenterSession::Facts facts, SoapCall call);
  asio::awaitable<void> send_batch(std::shared_ptr<View> view);
  asio::awaitable<void> poll(std::shared_ptr<View> view);
  void batch_answered(const std::shared_ptr<View>& view, const TaskBook::Batch& batch,
                      const Outcome<SoapReply>& reply);
  void batch_refused(const std::shared_ptr<View>& view, TaskBook::Batch batch,
                     const SoapFault& fault);
  void poll_answered(const std::shared_ptr<View>& view, const Outcome<SoapReply>& reply);
  void take_news(TaskUpdate update, const SoapReply& reply);
  void break_view(const std::shared_ptr<View>& view, const std::string& why);
  Clock::duration rebuild_delay();

  Deps deps_;
  Options options_;
  TaskBook book_;
  std::shared_ptr<View> view_;  // null before the first one
  std::shared_ptr<View> stale_; // broken, to be destroyed if its session still stands
  int failures_ = 0;            // in a row, without any news in between
  WakeUp modify_wake_;
  WakeUp poll_wake_;
  WakeUp expire_wake_;
};

} // namespace syncer

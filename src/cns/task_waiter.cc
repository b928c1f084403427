#include "cns/task_waiter.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <utility>

#include "cns/faults.h"

namespace syncer {

namespace {

constexpr std::chrono::milliseconds kFirstDelay{200};
constexpr std::chrono::seconds kLongestDelay{10};

SoapCall sdk_call(const char* method, Clock::duration budget) {
  SoapCall call;
  call.method = method;
  call.budget = budget;
  return call;
}

} // namespace

// List view, collector and filter of one session.
struct TaskWaiter::View {
  explicit View(const asio::any_io_executor& executor) : broke(executor) {}
  VcenterSession::Facts facts;
  ManagedRef list;
  ManagedRef collector;
  std::string version; // of the last UpdateSet
  OneShot broke;       // fired as soon as it is of no more use
};

TaskWaiter::TaskWaiter(Deps deps, Options options)
    : deps_(std::move(deps)),
      options_(std::move(options)),
      modify_wake_(deps_.executor),
      poll_wake_(deps_.executor),
      expire_wake_(deps_.executor) {}

TaskWaiter::~TaskWaiter() = default;

asio::awaitable<TaskEnd> TaskWaiter::wait(std::string task, Clock::time_point give_up) {
  // Shared: the end may come after the waiting call was cancelled.
  struct Waiting {
    explicit Waiting(const asio::any_io_executor& executor) : done(executor) {}
    OneShot done;
    TaskEnd end;
  };
  const auto waiting = std::make_shared<Waiting>(deps_.executor);
  const bool first = book_.empty();
  book_.add(std::move(task), give_up, [waiting](TaskEnd end) {
    waiting->end = std::move(end);
    waiting->done.fire();
  });
  modify_wake_.notify();
  if (first) expire_wake_.notify();
  co_await waiting->done.wait();
  co_return std::move(waiting->end);
}

asio::awaitable<void> TaskWaiter::run() {
  using namespace asio::experimental::awaitable_operators;
  co_await (modify_loop() && poll_loop() && expire_loop());
}

asio::awaitable<void> TaskWaiter::modify_loop() {
  for (;;) {
    if (book_.queued() == 0) {
      co_await modify_wake_.wait();
      continue;
    }
    const std::shared_ptr<View> view = view_;
    if (!view || view->broke.fired()) {
      co_await replace_view();
    } else {
      co_await send_batch(view);
    }
  }
}

asio::awaitable<void> TaskWaiter::replace_view() {
  if (failures_ > 1) {
    const Clock::time_point again = deps_.clock.now() + rebuild_delay();
    co_await deps_.clock.sleep_until(again);
  }
  Outcome<std::shared_ptr<View>> built = co_await build_view();
  if (!built) {
    ++failures_;
    deps_.log.warn("vcenter={} task_view=failed error=\"{}\"", options_.vcenter,
                   built.error().detail);
    co_return;
  }
  view_ = *std::move(built);
  // The new view goes to work first; clearing up after the old one can wait.
  const std::shared_ptr<View> view = view_;
  const std::shared_ptr<View> stale = std::exchange(stale_, nullptr);
  co_await send_batch(view);
  if (!stale) co_return;
  co_await destroy_view(stale);
}

asio::awaitable<Outcome<ManagedRef>> TaskWaiter::create(VcenterSession::Facts facts,
                                                        SoapCall call) {
  const Outcome<SoapReply> reply = co_await deps_.session.exchange(facts, std::move(call));
  if (!reply) co_return reply.error();
  if (const SoapFault* fault = (*reply)->fault()) co_return error_of(*fault);
  ManagedRef ref = read_reference(**reply);
  if (ref.id.empty()) {
    Error error;
    error.detail = "no reference in the answer";
    co_return error;
  }
  co_return ref;
}

asio::awaitable<Outcome<std::shared_ptr<TaskWaiter::View>>> TaskWaiter::build_view() {
  const Outcome<VcenterSession::Facts> facts = co_await deps_.session.acquire();
  if (!facts) co_return facts.error();
  auto view = std::make_shared<View>(deps_.executor);
  view->facts = *facts;

  // A collector of our own has its own version counter and ends with our session.
  SoapCall call = sdk_call("CreatePropertyCollector", options_.call_budget);
  call.body = [](const SessionFacts& session) {
    return create_property_collector_request(session.content.property_collector);
  };
  Outcome<ManagedRef> collector = co_await create(*facts, std::move(call));
  if (!collector) co_return in_context("CreatePropertyCollector", collector.error());
  view->collector = *std::move(collector);
  if (!stale_) stale_ = view; // Until it is complete, it is something to clear up.

  call = sdk_call("CreateListView", options_.call_budget);
  call.body = [](const SessionFacts& session) {
    return create_list_view_request(session.content.view_manager);
  };
  Outcome<ManagedRef> list = co_await create(*facts, std::move(call));
  if (!list) co_return in_context("CreateListView", list.error());
  view->list = *std::move(list);

  call = sdk_call("CreateFilter", options_.call_budget);
  call.body = [view](const SessionFacts&) {
    return create_task_filter_request(view->collector, view->list);
  };
  const Outcome<ManagedRef> filter = co_await create(*facts, std::move(call));
  if (!filter) co_return in_context("CreateFilter", filter.error());
  if (stale_ == view) stale_ = nullptr;
  co_return view;
}

// Errors do not matter: what is left ends with the session.
asio::awaitable<void> TaskWaiter::destroy_view(std::shared_ptr<View> view) {
  SoapCall call = sdk_call("DestroyPropertyCollector", options_.call_budget);
  call.body = [view](const SessionFacts&) {
    return destroy_property_collector_request(view->collector);
  };
  Outcome<SoapReply> reply = co_await deps_.session.exchange(view->facts, std::move(call));
  if (!reply || (*reply)->fault() != nullptr || view->list.id.empty()) co_return;
  call = sdk_call("DestroyView", options_.call_budget);
  call.body = [view](const SessionFacts&) { return destroy_view_request(view->list); };
  reply = co_await deps_.session.exchange(view->facts, std::move(call));
}

asio::awaitable<void> TaskWaiter::send_batch(std::shared_ptr<View> view) {
  auto batch = std::make_shared<const TaskBook::Batch>(book_.take_batch(options_.batch_limit));
  if (batch->add.empty()) co_return;
  // The poll goes out beside this call, not after it.
  poll_wake_.notify();
  SoapCall call = sdk_call("ModifyListView", options_.call_budget);
  call.body = [view, batch](const SessionFacts&) {
    return modify_list_view_request(view->list, batch->add, batch->remove);
  };
  const Outcome<SoapReply> reply = co_await deps_.session.exchange(view->facts, std::move(call));
  batch_answered(view, *batch, reply);
}

void TaskWaiter::batch_answered(const std::shared_ptr<View>& view, const TaskBook::Batch& batch,
                                const Outcome<SoapReply>& reply) {
  if (!reply) {
    break_view(view, reply.error().detail);
    return;
  }
  if (const SoapFault* fault = (*reply)->fault()) {
    batch_refused(view, batch, *fault);
    return;
  }
  for (const ManagedRef& unresolved : read_references(**reply)) {
    const bool added =
        std::find(batch.add.begin(), batch.add.end(), unresolved.id) != batch.add.end();
    if (added) book_.lose(unresolved.id, "vCenter no longer knows the task");
  }
}

// Some servers refuse the whole list for one task that they do not know.
void TaskWaiter::batch_refused(const std::shared_ptr<View>& view, TaskBook::Batch batch,
                               const SoapFault& fault) {
  const std::string& task = fault.object.id;
  const bool names_ours = fault.type == "ManagedObjectNotFound" && fault.object.type == "Task" &&
                          std::erase(batch.add, task) + std::erase(batch.remove, task) > 0;
  if (!names_ours || view->broke.fired()) {
    break_view(view, error_of(fault).detail);
    return;
  }
  book_.put_back(batch);
  book_.lose(task, "vCenter no longer knows the task");
}

asio::awaitable<void> TaskWaiter::poll_loop() {
  for (;;) {
    const std::shared_ptr<View> view = view_;
    if (!view || view->broke.fired() || !book_.expects_news()) {
      co_await poll_wake_.wait();
      continue;
    }
    co_await poll(view);
  }
}

asio::awaitable<void> TaskWaiter::poll(std::shared_ptr<View> view) {
  using namespace asio::experimental::awaitable_operators;
  SoapCall call = sdk_call("WaitForUpdatesEx", options_.poll_wait + options_.poll_margin);
  // Not idempotent: an answer lost after the server moved on would take its news with it.
  call.idempotent = false;
  const int seconds = static_cast<int>(options_.poll_wait.count());
  call.body = [view, seconds](const SessionFacts&) {
    return wait_for_updates_request(view->collector, view->version, seconds);
  };
  const std::variant<Outcome<SoapReply>, std::monostate> first =
      co_await (deps_.session.exchange(view->facts, std::move(call)) || view->broke.wait());
  if (first.index() == 0) poll_answered(view, std::get<0>(first));
}

void TaskWaiter::poll_answered(const std::shared_ptr<View>& view, const Outcome<SoapReply>& reply) {
  if (!reply) {
    break_view(view, reply.error().detail);
    return;
  }
  if (const SoapFault* fault = (*reply)->fault()) {
    break_view(view, error_of(*fault).detail);
    return;
  }
  UpdateSet set = read_update_set(**reply);
  if (set.timed_out) {
    failures_ = 0;
    return;
  }
  view->version = set.version;
  for (TaskUpdate& update : set.tasks) take_news(std::move(update), *reply);
}

void TaskWaiter::take_news(TaskUpdate update, const SoapReply& reply) {
  if (update.vanished) {
    // Also said of every finished task when it is removed; the book has forgotten those.
    book_.lose(update.task, update.fault.type.empty() ? "the task left vCenter's list"
                                                      : error_of(update.fault).detail);
    return;
  }
  if (update.state == TaskState::kRunning) return;
  // Only this proves that adding and polling both work: less would let them fail in turn, fast.
  failures_ = 0;
  TaskEnd end;
  end.outcome =
      update.state == TaskState::kSucceeded ? TaskOutcome::kSucceeded : TaskOutcome::kFailed;
  end.fault = std::move(update.fault);
  end.op_id = std::move(update.op_id);
  end.result = update.result;
  end.answer = reply;
  book_.finish(update.task, std::move(end));
}

void TaskWaiter::break_view(const std::shared_ptr<View>& view, const std::string& why) {
  if (view->broke.fired()) return;
  view->broke.fire();
  ++failures_;
  deps_.log.info("vcenter={} task_view=broken waiting={} error=\"{}\"", options_.vcenter,
                 book_.size(), why);
  stale_ = view;
  book_.forget_view();
  modify_wake_.notify();
}

Clock::duration TaskWaiter::rebuild_delay() {
  const int doublings = std::min(failures_ - 2, 10);
  const Clock::duration full =
      std::min<Clock::duration>(kFirstDelay * (1 << doublings), kLongestDelay);
  return full / 2 + std::chrono::duration_cast<Clock::duration>(full / 2 * deps_.random());
}

asio::awaitable<void> TaskWaiter::expire_loop() {
  for (;;) {
    const std::optional<Clock::time_point> next = book_.next_deadline();
    if (!next) {
      co_await expire_wake_.wait();
      continue;
    }
    co_await deps_.clock.sleep_until(*next);
    book_.expire(deps_.clock.now());
  }
}

} // namespace syncer

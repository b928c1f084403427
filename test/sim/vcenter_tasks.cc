#include "sim/vcenter_tasks.h"

#include <charconv>

#include "sim/vcenter_xml.h"

namespace syncer::sim {

std::uint64_t TaskTable::start(std::string method, std::string volume_id, TaskTimes times,
                               std::function<TaskOutcome()> work, TimePoint now, WallTime wall) {
  const std::uint64_t number = next_number_++;
  Entry entry;
  entry.task.number = number;
  entry.task.method = std::move(method);
  entry.task.volume_id = std::move(volume_id);
  entry.task.queued = wall;
  entry.times = times;
  entry.work = std::move(work);
  const bool queued = times.queue.count() > 0;
  entry.task.state = queued ? TaskState::kQueued : TaskState::kRunning;
  if (!queued) entry.task.started = wall;
  due_.push({now + (queued ? times.queue : times.run), number});
  tasks_.emplace(number, std::move(entry));
  ++unfinished_;
  return number;
}

void TaskTable::advance(TimePoint now, WallTime wall) {
  while (!held_ && !due_.empty() && due_.top().when <= now) {
    const Due due = due_.top();
    due_.pop();
    const auto at = tasks_.find(due.number);
    if (at == tasks_.end()) continue;
    switch (at->second.task.state) {
      case TaskState::kQueued:
        at->second.task.state = TaskState::kRunning;
        at->second.task.started = wall;
        due_.push({due.when + at->second.times.run, due.number});
        watch_.changed(due.number);
        break;
      case TaskState::kRunning:
        complete(at, now, wall);
        break;
      case TaskState::kSuccess:
      case TaskState::kError:
        vanish(at);
        break;
    }
  }
}

void TaskTable::complete(Entries::iterator at, TimePoint now, WallTime wall) {
  const std::uint64_t number = at->first;
  const TaskLoss loss = at->second.times.loss;
  if (loss == TaskLoss::kBeforeWork) return vanish(at);
  // The work may start other tasks, which moves entries: it is called on its own.
  const std::function<TaskOutcome()> work = std::move(at->second.work);
  TaskOutcome outcome = work();
  at = tasks_.find(number);
  if (at == tasks_.end()) return;
  if (loss == TaskLoss::kAfterWork) return vanish(at);
  SimTask& task = at->second.task;
  task.outcome = std::move(outcome);
  task.state = task.outcome.error ? TaskState::kError : TaskState::kSuccess;
  task.completed = wall;
  at->second.work = nullptr;
  --unfinished_;
  finished_.emplace(number, task.outcome.result.size());
  result_bytes_ += task.outcome.result.size();
  due_.push({now + limits_.life, number});
  watch_.changed(number);
  trim();
}

void TaskTable::vanish(Entries::iterator at) {
  const std::uint64_t number = at->first;
  if (const auto done = finished_.find(number); done != finished_.end()) {
    result_bytes_ -= done->second;
    finished_.erase(done);
  } else {
    --unfinished_;
  }
  tasks_.erase(at);
  watch_.vanished(number);
}

void TaskTable::trim() {
  while (finished_.size() > 1 &&
         (finished_.size() > limits_.max_finished || result_bytes_ > limits_.max_result_bytes)) {
    vanish(tasks_.find(finished_.begin()->first));
  }
}

void TaskTable::forget(std::uint64_t number) {
  const auto at = tasks_.find(number);
  if (at != tasks_.end()) vanish(at);
}

std::optional<TaskTable::TimePoint> TaskTable::next_due() const {
  if (held_ || due_.empty()) return std::nullopt;
  return due_.top().when;
}

const SimTask* TaskTable::find(std::uint64_t number) const {
  const auto at = tasks_.find(number);
  return at == tasks_.end() ? nullptr : &at->second.task;
}

std::string task_id(std::uint64_t number) { return "task-" + std::to_string(number); }

std::optional<std::uint64_t> task_number(std::string_view id) {
  if (id.substr(0, 5) != "task-") return std::nullopt;
  std::uint64_t number = 0;
  const char* last = id.data() + id.size();
  const auto [stop, error] = std::from_chars(id.data() + 5, last, number);
  if (id.size() == 5 || error != std::errc() || stop != last) return std::nullopt;
  return number;
}

std::string_view to_string(TaskState state) {
  switch (state) {
    case TaskState::kQueued:
      return "queued";
    case TaskState::kRunning:
      return "running";
    case TaskState::kSuccess:
      return "success";
    case TaskState::kError:
      return "error";
  }
  return {};
}

void append_task_info(std::string& out, const SimTask& task, bool with_result) {
  const std::string id = task_id(task.number);
  append_element(out, "key", id);
  append_moref(out, "task", "Task", id);
  append_element(out, "name", task.method);
  append_element(out, "descriptionId", "com.vmware.cns.tasks." + task.method);
  append_moref(out, "entity", "Folder", "group-d1");
  append_element(out, "entityName", "Datacenters");
  append_element(out, "state", to_string(task.state));
  out += "<cancelled>false</cancelled><cancelable>false</cancelable>";
  if (task.outcome.error) append_localized_fault(out, "error", *task.outcome.error);
  if (with_result) out += task.outcome.result;
  const bool done = task.state == TaskState::kSuccess || task.state == TaskState::kError;
  if (!done && task.state == TaskState::kRunning) out += "<progress>50</progress>";
  out += "<reason xsi:type=\"TaskReasonUser\"><userName>com.vmware.cns</userName></reason>";
  append_element(out, "queueTime", utc_text(task.queued));
  if (task.state != TaskState::kQueued) append_element(out, "startTime", utc_text(task.started));
  if (done) append_element(out, "completeTime", utc_text(task.completed));
  append_element(out, "eventChainId", static_cast<std::int64_t>(task.number));
  char activation[16];
  const auto [end, error] = std::to_chars(activation, activation + sizeof activation,
                                          task.number * 2654435761U % 0xffffffffU, 16);
  (void)error;
  append_element(out, "activationId",
                 std::string_view(activation, static_cast<std::size_t>(end - activation)));
}

} // namespace syncer::sim

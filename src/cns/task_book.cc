#include "cns/task_book.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace syncer {

namespace {

std::vector<std::string> take_front(std::vector<std::string>& from, std::size_t limit) {
  const auto last = from.begin() + static_cast<std::ptrdiff_t>(std::min(limit, from.size()));
  std::vector<std::string> taken(std::make_move_iterator(from.begin()),
                                 std::make_move_iterator(last));
  from.erase(from.begin(), last);
  return taken;
}

} // namespace

void TaskBook::add(std::string task, TimePoint deadline, OnEnd on_end) {
  // The server names a task once; if it repeats itself the earlier waiter cannot be answered.
  lose(task, "vCenter gave the same task to another call");
  Task entry;
  entry.number = next_number_++;
  entry.deadline = deadline;
  entry.on_end = std::move(on_end);
  by_age_.emplace(entry.number, task);
  queue_.push_back(task);
  tasks_.emplace(std::move(task), std::move(entry));
}

TaskBook::Batch TaskBook::take_batch(std::size_t limit) {
  Batch batch;
  batch.add = take_front(queue_, limit);
  for (const std::string& task : batch.add) tasks_.at(task).queued = false;
  batch.remove = take_front(remove_, limit);
  return batch;
}

void TaskBook::put_back(const Batch& batch) {
  for (const std::string& task : batch.add) {
    const auto found = tasks_.find(task);
    if (found == tasks_.end() || found->second.queued) continue;
    found->second.queued = true;
    queue_.push_back(task);
  }
  remove_.insert(remove_.end(), batch.remove.begin(), batch.remove.end());
}

void TaskBook::forget_view() {
  queue_.clear();
  remove_.clear();
  for (const auto& [number, task] : by_age_) {
    tasks_.at(task).queued = true;
    queue_.push_back(task);
  }
}

void TaskBook::finish(const std::string& task, TaskEnd task_end) {
  end(task, std::move(task_end), true);
}

void TaskBook::lose(const std::string& task, std::string why) {
  TaskEnd lost;
  lost.why = std::move(why);
  end(task, std::move(lost), false);
}

void TaskBook::end(const std::string& task, TaskEnd task_end, bool in_view) {
  const auto found = tasks_.find(task);
  if (found == tasks_.end()) return;
  const OnEnd on_end = std::move(found->second.on_end);
  if (found->second.queued) {
    std::erase(queue_, task);
  } else if (in_view) {
    remove_.push_back(task);
  }
  by_age_.erase(found->second.number);
  tasks_.erase(found);
  on_end(std::move(task_end));
}

void TaskBook::expire(TimePoint now) {
  while (!by_age_.empty()) {
    const std::string oldest = by_age_.begin()->second;
    if (tasks_.at(oldest).deadline > now) return;
    TaskEnd late;
    late.why = "the task ran longer than the late-task window";
    end(oldest, std::move(late), true);
  }
}

std::optional<TaskBook::TimePoint> TaskBook::next_deadline() const {
  if (by_age_.empty()) return std::nullopt;
  return tasks_.at(by_age_.begin()->second).deadline;
}

} // namespace syncer

#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <queue>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "sim/vcenter_faults.h"

namespace syncer::sim {

enum class TaskState { kQueued, kRunning, kSuccess, kError };

// How a task ends. `result` is the ready XML element of TaskInfo.result.
struct TaskOutcome {
  std::string result;
  std::optional<SimFault> error;
};

// What becomes of a task object that disappears before it finished.
enum class TaskLoss { kNone, kBeforeWork, kAfterWork };

struct SimTask {
  std::uint64_t number = 0;
  std::string method;
  std::string volume_id; // empty when it concerns none
  TaskState state = TaskState::kRunning;
  std::chrono::system_clock::time_point queued, started, completed;
  TaskOutcome outcome;
};

struct TaskTimes {
  std::chrono::nanoseconds queue{0};
  std::chrono::nanoseconds run{0};
  TaskLoss loss = TaskLoss::kNone;
};

// All tasks of the server. The work of a task is done when it completes, so a late task has its
// effect late. Time comes in as arguments: no I/O.
class TaskTable {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  using WallTime = std::chrono::system_clock::time_point;
  struct Watch {
    std::function<void(std::uint64_t)> changed;
    std::function<void(std::uint64_t)> vanished;
  };
  struct Limits {
    std::chrono::nanoseconds life = std::chrono::minutes(10); // after completion
    std::size_t max_finished = 100'000;                       // older ones vanish early
    std::size_t max_result_bytes = 256 * 1024 * 1024;
    std::uint64_t first_number = 1001;
  };

  TaskTable(Limits limits, Watch watch)
      : limits_(limits), watch_(std::move(watch)), next_number_(limits.first_number) {}

  std::uint64_t start(std::string method, std::string volume_id, TaskTimes times,
                      std::function<TaskOutcome()> work, TimePoint now, WallTime wall);
  // Does everything that is due.
  void advance(TimePoint now, WallTime wall);
  std::optional<TimePoint> next_due() const;
  const SimTask* find(std::uint64_t number) const;

  // While held, tasks stay as they are; releasing makes all that became due meanwhile due now.
  void hold(bool on) { held_ = on; }
  bool held() const { return held_; }
  // Removes the task object now, without doing its work if it had not been done.
  void forget(std::uint64_t number);
  std::size_t size() const { return tasks_.size(); }
  std::size_t unfinished() const { return unfinished_; }

 private:
  struct Entry {
    SimTask task;
    std::function<TaskOutcome()> work;
    TaskTimes times;
  };
  struct Due {
    TimePoint when;
    std::uint64_t number;
    bool operator>(const Due& other) const {
      return when != other.when ? when > other.when : number > other.number;
    }
  };
  using Entries = std::unordered_map<std::uint64_t, Entry>;

  void complete(Entries::iterator at, TimePoint now, WallTime wall);
  void vanish(Entries::iterator at);
  void trim();

  Limits limits_;
  Watch watch_;
  bool held_ = false;
  std::uint64_t next_number_;
  std::size_t unfinished_ = 0;
  std::size_t result_bytes_ = 0;
  Entries tasks_;
  std::map<std::uint64_t, std::size_t> finished_; // number -> bytes of its result
  std::priority_queue<Due, std::vector<Due>, std::greater<>> due_;
};

std::string task_id(std::uint64_t number);
std::optional<std::uint64_t> task_number(std::string_view id);
// The content of a TaskInfo. `with_result` is false for readers that did not negotiate urn:vsan.
void append_task_info(std::string& out, const SimTask& task, bool with_result);
std::string_view to_string(TaskState state);

} // namespace syncer::sim

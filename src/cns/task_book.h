// Which vCenter tasks are waited for and what the list view must be told about them. No I/O.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "cns/vim_codec.h"
#include "core/clock.h"

namespace syncer {

enum class TaskOutcome {
  kSucceeded,
  kFailed, // the task ended in an error: see fault
  kLost,   // vCenter no longer knows it, or it ran too long: what it did is unknown
};

// How one task ended. `result` lives as long as `answer`.
struct TaskEnd {
  TaskOutcome outcome = TaskOutcome::kLost;
  SoapFault fault;
  std::string why;   // of kLost
  std::string op_id; // under which vCenter's logs tell of it; may be empty
  pugi::xml_node result;
  std::shared_ptr<const SoapAnswer> answer;
};

class TaskBook {
 public:
  using TimePoint = Clock::time_point;
  using OnEnd = std::function<void(TaskEnd)>;

  // What one ModifyListView has to carry.
  struct Batch {
    std::vector<std::string> add;
    std::vector<std::string> remove;
  };

  // `on_end` is called exactly once, from one of the functions below.
  void add(std::string task, TimePoint deadline, OnEnd on_end);

  bool empty() const { return tasks_.empty(); }
  std::size_t size() const { return tasks_.size(); }
  std::size_t queued() const { return queue_.size(); }
  // Some task is in the list view, or on its way into it: news can come.
  bool expects_news() const { return tasks_.size() > queue_.size(); }

  // All new tasks and all finished ones that the view still holds, at most `limit` of each. From
  // here on the new ones count as in the view.
  Batch take_batch(std::size_t limit);
  // The view does not hold what the batch said: it goes again with the next one.
  void put_back(const Batch& batch);
  // The view is gone: every unfinished task needs to be added to the next one.
  void forget_view();

  void finish(const std::string& task, TaskEnd end);
  // The task is neither in the view nor known to vCenter.
  void lose(const std::string& task, std::string why);
  // Gives up those that are past their deadline.
  void expire(TimePoint now);
  std::optional<TimePoint> next_deadline() const;

 private:
  struct Task {
    std::uint64_t number = 0;
    TimePoint deadline;
    bool queued = true;
    OnEnd on_end;
  };
  void end(const std::string& task, TaskEnd end, bool in_view);

  std::unordered_map<std::string, Task> tasks_;
  std::map<std::uint64_t, std::string> by_age_; // unfinished only; deadlines rise with age
  std::vector<std::string> queue_;              // exactly the queued ones, to be added
  std::vector<std::string> remove_;
  std::uint64_t next_number_ = 0;
};

} // namespace syncer

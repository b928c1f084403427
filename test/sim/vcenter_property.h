#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "sim/vcenter_tasks.h"

namespace syncer::sim {

enum class UpdateKind { kEnter, kModify, kLeave };

class TaskWatchers;

// What a filter has not told its client yet: at most one entry per task, whatever happened to it.
class PendingUpdates {
 public:
  void enter(std::uint64_t task);
  void modify(std::uint64_t task);
  void leave(std::uint64_t task);
  bool empty() const { return kinds_.empty(); }
  // Removes the oldest entry.
  std::pair<std::uint64_t, UpdateKind> take();
  void clear();

 private:
  std::unordered_map<std::uint64_t, UpdateKind> kinds_;
  std::deque<std::uint64_t> order_; // may name tasks that are no longer pending
};

// A set of tasks that filters look at: a ListView, or the tasks a filter names itself.
struct TaskView {
  std::string id;
  std::string session;
  std::unordered_set<std::uint64_t> tasks;
  std::vector<struct PropertyFilter*> filters;
};

struct PropertyFilter {
  std::string id;
  struct Collector* collector = nullptr;
  std::shared_ptr<TaskView> view;
  std::vector<std::string> paths;
  std::vector<std::string> missing; // objects of the filter that do not exist, told once
  PendingUpdates pending;
};

struct Collector {
  std::string id;
  std::string session;
  std::uint64_t version = 0;
  std::vector<std::unique_ptr<PropertyFilter>> filters;
  // The last answer, kept until the client shows that it came through.
  struct Told {
    std::string filter;
    std::uint64_t task;
    UpdateKind kind;
  };
  std::vector<Told> told;
  std::uint64_t wait_ticket = 0; // a newer wait takes over
  std::uint64_t cancelled_ticket = 0;
  std::shared_ptr<std::function<void()>> wake; // of the waiting call, if any

  PropertyFilter* find(std::string_view filter_id);
  bool anything_pending() const;
  void notify() const;
};

// All collectors, filters and views of all sessions, and who has to hear of a change of a task.
// A change costs only the filters that look at that task.
class PropertyObjects {
 public:
  Collector& create_collector(const std::string& session);
  // The collector of that id; "propertyCollector" is the session's own default one.
  Collector* find_collector(const std::string& session, std::string_view id);
  bool destroy_collector(const std::string& session, std::string_view id);
  PropertyFilter& create_filter(Collector& collector, std::shared_ptr<TaskView> view,
                                std::vector<std::string> paths);
  bool destroy_filter(const std::string& session, std::string_view id);

  std::shared_ptr<TaskView> create_view(const std::string& session);
  std::shared_ptr<TaskView> find_view(const std::string& session, std::string_view id) const;
  bool destroy_view(const std::string& session, std::string_view id);
  void add(TaskView& view, std::uint64_t task);
  void remove(TaskView& view, std::uint64_t task);

  void task_changed(std::uint64_t task);
  void task_vanished(std::uint64_t task);
  void session_ended(const std::string& session);
  std::size_t view_count() const { return views_.size(); }
  std::size_t collector_count() const { return collectors_.size(); }

 private:
  std::string new_id(const std::string& session, const char* kind);
  void drop_filter(PropertyFilter& filter);
  void release_tasks(TaskView& view);

  std::uint64_t next_id_ = 1;
  std::map<std::string, std::unique_ptr<Collector>, std::less<>> collectors_;
  std::map<std::string, std::shared_ptr<TaskView>, std::less<>> views_;
  std::unordered_map<std::uint64_t, std::vector<TaskView*>> views_of_task_;
};

} // namespace syncer::sim

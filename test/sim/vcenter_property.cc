#include "sim/vcenter_property.h"

#include <algorithm>

namespace syncer::sim {

namespace {

constexpr std::string_view kDefaultCollector = "propertyCollector";

} // namespace

void PendingUpdates::enter(std::uint64_t task) {
  // Left and came back before the client heard of it: for the client it is new again.
  const auto [at, fresh] = kinds_.insert_or_assign(task, UpdateKind::kEnter);
  (void)at;
  if (fresh) order_.push_back(task);
}

void PendingUpdates::modify(std::uint64_t task) {
  if (kinds_.emplace(task, UpdateKind::kModify).second) order_.push_back(task);
}

void PendingUpdates::leave(std::uint64_t task) {
  const auto found = kinds_.find(task);
  if (found == kinds_.end()) {
    kinds_.emplace(task, UpdateKind::kLeave);
    order_.push_back(task);
  } else if (found->second == UpdateKind::kEnter) {
    kinds_.erase(found); // The client never knew it.
  } else {
    found->second = UpdateKind::kLeave;
  }
}

std::pair<std::uint64_t, UpdateKind> PendingUpdates::take() {
  while (true) {
    const std::uint64_t task = order_.front();
    order_.pop_front();
    const auto found = kinds_.find(task);
    if (found == kinds_.end()) continue;
    const UpdateKind kind = found->second;
    kinds_.erase(found);
    if (kinds_.empty()) order_.clear();
    return {task, kind};
  }
}

void PendingUpdates::clear() {
  kinds_.clear();
  order_.clear();
}

PropertyFilter* Collector::find(std::string_view filter_id) {
  for (const auto& filter : filters) {
    if (filter->id == filter_id) return filter.get();
  }
  return nullptr;
}

bool Collector::anything_pending() const {
  return std::any_of(filters.begin(), filters.end(), [](const auto& filter) {
    return !filter->pending.empty() || !filter->missing.empty();
  });
}

void Collector::notify() const {
  if (wake && *wake) (*wake)();
}

std::string PropertyObjects::new_id(const std::string& session, const char* kind) {
  return "session[" + session + "]" + kind + std::to_string(next_id_++);
}

Collector& PropertyObjects::create_collector(const std::string& session) {
  auto collector = std::make_unique<Collector>();
  collector->id = new_id(session, "collector-");
  collector->session = session;
  const std::string key = collector->id;
  return *collectors_.emplace(key, std::move(collector)).first->second;
}

Collector* PropertyObjects::find_collector(const std::string& session, std::string_view id) {
  if (id == kDefaultCollector) {
    auto& collector = collectors_[session + std::string(kDefaultCollector)];
    if (!collector) {
      collector = std::make_unique<Collector>();
      collector->id = kDefaultCollector;
      collector->session = session;
    }
    return collector.get();
  }
  const auto found = collectors_.find(id);
  if (found == collectors_.end() || found->second->session != session) return nullptr;
  return found->second.get();
}

bool PropertyObjects::destroy_collector(const std::string& session, std::string_view id) {
  const auto found = collectors_.find(id);
  if (found == collectors_.end() || found->second->session != session) return false;
  const std::unique_ptr<Collector> collector = std::move(found->second);
  collectors_.erase(found);
  for (const auto& filter : collector->filters) drop_filter(*filter);
  collector->notify();
  return true;
}

PropertyFilter& PropertyObjects::create_filter(Collector& collector, std::shared_ptr<TaskView> view,
                                               std::vector<std::string> paths) {
  auto filter = std::make_unique<PropertyFilter>();
  filter->id = new_id(collector.session, "filter-");
  filter->collector = &collector;
  filter->paths = std::move(paths);
  filter->view = std::move(view);
  filter->view->filters.push_back(filter.get());
  for (const std::uint64_t task : filter->view->tasks) filter->pending.enter(task);
  collector.filters.push_back(std::move(filter));
  collector.notify();
  return *collector.filters.back();
}

bool PropertyObjects::destroy_filter(const std::string& session, std::string_view id) {
  for (const auto& [key, collector] : collectors_) {
    if (collector->session != session || !collector->find(id)) continue;
    drop_filter(*collector->find(id));
    std::erase_if(collector->filters, [&](const auto& filter) { return filter->id == id; });
    return true;
  }
  return false;
}

void PropertyObjects::drop_filter(PropertyFilter& filter) {
  TaskView& view = *filter.view;
  std::erase(view.filters, &filter);
  // Views that filters made for themselves are known to nobody else.
  if (view.id.empty()) release_tasks(view);
}

std::shared_ptr<TaskView> PropertyObjects::create_view(const std::string& session) {
  auto view = std::make_shared<TaskView>();
  view->id = new_id(session, "view-");
  view->session = session;
  views_[view->id] = view;
  return view;
}

std::shared_ptr<TaskView> PropertyObjects::find_view(const std::string& session,
                                                     std::string_view id) const {
  const auto found = views_.find(id);
  if (found == views_.end() || found->second->session != session) return nullptr;
  return found->second;
}

bool PropertyObjects::destroy_view(const std::string& session, std::string_view id) {
  const std::shared_ptr<TaskView> view = find_view(session, id);
  if (!view) return false;
  const std::vector<std::uint64_t> tasks(view->tasks.begin(), view->tasks.end());
  for (const std::uint64_t task : tasks) remove(*view, task);
  views_.erase(view->id);
  return true;
}

void PropertyObjects::add(TaskView& view, std::uint64_t task) {
  if (!view.tasks.insert(task).second) return;
  views_of_task_[task].push_back(&view);
  for (PropertyFilter* filter : view.filters) {
    filter->pending.enter(task);
    filter->collector->notify();
  }
}

void PropertyObjects::remove(TaskView& view, std::uint64_t task) {
  if (view.tasks.erase(task) == 0) return;
  const auto found = views_of_task_.find(task);
  std::erase(found->second, &view);
  if (found->second.empty()) views_of_task_.erase(found);
  for (PropertyFilter* filter : view.filters) {
    filter->pending.leave(task);
    filter->collector->notify();
  }
}

void PropertyObjects::release_tasks(TaskView& view) {
  for (const std::uint64_t task : view.tasks) {
    const auto found = views_of_task_.find(task);
    std::erase(found->second, &view);
    if (found->second.empty()) views_of_task_.erase(found);
  }
  view.tasks.clear();
}

void PropertyObjects::task_changed(std::uint64_t task) {
  const auto found = views_of_task_.find(task);
  if (found == views_of_task_.end()) return;
  for (TaskView* view : found->second) {
    for (PropertyFilter* filter : view->filters) {
      filter->pending.modify(task);
      filter->collector->notify();
    }
  }
}

void PropertyObjects::task_vanished(std::uint64_t task) {
  const auto found = views_of_task_.find(task);
  if (found == views_of_task_.end()) return;
  const std::vector<TaskView*> views = found->second;
  for (TaskView* view : views) remove(*view, task);
}

void PropertyObjects::session_ended(const std::string& session) {
  std::vector<std::unique_ptr<Collector>> ended;
  for (auto at = collectors_.begin(); at != collectors_.end();) {
    if (at->second->session == session) {
      ended.push_back(std::move(at->second));
      at = collectors_.erase(at);
    } else {
      ++at;
    }
  }
  for (const auto& collector : ended) {
    for (const auto& filter : collector->filters) drop_filter(*filter);
    collector->notify();
  }
  for (auto at = views_.begin(); at != views_.end();) {
    if (at->second->session == session) {
      release_tasks(*at->second);
      at = views_.erase(at);
    } else {
      ++at;
    }
  }
}

} // namespace syncer::sim

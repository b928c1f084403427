#include <algorithm>

#include "sim/vcenter_state.h"
#include "sim/vcenter_xml.h"

namespace syncer::sim {

namespace {

ManagedRef ref_of(pugi::xml_node node) {
  return {node.attribute("type").value(), node.child_value()};
}

// A filter or view can hold tasks only.
std::optional<std::uint64_t> live_task(const TaskTable& tasks, const ManagedRef& ref) {
  if (ref.type != "Task") return std::nullopt;
  const std::optional<std::uint64_t> number = task_number(ref.id);
  if (!number || !tasks.find(*number)) return std::nullopt;
  return number;
}

std::string returned(std::string_view type, std::string_view id) {
  std::string out;
  append_moref(out, "returnval", type, id);
  return out;
}

bool traverses_list_view(pugi::xml_node object_set) {
  for (const pugi::xml_node& spec : object_set.children("selectSet")) {
    if (text_of(spec, "type") == "ListView" && text_of(spec, "path") == "view") return true;
  }
  return false;
}

} // namespace

Answer VcenterState::create_collector(Context& context) {
  return returned("PropertyCollector", objects.create_collector(context.session->key).id);
}

Answer VcenterState::destroy_collector(Context& context) {
  if (!objects.destroy_collector(context.session->key, context.call.self.id)) {
    return managed_object_not_found(context.call.self);
  }
  return std::string();
}

Answer VcenterState::create_filter(Context& context) {
  Collector* collector = objects.find_collector(context.session->key, context.call.self.id);
  if (!collector) return managed_object_not_found(context.call.self);
  const pugi::xml_node spec = context.call.element.child("spec");
  std::vector<std::string> paths;
  for (const pugi::xml_node& set : spec.children("propSet")) {
    if (text_of(set, "type") != "Task") {
      return plain_fault("NotSupported", "Filters of this server look at tasks only.");
    }
    if (is_true(set, "all")) paths.emplace_back("info");
    for (std::string& path : texts_of(set, "pathSet")) {
      if (path != "info" && path != "info.state") return invalid_property(path);
      paths.push_back(std::move(path));
    }
  }
  std::shared_ptr<TaskView> view;
  std::vector<std::uint64_t> own;
  std::vector<std::string> missing;
  for (const pugi::xml_node& set : spec.children("objectSet")) {
    const ManagedRef object = ref_of(set.child("obj"));
    if (const auto task = live_task(tasks, object)) {
      own.push_back(*task);
      continue;
    }
    if (object.type == "ListView") {
      const auto found = objects.find_view(context.session->key, object.id);
      if (!found) return managed_object_not_found(object);
      if (traverses_list_view(set)) view = found;
      continue;
    }
    if (!is_true(spec, "reportMissingObjectsInResults")) return managed_object_not_found(object);
    missing.push_back(object.id);
  }
  if (view && !own.empty()) {
    return plain_fault("NotSupported", "A filter looks at one list view or at tasks, not at both.");
  }
  if (!view) view = std::make_shared<TaskView>();
  PropertyFilter& filter = objects.create_filter(*collector, view, std::move(paths));
  for (const std::uint64_t task : own) objects.add(*view, task);
  filter.missing = std::move(missing);
  collector->notify();
  return returned("PropertyFilter", filter.id);
}

Answer VcenterState::destroy_filter(Context& context) {
  if (!objects.destroy_filter(context.session->key, context.call.self.id)) {
    return managed_object_not_found(context.call.self);
  }
  return std::string();
}

Answer VcenterState::cancel_wait(Context& context) {
  Collector* collector = objects.find_collector(context.session->key, context.call.self.id);
  if (!collector) return managed_object_not_found(context.call.self);
  collector->cancelled_ticket = collector->wait_ticket;
  collector->notify();
  return std::string();
}

Answer VcenterState::create_list_view(Context& context) {
  const std::shared_ptr<TaskView> view = objects.create_view(context.session->key);
  for (const pugi::xml_node& node : context.call.element.children("obj")) {
    if (const auto task = live_task(tasks, ref_of(node))) objects.add(*view, *task);
  }
  return returned("ListView", view->id);
}

Answer VcenterState::modify_list_view(Context& context) {
  const auto view = objects.find_view(context.session->key, context.call.self.id);
  if (!view) return managed_object_not_found(context.call.self);
  std::string unresolved;
  for (const pugi::xml_node& node : context.call.element.children("add")) {
    const ManagedRef ref = ref_of(node);
    if (const auto task = live_task(tasks, ref)) {
      objects.add(*view, *task);
    } else {
      append_moref(unresolved, "returnval", ref.type, ref.id);
    }
  }
  for (const pugi::xml_node& node : context.call.element.children("remove")) {
    if (const auto task = task_number(node.child_value())) objects.remove(*view, *task);
  }
  return unresolved;
}

Answer VcenterState::reset_list_view(Context& context) {
  const auto view = objects.find_view(context.session->key, context.call.self.id);
  if (!view) return managed_object_not_found(context.call.self);
  std::string unresolved;
  std::unordered_set<std::uint64_t> wanted;
  for (const pugi::xml_node& node : context.call.element.children("obj")) {
    const ManagedRef ref = ref_of(node);
    if (const auto task = live_task(tasks, ref)) {
      wanted.insert(*task);
    } else {
      append_moref(unresolved, "returnval", ref.type, ref.id);
    }
  }
  const std::vector<std::uint64_t> held(view->tasks.begin(), view->tasks.end());
  for (const std::uint64_t task : held) {
    if (!wanted.contains(task)) objects.remove(*view, task);
  }
  for (const std::uint64_t task : wanted) objects.add(*view, task);
  return unresolved;
}

Answer VcenterState::destroy_view(Context& context) {
  const auto container = container_views_.find(context.call.self.id);
  if (container != container_views_.end() && container->second.session == context.session->key) {
    container_views_.erase(container);
    return std::string();
  }
  if (!objects.destroy_view(context.session->key, context.call.self.id)) {
    return managed_object_not_found(context.call.self);
  }
  return std::string();
}

} // namespace syncer::sim

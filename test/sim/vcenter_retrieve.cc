#include <algorithm>

#include "sim/vcenter_state.h"
#include "sim/vcenter_xml.h"

namespace syncer::sim {

namespace {

bool has_property(std::string_view type, std::string_view path) {
  if (type == "Task") return path == "info" || path == "info.state";
  if (type == "SessionManager") return path == "currentSession";
  if (type == "Datastore") {
    return path == "name" || path == "parent" || path == "summary.url" || path == "info.url";
  }
  return (type == "Datacenter" || type == "Folder") && (path == "name" || path == "parent");
}

bool is_a(std::string_view type, std::string_view wanted) {
  return type == wanted || (wanted == "ManagedEntity" &&
                            (type == "Datastore" || type == "Folder" || type == "Datacenter"));
}

std::string typed(std::string_view type, std::string_view text) {
  std::string out = "<val xsi:type=\"" + std::string(type) + "\">";
  append_escaped(out, text);
  return out + "</val>";
}

} // namespace

std::optional<SimFault> VcenterState::select_objects(Context& context, pugi::xml_node object_set,
                                                     bool report_missing,
                                                     std::vector<ManagedRef>& out) const {
  const pugi::xml_node node = object_set.child("obj");
  const ManagedRef object{node.attribute("type").value(), node.child_value()};
  const bool traverses = object_set.child("selectSet");
  bool exists = object == ManagedRef{"SessionManager", "SessionManager"} ||
                object == ManagedRef{"Folder", "group-d1"} ||
                object == ManagedRef{"Datacenter", "datacenter-2"};
  if (object.type == "Task") {
    const auto number = task_number(object.id);
    exists = number && tasks.find(*number);
  }
  if (object.type == "Datastore") {
    exists = std::any_of(options.datastores.begin(), options.datastores.end(),
                         [&](const SimDatastore& held) { return held.id == object.id; });
  }
  if (object.type == "ListView" && context.session) {
    const auto found = objects.find_view(context.session->key, object.id);
    if (found && traverses) {
      for (const std::uint64_t task : found->tasks) out.push_back({"Task", task_id(task)});
    }
    if (found) return std::nullopt;
  }
  if (object.type == "ContainerView" && context.session) {
    const auto view = container_views_.find(object.id);
    if (view != container_views_.end() && view->second.session == context.session->key) {
      if (!traverses) return std::nullopt;
      const auto& types = view->second.types;
      const auto shows = [&](std::string_view type) {
        return types.empty() || std::any_of(types.begin(), types.end(),
                                            [&](const auto& wanted) { return is_a(type, wanted); });
      };
      if (shows("Datacenter")) out.push_back({"Datacenter", "datacenter-2"});
      for (const SimDatastore& held : options.datastores) {
        if (shows("Datastore")) out.push_back({"Datastore", held.id});
      }
      return std::nullopt;
    }
  }
  if (!exists) {
    if (report_missing) return std::nullopt;
    return managed_object_not_found(object);
  }
  if (!is_true(object_set, "skip")) out.push_back(object);
  return std::nullopt;
}

std::optional<std::string> VcenterState::property_value(Context& context, const ManagedRef& object,
                                                        std::string_view path) const {
  std::string out;
  if (object.type == "Task") {
    const SimTask* task = tasks.find(*task_number(object.id));
    if (path == "info.state") return typed("TaskInfoState", to_string(task->state));
    out += "<val xsi:type=\"TaskInfo\">";
    append_task_info(out, *task, context.call.reads_vsan);
    return out + "</val>";
  }
  if (object.type == "SessionManager") {
    if (!context.session) return std::nullopt;
    return "<val xsi:type=\"UserSession\">" + user_session(*context.session) + "</val>";
  }
  if (object.type == "Datastore") {
    const auto held = std::find_if(options.datastores.begin(), options.datastores.end(),
                                   [&](const SimDatastore& one) { return one.id == object.id; });
    if (path == "name") return typed("xsd:string", held->name);
    if (path == "parent") {
      return "<val type=\"Datacenter\" xsi:type=\"ManagedObjectReference\">datacenter-2</val>";
    }
    return typed("xsd:string", held->url);
  }
  const bool root = object.type == "Folder";
  if (path == "name") return typed("xsd:string", root ? "Datacenters" : "DC0");
  if (root) return std::nullopt;
  return "<val type=\"Folder\" xsi:type=\"ManagedObjectReference\">group-d1</val>";
}

std::optional<SimFault> VcenterState::append_object(std::string& out, Context& context,
                                                    const ManagedRef& object,
                                                    pugi::xml_node spec) const {
  std::string values;
  std::string missing;
  bool wanted = false;
  for (const pugi::xml_node& set : spec.children("propSet")) {
    if (!is_a(object.type, text_of(set, "type"))) continue;
    wanted = true;
    std::vector<std::string> paths = texts_of(set, "pathSet");
    if (is_true(set, "all") && object.type == "Task") paths.emplace_back("info");
    for (const std::string& path : paths) {
      if (!has_property(object.type, path)) return invalid_property(path);
      const std::optional<std::string> value = property_value(context, object, path);
      if (value) {
        values += "<propSet>";
        append_element(values, "name", path);
        values += *value + "</propSet>";
      } else if (object.type == "SessionManager") {
        missing += "<missingSet>";
        append_element(missing, "path", path);
        append_localized_fault(missing, "fault", not_authenticated(object, "System.Read"));
        missing += "</missingSet>";
      }
    }
  }
  if (!wanted) return std::nullopt;
  out += "<objects>";
  append_moref(out, "obj", object.type, object.id);
  out += values + missing + "</objects>";
  return std::nullopt;
}

Answer VcenterState::retrieve_properties(Context& context) {
  std::deque<std::string> found;
  for (const pugi::xml_node& spec : context.call.element.children("specSet")) {
    const bool report_missing = is_true(spec, "reportMissingObjectsInResults");
    std::vector<ManagedRef> selected;
    for (const pugi::xml_node& set : spec.children("objectSet")) {
      if (auto fault = select_objects(context, set, report_missing, selected)) {
        // Without a session nothing is known to exist but the session manager.
        return context.session ? *fault : not_authenticated(context.call.self);
      }
    }
    for (const ManagedRef& object : selected) {
      if (!context.session && object.type != "SessionManager") {
        return not_authenticated(context.call.self);
      }
      std::string out;
      if (auto fault = append_object(out, context, object, spec)) return *fault;
      if (!out.empty()) found.push_back(std::move(out));
    }
  }
  std::size_t limit = options.retrieve_page;
  const auto most = number_of(context.call.element.child("options"), "maxObjects");
  if (most && *most > 0) {
    const auto wanted = static_cast<std::size_t>(*most);
    limit = limit == 0 ? wanted : std::min(limit, wanted);
  }
  const std::string owner = context.session ? context.session->key : std::string();
  return retrieve_page(owner, std::move(found), limit);
}

Answer VcenterState::retrieve_page(const std::string& session, std::deque<std::string> found,
                                   std::size_t limit) {
  if (found.empty()) return std::string();
  std::string shown;
  for (std::size_t i = 0; !found.empty() && (limit == 0 || i < limit); ++i) {
    shown += found.front();
    found.pop_front();
  }
  std::string out = "<returnval>";
  if (!found.empty()) {
    const std::string token = "token-" + std::to_string(next_id_++);
    append_element(out, "token", token);
    retrieves_[token] = {session, std::move(found), limit};
  }
  return out + shown + "</returnval>";
}

Answer VcenterState::continue_retrieve(Context& context) {
  const auto found = retrieves_.find(text_of(context.call.element, "token"));
  if (found == retrieves_.end() || found->second.session != context.session->key) {
    return invalid_argument("token", "The token is not valid.");
  }
  PendingRetrieve pending = std::move(found->second);
  retrieves_.erase(found);
  return retrieve_page(pending.session, std::move(pending.objects), pending.limit);
}

Answer VcenterState::cancel_retrieve(Context& context) {
  const auto found = retrieves_.find(text_of(context.call.element, "token"));
  if (found == retrieves_.end() || found->second.session != context.session->key) {
    return invalid_argument("token", "The token is not valid.");
  }
  retrieves_.erase(found);
  return std::string();
}

} // namespace syncer::sim

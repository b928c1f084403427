#include <algorithm>

#include "sim/vcenter_state.h"
#include "sim/vcenter_traversal.h"
#include "sim/vcenter_xml.h"

namespace syncer::sim {

namespace {

bool has_property(std::string_view type, std::string_view path) {
  if (type == "Task") return path == "info" || path == "info.state";
  if (type == "SessionManager") return path == "currentSession";
  if (!SimInventory::is_a(type, "ManagedEntity")) return false;
  if (path == "name" || path == "parent") return true;
  if (type == "Datastore") {
    return path == "summary" || path == "summary.url" || path == "summary.name" || path == "info" ||
           path == "info.url" || path == "info.name";
  }
  if (type == "Datacenter") {
    return path == "datastoreFolder" || path == "vmFolder" || path == "hostFolder" ||
           path == "datastore";
  }
  if (type == "VirtualMachine") {
    return path == "config.uuid" || path == "config.instanceUuid" || path == "runtime.host";
  }
  return SimInventory::is_a(type, "Folder") && path == "childEntity";
}

std::string typed(std::string_view type, std::string_view text) {
  std::string out = "<val xsi:type=\"" + std::string(type) + "\">";
  append_escaped(out, text);
  return out + "</val>";
}

std::string reference(const ManagedRef& ref) {
  std::string out = "<val type=\"" + ref.type + "\" xsi:type=\"ManagedObjectReference\">";
  append_escaped(out, ref.id);
  return out + "</val>";
}

std::string references(const std::vector<const InventoryNode*>& nodes) {
  std::string out = "<val xsi:type=\"ArrayOfManagedObjectReference\">";
  for (const InventoryNode* node : nodes) {
    append_moref(out, "ManagedObjectReference", node->ref.type, node->ref.id);
  }
  return out + "</val>";
}

std::string datastore_value(const InventoryNode& node, std::string_view path) {
  if (path == "summary.url" || path == "info.url") return typed("xsd:string", node.url);
  if (path == "summary.name" || path == "info.name") return typed("xsd:string", node.name);
  const bool summary = path == "summary";
  std::string out = "<val xsi:type=\"";
  out += summary ? "DatastoreSummary\">" : "VmfsDatastoreInfo\">";
  if (summary) append_moref(out, "datastore", node.ref.type, node.ref.id);
  append_element(out, "name", node.name);
  append_element(out, "url", node.url);
  if (summary) out += "<capacity>1099511627776</capacity>";
  out += "<freeSpace>549755813888</freeSpace>";
  out += summary ? "<accessible>true</accessible><type>VMFS</type>"
                 : "<maxFileSize>70368744177664</maxFileSize>";
  return out + "</val>";
}

std::string entity_value(const InventoryNode& node, std::string_view path) {
  if (path == "name") return typed("xsd:string", node.name);
  if (path == "parent") return reference(node.parent->ref);
  if (node.ref.type == "Datastore") return datastore_value(node, path);
  if (path == "datastoreFolder") return reference(node.datastore_folder->ref);
  if (path == "vmFolder") return reference(node.vm_folder->ref);
  if (path == "hostFolder") return reference(node.host_folder->ref);
  if (path == "runtime.host") return reference(node.host->ref);
  if (path == "datastore") return references(node.datastores);
  if (path == "config.uuid") return typed("xsd:string", node.uuid);
  if (path == "config.instanceUuid") return typed("xsd:string", node.instance_uuid);
  return references(node.children);
}

void append_contents(const InventoryNode& node, bool recursive, std::vector<ManagedRef>& out) {
  std::vector<const InventoryNode*> children = node.children;
  if (node.ref.type == "Datacenter") children = {node.vm_folder, node.datastore_folder};
  if (node.host_folder) children.push_back(node.host_folder);
  for (const InventoryNode* child : children) {
    out.push_back(child->ref);
    if (recursive) append_contents(*child, true, out);
  }
}

} // namespace

bool VcenterState::exists(const Context& context, const ManagedRef& object) const {
  if (object == ManagedRef{"SessionManager", "SessionManager"}) return true;
  if (!context.session) return false;
  if (object.type == "Task") {
    const auto number = task_number(object.id);
    return number && tasks.find(*number);
  }
  if (object.type == "ListView") {
    return objects.find_view(context.session->key, object.id) != nullptr;
  }
  if (object.type == "ContainerView") {
    const auto view = container_views_.find(object.id);
    return view != container_views_.end() && view->second.session == context.session->key;
  }
  return inventory.find(object) != nullptr;
}

// The object exists, and the path is one that a traversal may take.
std::vector<ManagedRef> VcenterState::follow(const Context& context, const ManagedRef& object,
                                             std::string_view path) const {
  std::vector<ManagedRef> found;
  if (object.type == "ListView") {
    const auto view = objects.find_view(context.session->key, object.id);
    for (const std::uint64_t task : view->tasks) found.push_back({"Task", task_id(task)});
    return found;
  }
  if (object.type == "ContainerView") {
    const ContainerView& view = container_views_.find(object.id)->second;
    append_contents(*view.container, view.recursive, found);
    std::erase_if(found, [&](const ManagedRef& ref) {
      return !view.types.empty() &&
             std::none_of(view.types.begin(), view.types.end(), [&](const std::string& type) {
               return SimInventory::is_a(ref.type, type);
             });
    });
    return found;
  }
  const InventoryNode* node = inventory.find(object);
  if (!node) return found;
  if (path == "parent") {
    if (node->parent) found.push_back(node->parent->ref);
  } else if (path == "runtime.host" || path == "hostFolder") {
    const InventoryNode* next = path == "hostFolder" ? node->host_folder : node->host;
    if (next) found.push_back(next->ref);
  } else if (path == "datastoreFolder" || path == "vmFolder") {
    found.push_back((path == "vmFolder" ? node->vm_folder : node->datastore_folder)->ref);
  } else {
    const auto& nodes = path == "datastore" ? node->datastores : node->children;
    for (const InventoryNode* next : nodes) found.push_back(next->ref);
  }
  return found;
}

std::optional<SimFault> VcenterState::select(Context& context, pugi::xml_node spec,
                                             std::vector<ManagedRef>& out) {
  const bool report_missing = is_true(spec, "reportMissingObjectsInResults");
  for (const pugi::xml_node& set : spec.children("objectSet")) {
    const pugi::xml_node node = set.child("obj");
    const ManagedRef object{node.attribute("type").value(), node.child_value()};
    if (!exists(context, object)) {
      if (report_missing && context.session) continue;
      // Without a session nothing is known to exist but the session manager.
      if (!context.session) return not_authenticated(context.call.self);
      return managed_object_not_found(object);
    }
    const Traversals traversals(set);
    if (auto fault = traversals.check()) {
      record.violation("RetrievePropertiesEx: " + fault->message);
      return fault;
    }
    for (ManagedRef& found :
         traversals.select(object, [&](const ManagedRef& from, std::string_view path) {
           return follow(context, from, path);
         })) {
      if (!inventory.take_miss(found.id)) out.push_back(std::move(found));
    }
  }
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
  const InventoryNode& node = *inventory.find(object);
  if (path == "parent" && !node.parent) return std::nullopt;
  if (path == "runtime.host" && !node.host) return std::nullopt;
  if (path == "hostFolder" && !node.host_folder) return std::nullopt;
  return entity_value(node, path);
}

std::optional<SimFault> VcenterState::append_object(std::string& out, Context& context,
                                                    const ManagedRef& object,
                                                    pugi::xml_node spec) const {
  std::string values;
  std::string missing;
  bool wanted = false;
  for (const pugi::xml_node& set : spec.children("propSet")) {
    if (!SimInventory::is_a(object.type, text_of(set, "type"))) continue;
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
    std::vector<ManagedRef> selected;
    if (auto fault = select(context, spec, selected)) return *fault;
    for (const ManagedRef& object : selected) {
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

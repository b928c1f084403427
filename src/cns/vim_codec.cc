#include "cns/vim_codec.h"

namespace syncer {

namespace {

const ManagedRef& service_instance() {
  static const ManagedRef ref{"ServiceInstance", "ServiceInstance"};
  return ref;
}

SoapWriter vim_request(std::string_view method, const ManagedRef& self) {
  return SoapWriter(method, kVimNamespace, self);
}

TaskState state_of(std::string_view text) {
  if (text == "success") return TaskState::kSucceeded;
  if (text == "error") return TaskState::kFailed;
  return TaskState::kRunning;
}

void read_task_info(pugi::xml_node info, TaskUpdate& update) {
  update.state = state_of(text_of(info, "state"));
  update.result = child_of(info, "result");
  update.op_id = text_of(info, "activationId");
  if (update.state == TaskState::kFailed)
    update.fault = read_fault(child_of(info, "error"), FaultPlace::kTask);
}

// One changed property: the whole `info`, or a path below it.
void read_change(pugi::xml_node change, TaskUpdate& update) {
  const std::string_view name = text_of(change, "name");
  const pugi::xml_node value = child_of(change, "val");
  if (!value) return;
  if (name == "info") {
    read_task_info(value, update);
  } else if (name == "info.state") {
    update.state = state_of(text_of(value));
  } else if (name == "info.result") {
    update.result = value;
  } else if (name == "info.error") {
    update.fault = read_fault(value, FaultPlace::kTask);
  }
}

// Some answers put only the fault's type there, as of a task that may not be read.
void mark_vanished(pugi::xml_node missing, TaskUpdate& update) {
  update.vanished = true;
  update.fault = read_fault(child_of(missing, "fault"), FaultPlace::kTask);
}

TaskUpdate read_object_update(pugi::xml_node object) {
  TaskUpdate update;
  update.task = text_of(object, "obj");
  update.vanished = text_of(object, "kind") == "leave";
  for (pugi::xml_node change = child_of(object, "changeSet"); change; change = next_same(change))
    read_change(change, update);
  if (const pugi::xml_node missing = child_of(object, "missingSet")) mark_vanished(missing, update);
  if (update.state != TaskState::kSucceeded) update.result = pugi::xml_node();
  return update;
}

} // namespace

std::string retrieve_service_content_request() {
  return vim_request("RetrieveServiceContent", service_instance()).finish();
}

Outcome<ServiceContent> read_service_content(const SoapAnswer& answer) {
  const pugi::xml_node result = answer.result();
  const pugi::xml_node about = child_of(result, "about");
  ServiceContent content;
  content.root_folder = reference_of(child_of(result, "rootFolder"));
  content.property_collector = reference_of(child_of(result, "propertyCollector"));
  content.view_manager = reference_of(child_of(result, "viewManager"));
  content.session_manager = reference_of(child_of(result, "sessionManager"));
  content.search_index = reference_of(child_of(result, "searchIndex"));
  content.authorization_manager = reference_of(child_of(result, "authorizationManager"));
  content.version = text_of(about, "version");
  content.api_version = text_of(about, "apiVersion");
  content.instance_uuid = text_of(about, "instanceUuid");
  content.full_name = text_of(about, "fullName");
  if (content.session_manager.id.empty() || content.property_collector.id.empty() ||
      content.view_manager.id.empty()) {
    Error error;
    error.detail = "the service content lacks a manager";
    return error;
  }
  return content;
}

Outcome<std::string> read_vsan_version(std::string& body) {
  pugi::xml_document document;
  if (const Outcome<Done> parsed = parse_limited(body, document); !parsed) return parsed.error();
  const pugi::xml_node all = child_of(document, "namespaces");
  for (pugi::xml_node one = child_of(all, "namespace"); one; one = next_same(one)) {
    if (text_of(one, "name") == "urn:vsan") return std::string(text_of(one, "version"));
  }
  return std::string();
}

std::string login_request(const ManagedRef& session_manager, std::string_view user,
                          const Secret& password) {
  SoapWriter out = vim_request("Login", session_manager);
  out.text("userName", user);
  out.text("password", password.reveal());
  out.text("locale", "en_US");
  return out.finish();
}

std::string read_login(const SoapAnswer& answer) {
  return std::string(text_of(answer.result(), "userName"));
}

Secret read_session_key(const SoapAnswer& answer) {
  return Secret(std::string(text_of(answer.result(), "key")));
}

std::string logout_request(const ManagedRef& session_manager) {
  return vim_request("Logout", session_manager).finish();
}

std::string current_time_request() {
  return vim_request("CurrentTime", service_instance()).finish();
}

std::string create_list_view_request(const ManagedRef& view_manager) {
  return vim_request("CreateListView", view_manager).finish();
}

std::string create_property_collector_request(const ManagedRef& property_collector) {
  return vim_request("CreatePropertyCollector", property_collector).finish();
}

std::string create_task_filter_request(const ManagedRef& collector, const ManagedRef& list_view) {
  SoapWriter out = vim_request("CreateFilter", collector);
  out.open("spec");
  out.open("propSet");
  out.text("type", "Task");
  out.text("pathSet", "info");
  out.close("propSet");
  out.open("objectSet");
  out.reference("obj", list_view);
  out.open_typed("selectSet", "TraversalSpec");
  out.text("type", "ListView");
  out.text("path", "view");
  out.flag("skip", false);
  out.close("selectSet");
  out.close("objectSet");
  out.flag("reportMissingObjectsInResults", true);
  out.close("spec");
  out.flag("partialUpdates", false);
  return out.finish();
}

std::string modify_list_view_request(const ManagedRef& list_view,
                                     const std::vector<std::string>& add_tasks,
                                     const std::vector<std::string>& remove_tasks) {
  SoapWriter out = vim_request("ModifyListView", list_view);
  for (const std::string& task : add_tasks) out.reference("add", "Task", task);
  for (const std::string& task : remove_tasks) out.reference("remove", "Task", task);
  return out.finish();
}

std::string wait_for_updates_request(const ManagedRef& collector, std::string_view version,
                                     int max_wait_seconds) {
  SoapWriter out = vim_request("WaitForUpdatesEx", collector);
  if (!version.empty()) out.text("version", version);
  out.open("options");
  out.number("maxWaitSeconds", max_wait_seconds);
  out.close("options");
  return out.finish();
}

std::string destroy_property_collector_request(const ManagedRef& collector) {
  return vim_request("DestroyPropertyCollector", collector).finish();
}

std::string destroy_view_request(const ManagedRef& view) {
  return vim_request("DestroyView", view).finish();
}

ManagedRef read_reference(const SoapAnswer& answer) { return reference_of(answer.result()); }

std::vector<ManagedRef> read_references(const SoapAnswer& answer) {
  std::vector<ManagedRef> refs;
  for (pugi::xml_node one = answer.result(); one; one = next_same(one))
    refs.push_back(reference_of(one));
  return refs;
}

UpdateSet read_update_set(const SoapAnswer& answer) {
  UpdateSet set;
  const pugi::xml_node result = answer.result();
  set.timed_out = !result;
  set.version = text_of(result, "version");
  set.truncated = flag_of(result, "truncated");
  for (pugi::xml_node filter = child_of(result, "filterSet"); filter; filter = next_same(filter)) {
    for (pugi::xml_node one = child_of(filter, "objectSet"); one; one = next_same(one))
      set.tasks.push_back(read_object_update(one));
    for (pugi::xml_node one = child_of(filter, "missingSet"); one; one = next_same(one)) {
      TaskUpdate update;
      update.task = text_of(one, "obj");
      mark_vanished(one, update);
      set.tasks.push_back(std::move(update));
    }
  }
  return set;
}

} // namespace syncer

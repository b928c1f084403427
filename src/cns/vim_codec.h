// Requests to /sdk and their answers: service content, session, property collector, tasks. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cns/soap.h"
#include "core/outcome.h"
#include "core/secret.h"

namespace syncer {

inline constexpr std::string_view kVimNamespace = "urn:vim25";

// Of ServiceContent only what we use.
struct ServiceContent {
  ManagedRef root_folder;
  ManagedRef property_collector;
  ManagedRef view_manager;
  ManagedRef session_manager;
  ManagedRef search_index;          // empty id on a server without one
  ManagedRef authorization_manager; // the same
  std::string version;              // about.version, "8.0.2"
  std::string api_version;          // about.apiVersion, "8.0.2.0"
  std::string instance_uuid;        // about.instanceUuid
  std::string full_name;
};

std::string retrieve_service_content_request();
// kTransient when a manager that we need is missing: the server is still starting.
Outcome<ServiceContent> read_service_content(const SoapAnswer& answer);

// The version of namespace urn:vsan in vsanServiceVersions.xml; empty if it has no such namespace.
// `body` is used up.
Outcome<std::string> read_vsan_version(std::string& body);

std::string login_request(const ManagedRef& session_manager, std::string_view user,
                          const Secret& password);
// UserSession.userName, the canonical form of the account.
std::string read_login(const SoapAnswer& answer);
// UserSession.key; some servers take it for the cookie.
Secret read_session_key(const SoapAnswer& answer);
std::string logout_request(const ManagedRef& session_manager);
std::string current_time_request();

std::string create_list_view_request(const ManagedRef& view_manager);
std::string create_property_collector_request(const ManagedRef& property_collector);
// Delivers `info` of every task in the list view.
std::string create_task_filter_request(const ManagedRef& collector, const ManagedRef& list_view);
std::string modify_list_view_request(const ManagedRef& list_view,
                                     const std::vector<std::string>& add_tasks,
                                     const std::vector<std::string>& remove_tasks);
// An empty `version` asks for the current state of everything.
std::string wait_for_updates_request(const ManagedRef& collector, std::string_view version,
                                     int max_wait_seconds);
std::string destroy_property_collector_request(const ManagedRef& collector);
std::string destroy_view_request(const ManagedRef& view);

// The reference that a Create... or a task method returned; empty id if there is none.
ManagedRef read_reference(const SoapAnswer& answer);
// All references returned (ModifyListView: those it could not resolve).
std::vector<ManagedRef> read_references(const SoapAnswer& answer);

enum class TaskState { kRunning, kSucceeded, kFailed };

// One task's news in an UpdateSet.
struct TaskUpdate {
  std::string task;
  TaskState state = TaskState::kRunning;
  bool vanished = false; // it left the list, does not exist or may not be read
  SoapFault fault;       // why it failed or vanished
  std::string op_id;     // under which the server's logs tell of it; may be empty
  pugi::xml_node result; // of kSucceeded; empty node when the server left it out
};

struct UpdateSet {
  bool timed_out = false; // nothing changed
  std::string version;
  bool truncated = false; // more is waiting: ask again at once
  std::vector<TaskUpdate> tasks;
};

// The nodes in the set live as long as `answer`.
UpdateSet read_update_set(const SoapAnswer& answer);

} // namespace syncer

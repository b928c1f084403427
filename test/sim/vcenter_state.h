#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <unordered_map>
#include <unordered_set>

#include "net/http_server.h"
#include "sim/vcenter_cns_query.h"
#include "sim/vcenter_cns_store.h"
#include "sim/vcenter_disk_url.h"
#include "sim/vcenter_envelope.h"
#include "sim/vcenter_inventory.h"
#include "sim/vcenter_mischief.h"
#include "sim/vcenter_options.h"
#include "sim/vcenter_privileges.h"
#include "sim/vcenter_property.h"
#include "sim/vcenter_record.h"
#include "sim/vcenter_session.h"
#include "sim/vcenter_tags.h"
#include "sim/vcenter_tasks.h"

namespace syncer::sim {

// The inner XML of an answer, or a fault.
struct Answer {
  std::string body;
  std::optional<SimFault> fault;
  std::string cookie; // not empty: Set-Cookie

  Answer() = default;
  Answer(std::string text) : body(std::move(text)) {}
  Answer(SimFault raised) : fault(std::move(raised)) {}
};

// Everything a vCenter holds, and its methods. Shared with every request under way: a connection
// may outlive the SimVcenter that accepted it.
class VcenterState : public std::enable_shared_from_this<VcenterState> {
 public:
  VcenterState(asio::any_io_executor executor, SimVcenterOptions options);

  asio::awaitable<void> serve(ServerExchange& exchange);
  // Ends all sessions and everything that waits.
  void shut_down();
  void release_parked() { parked_.cancel(); }
  void tasks_moved(); // a task was started, delayed or released

  SimVcenterOptions options;
  CnsStore store;
  SimInventory inventory;
  PropertyObjects objects;
  SessionTable sessions;
  SimTags tags;
  SimPrivileges privileges;
  TaskTable tasks;
  VcenterMischief mischief;
  VcenterRecord record;
  std::function<void(const CnsVolume&)> on_applied;

 private:
  struct Context {
    const SoapCall& call;
    SimSession* session; // null: not logged in
    const HttpRequest& request;
  };
  using Handler = Answer (VcenterState::*)(Context&);
  static const std::unordered_map<std::string_view, Handler>& handlers();

  // vcenter_state.cc
  HttpResponse answer_get(const std::string& path) const;
  asio::awaitable<HttpResponse> answer_post(const HttpRequest& request, Endpoint endpoint,
                                            VcenterMischief::Request plan);
  asio::awaitable<Answer> answer_call(const SoapCall& call, const HttpRequest& request);
  std::optional<SimFault> check_target(const Context& context) const;
  HttpResponse to_http(const std::string& method, Endpoint endpoint, Answer answer);
  SimSession* find_session(const SoapCall& call, const HttpRequest& request);
  asio::awaitable<void> park();
  asio::awaitable<void> pause(std::chrono::nanoseconds time);

  // vcenter_session_methods.cc
  Answer retrieve_service_content(Context& context);
  Answer current_time(Context& context);
  Answer login(Context& context);
  Answer logout(Context& context);
  Answer session_is_active(Context& context);
  Answer terminate_session(Context& context);

  // vcenter_privilege_methods.cc
  std::optional<SimFault> check_permission(const Context& context) const;
  Answer has_privilege_on_entities(Context& context);

  // vcenter_property_methods.cc
  Answer create_collector(Context& context);
  Answer destroy_collector(Context& context);
  Answer create_filter(Context& context);
  Answer destroy_filter(Context& context);
  Answer cancel_wait(Context& context);
  Answer create_list_view(Context& context);
  Answer modify_list_view(Context& context);
  Answer reset_list_view(Context& context);
  Answer destroy_view(Context& context);

  // vcenter_inventory_methods.cc
  struct ContainerView {
    std::string session;
    const InventoryNode* container;
    bool recursive;
    std::vector<std::string> types; // empty: all
  };
  Answer create_container_view(Context& context);
  Answer find_by_uuid(Context& context);

  // vcenter_pbm_methods.cc
  Answer pbm_service_content(Context& context);
  Answer pbm_query_profile(Context& context);
  Answer pbm_retrieve_content(Context& context);

  // vcenter_retrieve.cc
  Answer retrieve_properties(Context& context);
  Answer continue_retrieve(Context& context);
  Answer cancel_retrieve(Context& context);
  std::optional<SimFault> select(Context& context, pugi::xml_node spec,
                                 std::vector<ManagedRef>& out);
  bool exists(const Context& context, const ManagedRef& object) const;
  std::vector<ManagedRef> follow(const Context& context, const ManagedRef& object,
                                 std::string_view path) const;
  std::optional<SimFault> append_object(std::string& out, Context& context,
                                        const ManagedRef& object, pugi::xml_node spec) const;
  std::optional<std::string> property_value(Context& context, const ManagedRef& object,
                                            std::string_view path) const;
  Answer retrieve_page(const std::string& session, std::deque<std::string> found,
                       std::size_t limit);

  // vcenter_wait.cc
  asio::awaitable<Answer> wait_for_updates(const SoapCall& call, std::string session);
  static bool accept_version(Collector& collector, std::string_view version);
  std::string take_updates(Collector& collector, std::size_t limit, bool with_result);

  // vcenter_cns_methods.cc
  Answer cns_update(Context& context);
  Answer cns_delete(Context& context);
  Answer refuse_update(const std::string& volume_id, SimFault fault, bool violation);
  Answer start_task(const std::string& method, const std::string& volume_id,
                    std::function<TaskOutcome()> work);
  // A session belongs to one client: once another leads, it must not change anything any more.
  void check_writer(const Context& context);
  void begin_update(CnsVolume& volume);
  void end_update(const std::string& volume_id);
  TaskOutcome finish_update(VcenterRecord::Update update, const CnsMetadata& metadata);
  TaskOutcome finish_delete(const std::string& volume_id);
  SimFault unknown_volume(const std::string& id) const;
  void complain_of_foreign_entities(const std::string& what, const CnsMetadata& metadata);

  // vcenter_cns_create.cc
  struct CreateSpec {
    std::string name;
    SimVolumeType type = SimVolumeType::kBlock;
    CnsMetadata metadata;
    std::string backing_id; // of a disk or file share
    DiskUrl url;
    std::string url_text; // not empty: the backing is a vmdk
    std::string profile;
    // By what tests order faults and task times: the id, or "[datastore] path" of a vmdk.
    std::string key() const {
      return url_text.empty() ? backing_id : "[" + url.datastore_name + "] " + url.path;
    }
  };
  struct Backing {
    SimVolume volume;        // its id is empty for a vmdk that never had one
    SimVmdk* vmdk = nullptr; // null: a disk or file share
  };
  Answer cns_create(Context& context);
  Answer refuse_create(const std::string& name, SimFault fault, bool violation);
  std::optional<SimFault> read_create_spec(pugi::xml_node spec, CreateSpec& out) const;
  std::optional<SimFault> read_backing(pugi::xml_node backing, CreateSpec& out) const;
  std::optional<SimFault> find_backing(const CreateSpec& spec, Backing& out);
  std::optional<SimFault> find_vmdk(const DiskUrl& url, Backing& out);
  SimFault already_registered(const std::string& id) const;
  TaskOutcome finish_create(const CreateSpec& spec);

  // vcenter_cns_query_methods.cc
  Answer cns_query(Context& context);
  Answer cns_query_all(Context& context);
  Answer cns_query_async(Context& context);
  std::variant<CnsFilter, SimFault> filter_of(Context& context) const;

  struct PendingRetrieve {
    std::string session;
    std::deque<std::string> objects;
    std::size_t limit;
  };

  std::mt19937_64 random_; // for ids, seeded by the instance uuid
  asio::any_io_executor executor_;
  asio::steady_timer task_timer_;
  asio::steady_timer parked_;
  std::optional<std::chrono::steady_clock::time_point> armed_for_;
  bool shut_down_ = false;
  std::unordered_map<std::uint64_t, std::string> running_updates_; // task -> volume
  std::map<std::string, ContainerView, std::less<>> container_views_;
  std::map<std::string, PendingRetrieve, std::less<>> retrieves_;
  std::unordered_set<std::string> pbm_cookies_;
  std::uint64_t next_id_ = 1;
};

std::string random_uuid(std::mt19937_64& engine);
std::string user_session(const SimSession& session); // content of a UserSession
// <volumeResults xsi:type="TYPE"><volumeId>...</volumeId><fault>..., wrapped into TaskInfo.result.
std::string batch_result(std::string_view type, const std::string& volume_id,
                         const std::optional<SimFault>& fault, std::string_view more = {});

} // namespace syncer::sim

#include "sim/vcenter_state.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstdio>

#include "sim/vcenter_versions.h"

namespace syncer::sim {

namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::size_t kStreamFrom = 16 * 1024; // larger answers are sent in chunks
constexpr std::size_t kChunk = 64 * 1024;

HttpResponse page(int status, std::string_view text) {
  HttpResponse response;
  response.status = status;
  response.headers.emplace_back("Content-Type", "text/html");
  response.body = "<html><body><h1>" + std::string(text) + "</h1></body></html>";
  return response;
}

SimVcenterOptions completed(SimVcenterOptions options) {
  if (options.vsan_version.empty()) {
    options.vsan_version = vsan_version_of(options.api_version);
  }
  if (options.instance_uuid.empty()) {
    std::random_device device;
    std::mt19937_64 engine((std::uint64_t{device()} << 32U) | device());
    options.instance_uuid = random_uuid(engine);
  }
  return options;
}

CnsStore::Rules store_rules(const SimVcenterOptions& options) {
  CnsStore::Rules rules;
  rules.cluster_array_required = vsan_rank(options.vsan_version) >= vsan_rank("7.0");
  rules.keep_removed_for_a_read = options.keep_removed_for_a_read;
  rules.unknown_removal_is_an_error = options.unknown_removal_is_an_error;
  return rules;
}

SessionTable::Rules session_rules(const SimVcenterOptions& options) {
  return {options.user, options.password, options.lockout_after, options.session_idle};
}

std::uint64_t seed_of(const SimVcenterOptions& options) {
  return std::hash<std::string>()(options.instance_uuid);
}

TaskTable::Limits task_limits(const SimVcenterOptions& options) {
  TaskTable::Limits limits;
  // Task ids of two vCenters must not look alike.
  limits.first_number = 1001 + seed_of(options) % 1'000'000 * 1'000'000;
  limits.life = options.task_life;
  limits.max_finished = options.max_finished_tasks;
  return limits;
}

bool finished(const SimTask* task) {
  return !task || task->state == TaskState::kSuccess || task->state == TaskState::kError;
}

// What a session may call before it is logged in.
bool open_to_all(std::string_view method) {
  return method == "RetrieveServiceContent" || method == "Login" ||
         method == "RetrievePropertiesEx" || method == "PbmRetrieveServiceContent";
}

std::optional<Endpoint> endpoint_of(std::string_view path) {
  if (path == "/sdk") return Endpoint::kVim;
  if (path == "/vsanHealth") return Endpoint::kVsan;
  if (path == "/pbm" || path == "/pbm/sdk") return Endpoint::kPbm;
  return std::nullopt;
}

std::string versions_file(std::string_view space, std::string_view version,
                          const std::vector<std::string_view>& prior) {
  std::string out =
      "<?xml version=\"1.0\" encoding=\"UTF-8\" ?>\n<!-- Supported versions -->\n"
      "<namespaces version=\"1.0\">\n <namespace>\n  <name>";
  out += space;
  out += "</name>\n  <version>";
  out += version;
  out += "</version>\n  <priorVersions>\n";
  for (const std::string_view one : prior) {
    out += "   <version>";
    out += one;
    out += "</version>\n";
  }
  return out + "  </priorVersions>\n </namespace>\n</namespaces>\n";
}

} // namespace

std::string random_uuid(std::mt19937_64& engine) {
  const std::uint64_t high = engine();
  const std::uint64_t low = engine();
  char text[40];
  const int length = std::snprintf(
      text, sizeof text, "%08x-%04x-4%03x-%04x-%012llx", static_cast<unsigned>(high >> 32U),
      static_cast<unsigned>(high >> 16U & 0xffffU), static_cast<unsigned>(high & 0xfffU),
      static_cast<unsigned>(0x8000U | (low >> 48U & 0x3fffU)),
      static_cast<unsigned long long>(low & 0xffff'ffff'ffffULL));
  return std::string(text, static_cast<std::size_t>(length));
}

VcenterState::VcenterState(asio::any_io_executor executor, SimVcenterOptions given)
    : options(completed(std::move(given))),
      store(store_rules(options)),
      sessions(session_rules(options),
               [this](const SimSession& session) {
                 objects.session_ended(session.key);
                 std::erase_if(container_views_, [&](const auto& view) {
                   return view.second.session == session.key;
                 });
                 std::erase_if(retrieves_, [&](const auto& pending) {
                   return pending.second.session == session.key;
                 });
               }),
      tags(sessions, record, options),
      tasks(task_limits(options), {[this](std::uint64_t number) {
                                     if (finished(tasks.find(number))) {
                                       if (const auto held = running_updates_.extract(number))
                                         end_update(held.mapped());
                                     }
                                     objects.task_changed(number);
                                   },
                                   [this](std::uint64_t number) {
                                     if (const auto held = running_updates_.extract(number))
                                       end_update(held.mapped());
                                     objects.task_vanished(number);
                                   }}),
      random_(seed_of(options)),
      executor_(executor),
      task_timer_(executor),
      parked_(executor, SteadyClock::time_point::max()) {
  mischief.set_black_hole(options.black_hole);
}

void VcenterState::shut_down() {
  shut_down_ = true;
  sessions.end_all();
  task_timer_.cancel();
  release_parked();
}

void VcenterState::tasks_moved() {
  const std::optional<TaskTable::TimePoint> next = tasks.next_due();
  if (shut_down_ || !next || (armed_for_ && *armed_for_ <= *next)) return;
  armed_for_ = next;
  task_timer_.expires_at(*next);
  task_timer_.async_wait([weak = weak_from_this()](boost::system::error_code error) {
    const std::shared_ptr<VcenterState> state = weak.lock();
    if (error || !state) return;
    state->armed_for_.reset();
    state->tasks.advance(SteadyClock::now(), std::chrono::system_clock::now());
    state->tasks_moved();
  });
}

asio::awaitable<void> VcenterState::park() {
  if (shut_down_) co_return;
  co_await parked_.async_wait(asio::as_tuple(asio::use_awaitable));
}

asio::awaitable<void> VcenterState::pause(std::chrono::nanoseconds time) {
  asio::steady_timer timer(executor_, SteadyClock::now() + time);
  co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
}

asio::awaitable<void> VcenterState::serve(ServerExchange& exchange) {
  const HttpRequest& request = exchange.request();
  const std::string path = request.target.substr(0, request.target.find('?'));
  const bool post = request.method == "POST";
  const bool tagging = SimTags::is_tag_path(path);
  const std::string method = tagging ? tags.call_of(request)
                             : post  ? method_name_of(request.body)
                                     : std::string();
  if (post || tagging) {
    ++record.requests;
    ++record.calls[method];
  }
  const VcenterMischief::Request plan = mischief.on_request(path, method);
  if (plan.never_answer) {
    co_await park();
  }
  if (plan.reset_before || plan.never_answer) {
    exchange.abort();
    co_return;
  }
  if (plan.delay.count() > 0) {
    co_await pause(plan.delay);
  }

  const std::optional<Endpoint> endpoint = endpoint_of(path);
  HttpResponse response;
  if (plan.status != 0) {
    response = page(plan.status, "Service Unavailable");
  } else if (tagging) {
    response = tags.answer(request, SteadyClock::now());
  } else if (!endpoint) {
    response = answer_get(path);
  } else if (!post) {
    response = page(405, "Method Not Allowed");
  } else {
    response = co_await answer_post(request, *endpoint, plan);
  }
  if (plan.drop_reply || mischief.down()) {
    exchange.abort();
    co_return;
  }
  if (response.body.size() < kStreamFrom) {
    co_await exchange.reply(std::move(response));
    co_return;
  }
  bool there = co_await exchange.start_stream(response.status, std::move(response.headers));
  for (std::size_t at = 0; there && at < response.body.size(); at += kChunk) {
    there = co_await exchange.write(response.body.substr(at, kChunk));
  }
  if (there) {
    co_await exchange.finish();
  }
}

HttpResponse VcenterState::answer_get(const std::string& path) const {
  HttpResponse response;
  response.headers.emplace_back("Content-Type", "text/xml");
  response.status = 200;
  if (path == "/sdk/vimServiceVersions.xml") {
    response.body = versions_file("urn:vim25", options.api_version, {"7.0.3.0", "7.0", "6.7"});
  } else if (path == "/sdk/vsanServiceVersions.xml" && options.serve_vsan_versions) {
    const auto& all = vsan_versions();
    const auto own = static_cast<std::ptrdiff_t>(vsan_rank(options.vsan_version));
    std::vector<std::string_view> prior(all.begin(), all.begin() + own);
    response.body = versions_file("urn:vsan", options.vsan_version, {prior.rbegin(), prior.rend()});
  } else {
    response = page(404, "Not Found");
  }
  return response;
}

asio::awaitable<HttpResponse> VcenterState::answer_post(const HttpRequest& request,
                                                        Endpoint endpoint,
                                                        VcenterMischief::Request plan) {
  const std::string method = method_name_of(request.body);
  const std::string_view cookie = session_cookie(header(request.headers, "Cookie"));
  const bool pbm_cookie = pbm_cookies_.contains(std::string(cookie));
  if (pbm_cookie && endpoint != Endpoint::kPbm) {
    record.violation(method + ": the cookie of /pbm was sent elsewhere");
  }
  Answer answer;
  if (plan.fault) {
    answer = std::move(*plan.fault);
  } else {
    auto read = read_call(request.body, header(request.headers, "SOAPAction"), endpoint,
                          vsan_rank(options.vsan_version));
    if (const SimFault* fault = std::get_if<SimFault>(&read)) {
      if (fault->type == "InvalidRequest") record.violation(method + ": " + fault->message);
      answer = *fault;
    } else {
      const SoapCall& call = std::get<SoapCall>(read);
      const SimSession* session = plan.kill_session ? find_session(call, request) : nullptr;
      if (session) sessions.end(std::string(session->key));
      answer = co_await answer_call(call, request);
    }
  }
  if (endpoint == Endpoint::kPbm && !pbm_cookie) {
    // A session of its own, which means nothing to /sdk.
    const std::string own = random_uuid(random_);
    pbm_cookies_.insert(own);
    answer.cookie = "vmware_soap_session=" + own + "; HttpOnly";
  }
  co_return to_http(method, endpoint, std::move(answer));
}

// PBM knows a session by the SOAP header, without the quotes that belong to the cookie.
SimSession* VcenterState::find_session(const SoapCall& call, const HttpRequest& request) {
  std::string cookies(header(request.headers, "Cookie"));
  if (call.method->endpoint == Endpoint::kPbm) {
    cookies = "vmware_soap_session=\"" + call.session_header + "\"";
  }
  return sessions.find(cookies, SteadyClock::now(), std::chrono::system_clock::now());
}

asio::awaitable<Answer> VcenterState::answer_call(const SoapCall& call,
                                                  const HttpRequest& request) {
  SimSession* session = find_session(call, request);
  if (!session && !open_to_all(call.method->name)) co_return not_authenticated(call.self);
  Context context{call, session, request};
  if (auto fault = check_target(context)) co_return *std::move(fault);
  if (auto fault = check_permission(context)) co_return *std::move(fault);
  if (call.method->name == "WaitForUpdatesEx") {
    std::string key = session->key;
    co_return co_await wait_for_updates(call, std::move(key));
  }
  const auto handler = handlers().find(call.method->name);
  if (handler == handlers().end()) co_return method_not_found(call.self, call.method->name);
  check_writer(context);
  co_return (this->*handler->second)(context);
}

// Objects with a fixed id are checked here, those of a session by the methods that use them.
std::optional<SimFault> VcenterState::check_target(const Context& context) const {
  const std::string& type = context.call.method->managed_type;
  const ManagedRef& self = context.call.self;
  bool fits = self.type == type;
  if (type == "View") fits = self.type == "ListView" || self.type == "ContainerView";
  if (type == "ServiceInstance" || type == "SessionManager" || type == "ViewManager" ||
      type == "SearchIndex" || type == "AuthorizationManager") {
    fits = fits && self.id == type;
  }
  if (type == "PbmServiceInstance") fits = fits && self.id == "ServiceInstance";
  if (type == "PbmProfileProfileManager") fits = fits && self.id == "ProfileManager";
  if (type == "CnsVolumeManager") fits = fits && self.id == "cns-volume-manager";
  if (fits) return std::nullopt;
  return managed_object_not_found(self);
}

HttpResponse VcenterState::to_http(const std::string& method, Endpoint endpoint, Answer answer) {
  HttpResponse response;
  response.headers.emplace_back("Content-Type", "text/xml; charset=utf-8");
  response.headers.emplace_back("Cache-Control", "no-cache");
  if (!answer.cookie.empty()) response.headers.emplace_back("Set-Cookie", answer.cookie);
  if (answer.fault) {
    ++record.faults[answer.fault->type];
    response.status = 500;
    std::string fault;
    if (endpoint == Endpoint::kPbm) {
      append_prefixed_soap_fault(fault, *answer.fault);
    } else {
      append_soap_fault(fault, *answer.fault);
    }
    response.body = envelope(fault);
    return response;
  }
  response.status = 200;
  response.body = response_envelope(method, endpoint, answer.body);
  return response;
}

const std::unordered_map<std::string_view, VcenterState::Handler>& VcenterState::handlers() {
  using State = VcenterState;
  static const std::unordered_map<std::string_view, Handler> kHandlers = {
      {"RetrieveServiceContent", &State::retrieve_service_content},
      {"CurrentTime", &State::current_time},
      {"Login", &State::login},
      {"Logout", &State::logout},
      {"SessionIsActive", &State::session_is_active},
      {"TerminateSession", &State::terminate_session},
      {"HasPrivilegeOnEntities", &State::has_privilege_on_entities},
      {"RetrievePropertiesEx", &State::retrieve_properties},
      {"ContinueRetrievePropertiesEx", &State::continue_retrieve},
      {"CancelRetrievePropertiesEx", &State::cancel_retrieve},
      {"CreatePropertyCollector", &State::create_collector},
      {"DestroyPropertyCollector", &State::destroy_collector},
      {"CreateFilter", &State::create_filter},
      {"DestroyPropertyFilter", &State::destroy_filter},
      {"CancelWaitForUpdates", &State::cancel_wait},
      {"CreateListView", &State::create_list_view},
      {"CreateContainerView", &State::create_container_view},
      {"ModifyListView", &State::modify_list_view},
      {"ResetListView", &State::reset_list_view},
      {"DestroyView", &State::destroy_view},
      {"FindByUuid", &State::find_by_uuid},
      {"PbmRetrieveServiceContent", &State::pbm_service_content},
      {"PbmQueryProfile", &State::pbm_query_profile},
      {"PbmRetrieveContent", &State::pbm_retrieve_content},
      {"CnsCreateVolume", &State::cns_create},
      {"CnsUpdateVolumeMetadata", &State::cns_update},
      {"CnsDeleteVolume", &State::cns_delete},
      {"CnsQueryVolume", &State::cns_query},
      {"CnsQueryAllVolume", &State::cns_query_all},
      {"CnsQueryAsync", &State::cns_query_async},
  };
  return kHandlers;
}

} // namespace syncer::sim

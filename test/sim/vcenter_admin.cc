// The admin interface of SimVcenter.
//
//   GET  /sim/vcenter/stats            what was recorded (vcenter_record.h; "violations" are the
//                                      complaints), plus sessions, tasks and mischief counts
//   GET  /sim/vcenter/volumes          {"volumes":[...]} with all entities; ?cluster=ID selects
//   GET  /sim/vcenter/volumes/ID       one volume
//   GET  /sim/vcenter/updates {"updates":[{"volume","holder","accepted_ns","applied_ns"}...]} POST
//   /sim/vcenter/NAME {arguments} one of the commands in the table below
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "sim/vcenter_json.h"
#include "sim/vcenter_server.h"

namespace syncer::sim {

using nlohmann::json;

namespace {

constexpr std::uint64_t kEver = 1'000'000'000;

using Command = std::function<void(SimVcenter&, const json&)>;

std::string text(const json& from, const char* key, const char* otherwise = "*") {
  return from.value(key, otherwise);
}

std::uint64_t count(const json& from) { return from.value("count", kEver); }

std::chrono::nanoseconds millis(const json& from, const char* key = "ms") {
  return std::chrono::nanoseconds(static_cast<std::int64_t>(from.value(key, 0.0) * 1e6));
}

bool on(const json& from) { return from.value("on", true); }

FaultPlace place_of(const std::string& name) {
  if (name == "task") return FaultPlace::kTaskError;
  return name == "entry" ? FaultPlace::kResultEntry : FaultPlace::kSoapFault;
}

void fault_volume(SimVcenter& vcenter, const json& arguments) {
  VcenterMischief::VolumeFault fault;
  fault.type = text(arguments, "type", "CnsFault");
  fault.place = place_of(text(arguments, "place", "soap")); // soap, task or entry
  fault.count = count(arguments);
  fault.applied = arguments.value("applied", false);
  // Of a create: the id of the disk or file share, or "[datastore] path" of the vmdk.
  vcenter.mischief().fault_volume(arguments.at("volume").get<std::string>(), std::move(fault));
}

void task_time(SimVcenter& vcenter, const json& arguments) {
  if (arguments.contains("volume")) {
    vcenter.mischief().volume_task_time(text(arguments, "volume"), millis(arguments));
  } else if (arguments.contains("method")) {
    vcenter.mischief().task_time(text(arguments, "method"), millis(arguments));
  } else {
    vcenter.set_task_time(millis(arguments));
  }
}

void random_faults(SimVcenter& vcenter, const json& arguments) {
  if (!on(arguments)) return vcenter.mischief().random(std::nullopt);
  RandomFaults faults;
  faults.seed = arguments.value("seed", faults.seed);
  faults.drop_reply = arguments.value("drop_reply", 0.0);
  faults.reset_before = arguments.value("reset_before", 0.0);
  faults.unavailable = arguments.value("unavailable", 0.0);
  faults.kill_session = arguments.value("kill_session", 0.0);
  faults.delay_task = arguments.value("delay_task", 0.0);
  faults.lose_task = arguments.value("lose_task", 0.0);
  if (arguments.contains("task_delay_ms")) faults.task_delay = millis(arguments, "task_delay_ms");
  vcenter.mischief().random(faults);
}

// Where and how this server's own faults show.
void fault_style(SimVcenter& vcenter, const json& arguments) {
  SimVcenterOptions& options = vcenter.changeable();
  const auto place = [&](const char* key, FaultPlace& held) {
    if (arguments.contains(key)) held = place_of(text(arguments, key));
  };
  place("unknown_volume_place", options.unknown_volume_place);
  place("unknown_delete_place", options.unknown_delete_place);
  place("create_fault_place", options.create_fault_place);
  options.unknown_volume_fault =
      arguments.value("unknown_volume_fault", options.unknown_volume_fault);
  options.not_registered_fault =
      arguments.value("not_registered_fault", options.not_registered_fault);
  options.already_registered_with_id =
      arguments.value("already_registered_with_id", options.already_registered_with_id);
}

void set_entities(SimVcenter& vcenter, const json& arguments) {
  CnsVolume* volume = vcenter.store().find(arguments.at("volume").get<std::string>());
  if (!volume) throw std::out_of_range("no such volume");
  volume->base.entities.clear();
  for (const json& entity : arguments.at("entities")) {
    volume->base.entities.push_back(entity_from_json(entity));
  }
}

// By names; the category and the tag are made if they do not exist.
void attach_tag(SimVcenter& vcenter, const json& arguments) {
  const InventoryNode* node =
      vcenter.inventory().find_named(text(arguments, "type"), text(arguments, "name"));
  if (!node) throw std::out_of_range("no such object");
  vcenter.tags().attach(text(arguments, "category"), text(arguments, "tag"), node->ref);
}

// On the root folder, or on the object of that type and name.
void privilege(SimVcenter& vcenter, const json& arguments) {
  const InventoryNode* node = &vcenter.inventory().root();
  if (arguments.contains("type")) {
    node = vcenter.inventory().find_named(text(arguments, "type"), text(arguments, "name"));
  }
  const std::string name = text(arguments, "privilege");
  if (!node || !SimPrivileges::exists(name)) throw std::out_of_range("no such object or privilege");
  vcenter.privileges().allow(name, node->ref, on(arguments));
}

void require(bool added) {
  if (!added) throw std::invalid_argument("the id is taken, or the datacenter does not exist");
}

const std::map<std::string, Command, std::less<>>& commands() {
  static const std::map<std::string, Command, std::less<>> kCommands = {
      {"down", [](SimVcenter& v, const json& a) { v.set_down(on(a)); }},
      {"up", [](SimVcenter& v, const json&) { v.set_down(false); }},
      {"gone",
       [](SimVcenter& v, const json& a) {
         if (Outcome<> done = v.set_gone(on(a)); !done) {
           throw std::runtime_error(done.error().detail);
         }
       }},
      {"black_hole", [](SimVcenter& v, const json& a) { v.set_black_hole(on(a)); }},
      {"cut_connections", [](SimVcenter& v, const json&) { v.cut_connections(); }},
      {"calm", [](SimVcenter& v, const json&) { v.calm(); }},
      {"delay",
       [](SimVcenter& v, const json& a) { v.mischief().delay(text(a, "method"), millis(a)); }},
      {"drop_replies",
       [](SimVcenter& v, const json& a) {
         v.mischief().drop_replies(text(a, "method"), count(a));
       }},
      {"reset_before",
       [](SimVcenter& v, const json& a) {
         v.mischief().reset_before(text(a, "method"), count(a));
       }},
      {"never_answer",
       [](SimVcenter& v, const json& a) {
         v.mischief().never_answer(text(a, "method"), count(a));
       }},
      {"status",
       [](SimVcenter& v, const json& a) {
         v.mischief().answer_status(text(a, "path"), a.value("status", 503), count(a));
       }},
      {"fault_calls",
       [](SimVcenter& v, const json& a) {
         v.mischief().fault_calls(a.at("method").get<std::string>(),
                                  fault_for_volume(text(a, "type", "CnsFault"), ""), count(a));
       }},
      {"fault_volume", fault_volume},
      {"fault_style", fault_style},
      {"expire_session",
       [](SimVcenter& v, const json& a) { v.sessions().end_nth(a.value("nth", std::size_t{0})); }},
      {"expire_sessions", [](SimVcenter& v, const json&) { v.sessions().end_all(); }},
      {"kill_session_every",
       [](SimVcenter& v, const json& a) {
         v.mischief().kill_session_every(a.value("calls", std::uint64_t{0}));
       }},
      {"lock_account", [](SimVcenter& v, const json& a) { v.sessions().set_locked(on(a)); }},
      {"password",
       [](SimVcenter& v, const json& a) {
         v.sessions().set_password(a.at("password").get<std::string>());
       }},
      {"privilege", privilege},
      {"task_time", task_time},
      {"delay_tasks",
       [](SimVcenter& v, const json& a) { v.mischief().delay_tasks(millis(a), count(a)); }},
      {"hold_tasks", [](SimVcenter& v, const json& a) { v.hold_tasks(on(a)); }},
      {"lose_tasks",
       [](SimVcenter& v, const json& a) {
         const bool after = text(a, "when", "before_work") == "after_work";
         v.mischief().lose_tasks(after ? TaskLoss::kAfterWork : TaskLoss::kBeforeWork, count(a));
       }},
      {"random", random_faults},
      {"put_volume", [](SimVcenter& v, const json& a) { v.put_volume(volume_from_json(a)); }},
      {"put_disk", [](SimVcenter& v, const json& a) { v.add_disk(disk_from_json(a)); }},
      {"put_vmdk", [](SimVcenter& v, const json& a) { v.add_vmdk(vmdk_from_json(a)); }},
      {"put_datacenter",
       [](SimVcenter& v, const json& a) { require(v.inventory().add(datacenter_from_json(a))); }},
      {"put_datastore",
       [](SimVcenter& v, const json& a) { require(v.inventory().add(datastore_from_json(a))); }},
      {"put_host",
       [](SimVcenter& v, const json& a) { require(v.inventory().add(host_from_json(a))); }},
      {"put_vm", [](SimVcenter& v, const json& a) { require(v.inventory().add(vm_from_json(a))); }},
      {"attach_tag", attach_tag},
      {"detach_tag",
       [](SimVcenter& v, const json& a) { v.tags().detach(text(a, "category"), text(a, "tag")); }},
      {"expire_tag_sessions", [](SimVcenter& v, const json&) { v.tags().end_sessions(); }},
      {"put_profile", [](SimVcenter& v, const json& a) { v.put_profile(profile_from_json(a)); }},
      {"remove_profile",
       [](SimVcenter& v, const json& a) { v.remove_profile(a.at("id").get<std::string>()); }},
      {"miss_datastore",
       [](SimVcenter& v, const json& a) {
         v.inventory().miss_datastore(a.at("datastore").get<std::string>(), a.value("count", 1U));
       }},
      {"erase_volume",
       [](SimVcenter& v, const json& a) { v.store().erase(a.at("volume").get<std::string>()); }},
      {"set_entities", set_entities},
      {"clear_record", [](SimVcenter& v, const json&) { v.clear_record(); }},
  };
  return kCommands;
}

AdminReply not_found() { return {404, R"({"error":"not found"})"}; }

std::string stats(SimVcenter& vcenter) {
  json out = to_json(vcenter.record());
  out["volumes"] = vcenter.store().volumes().size();
  out["sessions"] = vcenter.sessions().size();
  out["user_agents"] = vcenter.sessions().user_agents();
  out["logins"] = vcenter.sessions().logins();
  out["failed_logins"] = vcenter.sessions().failed_logins();
  out["locked"] = vcenter.sessions().locked();
  out["tag_sessions"] = vcenter.tags().sessions();
  out["tag_logins"] = vcenter.tags().logins();
  out["tasks"] = vcenter.tasks().size();
  out["tasks_in_flight"] = vcenter.tasks().unfinished();
  out["mischief"] = vcenter.mischief().count();
  return out.dump();
}

std::string volumes(SimVcenter& vcenter, std::string_view cluster) {
  std::string out = "{\"volumes\":[";
  bool first = true;
  for (const auto& volume : vcenter.store().volumes()) {
    bool shown = cluster.empty();
    for (const CnsCluster& held : volume->clusters) shown = shown || held.id == cluster;
    if (!shown) continue;
    if (!first) out += ",\n";
    first = false;
    // Label values are whatever clients sent; the dump must not fail on them.
    out += to_json(*volume).dump(-1, ' ', false, json::error_handler_t::replace);
  }
  return out + "]}";
}

std::string updates(SimVcenter& vcenter) {
  json list = json::array();
  for (const VcenterRecord::Update& update : vcenter.record().updates) {
    list.push_back({{"volume", update.volume_id},
                    {"holder", update.holder},
                    {"accepted_ns", update.accepted.time_since_epoch().count()},
                    {"applied_ns", update.applied.time_since_epoch().count()}});
  }
  return json{{"updates", std::move(list)}}.dump();
}

AdminReply read(SimVcenter& vcenter, std::string_view path, std::string_view query) {
  constexpr std::string_view kCluster = "cluster=";
  if (path == "stats") return {200, stats(vcenter)};
  if (path == "updates") return {200, updates(vcenter)};
  if (path == "volumes") {
    const bool by_cluster = query.substr(0, kCluster.size()) == kCluster;
    return {200, volumes(vcenter, by_cluster ? query.substr(kCluster.size()) : "")};
  }
  constexpr std::string_view kVolume = "volumes/";
  if (path.substr(0, kVolume.size()) != kVolume) return not_found();
  const CnsVolume* volume = vcenter.store().find(path.substr(kVolume.size()));
  if (!volume) return not_found();
  return {200, to_json(*volume).dump(-1, ' ', false, json::error_handler_t::replace)};
}

} // namespace

AdminReply SimVcenter::handle_admin(std::string_view method, std::string_view target,
                                    std::string_view body) {
  constexpr std::string_view kRoot = "/sim/vcenter/";
  if (target.substr(0, kRoot.size()) != kRoot) return not_found();
  target.remove_prefix(kRoot.size());
  const std::size_t mark = std::min(target.find('?'), target.size());
  const std::string_view path = target.substr(0, mark);
  if (method == "GET") return read(*this, path, target.substr(std::min(mark + 1, target.size())));
  const auto command = commands().find(path);
  if (command == commands().end() || method != "POST") return not_found();
  const json arguments = body.empty() ? json::object() : json::parse(body, nullptr, false);
  if (!arguments.is_object()) return {400, R"({"error":"the body must be a JSON object"})"};
  try {
    command->second(*this, arguments);
  } catch (const std::exception& wrong) {
    return {400, json{{"error", wrong.what()}}.dump()};
  }
  return {200, "{}"};
}

} // namespace syncer::sim

#include "sim/kube_admin.h"

#include <map>
#include <stdexcept>

#include "sim/generator.h"
#include "sim/kube_custom.h"
#include "sim/kube_encode.h"
#include "sim/kube_request.h"

namespace syncer::sim {

namespace {

constexpr std::string_view kPrefix = "/sim/kube/";

struct BadArguments : std::runtime_error {
  using std::runtime_error::runtime_error;
};

std::string text(const json& arguments, const char* name, const char* otherwise = "") {
  const auto found = arguments.find(name);
  return found != arguments.end() && found->is_string() ? found->get<std::string>() : otherwise;
}

std::string resource(const json& arguments) {
  const std::string plural = text(arguments, "resource");
  if (find_resource(plural) == nullptr) throw BadArguments("unknown resource \"" + plural + "\"");
  return plural;
}

std::string custom_resource(const json& arguments) {
  const std::string plural = resource(arguments);
  if (!is_custom(*find_resource(plural))) throw BadArguments(plural + " is always defined");
  return plural;
}

void must(bool found) {
  if (!found) throw BadArguments("no such object");
}

std::chrono::milliseconds millis(const json& value) {
  return std::chrono::milliseconds(value.get<std::int64_t>());
}

KubeRebirth rebirth(const json& arguments) {
  KubeRebirth reborn;
  const std::string version = text(arguments, "version", "continues");
  if (version != "continues" && version != "starts_over") {
    throw BadArguments("version continues or starts_over, not " + version);
  }
  reborn.version_starts_over = version == "starts_over";
  reborn.definitions = arguments.value("definitions", false);
  reborn.cluster_uid = text(arguments, "uid");
  return reborn;
}

json to_json(const std::deque<KubeCall>& calls) {
  json list = json::array();
  for (const KubeCall& call : calls) {
    list.push_back({{"verb", call.verb},
                    {"resource", call.resource},
                    {"status", call.status},
                    {"target", call.target}});
  }
  return list;
}

HttpResponse refuse(int status, const std::string& why) {
  return json_response(status, {{"error", why}});
}

} // namespace

KubeAdmin::Command KubeAdmin::find(const std::string& name) {
  static const std::map<std::string, Command> commands = {
      // Connections are cut and new ones refused; and back.
      {"down", &KubeAdmin::down},
      {"up", &KubeAdmin::up},
      // Connections cut, history forgotten.
      {"restart", &KubeAdmin::restart},
      {"cut_connections", &KubeAdmin::cut_connections},
      {"cut_watches", &KubeAdmin::cut_watches},
      {"compact", &KubeAdmin::compact},
      // Everything as it was at the last save of that name, resourceVersion included: {"name"}
      {"save", &KubeAdmin::save},
      {"restore", &KubeAdmin::restore},
      // All objects gone: {"version": continues | starts_over, "definitions", "uid" of the cluster}
      {"restart_empty", &KubeAdmin::restart_empty},
      // The same, and the objects of another cluster: also {"volumes","pods_per_volume","seed"}
      {"other_cluster", &KubeAdmin::other_cluster},
      // Any of the members of KubeBehaviour; durations end in _ms.
      {"behaviour", &KubeAdmin::behaviour},
      {"calm", &KubeAdmin::calm}, // behaviour as at the start, and up
      // {"times","status","retry_after","plain_text","verb","resource"}
      {"answer", &KubeAdmin::answer},
      // {"resource","what": broken_object | broken_framing | error | bytes, ...}
      {"inject", &KubeAdmin::inject},
      // {"resource","namespace","name","key","value"}: a null value takes the label off
      {"label", &KubeAdmin::label},
      {"put", &KubeAdmin::put},           // {"resource","object"}
      {"remove", &KubeAdmin::remove},     // {"resource","namespace","name"}
      {"define", &KubeAdmin::define},     // {"resource"}: its definition is installed
      {"undefine", &KubeAdmin::undefine}, // and gone, with all its objects
      {"move_pod", &KubeAdmin::move_pod}, // {"namespace","name","new_name","node"}
      {"clear_stats", &KubeAdmin::clear_stats},
  };
  const auto found = commands.find(name);
  return found == commands.end() ? nullptr : found->second;
}

HttpResponse KubeAdmin::handle(const HttpRequest& request) {
  const std::string path = request.target.substr(0, request.target.find('?'));
  if (path.rfind(kPrefix, 0) != 0) return refuse(404, "unknown path");
  const std::string name = path.substr(kPrefix.size());
  if (request.method == "GET") return query(name, request.target);
  if (name == "controllers/tick") {
    if (controllers_ == nullptr) return refuse(404, "started without --controllers");
    return json_response(200, controllers_->tick());
  }
  const Command command = find(name);
  if (command == nullptr) return refuse(404, "unknown command " + name);
  const json arguments =
      request.body.empty() ? json::object() : json::parse(request.body, nullptr, false);
  if (!arguments.is_object()) return refuse(400, "the body is not a JSON object");
  try {
    (this->*command)(arguments);
  } catch (const BadArguments& error) {
    return refuse(400, error.what());
  } catch (const json::exception& error) {
    return refuse(400, error.what());
  }
  return json_response(200, json::object());
}

HttpResponse KubeAdmin::query(const std::string& name, const std::string& target) {
  if (name == "stats") return json_response(200, kube_.report());
  if (name == "requests") return json_response(200, to_json(kube_.stats().recent()));
  if (name == "objects") {
    HttpRequest parsed;
    parsed.target = target;
    const std::string plural = parse_request(parsed).param("resource");
    if (find_resource(plural) == nullptr) return refuse(400, "unknown resource");
    return json_response(200, kube_.snapshot(plural));
  }
  return refuse(404, "unknown query " + name);
}

void KubeAdmin::up(const json&) {
  const Outcome<> listening = kube_.up();
  if (!listening) throw BadArguments(listening.error().detail);
}

void KubeAdmin::save(const json& arguments) { saved_[text(arguments, "name")] = kube_.save(); }

void KubeAdmin::restore(const json& arguments) {
  const auto found = saved_.find(text(arguments, "name"));
  if (found == saved_.end()) throw BadArguments("nothing was saved");
  kube_.restore(found->second);
}

void KubeAdmin::restart_empty(const json& arguments) { kube_.come_back_empty(rebirth(arguments)); }

// vCenter knows nothing of these volumes: its cluster is the one from before.
void KubeAdmin::other_cluster(const json& arguments) {
  KubeRebirth reborn = rebirth(arguments);
  reborn.definitions = arguments.value("definitions", true);
  if (reborn.cluster_uid.empty()) reborn.cluster_uid = "0c0ffee0-0000-4000-8000-00000000c105";
  GeneratorOptions options;
  options.volumes = arguments.value("volumes", std::size_t{10});
  options.pods_per_volume = arguments.value("pods_per_volume", options.pods_per_volume);
  options.seed = arguments.value("seed", std::uint64_t{2});
  kube_.come_back_empty(reborn);
  generate_cluster(options, kube_.store());
  kube_.compact();
}

void KubeAdmin::behaviour(const json& arguments) {
  KubeBehaviour& now = kube_.behaviour();
  const std::map<std::string, bool*> switches = {
      {"watch_cache", &now.watch_cache},
      {"streaming_lists", &now.streaming_lists},
      {"gone_as_http_status", &now.gone_as_http_status},
      {"hold_initial_bookmark", &now.hold_initial_bookmark},
      {"frozen_watches", &now.frozen_watches},
      {"require_client_certificate", &now.require_client_certificate}};
  for (const auto& [name, value] : arguments.items()) {
    if (const auto found = switches.find(name); found != switches.end()) {
      *found->second = value.get<bool>();
    } else if (name == "delay_ms") {
      now.delay = millis(value);
    } else if (name == "bookmark_interval_ms") {
      now.bookmark_interval = millis(value);
    } else if (name == "git_version") {
      now.git_version = value.get<std::string>();
    } else if (name == "token") {
      now.token = value.get<std::string>();
    } else if (name == "cut_next_stream_after") {
      now.cut_next_stream_after = value.get<std::size_t>();
    } else {
      throw BadArguments("unknown behaviour " + name);
    }
  }
  kube_.wake_watches();
}

void KubeAdmin::calm(const json& arguments) {
  kube_.behaviour() = usual_;
  kube_.wake_watches();
  up(arguments);
}

void KubeAdmin::answer(const json& arguments) {
  CannedAnswer canned;
  canned.times = arguments.value("times", canned.times);
  canned.status = arguments.value("status", canned.status);
  canned.retry_after = text(arguments, "retry_after");
  canned.plain_text = arguments.value("plain_text", canned.plain_text);
  canned.verb = text(arguments, "verb");
  canned.resource = text(arguments, "resource");
  kube_.behaviour().canned.push_back(std::move(canned));
}

void KubeAdmin::inject(const json& arguments) {
  const std::string what = text(arguments, "what");
  const std::string plural = resource(arguments);
  if (what == "broken_object") {
    kube_.inject_broken_object(plural, text(arguments, "namespace"), text(arguments, "name"));
  } else if (what == "broken_framing") {
    kube_.inject_broken_framing(plural);
  } else if (what == "error") {
    kube_.inject_error(plural, arguments.value("code", 500),
                       text(arguments, "reason", "InternalError"),
                       text(arguments, "message", "on command"));
  } else if (what == "bytes") {
    kube_.inject_bytes(plural, text(arguments, "bytes"));
  } else {
    throw BadArguments("unknown injection " + what);
  }
}

void KubeAdmin::label(const json& arguments) {
  std::optional<std::string> value;
  if (arguments.contains("value") && !arguments["value"].is_null()) {
    value = arguments["value"].get<std::string>();
  }
  must(kube_.set_label(resource(arguments), text(arguments, "namespace"), text(arguments, "name"),
                       text(arguments, "key"), value));
}

void KubeAdmin::put(const json& arguments) {
  kube_.put(resource(arguments), arguments.at("object"));
}

void KubeAdmin::remove(const json& arguments) {
  must(kube_.remove(resource(arguments), text(arguments, "namespace"), text(arguments, "name")));
}

void KubeAdmin::define(const json& arguments) { kube_.define(custom_resource(arguments)); }
void KubeAdmin::undefine(const json& arguments) { kube_.undefine(custom_resource(arguments)); }

void KubeAdmin::move_pod(const json& arguments) {
  must(kube_.move_pod(text(arguments, "namespace"), text(arguments, "name"),
                      text(arguments, "new_name"), text(arguments, "node")));
}

} // namespace syncer::sim

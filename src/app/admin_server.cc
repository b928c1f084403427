#include "app/admin_server.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "net/url.h"

namespace syncer {

namespace {

using nlohmann::json;

constexpr std::string_view kConfirm = "/confirm/";

HttpResponse answer(int status, const json& body) {
  return {status,
          {{"Content-Type", "application/json"}},
          body.dump(-1, ' ', false, json::error_handler_t::replace) + "\n"};
}

HttpResponse refusal(int status, const std::string& why) {
  return answer(status, {{"error", why}});
}

HttpResponse refusal(const Error& error) {
  return refusal(error.kind == ErrorKind::kTransient ? 503 : 404, error.detail);
}

HttpResponse explain(const std::string& name, const AdminSources& sources) {
  const Outcome<std::string> known = sources.explain(name);
  if (!known) return refusal(known.error());
  return {200, {{"Content-Type", "application/json"}}, *known + "\n"};
}

HttpResponse resync_all(const std::string& vcenter, const AdminSources& sources) {
  const auto begun = sources.resync(vcenter);
  if (!begun) return refusal(begun.error());
  json cycles = json::array();
  for (const AdminSources::Resync& one : *begun) {
    cycles.push_back({{"vcenter", one.vcenter}, {"cycle", one.cycle}});
  }
  return answer(202, {{"resync", cycles}});
}

HttpResponse resync_object(const std::string& name, const AdminSources& sources) {
  const auto begun = sources.resync_object(name);
  if (!begun) return refusal(begun.error());
  json looks = json::array();
  for (const AdminSources::Look& one : *begun) {
    looks.push_back({{"volume", one.volume}, {"vcenter", one.vcenter}, {"number", one.number}});
  }
  return answer(202, {{"resync", looks}});
}

// The body: {"vcenter": NAME}, {"object": NAME}, or nothing for all vCenters.
HttpResponse resync(const std::string& body, const AdminSources& sources) {
  if (body.empty()) return resync_all("", sources);
  const json object = json::parse(body, nullptr, false);
  const bool one = object.is_object() && object.size() == 1 && object.begin()->is_string();
  if (one && object.contains("vcenter")) return resync_all(object["vcenter"], sources);
  if (one && object.contains("object")) return resync_object(object["object"], sources);
  return refusal(400, R"(the body must be {"vcenter": NAME} or {"object": NAME})");
}

HttpResponse confirm(const std::string& what, const AdminSources& sources) {
  const Outcome<std::size_t> settled = sources.confirm(what);
  if (!settled) return refusal(settled.error());
  return answer(200, {{"confirmed", what}, {"count", *settled}});
}

struct Target {
  std::string path;
  std::map<std::string, std::string> parameters;

  std::string value(const char* parameter) const {
    const auto found = parameters.find(parameter);
    return found == parameters.end() ? "" : found->second;
  }
};

Target parse_target(const std::string& target) {
  const std::size_t question = std::min(target.find('?'), target.size());
  Target parsed{target.substr(0, question), {}};
  for (std::size_t from = question + 1; from < target.size();) {
    const std::size_t end = std::min(target.find('&', from), target.size());
    const std::string one = target.substr(from, end - from);
    const std::size_t equals = std::min(one.find('='), one.size());
    const std::string value = equals < one.size() ? one.substr(equals + 1) : "";
    parsed.parameters[one.substr(0, equals)] = percent_decode(value);
    from = end + 1;
  }
  return parsed;
}

// The first parameter that the path does not have.
std::optional<std::string> unknown_parameter(const Target& target) {
  static const std::map<std::string, std::set<std::string>> kKnown = {
      {"/explain", {"name"}}, {"/diff", {"vcenter"}}, {"/drift", {"class", "format"}}};
  const auto known = kKnown.find(target.path);
  if (known == kKnown.end()) return std::nullopt;
  for (const auto& [name, value] : target.parameters) {
    if (!known->second.contains(name)) return name;
  }
  return std::nullopt;
}

HttpResponse standby(const AdminSources::Leader& leader) {
  const char* const error =
      leader.holder.empty()
          ? "this replica stands by, and nobody leads: `vsphere-syncer status` says why"
          : "this replica stands by";
  return answer(409, {{"error", error}, {"leader", leader.holder}, {"namespace", leader.ns}});
}

// What is wrong with a request whatever it asks for.
std::optional<HttpResponse> refused(const HttpRequest& request, const Target& target,
                                    const AdminSources& sources) {
  const std::string& path = target.path;
  const bool reads =
      path == "/statusz" || path == "/explain" || path == "/diff" || path == "/drift";
  const bool writes = path == "/resync" || path.starts_with(kConfirm);
  if (!reads && !writes) return refusal(404, "no such path: " + path);
  if (request.method != (reads ? "GET" : "POST")) {
    return refusal(405, reads ? "use GET" : "use POST");
  }
  if (writes && header(request.headers, kAdminHeader).empty()) {
    return refusal(403, std::string("the header ") + kAdminHeader + " is missing");
  }
  if (path == "/statusz") return std::nullopt;
  if (const auto leader = sources.led_by()) return standby(*leader);
  if (const auto unknown = unknown_parameter(target)) {
    return refusal(400, "no such parameter: " + *unknown);
  }
  if (path == "/explain" && target.value("name").empty()) {
    return refusal(400, "say what: /explain?name=NAME");
  }
  if (const std::string type = target.value("class"); !type.empty() && !drift_class(type)) {
    return refusal(400, "no such class: " + type);
  }
  if (const std::string format = target.value("format");
      !format.empty() && format != "csv" && format != "json") {
    return refusal(400, "no such format: " + format + " (csv or json)");
  }
  return std::nullopt;
}

HttpResponse respond(const HttpRequest& request, const Target& target,
                     const AdminSources& sources) {
  if (target.path == "/statusz") {
    return {200, {{"Content-Type", "application/json"}}, sources.status() + "\n"};
  }
  if (target.path == "/explain") return explain(target.value("name"), sources);
  if (target.path == "/resync") return resync(request.body, sources);
  return confirm(target.path.substr(kConfirm.size()), sources);
}

// What is answered part by part.
struct Streamed {
  Outcome<std::unique_ptr<AdminStream>> parts;
  const char* content_type;
};

std::optional<Streamed> streamed(const Target& target, const AdminSources& sources) {
  if (target.path == "/diff") {
    return Streamed{sources.diff(target.value("vcenter")), "application/x-ndjson"};
  }
  if (target.path != "/drift") return std::nullopt;
  const bool csv = target.value("format") == "csv";
  return Streamed{sources.drift(csv, drift_class(target.value("class"))),
                  csv ? "text/csv; charset=utf-8" : "application/json"};
}

asio::awaitable<void> stream(ServerExchange& exchange, Streamed begun) {
  if (!begun.parts) {
    HttpResponse response = refusal(begun.parts.error());
    co_await exchange.reply(std::move(response));
    co_return;
  }
  const std::unique_ptr<AdminStream> lines = std::move(*begun.parts);
  Headers headers = {{"Content-Type", begun.content_type}};
  bool listened_to = co_await exchange.start_stream(200, std::move(headers));
  while (listened_to) {
    std::string part = co_await lines->next();
    if (part.empty()) {
      co_await exchange.finish();
      co_return;
    }
    listened_to = co_await exchange.write(std::move(part));
  }
}

asio::awaitable<void> handle(ServerExchange& exchange, const AdminSources& sources) {
  const Target target = parse_target(exchange.request().target);
  std::optional<HttpResponse> wrong = refused(exchange.request(), target, sources);
  std::optional<Streamed> begun;
  if (!wrong) begun = streamed(target, sources);
  if (begun) {
    co_await stream(exchange, std::move(*begun));
    co_return;
  }
  HttpResponse response = wrong ? std::move(*wrong) : respond(exchange.request(), target, sources);
  co_await exchange.reply(std::move(response));
}

} // namespace

Outcome<std::unique_ptr<HttpServer>> create_admin_server(asio::any_io_executor executor,
                                                         std::string address, std::uint16_t port,
                                                         AdminSources sources) {
  ServerOptions options;
  options.address = std::move(address);
  options.port = port;
  options.max_body = 4096;
  options.max_connections = 32;
  return create_beast_http_server(std::move(executor), std::move(options),
                                  [sources = std::move(sources)](ServerExchange& exchange) {
                                    return handle(exchange, sources);
                                  });
}

} // namespace syncer

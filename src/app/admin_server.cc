#include "app/admin_server.h"

#include <algorithm>
#include <nlohmann/json.hpp>

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

// The path, and the one parameter that it may have.
struct Target {
  std::string path;
  std::string parameter;
  std::string value;
};

Target parse_target(const std::string& target) {
  const std::size_t question = target.find('?');
  if (question == std::string::npos) return {target, "", ""};
  const std::string query = target.substr(question + 1);
  const std::size_t equals = std::min(query.find('='), query.size());
  const std::string value = equals < query.size() ? query.substr(equals + 1) : "";
  return {target.substr(0, question), query.substr(0, equals), percent_decode(value)};
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
  const bool reads = path == "/statusz" || path == "/explain" || path == "/diff";
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
  if (path == "/explain" && (target.parameter != "name" || target.value.empty())) {
    return refusal(400, "say what: /explain?name=NAME");
  }
  if (path == "/diff" && !target.parameter.empty() && target.parameter != "vcenter") {
    return refusal(400, "no such parameter: " + target.parameter);
  }
  return std::nullopt;
}

HttpResponse respond(const HttpRequest& request, const Target& target,
                     const AdminSources& sources) {
  if (target.path == "/statusz") {
    return {200, {{"Content-Type", "application/json"}}, sources.status() + "\n"};
  }
  if (target.path == "/explain") return explain(target.value, sources);
  if (target.path == "/resync") return resync(request.body, sources);
  return confirm(target.path.substr(kConfirm.size()), sources);
}

asio::awaitable<void> diff(ServerExchange& exchange, std::string vcenter,
                           const AdminSources& sources) {
  auto begun = sources.diff(vcenter);
  if (!begun) {
    HttpResponse response = refusal(begun.error());
    co_await exchange.reply(std::move(response));
    co_return;
  }
  const std::unique_ptr<AdminStream> lines = std::move(*begun);
  Headers headers = {{"Content-Type", "application/x-ndjson"}};
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
  if (!wrong && target.path == "/diff") {
    co_await diff(exchange, target.value, sources);
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

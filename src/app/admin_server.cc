#include "app/admin_server.h"

#include <nlohmann/json.hpp>

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

HttpResponse resync(const std::string& vcenter, const AdminSources& sources) {
  const auto begun = sources.resync(vcenter);
  if (!begun) return refusal(begun.error());
  json cycles = json::array();
  for (const AdminSources::Resync& one : *begun) {
    cycles.push_back({{"vcenter", one.vcenter}, {"cycle", one.cycle}});
  }
  return answer(202, {{"resync", cycles}});
}

HttpResponse confirm(const std::string& what, const AdminSources& sources) {
  const Outcome<std::size_t> settled = sources.confirm(what);
  if (!settled) return refusal(settled.error());
  return answer(200, {{"confirmed", what}, {"count", *settled}});
}

// Which vCenter a body names: {"vcenter": NAME}, or nothing for all of them.
Outcome<std::string> vcenter_of(const std::string& body) {
  if (body.empty()) return std::string();
  const json object = json::parse(body, nullptr, false);
  const bool good = object.is_object() && object.size() == 1 && object.contains("vcenter") &&
                    object["vcenter"].is_string();
  if (!good) return Error{ErrorKind::kRejected, R"(the body must be {"vcenter": NAME})"};
  return object["vcenter"].get<std::string>();
}

HttpResponse respond(const HttpRequest& request, const AdminSources& sources) {
  const std::string& path = request.target;
  if (path == "/statusz") {
    if (request.method != "GET") return refusal(405, "use GET");
    return {200, {{"Content-Type", "application/json"}}, sources.status() + "\n"};
  }
  const bool confirms = path.starts_with(kConfirm);
  if (path != "/resync" && !confirms) return refusal(404, "no such path: " + path);
  if (request.method != "POST") return refusal(405, "use POST");
  if (header(request.headers, kAdminHeader).empty()) {
    return refusal(403, std::string("the header ") + kAdminHeader + " is missing");
  }
  if (const auto leader = sources.led_by()) {
    return answer(409, {{"error", "this replica stands by"},
                        {"leader", leader->holder},
                        {"namespace", leader->ns}});
  }
  if (confirms) return confirm(path.substr(kConfirm.size()), sources);
  const Outcome<std::string> vcenter = vcenter_of(request.body);
  if (!vcenter) return refusal(400, vcenter.error().detail);
  return resync(*vcenter, sources);
}

asio::awaitable<void> handle(ServerExchange& exchange, const AdminSources& sources) {
  HttpResponse response = respond(exchange.request(), sources);
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

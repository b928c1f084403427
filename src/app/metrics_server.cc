#include "app/metrics_server.h"

namespace syncer {

namespace {

HttpResponse text(int status, std::string body) {
  return {status, {{"Content-Type", "text/plain; charset=utf-8"}}, std::move(body)};
}

HttpResponse answer(const HttpRequest& request, const MetricsSources& sources) {
  const std::string path = request.target.substr(0, request.target.find('?'));
  if (path != "/metrics" && path != "/livez" && path != "/healthz" && path != "/readyz") {
    return text(404, "not found: try /metrics, /livez or /readyz\n");
  }
  if (request.method != "GET" && request.method != "HEAD") return text(405, "use GET\n");
  if (path == "/metrics") {
    return {200, {{"Content-Type", "text/plain; version=0.0.4; charset=utf-8"}}, sources.metrics()};
  }
  const bool ready = path == "/readyz";
  const std::string reason = ready ? sources.not_ready_because() : sources.not_live_because();
  if (reason.empty()) return text(200, "ok\n");
  return text(503, (ready ? "not ready: " : "not live: ") + reason + "\n");
}

asio::awaitable<void> handle(ServerExchange& exchange, const MetricsSources& sources) {
  HttpResponse response = answer(exchange.request(), sources);
  co_await exchange.reply(std::move(response));
}

} // namespace

Outcome<std::unique_ptr<HttpServer>> create_metrics_server(asio::any_io_executor executor,
                                                           std::string address, std::uint16_t port,
                                                           MetricsSources sources) {
  ServerOptions options;
  options.address = address.empty() ? "0.0.0.0" : std::move(address);
  options.port = port;
  return create_beast_http_server(std::move(executor), std::move(options),
                                  [sources = std::move(sources)](ServerExchange& exchange) {
                                    return handle(exchange, sources);
                                  });
}

} // namespace syncer

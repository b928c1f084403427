#include "app/metrics_server.h"

#include "app/gzip.h"

namespace syncer {

namespace {

HttpResponse text(int status, std::string body) {
  return {status, {{"Content-Type", "text/plain; charset=utf-8"}}, std::move(body)};
}

HttpResponse health(const std::string& endpoint, const std::string& query,
                    const std::vector<HealthCheck>& checks) {
  const std::string problem = first_problem(checks);
  const int status = problem.empty() ? 200 : 503;
  if (query == "verbose" || query.starts_with("verbose=")) {
    return text(status, verbose_text(endpoint, checks));
  }
  if (problem.empty()) return text(status, "ok\n");
  return text(status, (endpoint == "readyz" ? "not ready: " : "not live: ") + problem + "\n");
}

HttpResponse metrics(const HttpRequest& request, std::string text) {
  HttpResponse response{
      200,
      {{"Content-Type", "text/plain; version=0.0.4; charset=utf-8"}, {"Vary", "Accept-Encoding"}},
      std::move(text)};
  if (accepts_gzip(header(request.headers, "Accept-Encoding"))) {
    response.headers.emplace_back("Content-Encoding", "gzip");
    response.body = gzip(response.body);
  }
  return response;
}

HttpResponse answer(const HttpRequest& request, const MetricsSources& sources) {
  const std::size_t mark = request.target.find('?');
  const std::string path = request.target.substr(0, mark);
  const std::string query = mark == std::string::npos ? "" : request.target.substr(mark + 1);
  if (path != "/metrics" && path != "/livez" && path != "/healthz" && path != "/readyz") {
    return text(404, "not found: try /metrics, /livez or /readyz\n");
  }
  if (request.method != "GET" && request.method != "HEAD") return text(405, "use GET\n");
  if (path == "/metrics") {
    return metrics(request, sources.metrics());
  }
  return health(path.substr(1), query, path == "/readyz" ? sources.ready() : sources.live());
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

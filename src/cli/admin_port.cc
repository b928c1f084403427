#include "cli/admin_port.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "core/asio_clock.h"
#include "net/http.h"
#include "net/url.h"

namespace syncer {

namespace {

using nlohmann::json;

constexpr std::chrono::seconds kBudget{10};

asio::awaitable<void> send(HttpClient& client, HttpRequest request, Clock::time_point deadline,
                           Outcome<HttpResponse>& answer) {
  answer = co_await client.send(std::move(request), deadline);
}

std::string member(const json& object, const char* key) {
  const auto found = object.find(key);
  return found == object.end() || !found->is_string() ? "" : found->get<std::string>();
}

// The refusal as a sentence; of a standby, with the command that reaches the leader.
Error refused(const json& body, int status) {
  std::string why = member(body, "error");
  if (why.empty()) why = "answered with status " + std::to_string(status);
  const std::string leader = member(body, "leader");
  if (!leader.empty()) {
    why += "; " + leader + " leads. Ask it there:\n  kubectl exec -n " + member(body, "namespace") +
           " " + leader + " -c vsphere-syncer -- vsphere-syncer ...";
  }
  return {ErrorKind::kRejected, why};
}

} // namespace

Outcome<json> HttpAdminPort::ask(const std::string& method, const std::string& path,
                                 const json& body) {
  const Outcome<Url> url = parse_url("http://" + address_);
  if (!url || !url->path.empty()) {
    return Error{ErrorKind::kRejected, "not an address: " + address_ + " (HOST:PORT)"};
  }
  asio::io_context io(1);
  AsioClock clock(io.get_executor());
  ClientOptions options;
  options.host = url->host;
  options.port = url->port;
  options.tls = false;
  auto client = create_beast_http_client(io.get_executor(), options);
  if (!client) return client.error();
  HttpRequest request;
  request.method = method;
  request.target = path;
  request.idempotent = method == "GET";
  request.headers = {{"X-Vsphere-Syncer", "1"}};
  if (!body.is_null()) {
    request.headers.emplace_back("Content-Type", "application/json");
    request.body = body.dump();
  }
  Outcome<HttpResponse> answer = Error{ErrorKind::kTransient, "nothing came"};
  asio::co_spawn(io, send(**client, std::move(request), clock.now() + kBudget, answer),
                 [&io](const std::exception_ptr& failure) {
                   io.stop();
                   if (failure) std::rethrow_exception(failure);
                 });
  io.run();
  if (!answer) {
    return Error{ErrorKind::kTransient, "the admin port " + address_ +
                                            " does not answer: " + answer.error().detail +
                                            " (see --admin-bind-address of the service)"};
  }
  json object = json::parse(answer->body, nullptr, false);
  if (!object.is_object()) {
    return Error{ErrorKind::kTransient, address_ + " is not the admin port of vsphere-syncer"};
  }
  if (answer->status / 100 != 2) return refused(object, answer->status);
  return object;
}

} // namespace syncer

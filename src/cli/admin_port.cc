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
// Of one page of volumes: vCenter may be slow.
constexpr std::chrono::minutes kPageBudget{10};
constexpr std::size_t kLongestLine = 1024 * 1024;

asio::awaitable<void> send(HttpClient& client, HttpRequest request, Clock::time_point deadline,
                           Outcome<HttpResponse>& answer) {
  answer = co_await client.send(std::move(request), deadline);
}

// Passes on the whole lines of `text` and leaves the rest of it. False: one is not what it must be.
bool take_lines(std::string& text, const std::function<void(const json&)>& each) {
  std::size_t from = 0;
  for (std::size_t end = text.find('\n'); end != std::string::npos; end = text.find('\n', from)) {
    const json line = json::parse(text.begin() + static_cast<std::ptrdiff_t>(from),
                                  text.begin() + static_cast<std::ptrdiff_t>(end), nullptr, false);
    if (!line.is_object()) return false;
    each(line);
    from = end + 1;
  }
  text.erase(0, from);
  return text.size() <= kLongestLine;
}

struct Streamed {
  Outcome<int> status = Error{ErrorKind::kTransient, "nothing came"};
  std::string rest; // of an answer that is not 200: all of it
};

asio::awaitable<void> follow(HttpClient& client, HttpRequest request, const Clock& clock,
                             const std::function<void(const json&)>& each, Streamed& streamed) {
  auto opened = co_await client.open_stream(std::move(request), clock.now() + kBudget);
  if (!opened) {
    streamed.status = opened.error();
    co_return;
  }
  const std::unique_ptr<HttpStream> stream = std::move(*opened);
  for (;;) {
    const auto part = co_await stream->read_some(clock.now() + kPageBudget);
    if (!part) {
      streamed.status = part.error();
      co_return;
    }
    if (part->empty()) break;
    streamed.rest.append(*part);
    if (stream->status() != 200) continue;
    if (!take_lines(streamed.rest, each)) {
      streamed.status = Error{ErrorKind::kTransient, "the answer cannot be read"};
      co_return;
    }
  }
  streamed.status = stream->status();
}

std::string member(const json& object, const char* key) {
  const auto found = object.find(key);
  return found == object.end() || !found->is_string() ? "" : found->get<std::string>();
}

} // namespace

struct HttpAdminPort::Connection {
  // Until the coroutine ends.
  void run(asio::awaitable<void> work) {
    asio::co_spawn(io, std::move(work), [this](const std::exception_ptr& failure) {
      io.stop();
      if (failure) std::rethrow_exception(failure);
    });
    io.run();
  }

  asio::io_context io{1};
  AsioClock clock{io.get_executor()};
  std::unique_ptr<HttpClient> client;
};

Outcome<std::unique_ptr<HttpAdminPort::Connection>> HttpAdminPort::connect() const {
  const Outcome<Url> url = parse_url("http://" + address_);
  if (!url || !url->path.empty()) {
    return Error{ErrorKind::kRejected, "not an address: " + address_ + " (HOST:PORT)"};
  }
  auto connection = std::make_unique<Connection>();
  ClientOptions options;
  options.host = url->host;
  options.port = url->port;
  options.tls = false;
  auto client = create_beast_http_client(connection->io.get_executor(), options);
  if (!client) return client.error();
  connection->client = std::move(*client);
  return connection;
}

Error HttpAdminPort::no_answer(const Error& error) const {
  return {ErrorKind::kTransient, "the admin port " + address_ + " does not answer: " +
                                     error.detail + " (see --admin-bind-address of the service)"};
}

// The refusal as a sentence; of a standby, with the command that reaches the leader.
Error HttpAdminPort::refused(const std::string& body, int status) const {
  const json object = json::parse(body, nullptr, false);
  if (!object.is_object()) {
    return {ErrorKind::kTransient, address_ + " is not the admin port of vsphere-syncer"};
  }
  std::string why = member(object, "error");
  if (why.empty()) why = "answered with status " + std::to_string(status);
  const std::string leader = member(object, "leader");
  if (!leader.empty()) {
    why += "; " + leader + " leads. Ask it there:\n  " +
           exec_line(member(object, "namespace"), leader, command_);
  }
  return {ErrorKind::kRejected, why};
}

std::string exec_line(const std::string& ns, const std::string& pod, const std::string& command) {
  return "kubectl exec -n " + ns + " " + pod + " -c vsphere-syncer -- " + command;
}

Outcome<json> HttpAdminPort::ask(const std::string& method, const std::string& path,
                                 const json& body) {
  const auto connection = connect();
  if (!connection) return connection.error();
  HttpRequest request;
  request.method = method;
  request.target = path;
  request.idempotent = method == "GET";
  request.headers = {{"X-Vsphere-Syncer", "1"}};
  if (!body.is_null()) {
    request.headers.emplace_back("Content-Type", "application/json");
    request.body = body.dump(-1, ' ', false, json::error_handler_t::replace);
  }
  Connection& to = **connection;
  Outcome<HttpResponse> answer = Error{ErrorKind::kTransient, "nothing came"};
  to.run(send(*to.client, std::move(request), to.clock.now() + kBudget, answer));
  if (!answer) return no_answer(answer.error());
  if (answer->status / 100 != 2) return refused(answer->body, answer->status);
  json object = json::parse(answer->body, nullptr, false);
  if (!object.is_object()) return refused(answer->body, answer->status);
  return object;
}

Outcome<std::string> HttpAdminPort::read_text(const std::string& path) {
  const auto connection = connect();
  if (!connection) return connection.error();
  HttpRequest request;
  request.target = path;
  Connection& to = **connection;
  Outcome<HttpResponse> answer = Error{ErrorKind::kTransient, "nothing came"};
  to.run(send(*to.client, std::move(request), to.clock.now() + kBudget, answer));
  if (!answer) return no_answer(answer.error());
  if (answer->status != 200) return refused(answer->body, answer->status);
  return std::move(answer->body);
}

Outcome<> HttpAdminPort::read_lines(const std::string& path,
                                    const std::function<void(const json&)>& each) {
  const auto connection = connect();
  if (!connection) return connection.error();
  HttpRequest request;
  request.target = path;
  Connection& to = **connection;
  Streamed streamed;
  to.run(follow(*to.client, std::move(request), to.clock, each, streamed));
  if (!streamed.status) return no_answer(streamed.status.error());
  if (*streamed.status != 200) return refused(streamed.rest, *streamed.status);
  return Done{};
}

} // namespace syncer

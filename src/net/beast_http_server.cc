#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "net/http_server.h"
#include "net/server_session.h"
#include "net/tls_context.h"

namespace syncer {

namespace {

using Acceptor = asio::ip::tcp::acceptor;

// A session ends by itself; only a bug in a handler comes this far.
void rethrow_unless_cancelled(std::exception_ptr failure) {
  if (!failure) return;
  try {
    std::rethrow_exception(failure);
  } catch (const boost::system::system_error& error) {
    if (error.code() != asio::error::operation_aborted) throw;
  }
}

class BeastHttpServer final : public HttpServer {
 public:
  BeastHttpServer(std::shared_ptr<ServerState> state, std::shared_ptr<Acceptor> acceptor)
      : state_(std::move(state)),
        acceptor_(std::move(acceptor)),
        port_(acceptor_->local_endpoint().port()) {
    asio::co_spawn(acceptor_->get_executor(), accept_all(state_, acceptor_),
                   rethrow_unless_cancelled);
  }
  ~BeastHttpServer() override { stop(); }

  std::uint16_t port() const override { return port_; }
  std::size_t connections() const override { return state_->sessions.size(); }

  void stop() override {
    if (state_->stopped) return;
    state_->stopped = true;
    boost::system::error_code ignored;
    acceptor_->close(ignored);
    for_each_session([](ServerSession& session) { session.stop(); });
  }
  void cut_connections() override {
    for_each_session([](ServerSession& session) { session.reset(); });
  }

 private:
  static asio::awaitable<void> accept_all(std::shared_ptr<ServerState> state,
                                          std::shared_ptr<Acceptor> acceptor) {
    while (!state->stopped) {
      auto [error, socket] = co_await acceptor->async_accept(asio::as_tuple(asio::use_awaitable));
      if (state->stopped) co_return;
      if (error) {
        // Out of descriptors, mostly: the waiting connection stays, so trying at once would spin.
        asio::steady_timer pause(acceptor->get_executor(), std::chrono::milliseconds(50));
        co_await pause.async_wait(asio::as_tuple(asio::use_awaitable));
        continue;
      }
      if (state->sessions.size() >= state->options.max_connections) continue;
      auto connection = std::make_shared<Connection>(std::move(socket));
      auto session = std::make_shared<ServerSession>(state, std::move(connection));
      // Shared because the cancellation slot must outlive the coroutine bound to it.
      auto ended = [session](std::exception_ptr failure) { rethrow_unless_cancelled(failure); };
      asio::co_spawn(acceptor->get_executor(), session->run(),
                     asio::bind_cancellation_slot(session->cancellation(), std::move(ended)));
    }
  }

  // Sessions may leave the map while one of them is being cut.
  template <class Action>
  void for_each_session(Action action) {
    std::vector<std::uint64_t> ids;
    for (const auto& [id, session] : state_->sessions) ids.push_back(id);
    for (const std::uint64_t id : ids) {
      const auto place = state_->sessions.find(id);
      if (place != state_->sessions.end()) action(*place->second);
    }
  }

  std::shared_ptr<ServerState> state_; // with the sessions
  std::shared_ptr<Acceptor> acceptor_; // with the coroutine that accepts
  std::uint16_t port_;
};

Outcome<std::shared_ptr<Acceptor>> listen(const asio::any_io_executor& executor,
                                          const ServerOptions& options) {
  Error failure;
  boost::system::error_code error;
  const auto address = asio::ip::make_address(options.address, error);
  const asio::ip::tcp::endpoint endpoint(address, options.port);
  auto acceptor = std::make_shared<Acceptor>(executor);
  if (!error) acceptor->open(endpoint.protocol(), error);
  if (!error) acceptor->set_option(asio::socket_base::reuse_address(true), error);
  if (!error) acceptor->bind(endpoint, error);
  if (!error) acceptor->listen(asio::socket_base::max_listen_connections, error);
  if (!error) return acceptor;
  failure.detail = "listen on " + options.address + " port " + std::to_string(options.port) + ": " +
                   error.message();
  return failure;
}

} // namespace

Outcome<std::unique_ptr<HttpServer>> create_beast_http_server(asio::any_io_executor executor,
                                                              ServerOptions options,
                                                              ServerHandler handler) {
  auto state = std::make_shared<ServerState>();
  if (options.tls) {
    Outcome<std::shared_ptr<asio::ssl::context>> tls =
        make_server_tls(options.cert_pem, options.key_pem, options.client_ca_pem);
    if (!tls) return std::move(tls).error();
    state->tls = std::move(tls).value();
  }
  Outcome<std::shared_ptr<Acceptor>> acceptor = listen(executor, options);
  if (!acceptor) return std::move(acceptor).error();
  state->options = std::move(options);
  state->handler = std::move(handler);
  std::unique_ptr<HttpServer> server =
      std::make_unique<BeastHttpServer>(std::move(state), std::move(acceptor).value());
  return server;
}

} // namespace syncer

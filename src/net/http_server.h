#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "core/clock.h"
#include "core/outcome.h"
#include "net/http.h"

namespace syncer {

// One request while it is being answered. Exactly one of: reply; start_stream, write..., finish;
// abort. A handler that returns without any of them answers 500.
class ServerExchange {
 public:
  virtual ~ServerExchange() = default;
  virtual const HttpRequest& request() const = 0;
  // Same value for all requests of one connection.
  virtual std::uint64_t connection() const = 0;
  // Whether the peer showed a client certificate; one that is not trusted ends the handshake.
  virtual bool client_certificate() const = 0;
  // All four give false when the peer is gone.
  virtual asio::awaitable<bool> reply(HttpResponse response) = 0;
  virtual asio::awaitable<bool> start_stream(int status, Headers headers) = 0; // chunked
  virtual asio::awaitable<bool> write(std::string data) = 0;                   // one chunk, flushed
  virtual asio::awaitable<bool> finish() = 0;                                  // last chunk
  virtual bool peer_gone() const = 0; // seen while writing or reading
  // Cuts the connection with a reset (SO_LINGER 0), also in the middle of a stream.
  virtual void abort() = 0;
};

using ServerHandler = std::function<asio::awaitable<void>(ServerExchange&)>;

struct ServerOptions {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0; // 0: any free one
  bool tls = false;
  std::string cert_pem; // chain
  Secret key_pem;
  std::string client_ca_pem; // not empty: client certificates are asked for and verified if given
  std::uint64_t max_body = 64ULL * 1024 * 1024;
  std::size_t max_connections = 4096;    // one more is closed at once
  std::chrono::seconds read_timeout{75}; // for the next request on a kept-alive connection
};

// An HTTP/1.1 server with keep-alive. Each connection is one coroutine; handlers of different
// connections run concurrently on the executor. Destroying it, or stop(), closes the listener and
// cuts all connections.
class HttpServer {
 public:
  virtual ~HttpServer() = default;
  virtual std::uint16_t port() const = 0;
  virtual std::size_t connections() const = 0;
  virtual void stop() = 0;
  virtual void cut_connections() = 0; // resets all, keeps listening
};

// Listens at once. kTransient: the port is in use or the address not ours; kRejected: bad
// certificate or key.
Outcome<std::unique_ptr<HttpServer>> create_beast_http_server(asio::any_io_executor executor,
                                                              ServerOptions options,
                                                              ServerHandler handler);

} // namespace syncer

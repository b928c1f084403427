#pragma once

#include <boost/asio/cancellation_signal.hpp>
#include <map>
#include <memory>
#include <string>

#include "net/connection.h"
#include "net/http_server.h"
#include "net/reply_text.h"

namespace syncer {

class ServerSession;

// What the server and its sessions share; sessions end some time after the server is gone.
struct ServerState {
  ServerOptions options;
  ServerHandler handler;
  std::shared_ptr<asio::ssl::context> tls;
  std::map<std::uint64_t, ServerSession*> sessions;
  std::uint64_t next_id = 1;
  bool stopped = false;
};

// One connection of the server, from handshake to end. A read is always under way while a handler
// works: that is how the end of the peer is noticed.
class ServerSession final : public std::enable_shared_from_this<ServerSession>,
                            private ServerExchange {
 public:
  ServerSession(std::shared_ptr<ServerState> state, std::shared_ptr<Connection> connection);
  ~ServerSession() override;

  asio::awaitable<void> run();
  void reset();
  // Also ends the handler that is at work, at its next suspension.
  void stop();
  asio::cancellation_slot cancellation() { return cancel_.slot(); }

 private:
  struct Inbox;
  enum class Stage { kOpen, kReplied, kStreaming, kFinished };

  const HttpRequest& request() const override { return request_; }
  std::uint64_t connection() const override { return id_; }
  bool client_certificate() const override { return connection_->has_peer_certificate(); }
  asio::awaitable<bool> reply(HttpResponse response) override;
  asio::awaitable<bool> start_stream(int status, Headers headers) override;
  asio::awaitable<bool> write(std::string data) override;
  asio::awaitable<bool> finish() override;
  bool peer_gone() const override;
  void abort() override { reset(); }

  void start_reading();
  asio::awaitable<SocketError> wait_for_bytes();
  // The next request into `request_`; false at the end of the connection.
  asio::awaitable<bool> read_request();
  // Answers a request that cannot be read, and ends the connection.
  asio::awaitable<void> refuse(int status);
  asio::awaitable<bool> send_out();

  std::shared_ptr<ServerState> state_; // with the server and the other sessions
  std::shared_ptr<Connection> connection_;
  std::shared_ptr<Inbox> inbox_; // with the read under way
  std::uint64_t id_;
  asio::cancellation_signal cancel_;
  HttpRequest request_;
  ReplyForm form_;
  Stage stage_ = Stage::kOpen;
  std::string out_;
};

} // namespace syncer

#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "core/clock.h"
#include "net/tls_context.h"

namespace syncer {

using SocketError = boost::system::error_code;

struct Transfer {
  SocketError error;
  std::size_t bytes = 0;
};

// One TCP connection, plain or TLS, with a deadline. At most one read and one write at a time. An
// operation cut short by the deadline fails with asio::error::timed_out and leaves the connection
// closed. Held by shared_ptr only so that a timer can find out that it is gone.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  explicit Connection(asio::ip::tcp::socket socket);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Also sets the socket options of a long-lived connection.
  asio::awaitable<SocketError> connect(asio::ip::tcp::endpoint endpoint);
  void set_options();
  // `name` is verified and sent as SNI. After a failure `tls_problem` says what is wrong with the
  // peer's certificate, if anything.
  asio::awaitable<SocketError> tls_client_handshake(std::shared_ptr<ClientTls> tls,
                                                    std::string name);
  asio::awaitable<SocketError> tls_server_handshake(std::shared_ptr<asio::ssl::context> tls);
  const std::string& tls_problem() const { return tls_problem_; }
  bool tls_resumed() const;
  bool has_peer_certificate() const;
  // Of the certificate that the peer showed in this handshake or in the one that it resumes.
  std::optional<std::chrono::system_clock::time_point> peer_certificate_expiry() const;

  asio::awaitable<Transfer> read_some(asio::mutable_buffer buffer);
  asio::awaitable<Transfer> write(asio::const_buffer data);
  // The same read, for one who does not want to wait. `done` keeps its captures alive until then.
  void read_in_background(asio::mutable_buffer buffer, std::function<void(Transfer)> done);

  // For everything from now on, until expires_never().
  void expires_at(Clock::time_point deadline);
  void expires_after(Clock::duration time);
  void expires_never();

  asio::any_io_executor executor() { return socket_.get_executor(); }
  // Nothing to read and no end seen: a kept-alive connection in this state may be used again.
  bool idle();
  bool closed() const { return !socket_.is_open(); }
  void close();
  void close_writing(); // the peer sees the end, we can still read
  void reset();         // the peer sees a connection reset

 private:
  struct Tls;
  SocketError named(SocketError error) const;

  asio::ip::tcp::socket socket_;
  asio::steady_timer timer_;
  std::unique_ptr<Tls> tls_;
  std::string tls_problem_;
  Clock::time_point deadline_ = Clock::time_point::max();
  bool expired_ = false;
};

} // namespace syncer

#include "net/connection.h"

#include <netinet/tcp.h>
#include <sys/socket.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <cerrno>
#include <ctime>

namespace syncer {

namespace {

constexpr auto kToken = asio::as_tuple(asio::use_awaitable);

void set_option(asio::ip::tcp::socket& socket, int level, int name, int value) {
  // Best effort: an option the kernel refuses makes us slower to notice a dead peer, no more.
  (void)::setsockopt(socket.native_handle(), level, name, &value, sizeof value);
}

} // namespace

struct Connection::Tls {
  using Stream = asio::ssl::stream<asio::ip::tcp::socket&>;
  Tls(std::shared_ptr<void> owner, asio::ip::tcp::socket& socket, asio::ssl::context& context)
      : context_owner(std::move(owner)), stream(socket, context) {}
  std::shared_ptr<void> context_owner; // with the client or server that made the connection
  Stream stream;
};

Connection::Connection(asio::ip::tcp::socket socket)
    : socket_(std::move(socket)), timer_(socket_.get_executor()) {}

Connection::~Connection() = default;

void Connection::set_options() {
  set_option(socket_, IPPROTO_TCP, TCP_NODELAY, 1);
  set_option(socket_, SOL_SOCKET, SO_KEEPALIVE, 1);
  set_option(socket_, IPPROTO_TCP, TCP_KEEPIDLE, 15);
  set_option(socket_, IPPROTO_TCP, TCP_KEEPINTVL, 5);
  set_option(socket_, IPPROTO_TCP, TCP_KEEPCNT, 3);
  set_option(socket_, IPPROTO_TCP, TCP_USER_TIMEOUT, 30'000);
}

asio::awaitable<SocketError> Connection::connect(asio::ip::tcp::endpoint endpoint) {
  const auto [error] = co_await socket_.async_connect(endpoint, kToken);
  if (!error) set_options();
  co_return named(error);
}

asio::awaitable<SocketError> Connection::tls_client_handshake(std::shared_ptr<ClientTls> tls,
                                                              std::string name) {
  tls_ = std::make_unique<Tls>(tls, socket_, tls->context);
  if (!prepare_client(tls_->stream.native_handle(), *tls, name, &tls_problem_)) {
    co_return asio::error::make_error_code(asio::error::invalid_argument);
  }
  const auto [error] =
      co_await tls_->stream.async_handshake(asio::ssl::stream_base::client, kToken);
  co_return named(error);
}

asio::awaitable<SocketError> Connection::tls_server_handshake(
    std::shared_ptr<asio::ssl::context> tls) {
  tls_ = std::make_unique<Tls>(tls, socket_, *tls);
  const auto [error] =
      co_await tls_->stream.async_handshake(asio::ssl::stream_base::server, kToken);
  co_return named(error);
}

asio::awaitable<Transfer> Connection::read_some(asio::mutable_buffer buffer) {
  Transfer done;
  if (tls_) {
    const auto [error, bytes] = co_await tls_->stream.async_read_some(buffer, kToken);
    done.error = named(error);
    done.bytes = bytes;
  } else {
    const auto [error, bytes] = co_await socket_.async_read_some(buffer, kToken);
    done.error = named(error);
    done.bytes = bytes;
  }
  co_return done;
}

asio::awaitable<Transfer> Connection::write(asio::const_buffer data) {
  Transfer done;
  if (tls_) {
    const auto [error, bytes] = co_await asio::async_write(tls_->stream, data, kToken);
    done.error = named(error);
    done.bytes = bytes;
  } else {
    const auto [error, bytes] = co_await asio::async_write(socket_, data, kToken);
    done.error = named(error);
    done.bytes = bytes;
  }
  co_return done;
}

void Connection::read_in_background(asio::mutable_buffer buffer,
                                    std::function<void(Transfer)> done) {
  // The handler owns the connection: the read uses its TLS engine until it has ended.
  auto handler = [self = shared_from_this(), done = std::move(done)](SocketError error,
                                                                     std::size_t bytes) {
    done(Transfer{self->named(error), bytes});
  };
  if (tls_) {
    tls_->stream.async_read_some(buffer, std::move(handler));
  } else {
    socket_.async_read_some(buffer, std::move(handler));
  }
}

void Connection::expires_at(Clock::time_point deadline) {
  deadline_ = deadline;
  timer_.expires_at(deadline);
  timer_.async_wait([weak = weak_from_this(), deadline](SocketError error) {
    if (error) return;
    const auto self = weak.lock();
    // A timer that fired just before its deadline was changed must not count.
    if (!self || self->deadline_ != deadline) return;
    self->expired_ = true;
    self->close();
  });
}

void Connection::expires_after(Clock::duration time) {
  expires_at(Clock::time_point::clock::now() + time);
}

void Connection::expires_never() {
  deadline_ = Clock::time_point::max();
  timer_.cancel();
}

bool Connection::idle() {
  if (!socket_.is_open()) return false;
  char byte = 0;
  const auto got = ::recv(socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

bool Connection::has_peer_certificate() const {
  return tls_ && SSL_get0_peer_certificate(tls_->stream.native_handle()) != nullptr;
}

std::optional<std::chrono::system_clock::time_point> Connection::peer_certificate_expiry() const {
  const X509* const certificate =
      tls_ ? SSL_get0_peer_certificate(tls_->stream.native_handle()) : nullptr;
  std::tm until{};
  if (certificate == nullptr || ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &until) != 1) {
    return std::nullopt;
  }
  return std::chrono::system_clock::from_time_t(::timegm(&until));
}

bool Connection::tls_resumed() const {
  return tls_ && SSL_session_reused(tls_->stream.native_handle()) == 1;
}

void Connection::close() {
  SocketError ignored;
  socket_.close(ignored);
}

void Connection::close_writing() {
  SocketError ignored;
  socket_.shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
}

void Connection::reset() {
  SocketError ignored;
  if (!socket_.is_open()) return;
  socket_.set_option(asio::socket_base::linger(true, 0), ignored);
  socket_.close(ignored);
}

SocketError Connection::named(SocketError error) const {
  if (error && expired_) return asio::error::make_error_code(asio::error::timed_out);
  return error;
}

} // namespace syncer

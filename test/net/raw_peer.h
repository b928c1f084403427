#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <string>
#include <utility>
#include <vector>

#include "core/clock.h"

namespace syncer {

constexpr auto kTuple = asio::as_tuple(asio::use_awaitable);

// A server that answers requests (header only) with given bytes, whatever they are: answer n to the
// nth request, each connection going on where the last one stopped. After an answer that is last or
// that "closes", the connection is closed.
class RawServer {
 public:
  struct Answer {
    std::string bytes;
    bool closes = false;
    bool resets = false;
  };

  explicit RawServer(asio::io_context& io)
      : acceptor_(io, asio::ip::tcp::endpoint(asio::ip::address_v4::loopback(), 0)) {
    asio::co_spawn(io, accept_all(), [](std::exception_ptr) {});
  }
  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
  std::vector<Answer> answers;
  std::size_t requests = 0;
  std::size_t connections = 0;
  std::size_t ended = 0; // connections closed by this side
  void stop_listening() { acceptor_.close(); }

 private:
  asio::awaitable<void> accept_all() {
    for (;;) {
      auto [error, socket] = co_await acceptor_.async_accept(kTuple);
      if (error) co_return;
      ++connections;
      asio::co_spawn(acceptor_.get_executor(), answer_all(std::move(socket)),
                     [this](std::exception_ptr) { ++ended; });
    }
  }
  asio::awaitable<void> answer_all(asio::ip::tcp::socket socket) {
    std::string received;
    for (;;) {
      auto buffer = asio::dynamic_buffer(received);
      const auto [error, size] =
          co_await asio::async_read_until(socket, buffer, "\r\n\r\n", kTuple);
      if (error) co_return;
      received.erase(0, size);
      if (requests >= answers.size()) co_return;
      const Answer& answer = answers[requests++];
      const asio::const_buffer bytes = asio::buffer(answer.bytes);
      const auto [failed, sent] = co_await asio::async_write(socket, bytes, kTuple);
      if (failed) co_return;
      if (answer.resets) socket.set_option(asio::socket_base::linger(true, 0));
      if (answer.closes || answer.resets) co_return;
    }
  }

  asio::ip::tcp::acceptor acceptor_;
};

// A plain socket to a server under test.
class RawClient {
 public:
  RawClient(asio::io_context& io, std::uint16_t port) : socket_(io) {
    socket_.connect(asio::ip::tcp::endpoint(asio::ip::address_v4::loopback(), port));
  }
  void send(const std::string& bytes) { asio::write(socket_, asio::buffer(bytes)); }
  // All bytes until `stop` has been seen `times` times, or the connection ends ("<end>" or
  // "<reset>" is appended then).
  asio::awaitable<std::string> read_until(std::string stop, int times = 1) {
    std::string text;
    for (;;) {
      int seen = 0;
      for (auto at = text.find(stop); at != std::string::npos; at = text.find(stop, at + 1)) ++seen;
      if (seen >= times) co_return text;
      char block[4096];
      const asio::mutable_buffer space = asio::buffer(block);
      const auto [error, size] = co_await socket_.async_read_some(space, kTuple);
      text.append(block, size);
      if (error == asio::error::eof) co_return text + "<end>";
      if (error) co_return text + "<reset>";
    }
  }
  asio::awaitable<std::string> read_to_end() { return read_until("\n<never>\n"); }
  void close_writing() { socket_.shutdown(asio::ip::tcp::socket::shutdown_send); }
  void close() { socket_.close(); }
  void reset() {
    socket_.set_option(asio::socket_base::linger(true, 0));
    socket_.close();
  }

 private:
  asio::ip::tcp::socket socket_;
};

} // namespace syncer

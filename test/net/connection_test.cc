#include "net/connection.h"

#include <gtest/gtest.h>

#include <boost/asio/experimental/awaitable_operators.hpp>

#include "loopback.h"

namespace syncer {
namespace {

using Pair = std::pair<std::shared_ptr<Connection>, std::shared_ptr<Connection>>;

// Two ends of one loopback connection, client first.
Pair connected(asio::io_context& io) {
  using asio::ip::tcp;
  tcp::acceptor acceptor(io, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
  tcp::socket client(io);
  client.connect(acceptor.local_endpoint());
  tcp::socket server = acceptor.accept();
  return Pair(std::make_shared<Connection>(std::move(client)),
              std::make_shared<Connection>(std::move(server)));
}

asio::awaitable<bool> greet(Connection& server, std::shared_ptr<asio::ssl::context> tls) {
  const SocketError error = co_await server.tls_server_handshake(tls);
  if (error) co_return false;
  const Transfer sent = co_await server.write(asio::buffer("x", 1));
  co_return !sent.error;
}

asio::awaitable<bool> listen(Connection& client, std::shared_ptr<ClientTls> tls) {
  const SocketError error = co_await client.tls_client_handshake(tls, "127.0.0.1");
  if (error) co_return false;
  char byte = 0;
  const asio::mutable_buffer space = asio::buffer(&byte, 1);
  const Transfer got = co_await client.read_some(space);
  co_return !got.error && byte == 'x';
}

asio::awaitable<bool> handshake(Pair ends, std::shared_ptr<ClientTls> client,
                                std::shared_ptr<asio::ssl::context> server) {
  using namespace asio::experimental::awaitable_operators;
  const auto [greeted, heard] =
      co_await (greet(*ends.second, server) && listen(*ends.first, client));
  co_return greeted&& heard;
}

std::shared_ptr<asio::ssl::context> server_tls() {
  const TestIdentity& identity = server_identity();
  return *make_server_tls(identity.cert_pem, Secret(identity.key_pem), std::string());
}

std::shared_ptr<ClientTls> client_tls() {
  TlsOptions options;
  options.ca_pem = authority().ca_pem();
  return *make_client_tls(options);
}

TEST(Connection, SecondHandshakeResumesTheFirstSession) {
  asio::io_context io;
  const auto server = server_tls();
  const auto client = client_tls();
  const Pair first = connected(io);
  const Pair second = connected(io);
  const Pair stranger = connected(io);

  ASSERT_TRUE(run(io, handshake(first, client, server)));
  ASSERT_TRUE(run(io, handshake(second, client, server)));
  ASSERT_TRUE(run(io, handshake(stranger, client, server_tls())));

  EXPECT_FALSE(first.first->tls_resumed());
  EXPECT_TRUE(second.first->tls_resumed());
  EXPECT_FALSE(stranger.first->tls_resumed()) << "a server that knows no such session";
}

asio::awaitable<SocketError> read_error(Connection& connection) {
  char byte = 0;
  const asio::mutable_buffer space = asio::buffer(&byte, 1);
  const Transfer got = co_await connection.read_some(space);
  co_return got.error;
}

TEST(Connection, IsIdleUntilThePeerSaysSomethingOrLeaves) {
  asio::io_context io;
  const Pair talking = connected(io);
  const Pair leaving = connected(io);
  EXPECT_TRUE(talking.first->idle());
  EXPECT_TRUE(leaving.first->idle());

  ASSERT_FALSE(run(io, talking.second->write(asio::buffer("x", 1))).error);
  leaving.second->close();

  EXPECT_FALSE(talking.first->idle());
  EXPECT_FALSE(leaving.first->idle());
}

TEST(Connection, ExpiryIsTimedOutAndOnlyForThoseUnderIt) {
  asio::io_context io;
  const Pair ends = connected(io);
  ends.first->expires_after(std::chrono::milliseconds(1));
  ends.first->expires_never();
  ends.first->expires_after(std::chrono::milliseconds(20));

  EXPECT_EQ(run(io, read_error(*ends.first)), asio::error::timed_out);
  EXPECT_TRUE(ends.first->closed());
  EXPECT_EQ(run(io, read_error(*ends.second)), asio::error::eof);
}

TEST(Connection, ResetIsSeenAsResetAndCloseAsEnd) {
  asio::io_context io;
  const Pair reset = connected(io);
  const Pair closed = connected(io);
  reset.second->reset();
  closed.second->close();
  EXPECT_EQ(run(io, read_error(*reset.first)), asio::error::connection_reset);
  EXPECT_EQ(run(io, read_error(*closed.first)), asio::error::eof);
}

} // namespace
} // namespace syncer

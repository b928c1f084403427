#pragma once

#include <gtest/gtest.h>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "fakes/test_certificate.h"
#include "net/http.h"
#include "net/http_server.h"

namespace syncer {

// Far enough that it only ends a test that hangs.
inline Clock::time_point soon() {
  return Clock::time_point::clock::now() + std::chrono::seconds(20);
}

// Runs one coroutine to its end on `io` and gives its value.
template <class T>
T run(asio::io_context& io, asio::awaitable<T> work) {
  std::optional<T> result;
  asio::co_spawn(io, std::move(work), [&](std::exception_ptr failure, T value) {
    if (failure) std::rethrow_exception(failure);
    result = std::move(value);
  });
  io.restart();
  const auto give_up = Clock::time_point::clock::now() + std::chrono::seconds(60);
  while (!result && Clock::time_point::clock::now() < give_up) {
    if (io.run_one_for(std::chrono::seconds(60)) == 0) break;
  }
  if (!result) throw std::runtime_error("the coroutine did not end");
  return std::move(*result);
}

// Runs `io` until `condition` holds.
inline bool run_until(asio::io_context& io, const std::function<bool()>& condition) {
  io.restart();
  const auto give_up = Clock::time_point::clock::now() + std::chrono::seconds(20);
  while (!condition()) {
    if (Clock::time_point::clock::now() > give_up) return false;
    if (io.run_one_for(std::chrono::seconds(20)) == 0) return condition();
  }
  return true;
}

// One authority and one server certificate for the whole test program.
inline const TestAuthority& authority() {
  static const TestAuthority made;
  return made;
}
inline const TestIdentity& server_identity() {
  static const TestIdentity made = authority().issue();
  return made;
}

// A server on loopback and a client for it.
class Loopback : public testing::Test {
 protected:
  void serve(ServerHandler handler, ServerOptions options = ServerOptions()) {
    if (options.tls && options.cert_pem.empty()) {
      options.cert_pem = server_identity().cert_pem;
      options.key_pem = Secret(server_identity().key_pem);
    }
    Outcome<std::unique_ptr<HttpServer>> made =
        create_beast_http_server(io_.get_executor(), std::move(options), std::move(handler));
    ASSERT_TRUE(made) << made.error().detail;
    server_ = std::move(made).value();
  }
  ClientOptions plain() const {
    ClientOptions options;
    options.host = "127.0.0.1";
    options.port = server_ ? server_->port() : 0;
    options.tls = false;
    return options;
  }
  ClientOptions secure() const {
    ClientOptions options = plain();
    options.tls = true;
    options.tls_options.ca_pem = authority().ca_pem();
    return options;
  }
  std::unique_ptr<HttpClient> connect(ClientOptions options) {
    Outcome<std::unique_ptr<HttpClient>> made =
        create_beast_http_client(io_.get_executor(), std::move(options));
    if (!made) throw std::runtime_error(made.error().detail);
    return std::move(made).value();
  }
  Outcome<HttpResponse> send(HttpClient& client, HttpRequest request,
                             Clock::time_point deadline = soon()) {
    return run(io_, client.send(std::move(request), deadline));
  }
  static HttpRequest get(std::string target) {
    HttpRequest request;
    request.target = std::move(target);
    request.idempotent = true;
    return request;
  }
  static HttpRequest post(std::string target, std::string body) {
    HttpRequest request;
    request.method = "POST";
    request.target = std::move(target);
    request.body = std::move(body);
    return request;
  }

  asio::io_context io_;
  std::unique_ptr<HttpServer> server_;
};

} // namespace syncer

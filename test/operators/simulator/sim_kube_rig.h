// The product's Kubernetes client at the API server simulator, over real sockets.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/sinks/null_sink.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <memory>
#include <optional>
#include <utility>

#include "core/asio_clock.h"
#include "operators/cr_writer.h"
#include "sim/kube_server.h"

namespace syncer {

inline constexpr const char* kNamespace = "vmware-system-csi";

inline void rethrow(const std::exception_ptr& failure) {
  if (failure) std::rethrow_exception(failure);
}

class SimKubeTest : public testing::Test {
 protected:
  void SetUp() override {
    sim::SimKubeOptions options;
    options.tls = false;
    auto started = sim::SimKube::start(io.get_executor(), options);
    ASSERT_TRUE(started) << started.error().detail;
    server = std::move(*started);
    server->put("namespaces", {{"metadata", {{"name", kNamespace}}}});
    KubeConfig config;
    config.connection.host = "127.0.0.1";
    config.connection.port = server->port();
    config.connection.tls = false;
    KubeClient::HttpFactory factory = [this](ClientOptions given) {
      return create_beast_http_client(io.get_executor(), std::move(given));
    };
    auto created = KubeClient::create({std::move(factory), clock, log}, std::move(config));
    ASSERT_TRUE(created) << created.error().detail;
    client = std::move(*created);
  }

  CrDeps deps() {
    return {*client, clock, leader, log, [] { return 0.0; }};
  }
  void start(asio::awaitable<void> work) { asio::co_spawn(io, std::move(work), rethrow); }
  // Runs until it is so; never means that the test's time limit ends it.
  template <class Condition>
  void until(Condition condition) {
    while (!condition()) io.run_one();
  }
  template <class T>
  T run(asio::awaitable<T> call) {
    std::optional<T> result;
    asio::co_spawn(io, std::move(call), [&result](std::exception_ptr failure, T value) {
      rethrow(failure);
      result = std::move(value);
    });
    until([&] { return result.has_value(); });
    return *std::move(result);
  }

  asio::io_context io;
  AsioClock clock{io.get_executor()};
  AlwaysLeader leader;
  spdlog::logger log{"test", std::make_shared<spdlog::sinks::null_sink_st>()};
  std::unique_ptr<sim::SimKube> server;
  std::unique_ptr<KubeClient> client;
};

} // namespace syncer

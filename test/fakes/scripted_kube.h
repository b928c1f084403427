#pragma once

#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <utility>

#include "fakes/fake_clock.h"
#include "fakes/scripted_http.h"
#include "kube/kube_client.h"

namespace syncer {

// A KubeClient whose server is a script, with a clock and a readable log; for targets that link
// syncer_kube.
class ScriptedKube {
 public:
  ScriptedKube() {
    KubeClient::HttpFactory factory =
        [this](const ClientOptions&) -> Outcome<std::unique_ptr<HttpClient>> {
      return std::unique_ptr<HttpClient>(std::make_unique<Borrowed>(http));
    };
    auto created = KubeClient::create({std::move(factory), clock, log}, KubeConfig());
    if (created) client = std::move(*created);
  }

  // Runs until it ends or waits for time, and gives what it returned.
  template <class T>
  T run(asio::awaitable<T> work) {
    std::optional<T> result;
    asio::co_spawn(io, std::move(work), [&](std::exception_ptr error, T value) {
      if (error) std::rethrow_exception(error);
      result = std::move(value);
    });
    clock.settle();
    return std::move(result.value());
  }
  void start(asio::awaitable<void> work) {
    asio::co_spawn(io, std::move(work), [](std::exception_ptr error) {
      if (error) std::rethrow_exception(error);
    });
    clock.settle();
  }
  // How many requests had this in their target.
  std::size_t asked(std::string_view target) const {
    return static_cast<std::size_t>(std::count_if(
        http.requests().begin(), http.requests().end(), [&](const HttpRequest& request) {
          return request.target.find(target) != std::string::npos;
        }));
  }
  std::size_t logged(std::string_view text) const {
    const std::string all = lines.str();
    std::size_t count = 0;
    for (auto at = all.find(text); at != std::string::npos; at = all.find(text, at + 1)) ++count;
    return count;
  }

  asio::io_context io;
  FakeClock clock{io};
  std::ostringstream lines;
  spdlog::logger log{"test", std::make_shared<spdlog::sinks::ostream_sink_st>(lines)};
  ScriptedHttp http{io.get_executor(), clock};
  std::unique_ptr<KubeClient> client;

 private:
  class Borrowed final : public HttpClient {
   public:
    explicit Borrowed(ScriptedHttp& script) : script_(script) {}
    asio::awaitable<Outcome<HttpResponse>> send(HttpRequest request,
                                                Clock::time_point deadline) override {
      return script_.send(std::move(request), deadline);
    }
    asio::awaitable<Outcome<std::unique_ptr<HttpStream>>> open_stream(
        HttpRequest request, Clock::time_point deadline) override {
      return script_.open_stream(std::move(request), deadline);
    }

   private:
    ScriptedHttp& script_;
  };
};

} // namespace syncer

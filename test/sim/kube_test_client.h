// What the tests of the API server simulator share: a server, a client, and readers of its answers
// that are no part of either.
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <deque>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "core/asio_clock.h"
#include "net/http.h"
#include "sim/kube_server.h"

namespace syncer::sim {

inline constexpr const char* kProtobuf = "application/vnd.kubernetes.protobuf,application/json";

// An event of a watch, whatever its encoding.
struct TestEvent {
  std::string type;
  std::string kind;
  std::string name;
  std::string version;
  bool end_of_initial = false;
  int code = 0; // of a Status

  bool operator==(const TestEvent&) const = default;
};

TestEvent decode_json_event(const std::string& line);
TestEvent decode_protobuf_event(const std::string& frame); // without its length

// What a protobuf list holds.
struct TestList {
  std::string kind;
  std::string version;
  std::string next;
  std::vector<std::string> names;
};
TestList decode_list(const HttpResponse& response);

json pod_json(const std::string& ns, const std::string& name, const std::string& node = "node-1");
json volume_json(const std::string& name);

class KubeTest : public testing::Test {
 protected:
  void SetUp() override;

  // Runs the event loop until the coroutine ended; fails the test after ten seconds.
  template <class T>
  T run(asio::awaitable<T> work) {
    std::optional<T> result;
    asio::co_spawn(io, std::move(work), [&result](std::exception_ptr failure, T value) {
      if (failure) std::rethrow_exception(failure);
      result.emplace(std::move(value));
    });
    const auto deadline = clock.now() + std::chrono::seconds(10);
    while (!result && clock.now() < deadline) io.run_one_for(std::chrono::milliseconds(100));
    if (!result) throw std::runtime_error("the work did not end");
    return std::move(*result);
  }

  HttpResponse send(const std::string& method, const std::string& target,
                    const std::string& body = "", Headers headers = {});
  HttpResponse get(const std::string& target, const std::string& accept = "application/json");
  HttpResponse put_json(const std::string& target, const json& body);
  HttpResponse post_json(const std::string& target, const json& body);
  Outcome<HttpResponse> try_send(const std::string& target);

  asio::io_context io;
  AsioClock clock{io.get_executor()};
  std::unique_ptr<SimKube> kube;
  std::unique_ptr<HttpClient> client;
};

// An open watch.
class TestWatch {
 public:
  TestWatch(std::unique_ptr<HttpStream> stream, Clock& clock)
      : stream_(std::move(stream)), clock_(clock) {}

  int status() const { return stream_->status(); }
  // The next event; nothing at the end of the stream, clean or not.
  asio::awaitable<std::optional<TestEvent>> next();
  bool ended_cleanly() const { return clean_end_; }

 private:
  std::optional<TestEvent> take();

  std::unique_ptr<HttpStream> stream_;
  Clock& clock_;
  std::string buffer_;
  bool clean_end_ = false;
};

class KubeWatchTest : public KubeTest {
 protected:
  TestWatch watch(const std::string& target, const std::string& accept = "application/json");
  std::optional<TestEvent> next(TestWatch& watch) { return run(watch.next()); }
};

} // namespace syncer::sim

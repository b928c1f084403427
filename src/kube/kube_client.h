// kube: how to reach the API server and as whom; the rooms above say what to ask it.
#pragma once

#include <spdlog/logger.h>

#include <functional>
#include <memory>
#include <string>

#include "core/clock.h"
#include "core/observer.h"
#include "kube/kube_config.h"
#include "kube/kube_status.h"
#include "kube/token_source.h"
#include "net/http.h"

namespace syncer {

// An answer of the API server while it arrives.
class KubeStream {
 public:
  KubeStream(std::shared_ptr<HttpClient> client, std::unique_ptr<HttpStream> stream)
      : client_(std::move(client)), stream_(std::move(stream)) {}
  const Headers& headers() const { return stream_->headers(); }
  // As HttpStream::read_some.
  asio::awaitable<Outcome<std::string_view>> read_some(Clock::time_point deadline) {
    return stream_->read_some(deadline);
  }

 private:
  std::shared_ptr<HttpClient> client_; // the KubeClient may replace its own meanwhile
  std::unique_ptr<HttpStream> stream_;
};

// One API server with one identity. Adds the base path, Authorization and User-Agent; turns every
// answer that is not 2xx into a KubeFailure; reads a rotated token, CA or client certificate again.
// A 401 is tried once more with a token read afresh (GET and streams only).
class KubeClient {
 public:
  using HttpFactory = std::function<Outcome<std::unique_ptr<HttpClient>>(ClientOptions)>;
  struct Deps {
    HttpFactory make_http;
    Clock& clock;
    spdlog::logger& log;
    Observer* observer = nullptr; // is told of every answer, and of requests without one
  };
  static constexpr const char* kAcceptProtobuf =
      "application/vnd.kubernetes.protobuf,application/json";
  static constexpr const char* kAcceptJson = "application/json";

  // kRejected: the TLS material cannot be used.
  static Outcome<std::unique_ptr<KubeClient>> create(Deps deps, KubeConfig config);

  // `path` starts with /api or /apis and may carry a query, escaped.
  asio::awaitable<KubeResult<HttpResponse>> get(std::string path, std::string accept,
                                                Clock::time_point deadline);
  // Any method; a body is sent as `content_type`. Never repeated by us.
  asio::awaitable<KubeResult<HttpResponse>> send(std::string method, std::string path,
                                                 std::string body, std::string content_type,
                                                 Clock::time_point deadline,
                                                 std::function<bool()> may_send);
  // A list or watch read piece by piece. `deadline` covers everything up to the answer's header.
  asio::awaitable<KubeResult<std::unique_ptr<KubeStream>>> open_stream(std::string path,
                                                                       std::string accept,
                                                                       Clock::time_point deadline);

  const KubeConfig& config() const { return config_; }

 private:
  KubeClient(Deps deps, KubeConfig config, std::unique_ptr<HttpClient> http);
  HttpRequest request(std::string method, const std::string& path, const std::string& accept);
  void refresh_tls(bool after_failure);
  void after_transport_failure(const Error& error);
  void tell(const std::string& method, int status, Clock::time_point asked) const;

  Deps deps_;
  KubeConfig config_;
  TokenSource token_;
  std::shared_ptr<HttpClient> http_; // shared with the calls and streams in flight
  Clock::time_point tls_checked_;
  std::string user_agent_;
  std::string host_; // as it stands in metrics
};

} // namespace syncer

#include "kube/kube_client.h"

namespace syncer {

namespace {

constexpr std::chrono::minutes kTlsCheck{5};
// A broken CA or certificate shows at every connect; do not read the files for each of them.
constexpr std::chrono::seconds kTlsCheckAfterFailure{10};
constexpr std::size_t kMaxErrorBody = 64 * 1024;

// Rest of an answer that is not what was asked for: small, or cut off.
asio::awaitable<std::string> read_rest(HttpStream& stream, Clock::time_point deadline) {
  std::string body;
  while (body.size() < kMaxErrorBody) {
    auto piece = co_await stream.read_some(deadline);
    if (!piece || piece->empty()) break;
    body.append(*piece);
  }
  co_return body;
}

bool same_tls(const TlsOptions& a, const TlsOptions& b) {
  return a.ca_pem == b.ca_pem && a.client_cert_pem == b.client_cert_pem &&
         a.client_key_pem == b.client_key_pem;
}

} // namespace

Outcome<std::unique_ptr<KubeClient>> KubeClient::create(Deps deps, KubeConfig config) {
  auto http = deps.make_http(config.connection);
  if (!http) return std::move(http).error();
  return std::unique_ptr<KubeClient>(
      new KubeClient(std::move(deps), std::move(config), std::move(*http)));
}

KubeClient::KubeClient(Deps deps, KubeConfig config, std::unique_ptr<HttpClient> http)
    : deps_(std::move(deps)),
      config_(std::move(config)),
      token_(deps_.clock, config_.token, config_.token_file),
      http_(std::move(http)),
      tls_checked_(deps_.clock.now()),
      user_agent_("vsphere-syncer/" SYNCER_VERSION " (linux/amd64)"),
      host_(config_.connection.host + ":" + std::to_string(config_.connection.port)) {}

HttpRequest KubeClient::request(std::string method, const std::string& path,
                                const std::string& accept) {
  refresh_tls(false);
  HttpRequest request;
  request.idempotent = method == "GET";
  request.method = std::move(method);
  request.target = config_.base_path + path;
  request.headers.emplace_back("Accept", accept);
  request.headers.emplace_back("User-Agent", user_agent_);
  // Never in the clear.
  if (config_.connection.tls && !token_.token().empty()) {
    request.headers.emplace_back("Authorization", "Bearer " + token_.token().reveal());
  }
  return request;
}

void KubeClient::refresh_tls(bool after_failure) {
  if (config_.ca_file.empty() && config_.client_cert_file.empty() &&
      config_.client_key_file.empty()) {
    return;
  }
  const auto age = deps_.clock.now() - tls_checked_;
  if (age < (after_failure ? Clock::duration(kTlsCheckAfterFailure) : Clock::duration(kTlsCheck))) {
    return;
  }
  tls_checked_ = deps_.clock.now();
  auto options = reload_tls(config_);
  if (!options) {
    deps_.log.warn("kube_tls_reload=kept_old error=\"{}\"", options.error().detail);
    return;
  }
  if (same_tls(options->tls_options, config_.connection.tls_options)) return;
  auto http = deps_.make_http(*options);
  if (!http) {
    deps_.log.warn("kube_tls_reload=kept_old error=\"{}\"", http.error().detail);
    return;
  }
  config_.connection = std::move(*options);
  http_ = std::move(*http);
  deps_.log.info("kube_tls_reload=done");
}

void KubeClient::after_transport_failure(const Error& error) {
  if (error.kind == ErrorKind::kTransient && config_.connection.tls) refresh_tls(true);
}

// `status` 0: there was no answer.
void KubeClient::tell(const std::string& method, int status, Clock::time_point asked) const {
  if (deps_.observer == nullptr) return;
  deps_.observer->kube_request(method, host_, status == 0 ? "<error>" : std::to_string(status),
                               deps_.clock.now() - asked);
}

asio::awaitable<KubeResult<HttpResponse>> KubeClient::get(std::string path, std::string accept,
                                                          Clock::time_point deadline) {
  KubeResult<HttpResponse> result;
  for (int attempt = 0; attempt < 2; ++attempt) {
    HttpRequest asked = request("GET", path, accept);
    const std::shared_ptr<HttpClient> http = http_;
    const Clock::time_point begun = deps_.clock.now();
    auto answer = co_await http->send(std::move(asked), deadline);
    tell("GET", answer ? answer->status : 0, begun);
    if (!answer) {
      after_transport_failure(answer.error());
      result.failure = failure_of(std::move(answer).error());
      break;
    }
    if (answer->status / 100 == 2) {
      result.value = std::move(*answer);
      break;
    }
    result.failure = failure_of(*answer);
    if (answer->status != 401) break;
    token_.read_again();
  }
  co_return result;
}

asio::awaitable<KubeResult<HttpResponse>> KubeClient::send(std::string method, std::string path,
                                                           std::string body,
                                                           std::string content_type,
                                                           Clock::time_point deadline,
                                                           std::function<bool()> may_send) {
  KubeResult<HttpResponse> result;
  HttpRequest asked = request(method, path, kAcceptJson);
  if (!body.empty()) asked.headers.emplace_back("Content-Type", std::move(content_type));
  asked.body = std::move(body);
  asked.may_send = std::move(may_send);
  const std::shared_ptr<HttpClient> http = http_;
  const Clock::time_point begun = deps_.clock.now();
  auto answer = co_await http->send(std::move(asked), deadline);
  tell(method, answer ? answer->status : 0, begun);
  if (!answer) {
    after_transport_failure(answer.error());
    result.failure = failure_of(std::move(answer).error());
  } else if (answer->status / 100 == 2) {
    result.value = std::move(*answer);
  } else {
    if (answer->status == 401) token_.read_again();
    result.failure = failure_of(*answer);
  }
  co_return result;
}

asio::awaitable<KubeResult<std::unique_ptr<KubeStream>>> KubeClient::open_stream(
    std::string path, std::string accept, Clock::time_point deadline) {
  KubeResult<std::unique_ptr<KubeStream>> result;
  for (int attempt = 0; attempt < 2; ++attempt) {
    HttpRequest asked = request("GET", path, accept);
    const std::shared_ptr<HttpClient> http = http_;
    const Clock::time_point begun = deps_.clock.now();
    auto stream = co_await http->open_stream(std::move(asked), deadline);
    tell("GET", stream ? (*stream)->status() : 0, begun);
    if (!stream) {
      after_transport_failure(stream.error());
      result.failure = failure_of(std::move(stream).error());
      break;
    }
    HttpResponse answer;
    answer.status = (*stream)->status();
    if (answer.status == 200) {
      result.value = std::make_unique<KubeStream>(http, std::move(*stream));
      break;
    }
    answer.headers = (*stream)->headers();
    answer.body = co_await read_rest(**stream, deadline);
    result.failure = failure_of(answer);
    if (answer.status != 401) break;
    token_.read_again();
  }
  co_return result;
}

} // namespace syncer

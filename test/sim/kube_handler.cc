#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <nlohmann/json.hpp>

#include "sim/kube_core.h"
#include "sim/kube_custom.h"
#include "sim/kube_encode.h"

namespace syncer::sim {

namespace {

bool authorized(const KubeBehaviour& behaviour, const ServerExchange& exchange) {
  if (behaviour.token.empty() && !behaviour.require_client_certificate) return true;
  if (behaviour.require_client_certificate && exchange.client_certificate()) return true;
  return !behaviour.token.empty() &&
         header(exchange.request().headers, "Authorization") == "Bearer " + behaviour.token;
}

const char* reason_of(int status) {
  switch (status) {
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "NotFound";
    case 409:
      return "Conflict";
    case 410:
      return "Expired";
    case 422:
      return "Invalid";
    case 429:
      return "TooManyRequests";
    case 503:
      return "ServiceUnavailable";
    case 504:
      return "Timeout";
    default:
      return status >= 500 ? "InternalError" : "BadRequest";
  }
}

HttpResponse canned_response(const CannedAnswer& canned, KubeEncoding encoding) {
  HttpResponse response;
  if (canned.plain_text) {
    response.status = canned.status;
    response.headers.emplace_back("Content-Type", "text/plain; charset=utf-8");
    response.body = "Too many requests, please try again later.\n";
  } else {
    const KubeStatus status{canned.status, reason_of(canned.status), "answered on command",
                            nullptr};
    response = status_response(status, encoding);
  }
  if (!canned.retry_after.empty()) {
    response.headers.emplace_back("Retry-After", canned.retry_after);
  }
  return response;
}

// The first canned answer that fits, used up by one.
std::optional<HttpResponse> take_canned(KubeBehaviour& behaviour, const KubeRequest& request) {
  const std::string plural = request.resource != nullptr ? request.resource->plural : "";
  const auto fits = [&](const CannedAnswer& canned) {
    return (canned.verb.empty() || canned.verb == request.verb()) &&
           (canned.resource.empty() || canned.resource == plural);
  };
  const auto found = std::find_if(behaviour.canned.begin(), behaviour.canned.end(), fits);
  if (found == behaviour.canned.end()) return std::nullopt;
  HttpResponse response = canned_response(*found, request.encoding);
  if (--found->times <= 0) behaviour.canned.erase(found);
  return response;
}

HttpResponse access_review(const KubeRequest& request) {
  json review = json::parse(request.body, nullptr, false);
  if (!review.is_object()) {
    return status_response(bad_request("the body is not JSON"), request.encoding);
  }
  review["status"] = {{"allowed", true}};
  return json_response(201, review);
}

// A path nobody registered: not a Status, as a server without the definition answers.
HttpResponse page_not_found() {
  HttpResponse response;
  response.status = 404;
  response.headers.emplace_back("Content-Type", "text/plain; charset=utf-8");
  response.body = "404 page not found\n";
  return response;
}

// Everything that is not an object: health, version, reviews.
HttpResponse answer_path(const KubeCore& core, const KubeRequest& request) {
  HttpResponse ok;
  ok.status = 200;
  if (request.path == "/readyz" || request.path == "/livez" || request.path == "/healthz") {
    ok.headers.emplace_back("Content-Type", "text/plain; charset=utf-8");
    ok.body = "ok";
    return ok;
  }
  if (request.path == "/version") {
    return json_response(200, {{"major", "1"},
                               {"minor", "34"},
                               {"gitVersion", core.behaviour.git_version},
                               {"platform", "linux/amd64"}});
  }
  if (request.path == "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews" &&
      request.method == "POST") {
    return access_review(request);
  }
  return status_response(unknown_path(), request.encoding);
}

HttpResponse answer(KubeCore& core, const KubeRequest& request) {
  if (request.resource == nullptr) return answer_path(core, request);
  if (!request.acceptable) return status_response(not_acceptable(), KubeEncoding::kJson);
  if (request.refused) return status_response(*request.refused, request.encoding);
  const bool known = request.subresource.empty() ||
                     (request.subresource == "status" && request.resource->has_status);
  if (!known) return status_response(unknown_path(), request.encoding);
  if (request.method == "GET") return answer_get(core.store, request);
  return answer_write(core.store, request);
}

bool streams(const KubeRequest& request) {
  return request.resource != nullptr && request.acceptable && !request.refused &&
         request.method == "GET" && request.subresource.empty() &&
         (request.name.empty() || request.is_watch());
}

asio::awaitable<void> wait(std::chrono::milliseconds duration) {
  const auto executor = co_await asio::this_coro::executor;
  asio::steady_timer timer(executor, duration);
  const auto token = asio::as_tuple(asio::use_awaitable);
  co_await timer.async_wait(token);
}

} // namespace

asio::awaitable<void> serve_kube(KubeCorePtr core, ServerExchange& exchange) {
  const HttpRequest& http = exchange.request();
  KubeRequest request = parse_request(http);
  if (core->behaviour.delay.count() > 0) {
    co_await wait(core->behaviour.delay);
  }

  std::optional<HttpResponse> response;
  if (!authorized(core->behaviour, exchange)) {
    response = status_response(unauthorized(), request.encoding);
  } else {
    response = take_canned(core->behaviour, request);
  }
  if (!response && request.resource != nullptr && !is_served(core->store, *request.resource)) {
    response = page_not_found();
  }
  if (!response && streams(request)) {
    // A watch of one object is a watch of the collection that selects it.
    if (!request.name.empty()) {
      request.selector.fields.push_back({"metadata.name", request.name, true});
    }
    if (request.is_watch()) {
      co_await serve_watch(core, exchange, request);
    } else {
      co_await serve_list(core, exchange, request);
    }
    co_return;
  }
  if (!response) response = answer(*core, request);
  core->count(request, http, response->status);
  HttpResponse ready = std::move(*response);
  co_await exchange.reply(std::move(ready));
}

} // namespace syncer::sim

#pragma once

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <deque>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "fakes/fake_clock.h"
#include "kube/kube_client.h"

namespace syncer {

// An API server that keeps objects by their paths: GET, POST and PUT with the resourceVersion
// checked. For targets that link syncer_kube.
class ObjectServer final : public HttpClient {
 public:
  using Json = nlohmann::json;
  enum class Fault { kConflict, kRefused, kBusy, kLostReply };

  explicit ObjectServer(asio::any_io_executor executor) : executor_(std::move(executor)) {}

  // Somebody writes or deletes an object, whatever its version. Told to on_write.
  void put(const std::string& path, Json object) { store(path, std::move(object)); }
  void remove(const std::string& path) { objects_.erase(path); }
  // Null when there is none.
  Json get(const std::string& path) const {
    const auto found = objects_.find(path);
    return found == objects_.end() ? Json() : found->second;
  }
  // The next request of this method ends so; several are used up in order.
  void fail(const std::string& method, Fault fault) { faults_[method].push_back(fault); }
  std::size_t count(const std::string& method) const {
    const auto found = counts_.find(method);
    return found == counts_.end() ? 0 : found->second;
  }

  // After each write, with the object as it is now.
  std::function<void(const std::string& path, const Json& object)> on_write;
  // Before each PUT is looked at: somebody may come in between.
  std::function<void()> before_put;

  asio::awaitable<Outcome<HttpResponse>> send(HttpRequest request, Clock::time_point) override {
    co_await asio::post(executor_, asio::use_awaitable);
    if (request.may_send && !request.may_send()) {
      co_return failed(ErrorKind::kCancelled, "not sent");
    }
    ++counts_[request.method];
    if (request.method == "PUT" && before_put) before_put();
    const std::string path = request.target.substr(0, request.target.find('?'));
    std::deque<Fault>& faults = faults_[request.method];
    if (faults.empty()) co_return answer(request, path);
    const Fault fault = faults.front();
    faults.pop_front();
    if (fault == Fault::kConflict) co_return status(409, "Conflict");
    if (fault == Fault::kRefused) co_return status(403, "Forbidden");
    if (fault == Fault::kBusy) co_return status(503, "ServiceUnavailable");
    answer(request, path);
    co_return failed(ErrorKind::kTransient, "connection reset");
  }
  asio::awaitable<Outcome<std::unique_ptr<HttpStream>>> open_stream(HttpRequest,
                                                                    Clock::time_point) override {
    co_return failed(ErrorKind::kRejected, "this server has no streams");
  }

 private:
  static Error failed(ErrorKind kind, const char* detail) {
    Error error;
    error.kind = kind;
    error.detail = detail;
    return error;
  }
  static HttpResponse status(int code, const char* reason) {
    const Json body = {{"kind", "Status"}, {"code", code}, {"reason", reason}, {"message", reason}};
    return reply(code, body);
  }
  static HttpResponse reply(int code, const Json& body) {
    HttpResponse response;
    response.status = code;
    response.body = body.dump();
    return response;
  }

  HttpResponse answer(const HttpRequest& request, const std::string& path) {
    const auto found = objects_.find(path);
    if (request.method == "POST") {
      Json object = Json::parse(request.body);
      const std::string made = path + "/" + object["metadata"]["name"].get<std::string>();
      if (objects_.contains(made)) return status(409, "AlreadyExists");
      store(made, std::move(object));
      return reply(201, objects_[made]);
    }
    if (found == objects_.end()) return status(404, "NotFound");
    if (request.method == "PUT") {
      Json object = Json::parse(request.body);
      if (object["metadata"]["resourceVersion"] != found->second["metadata"]["resourceVersion"]) {
        return status(409, "Conflict");
      }
      store(path, std::move(object));
    }
    return reply(200, objects_[path]);
  }
  void store(const std::string& path, Json object) {
    object["metadata"]["resourceVersion"] = std::to_string(++version_);
    objects_[path] = std::move(object);
    if (on_write) on_write(path, objects_[path]);
  }

  asio::any_io_executor executor_;
  std::map<std::string, Json> objects_;
  std::map<std::string, std::deque<Fault>> faults_;
  std::map<std::string, std::size_t> counts_;
  int version_ = 0;
};

// A KubeClient that speaks to the server.
inline std::unique_ptr<KubeClient> client_of(HttpClient& server, Clock& clock,
                                             spdlog::logger& log) {
  class Borrowed final : public HttpClient {
   public:
    explicit Borrowed(HttpClient& owner) : owner_(owner) {}
    asio::awaitable<Outcome<HttpResponse>> send(HttpRequest request,
                                                Clock::time_point deadline) override {
      return owner_.send(std::move(request), deadline);
    }
    asio::awaitable<Outcome<std::unique_ptr<HttpStream>>> open_stream(
        HttpRequest request, Clock::time_point deadline) override {
      return owner_.open_stream(std::move(request), deadline);
    }

   private:
    HttpClient& owner_;
  };
  KubeClient::HttpFactory factory =
      [&server](const ClientOptions&) -> Outcome<std::unique_ptr<HttpClient>> {
    return std::unique_ptr<HttpClient>(std::make_unique<Borrowed>(server));
  };
  auto created = KubeClient::create({std::move(factory), clock, log}, KubeConfig());
  return created ? std::move(*created) : nullptr;
}

} // namespace syncer

#pragma once

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "fakes/scripted_http.h"
#include "kube_bytes.h"

namespace syncer {

// One resource of an API server: lists and watches what the test puts into it, with a history, and
// does what the test asks for instead.
class FakeApiServer final : public HttpClient {
 public:
  FakeApiServer(asio::any_io_executor executor, Clock& clock, Resource resource, KubeFormat format)
      : executor_(std::move(executor)), clock_(clock), resource_(resource), format_(format) {}

  // What becomes of one request instead of its proper answer.
  struct Fault {
    int status = 0; // 0: no answer at all
    std::string body;
    Headers headers;
    std::optional<std::size_t> cut_after; // a proper answer that is cut after so many bytes
  };
  void fail_request(std::size_t index, Fault fault) { faults_[index] = std::move(fault); }
  void fail_next(Fault fault) { fail_request(targets_.size(), std::move(fault)); }
  // All requests from now on, until `std::nullopt`.
  void fail_all(std::optional<Fault> fault) { permanent_ = std::move(fault); }

  bool stream_lists = true;  // sendInitialEvents is known
  bool bookmark_ends = true; // and its bookmark is sent
  bool sends_bookmarks = true;
  std::size_t page_size = 0; // not 0: no watch cache, limits are obeyed
  // What tells one cluster from another (empty: it may not be read), and what becomes of those
  // reads instead, in turn. They are not among `targets`.
  std::string cluster = "cluster-1";
  bool has_config_map = true;
  std::deque<int> identity_failures; // HTTP status; 0: no answer
  std::vector<std::string> identity_targets;

  // The object gets the next version, and every open watch is told.
  void put(nlohmann::json object) {
    object["metadata"]["resourceVersion"] = std::to_string(++version_);
    const std::string name = object["metadata"]["name"];
    const bool is_new = objects_.find(name) == objects_.end();
    objects_[name] = object;
    tell(is_new ? "ADDED" : "MODIFIED", object);
  }
  void remove(const std::string& name) {
    nlohmann::json object = objects_.at(name);
    objects_.erase(name);
    object["metadata"]["resourceVersion"] = std::to_string(++version_);
    tell("DELETED", object);
  }
  // Without telling anyone, as when a watch misses it.
  void forget(const std::string& name) {
    objects_.erase(name);
    ++version_;
  }
  void bookmark() { push(bookmark_bytes(format_, resource_, std::to_string(version_), false)); }
  // Etcd restored from a backup: an older version with these objects; open watches are lost.
  void restore(int version, std::vector<nlohmann::json> objects) {
    version_ = version;
    objects_.clear();
    history_.clear();
    for (auto& object : objects) objects_[object["metadata"]["name"]] = object;
    cut_watches();
  }
  void compact() { history_.clear(), oldest_ = version_; }

  void push(const std::string& bytes) {
    for (auto& watch : watches_) watch->push(bytes);
  }
  void cut_watches() {
    for (auto& watch : watches_) watch->cut();
    watches_.clear();
  }
  void end_watches() {
    for (auto& watch : watches_) watch->end();
    watches_.clear();
  }
  std::size_t open_watches() const {
    return static_cast<std::size_t>(std::count_if(
        watches_.begin(), watches_.end(), [](const auto& watch) { return !watch->closed(); }));
  }

  // Targets of all requests so far, path and query.
  const std::vector<std::string>& targets() const { return targets_; }
  std::string last_target() const { return targets_.empty() ? std::string() : targets_.back(); }
  int version() const { return version_; }
  std::vector<std::string> names() const {
    std::vector<std::string> names;
    for (const auto& [name, object] : objects_) names.push_back(name);
    return names;
  }
  const std::map<std::string, nlohmann::json>& objects() const { return objects_; }

  asio::awaitable<Outcome<HttpResponse>> send(HttpRequest request, Clock::time_point) override {
    co_await asio::post(executor_, asio::use_awaitable);
    if (has(request.target, "/namespaces/kube-system")) co_return identity(request.target);
    if (has(request.target, "?limit=1&timeoutSeconds=")) co_return reached(request.target);
    co_return answer(request);
  }

  asio::awaitable<Outcome<std::unique_ptr<HttpStream>>> open_stream(HttpRequest request,
                                                                    Clock::time_point) override {
    co_await asio::post(executor_, asio::use_awaitable);
    auto script = std::make_shared<ScriptedStream>(executor_);
    const bool watch = has(request.target, "watch=1");
    Outcome<HttpResponse> reply = answer(request);
    if (!reply) co_return std::move(reply).error();
    // Small pieces, so that objects are cut anywhere.
    script->push_in_pieces(reply->body, 61);
    const auto cut = cut_after_;
    cut_after_.reset();
    if (cut) {
      script = std::make_shared<ScriptedStream>(executor_);
      script->push_in_pieces(std::string_view(reply->body).substr(0, *cut), 61);
      script->cut();
    } else if (watch && reply->status == 200) {
      watches_.push_back(script);
    } else {
      script->end();
    }
    std::unique_ptr<HttpStream> stream = std::make_unique<ScriptedHttpStream>(
        std::move(script), clock_, reply->status, reply->headers);
    co_return std::move(stream);
  }

 private:
  struct Change {
    int version;
    std::string bytes;
  };

  static bool has(const std::string& target, const char* text) {
    return target.find(text) != std::string::npos;
  }
  static std::string parameter(const std::string& target, const std::string& name) {
    const auto at = target.find(name + "=");
    if (at == std::string::npos) return {};
    const auto from = at + name.size() + 1;
    return target.substr(from, target.find('&', from) - from);
  }

  void tell(const std::string& type, const nlohmann::json& object) {
    std::string bytes = event_bytes(format_, resource_, type, object);
    history_.push_back({version_, bytes});
    push(bytes);
  }

  // The look at a resumed watch's version; not among `targets`.
  Outcome<HttpResponse> reached(const std::string& target) {
    if (permanent_ && permanent_->status == 0)
      return Error{ErrorKind::kTransient, "connection refused"};
    HttpResponse reply;
    reply.status = 200;
    reply.headers = content_type(format_, false);
    return list_answer(target, std::move(reply));
  }

  Outcome<HttpResponse> identity(const std::string& target) {
    identity_targets.push_back(target);
    HttpResponse reply;
    reply.status = 200;
    if (!identity_failures.empty()) {
      reply.status = identity_failures.front();
      identity_failures.pop_front();
      if (reply.status == 0) return Error{ErrorKind::kTransient, "connection refused"};
    }
    const bool map = has(target, "/configmaps/");
    if (map && !has_config_map) reply.status = 404;
    if (cluster.empty()) reply.status = 403;
    const std::string uid = (map ? "map of " : "namespace of ") + cluster;
    if (reply.status == 200) reply.body = R"({"metadata":{"uid":")" + uid + R"("}})";
    return reply;
  }

  Outcome<HttpResponse> answer(const HttpRequest& request) {
    const std::size_t index = targets_.size();
    targets_.push_back(request.target);
    const auto found = faults_.find(index);
    std::optional<Fault> fault = permanent_;
    if (found != faults_.end()) fault = found->second;
    HttpResponse reply;
    if (fault && fault->cut_after) {
      cut_after_ = fault->cut_after;
    } else if (fault && fault->status == 0) {
      return Error{ErrorKind::kTransient, "connection refused"};
    } else if (fault) {
      reply.status = fault->status;
      reply.body = fault->body;
      reply.headers = fault->headers;
      return reply;
    }
    reply.status = 200;
    const bool watch = has(request.target, "watch=1");
    reply.headers = content_type(format_, watch);
    if (watch) return watch_answer(request.target, std::move(reply));
    if (!has(request.target, "?") && !ends_with_collection(request.target)) {
      return object_answer(request.target, std::move(reply));
    }
    return list_answer(request.target, std::move(reply));
  }

  bool ends_with_collection(const std::string& target) const {
    const std::string name = name_of(resource_);
    return target.size() >= name.size() &&
           target.compare(target.size() - name.size(), name.size(), name) == 0;
  }

  HttpResponse object_answer(const std::string& target, HttpResponse reply) {
    const std::string name = target.substr(target.rfind('/') + 1);
    reply.headers = content_type(KubeFormat::kJson, false);
    const auto found = objects_.find(name);
    if (found == objects_.end()) {
      reply.status = 404;
    } else {
      reply.body = found->second.dump();
    }
    return reply;
  }

  HttpResponse list_answer(const std::string& target, HttpResponse reply) {
    const std::string wanted = parameter(target, "resourceVersion");
    if (!wanted.empty() && std::stoi(wanted) > version_) return too_large(std::move(reply));
    std::size_t from = 0;
    if (const std::string token = parameter(target, "continue"); !token.empty()) {
      from = static_cast<std::size_t>(std::stoi(token));
    }
    const std::size_t size = page_size != 0 && has(target, "limit=") ? page_size : objects_.size();
    std::vector<nlohmann::json> page;
    std::size_t at = 0;
    for (const auto& [name, object] : objects_) {
      if (at >= from && at < from + size) page.push_back(object);
      ++at;
    }
    const std::string token = from + size < at ? std::to_string(from + size) : "";
    reply.body = list_bytes(format_, resource_, page, std::to_string(version_), token);
    return reply;
  }

  HttpResponse too_large(HttpResponse reply) {
    reply.status = 504;
    reply.headers = {{"Content-Type", "application/json"}};
    reply.body = R"({"kind":"Status","code":504,"reason":"Timeout","details":)"
                 R"({"retryAfterSeconds":1,"causes":[{"reason":"ResourceVersionTooLarge"}]}})";
    return reply;
  }

  HttpResponse watch_answer(const std::string& target, HttpResponse reply) {
    const bool list = has(target, "sendInitialEvents=true");
    const std::string wanted = parameter(target, "resourceVersion");
    if (!wanted.empty() && std::stoi(wanted) > version_) return too_large(std::move(reply));
    if (list && !stream_lists) {
      reply.status = 422;
      reply.headers = {{"Content-Type", "application/json"}};
      reply.body = R"({"kind":"Status","code":422,"reason":"Invalid"})";
      return reply;
    }
    if (list) {
      for (const auto& [name, object] : objects_) {
        reply.body += event_bytes(format_, resource_, "ADDED", object);
      }
      if (bookmark_ends) {
        reply.body += bookmark_bytes(format_, resource_, std::to_string(version_), true);
      }
      return reply;
    }
    const int from = std::stoi(wanted);
    if (from < oldest_) {
      reply.body = error_bytes(format_, 410, "Expired");
      return reply;
    }
    for (const Change& change : history_) {
      if (change.version > from) reply.body += change.bytes;
    }
    return reply;
  }

  asio::any_io_executor executor_;
  Clock& clock_;
  Resource resource_;
  KubeFormat format_;
  int version_ = 100;
  int oldest_ = 0; // watches from before this are expired
  std::map<std::string, nlohmann::json> objects_;
  std::vector<Change> history_;
  std::vector<std::shared_ptr<ScriptedStream>> watches_;
  std::vector<std::string> targets_;
  std::map<std::size_t, Fault> faults_;
  std::optional<Fault> permanent_;
  std::optional<std::size_t> cut_after_;
};

// Hands requests on to a client that the test owns.
class BorrowedHttp final : public HttpClient {
 public:
  explicit BorrowedHttp(HttpClient& owner) : owner_(owner) {}
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

} // namespace syncer

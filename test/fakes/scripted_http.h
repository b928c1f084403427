#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/clock.h"
#include "net/http.h"

namespace syncer {

// Something a coroutine waits for until the test opens it.
class Gate {
 public:
  explicit Gate(const asio::any_io_executor& executor)
      : timer_(executor, asio::steady_timer::time_point::max()) {}
  // Wakes all who wait now.
  void open() { timer_.cancel(); }
  asio::awaitable<void> wait() { co_await timer_.async_wait(asio::as_tuple(asio::use_awaitable)); }

 private:
  asio::steady_timer timer_;
};

// The body of one scripted stream; the test holds it and pushes while the reader waits.
class ScriptedStream {
 public:
  explicit ScriptedStream(const asio::any_io_executor& executor) : gate_(executor) {}
  // One read gives exactly these bytes.
  ScriptedStream& push(std::string bytes) {
    if (!bytes.empty()) pieces_.push_back(std::move(bytes));
    gate_.open();
    return *this;
  }
  // The same bytes in reads of at most `size`.
  ScriptedStream& push_in_pieces(std::string_view bytes, std::size_t size) {
    for (std::size_t at = 0; at < bytes.size(); at += size)
      push(std::string(bytes.substr(at, size)));
    return *this;
  }
  // After the pushed bytes: the clean end, or the connection lost.
  ScriptedStream& end() {
    end_ = Outcome<std::string_view>();
    gate_.open();
    return *this;
  }
  ScriptedStream& cut() {
    Error lost;
    lost.detail = "connection cut by the script";
    return cut(std::move(lost));
  }
  ScriptedStream& cut(Error error) {
    end_ = Outcome<std::string_view>(std::move(error));
    gate_.open();
    return *this;
  }
  // The reader destroyed its end.
  bool closed() const { return closed_; }
  bool opened() const { return opened_; }
  std::size_t unread() const { return pieces_.size(); }

 private:
  friend class ScriptedHttpStream;
  Gate gate_;
  std::deque<std::string> pieces_;
  std::optional<Outcome<std::string_view>> end_;
  bool opened_ = false;
  bool closed_ = false;
};

class ScriptedHttpStream final : public HttpStream {
 public:
  ScriptedHttpStream(std::shared_ptr<ScriptedStream> script, Clock& clock, int status,
                     Headers headers)
      : script_(std::move(script)), clock_(clock), status_(status), headers_(std::move(headers)) {
    script_->opened_ = true;
  }
  ~ScriptedHttpStream() override { script_->closed_ = true; }
  int status() const override { return status_; }
  const Headers& headers() const override { return headers_; }

  asio::awaitable<Outcome<std::string_view>> read_some(Clock::time_point deadline) override {
    using namespace asio::experimental::awaitable_operators;
    while (script_->pieces_.empty() && !script_->end_) {
      if (clock_.now() >= deadline) {
        Error late;
        late.detail = "stream: nothing came before the deadline";
        co_return late;
      }
      co_await (script_->gate_.wait() || clock_.sleep_until(deadline));
    }
    if (script_->pieces_.empty()) co_return *script_->end_;
    current_ = std::move(script_->pieces_.front());
    script_->pieces_.pop_front();
    co_return std::string_view(current_);
  }

 private:
  std::shared_ptr<ScriptedStream> script_;
  Clock& clock_;
  int status_;
  Headers headers_;
  std::string current_;
};

// One request the test foresees and what becomes of it.
class Expectation {
 public:
  Expectation(const asio::any_io_executor& executor, std::string method, std::string target)
      : executor_(executor),
        gate_(executor),
        method_(std::move(method)),
        target_(std::move(target)) {}

  // Narrows the match; may be called several times.
  Expectation& body_contains(std::string text) {
    needles_.push_back(std::move(text));
    return *this;
  }
  Expectation& reply(int status, std::string body, Headers headers = Headers()) {
    response_.status = status;
    response_.body = std::move(body);
    response_.headers = std::move(headers);
    return *this;
  }
  Expectation& fail(Error error) {
    error_ = std::move(error);
    return *this;
  }
  // Answers open_stream; use the result to push bytes, before or while it is read.
  ScriptedStream& stream(int status = 200, Headers headers = Headers()) {
    response_.status = status;
    response_.headers = std::move(headers);
    stream_ = std::make_shared<ScriptedStream>(executor_);
    return *stream_;
  }
  // Meets any number of requests instead of one.
  Expectation& always() {
    always_ = true;
    return *this;
  }
  // The answer waits until release(), or the request's deadline.
  Expectation& held() {
    held_ = true;
    return *this;
  }
  void release() {
    held_ = false;
    gate_.open();
  }
  std::size_t met() const { return met_; }

 private:
  friend class ScriptedHttp;

  bool open_for(const HttpRequest& request) const {
    if (met_ > 0 && !always_) return false;
    if (method_ != request.method || request.target.find(target_) == std::string::npos)
      return false;
    return std::all_of(needles_.begin(), needles_.end(), [&](const std::string& needle) {
      return request.body.find(needle) != std::string::npos;
    });
  }

  asio::any_io_executor executor_;
  Gate gate_;
  std::string method_;
  std::string target_;
  std::vector<std::string> needles_;
  HttpResponse response_;
  std::optional<Error> error_;
  std::shared_ptr<ScriptedStream> stream_;
  bool always_ = false;
  bool held_ = false;
  std::size_t met_ = 0;
};

// An HttpClient that plays a script: each request is met by the first unused expectation that
// matches it; one that none matches fails the test and gives kRejected. Every answer arrives
// asynchronously, as from a socket.
class ScriptedHttp final : public HttpClient {
 public:
  ScriptedHttp(asio::any_io_executor executor, Clock& clock)
      : executor_(std::move(executor)), clock_(clock) {}

  // `target` matches when the request's target contains it.
  Expectation& expect(std::string method, std::string target) {
    expectations_.push_back(
        std::make_shared<Expectation>(executor_, std::move(method), std::move(target)));
    return *expectations_.back();
  }

  // Request number `index` (0 is the first) fails whatever the script says. With error.unsent its
  // expectation stays for the next attempt; otherwise the server "did it" and the answer is lost.
  void fail_request(std::size_t index, Error error) { failures_[index] = std::move(error); }

  // Requests in order of arrival; those refused by may_send are not among them.
  const std::vector<HttpRequest>& requests() const { return requests_; }
  std::size_t refused() const { return refused_; }
  // How many expectations no request has met; always() ones count until met once.
  std::size_t unmet() const {
    return static_cast<std::size_t>(
        std::count_if(expectations_.begin(), expectations_.end(),
                      [](const auto& expectation) { return expectation->met_ == 0; }));
  }

  asio::awaitable<Outcome<HttpResponse>> send(HttpRequest request,
                                              Clock::time_point deadline) override {
    Outcome<std::shared_ptr<Expectation>> found = co_await meet(std::move(request), deadline);
    if (!found) co_return std::move(found).error();
    if ((*found)->stream_) {
      ADD_FAILURE() << "send() met an expectation made for open_stream()";
    }
    co_return (*found)->response_;
  }

  asio::awaitable<Outcome<std::unique_ptr<HttpStream>>> open_stream(
      HttpRequest request, Clock::time_point deadline) override {
    Outcome<std::shared_ptr<Expectation>> found = co_await meet(std::move(request), deadline);
    if (!found) co_return std::move(found).error();
    Expectation& expectation = **found;
    std::shared_ptr<ScriptedStream> script = expectation.stream_;
    if (!script) { // A plain reply is a stream of one piece.
      script = std::make_shared<ScriptedStream>(executor_);
      script->push(expectation.response_.body).end();
    }
    std::unique_ptr<HttpStream> stream = std::make_unique<ScriptedHttpStream>(
        std::move(script), clock_, expectation.response_.status, expectation.response_.headers);
    co_return std::move(stream);
  }

 private:
  asio::awaitable<Outcome<std::shared_ptr<Expectation>>> meet(HttpRequest request,
                                                              Clock::time_point deadline) {
    using namespace asio::experimental::awaitable_operators;
    co_await asio::post(executor_, asio::use_awaitable);
    if (request.may_send && !request.may_send()) {
      ++refused_;
      Error refusal;
      refusal.kind = ErrorKind::kCancelled;
      refusal.detail = "not sent: may_send refused";
      refusal.unsent = true;
      co_return refusal;
    }
    const std::size_t index = requests_.size();
    requests_.push_back(std::move(request));

    const auto failure = failures_.find(index);
    if (failure != failures_.end() && failure->second.unsent) co_return failure->second;
    std::shared_ptr<Expectation> expectation = find(requests_[index]);
    if (!expectation) {
      Error unexpected;
      unexpected.kind = ErrorKind::kRejected;
      unexpected.detail =
          "request not in the script: " + requests_[index].method + " " + requests_[index].target;
      ADD_FAILURE() << unexpected.detail << "\n" << requests_[index].body;
      co_return unexpected;
    }
    ++expectation->met_;
    while (expectation->held_) {
      if (clock_.now() >= deadline) {
        Error late;
        late.detail = "no answer before the deadline";
        co_return late;
      }
      co_await (expectation->gate_.wait() || clock_.sleep_until(deadline));
    }
    if (failure != failures_.end()) co_return failure->second;
    if (expectation->error_) co_return *expectation->error_;
    co_return expectation;
  }

  std::shared_ptr<Expectation> find(const HttpRequest& request) const {
    const auto place =
        std::find_if(expectations_.begin(), expectations_.end(),
                     [&](const auto& expectation) { return expectation->open_for(request); });
    return place == expectations_.end() ? nullptr : *place;
  }

  asio::any_io_executor executor_;
  Clock& clock_;
  // Shared with the coroutines that wait in them: io_context destroys those frames last.
  std::vector<std::shared_ptr<Expectation>> expectations_;
  std::map<std::size_t, Error> failures_;
  std::vector<HttpRequest> requests_;
  std::size_t refused_ = 0;
};

} // namespace syncer

// One request and its answer, client against server.
#include <gmock/gmock.h>

#include <boost/asio/experimental/awaitable_operators.hpp>

#include "fakes/scripted_http.h"
#include "loopback.h"

namespace syncer {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

class Exchange : public Loopback, public testing::WithParamInterface<bool> {
 protected:
  Exchange() : gate_(io_.get_executor()) {
    ServerOptions options;
    options.tls = GetParam();
    options.max_body = 1'000'000;
    serve([this](ServerExchange& exchange) { return answer(exchange); }, std::move(options));
    client_ = connect(client_options());
  }
  ClientOptions client_options() const { return GetParam() ? secure() : plain(); }

  // Echoes, but /hold waits for the gate and /abort-on-reuse resets a connection used before.
  asio::awaitable<void> answer(ServerExchange& exchange) {
    const HttpRequest& request = exchange.request();
    ++requests_;
    const bool used_before = !seen_.insert(exchange.connection()).second;
    if (request.target == "/abort-on-reuse" && used_before) {
      exchange.abort();
      co_return;
    }
    if (request.target == "/hold") {
      co_await gate_.wait();
      held_peer_gone_ = exchange.peer_gone();
    }
    HttpResponse response;
    response.status = 200;
    response.headers.emplace_back("X-Connection", std::to_string(exchange.connection()));
    response.headers.emplace_back("X-Host", std::string(header(request.headers, "host")));
    response.body = request.method + " " + request.target + " " + request.body;
    co_await exchange.reply(std::move(response));
  }

  asio::awaitable<bool> send_until_gate(Gate& gate) {
    using namespace asio::experimental::awaitable_operators;
    HttpRequest request = get("/hold");
    const auto first = co_await (client_->send(request, soon()) || gate.wait());
    co_return first.index() == 1;
  }

  Gate gate_;
  std::set<std::uint64_t> seen_;
  std::size_t requests_ = 0;
  bool held_peer_gone_ = false;
  std::unique_ptr<HttpClient> client_;
};

TEST_P(Exchange, RequestsAndAnswersArriveWhole) {
  const std::string large(300'000, 'x');

  const Outcome<HttpResponse> got = send(*client_, get("/a?b=c"));
  const Outcome<HttpResponse> posted = send(*client_, post("/sdk", large));

  ASSERT_TRUE(got) << got.error().detail;
  EXPECT_EQ(got->status, 200);
  EXPECT_EQ(got->body, "GET /a?b=c ");
  EXPECT_EQ(header(got->headers, "x-host"), "127.0.0.1:" + std::to_string(server_->port()));
  ASSERT_TRUE(posted) << posted.error().detail;
  EXPECT_EQ(posted->body, "POST /sdk " + large);
}

TEST_P(Exchange, ConnectionIsKeptForTheNextRequest) {
  const Outcome<HttpResponse> first = send(*client_, get("/1"));
  const Outcome<HttpResponse> second = send(*client_, post("/2", "x"));

  ASSERT_TRUE(first && second);
  EXPECT_EQ(header(first->headers, "X-Connection"), header(second->headers, "X-Connection"));
  EXPECT_EQ(server_->connections(), 1u);
}

TEST_P(Exchange, ConnectionClosedWhileIdleIsNotUsedAgain) {
  ASSERT_TRUE(send(*client_, post("/1", "x")));
  server_->cut_connections();
  ASSERT_TRUE(run_until(io_, [&] { return server_->connections() == 0; }));

  const Outcome<HttpResponse> second = send(*client_, post("/2", "x"));

  ASSERT_TRUE(second) << second.error().detail;
  EXPECT_EQ(requests_, 2u);
}

TEST_P(Exchange, IdempotentRequestIsResentWhenItsKeptConnectionDies) {
  ASSERT_TRUE(send(*client_, get("/abort-on-reuse")));
  int asked = 0;
  HttpRequest again = get("/abort-on-reuse");
  again.may_send = [&] { return ++asked > 0; };

  const Outcome<HttpResponse> answer = send(*client_, std::move(again));

  ASSERT_TRUE(answer) << answer.error().detail;
  EXPECT_EQ(requests_, 3u);
  EXPECT_EQ(asked, 2);
}

TEST_P(Exchange, OtherRequestIsNotResentAndMayHaveHappened) {
  ASSERT_TRUE(send(*client_, post("/abort-on-reuse", "x")));

  const Outcome<HttpResponse> answer = send(*client_, post("/abort-on-reuse", "x"));

  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, ErrorKind::kTransient);
  EXPECT_FALSE(answer.error().unsent);
  EXPECT_EQ(requests_, 2u);
}

TEST_P(Exchange, ResetOnAFreshConnectionIsNotRetried) {
  ASSERT_TRUE(send(*client_, get("/1")));
  seen_ = {1, 2, 3, 4};

  const Outcome<HttpResponse> answer = send(*client_, get("/abort-on-reuse"));

  ASSERT_FALSE(answer);
  EXPECT_EQ(requests_, 3u); // once on the kept connection, once on a fresh one
}

TEST_P(Exchange, RefusalByMaySendComesBeforeTheFirstByte) {
  HttpRequest request = post("/1", "x");
  std::size_t connections = 0;
  request.may_send = [&] {
    connections = server_->connections();
    return false;
  };

  const Outcome<HttpResponse> answer = send(*client_, std::move(request));

  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, ErrorKind::kCancelled);
  EXPECT_TRUE(answer.error().unsent);
  if (GetParam()) {
    EXPECT_EQ(connections, 1u) << "asked before TLS was up";
  }
  ASSERT_TRUE(run_until(io_, [&] { return server_->connections() == 0; }));
  EXPECT_EQ(requests_, 0u);
}

TEST_P(Exchange, AnswerAfterTheDeadlineIsAnErrorAndClosesTheConnection) {
  const auto deadline = Clock::time_point::clock::now() + 100ms;

  const Outcome<HttpResponse> answer = send(*client_, post("/hold", "x"), deadline);

  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, ErrorKind::kTransient);
  EXPECT_FALSE(answer.error().unsent);
  EXPECT_THAT(answer.error().detail, HasSubstr("deadline"));
  gate_.open();
  ASSERT_TRUE(run_until(io_, [&] { return server_->connections() == 0; }));
  const Outcome<HttpResponse> next = send(*client_, post("/next", "x"));
  ASSERT_TRUE(next);
  EXPECT_EQ(next->body, "POST /next x");
}

TEST_P(Exchange, PastDeadlineSendsNothing) {
  ASSERT_TRUE(send(*client_, get("/1")));

  const Outcome<HttpResponse> answer =
      send(*client_, get("/2"), Clock::time_point::clock::now() - 1ms);

  ASSERT_FALSE(answer);
  EXPECT_TRUE(answer.error().unsent);
  EXPECT_EQ(requests_, 1u);
}

TEST_P(Exchange, CancelledRequestClosesItsConnection) {
  Gate gate(io_.get_executor());
  bool cancelled = false;
  asio::co_spawn(io_, send_until_gate(gate), [&](std::exception_ptr failure, bool value) {
    if (failure) std::rethrow_exception(failure);
    cancelled = value;
  });
  ASSERT_TRUE(run_until(io_, [&] { return requests_ == 1; }));

  gate.open();
  ASSERT_TRUE(run_until(io_, [&] { return cancelled; }));
  const Outcome<HttpResponse> next = send(*client_, get("/next"));

  ASSERT_TRUE(next) << next.error().detail;
  EXPECT_EQ(next->body, "GET /next ");
  EXPECT_EQ(header(next->headers, "X-Connection"), "2");
  gate_.open();
  ASSERT_TRUE(run_until(io_, [&] { return held_peer_gone_; }));
}

TEST_P(Exchange, ManyRequestsRunAtOnceAndOnlySomeConnectionsAreKept) {
  constexpr std::size_t kRequests = 100;
  ClientOptions options = client_options();
  options.max_idle = 8;
  client_ = connect(options);
  std::size_t answered = 0;
  for (std::size_t i = 0; i < kRequests; ++i) {
    asio::co_spawn(io_, client_->send(get("/hold"), soon()),
                   [&](std::exception_ptr, const Outcome<HttpResponse>& answer) {
                     answered += answer ? 1 : 0;
                   });
  }
  ASSERT_TRUE(run_until(io_, [&] { return requests_ == kRequests; }));
  EXPECT_EQ(server_->connections(), kRequests);

  gate_.open();
  ASSERT_TRUE(run_until(io_, [&] { return answered == kRequests; }));

  EXPECT_TRUE(run_until(io_, [&] { return server_->connections() == 8; }));
}

TEST_P(Exchange, AnswerOverTheCapIsAnError) {
  ClientOptions options = client_options();
  options.max_body = 50;
  client_ = connect(options);

  const Outcome<HttpResponse> small = send(*client_, post("/", std::string(40, 'x')));
  const Outcome<HttpResponse> large = send(*client_, post("/", std::string(50, 'x')));

  EXPECT_TRUE(small);
  ASSERT_FALSE(large);
  EXPECT_THAT(large.error().detail, HasSubstr("body limit"));
}

TEST_P(Exchange, RequestOverTheServersCapIsRefused) {
  const Outcome<HttpResponse> answer = send(*client_, post("/", std::string(1'000'001, 'x')));
  // The client may see the answer or the connection break under its own writing.
  if (answer) {
    EXPECT_EQ(answer->status, 413);
  }
  EXPECT_EQ(requests_, 0u);
}

TEST_P(Exchange, LineBreakInAHeaderIsNotSent) {
  HttpRequest request = get("/");
  request.headers.emplace_back("Cookie", "a\r\nX-Evil: 1");

  const Outcome<HttpResponse> answer = send(*client_, std::move(request));

  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, ErrorKind::kRejected);
  EXPECT_TRUE(answer.error().unsent);
  EXPECT_EQ(requests_, 0u);
}

TEST_P(Exchange, ServerGoneMeansUnsent) {
  const ClientOptions options = client_options();
  server_.reset();

  const Outcome<HttpResponse> answer = send(*connect(options), post("/", "x"));

  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, ErrorKind::kTransient);
  EXPECT_TRUE(answer.error().unsent);
  EXPECT_THAT(answer.error().detail, HasSubstr("refused"));
}

INSTANTIATE_TEST_SUITE_P(PlainAndTls, Exchange, testing::Bool(),
                         [](const auto& info) { return info.param ? "Tls" : "Plain"; });

} // namespace
} // namespace syncer

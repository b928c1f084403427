// One request and its answer, client against server.
#include <gmock/gmock.h>

#include "loopback.h"

namespace syncer {
namespace {

using testing::HasSubstr;

// Answers with what it got: method, target, connection and body.
asio::awaitable<void> echo(ServerExchange& exchange) {
  const HttpRequest& request = exchange.request();
  HttpResponse response;
  response.status = 200;
  response.headers.emplace_back("X-Connection", std::to_string(exchange.connection()));
  response.headers.emplace_back("X-Host", std::string(header(request.headers, "host")));
  response.body = request.method + " " + request.target + " " + request.body;
  co_await exchange.reply(std::move(response));
}

class Exchange : public Loopback, public testing::WithParamInterface<bool> {
 protected:
  Exchange() {
    ServerOptions options;
    options.tls = GetParam();
    serve(echo, std::move(options));
  }
  ClientOptions options() const { return GetParam() ? secure() : plain(); }
};

TEST_P(Exchange, RequestsAndAnswersArriveWhole) {
  const auto client = connect(options());

  const Outcome<HttpResponse> got = send(*client, get("/a?b=c"));
  const Outcome<HttpResponse> posted = send(*client, post("/sdk", std::string(300'000, 'x')));

  ASSERT_TRUE(got) << got.error().detail;
  EXPECT_EQ(got->status, 200);
  EXPECT_EQ(got->body, "GET /a?b=c ");
  EXPECT_EQ(header(got->headers, "x-host"), "127.0.0.1:" + std::to_string(server_->port()));
  ASSERT_TRUE(posted) << posted.error().detail;
  EXPECT_EQ(posted->body, "POST /sdk " + std::string(300'000, 'x'));
}

TEST_P(Exchange, ConnectionIsKeptForTheNextRequest) {
  const auto client = connect(options());

  const Outcome<HttpResponse> first = send(*client, get("/1"));
  const Outcome<HttpResponse> second = send(*client, post("/2", "x"));

  ASSERT_TRUE(first && second);
  EXPECT_EQ(header(first->headers, "X-Connection"), header(second->headers, "X-Connection"));
  EXPECT_EQ(server_->connections(), 1u);
}

INSTANTIATE_TEST_SUITE_P(PlainAndTls, Exchange, testing::Bool(),
                         [](const auto& info) { return info.param ? "Tls" : "Plain"; });

} // namespace
} // namespace syncer

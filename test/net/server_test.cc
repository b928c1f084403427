// The server against clients that speak bytes.
#include <gmock/gmock.h>

#include "fakes/scripted_http.h"
#include "loopback.h"
#include "raw_peer.h"

namespace syncer {
namespace {

using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class Server : public Loopback {
 protected:
  Server() : gate_(io_.get_executor()) {
    ServerOptions options;
    options.max_body = 100;
    serve([this](ServerExchange& exchange) { return answer(exchange); }, std::move(options));
  }

  asio::awaitable<void> answer(ServerExchange& exchange) {
    const HttpRequest& request = exchange.request();
    ++requests_;
    if (request.target == "/forget") co_return;
    if (request.target == "/stream") {
      co_await exchange.start_stream(200, Headers());
      co_await exchange.write("");
      co_await exchange.write("hello");
      co_await exchange.finish();
      co_return;
    }
    if (request.target == "/hold") {
      co_await gate_.wait();
      released_ = true;
    }
    HttpResponse response;
    response.status = request.target == "/none" ? 204 : 200;
    response.body = request.method + " " + request.target + " " + request.body + ".";
    replied_ = co_await exchange.reply(std::move(response));
  }

  // What comes back for these bytes, up to the end of the connection.
  std::string talk(const std::string& bytes) {
    RawClient client(io_, server_->port());
    client.send(bytes);
    return run(io_, client.read_to_end());
  }

  Gate gate_;
  int requests_ = 0;
  bool released_ = false;
  bool replied_ = false;
};

TEST_F(Server, PipelinedRequestsAreAnsweredInOrder) {
  const std::string text = talk(
      "GET /1 HTTP/1.1\r\nHost: h\r\n\r\nPOST /2 HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nab"
      "GET /3 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  const auto first = text.find("GET /1 .");
  const auto second = text.find("POST /2 ab.");
  const auto third = text.find("GET /3 .");
  ASSERT_NE(third, std::string::npos) << text;
  EXPECT_LT(first, second);
  EXPECT_LT(second, third);
  EXPECT_THAT(text, AllOf(HasSubstr("Connection: close\r\n"), EndsWith("<end>")));
}

TEST_F(Server, RequestInSinglePiecesIsTheSame) {
  RawClient client(io_, server_->port());
  for (const char c :
       std::string("POST /x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
                   "2\r\nab\r\n1\r\nc\r\n0\r\n\r\n")) {
    client.send(std::string(1, c));
    io_.restart();
    io_.poll();
  }
  EXPECT_THAT(run(io_, client.read_until("abc.")), EndsWith("\r\n\r\nPOST /x abc."));
}

TEST_F(Server, OldClientsConnectionIsClosedUnlessKeptAlive) {
  EXPECT_THAT(talk("GET / HTTP/1.0\r\n\r\n"),
              AllOf(StartsWith("HTTP/1.1 200 OK\r\n"), EndsWith("GET / .<end>")));

  RawClient client(io_, server_->port());
  for (int i = 0; i < 2; ++i) {
    client.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    EXPECT_THAT(run(io_, client.read_until("GET / .")), HasSubstr("Connection: keep-alive\r\n"));
  }
}

TEST_F(Server, StreamIsChunkedButNotForAnOldClient) {
  EXPECT_THAT(talk("GET /stream HTTP/1.1\r\nConnection: close\r\n\r\n"),
              EndsWith("chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n<end>"));
  EXPECT_THAT(talk("GET /stream HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"),
              AllOf(Not(HasSubstr("chunked")), EndsWith("\r\n\r\nhello<end>")));
}

TEST_F(Server, HeadAndBodilessStatusSendNoBody) {
  EXPECT_THAT(talk("HEAD /x HTTP/1.1\r\nConnection: close\r\n\r\n"),
              AllOf(HasSubstr("Content-Length: 9\r\n"), EndsWith("\r\n\r\n<end>")));
  EXPECT_THAT(talk("GET /none HTTP/1.1\r\nConnection: close\r\n\r\n"),
              AllOf(Not(HasSubstr("Content-Length")), EndsWith("\r\n\r\n<end>")));
}

TEST_F(Server, WaitingClientIsToldToContinue) {
  RawClient client(io_, server_->port());
  client.send("POST /x HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");
  EXPECT_EQ(run(io_, client.read_until("\r\n\r\n")), "HTTP/1.1 100 Continue\r\n\r\n");
  EXPECT_EQ(requests_, 0);
  client.send("abc");
  EXPECT_THAT(run(io_, client.read_until("abc.")), StartsWith("HTTP/1.1 200"));
}

TEST_F(Server, BadRequestsAreRefusedAndTheConnectionEnds) {
  EXPECT_THAT(talk("nonsense\r\n\r\nGET / HTTP/1.1\r\n\r\n"),
              AllOf(StartsWith("HTTP/1.1 400 "), EndsWith("<end>")));
  EXPECT_THAT(talk("GET / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n"),
              StartsWith("HTTP/1.1 400 "));
  EXPECT_THAT(talk("POST / HTTP/1.1\r\nContent-Length: 101\r\n\r\n" + std::string(101, 'x')),
              AllOf(StartsWith("HTTP/1.1 413 "), EndsWith("<end>")));
  EXPECT_THAT(talk("GET / HTTP/1.1\r\nX: " + std::string(70'000, 'x') + "\r\n\r\n"),
              AllOf(StartsWith("HTTP/1.1 431 "), EndsWith("<end>")));
  EXPECT_EQ(requests_, 0);
}

TEST_F(Server, HandlerWithoutAReplyIsAnInternalError) {
  EXPECT_THAT(talk("GET /forget HTTP/1.1\r\nConnection: close\r\n\r\n"),
              AllOf(StartsWith("HTTP/1.1 500 "), EndsWith("<end>")));
}

TEST_F(Server, ClientThatHangsUpMidRequestIsForgotten) {
  RawClient client(io_, server_->port());
  client.send("POST / HTTP/1.1\r\nContent-Length: 10\r\n\r\nab");
  ASSERT_TRUE(run_until(io_, [&] { return server_->connections() == 1; }));
  client.close();
  EXPECT_TRUE(run_until(io_, [&] { return server_->connections() == 0; }));
  EXPECT_EQ(requests_, 0);
}

TEST_F(Server, ReplyToACutConnectionSaysSo) {
  RawClient client(io_, server_->port());
  client.send("GET /hold HTTP/1.1\r\n\r\n");
  ASSERT_TRUE(run_until(io_, [&] { return requests_ == 1; }));
  replied_ = true;

  server_->cut_connections();
  EXPECT_EQ(run(io_, client.read_to_end()), "<reset>");
  gate_.open();

  ASSERT_TRUE(run_until(io_, [&] { return server_->connections() == 0; }));
  EXPECT_TRUE(released_) << "the handler runs to its end";
  EXPECT_FALSE(replied_);
}

TEST_F(Server, StopEndsListenerConnectionsAndHandlers) {
  RawClient client(io_, server_->port());
  client.send("GET /hold HTTP/1.1\r\n\r\n");
  ASSERT_TRUE(run_until(io_, [&] { return requests_ == 1; }));

  server_->stop();

  EXPECT_EQ(run(io_, client.read_to_end()), "<reset>");
  ASSERT_TRUE(run_until(io_, [&] { return server_->connections() == 0; }));
  EXPECT_THROW(RawClient(io_, server_->port()), boost::system::system_error);
}

TEST_F(Server, DestroyedWhileAHandlerWaits) {
  RawClient client(io_, server_->port());
  client.send("GET /hold HTTP/1.1\r\n\r\n");
  ASSERT_TRUE(run_until(io_, [&] { return requests_ == 1; }));
  server_.reset();
  EXPECT_EQ(run(io_, client.read_to_end()), "<reset>");
}

TEST_F(Server, ConnectionOverTheLimitIsClosedAtOnce) {
  ServerOptions options;
  options.max_connections = 1;
  serve([this](ServerExchange& exchange) { return answer(exchange); }, std::move(options));
  RawClient first(io_, server_->port());
  RawClient second(io_, server_->port());

  EXPECT_EQ(run(io_, second.read_to_end()), "<end>");
  first.send("GET / HTTP/1.1\r\n\r\n");
  EXPECT_THAT(run(io_, first.read_until("GET / .")), StartsWith("HTTP/1.1 200"));
}

TEST_F(Server, PortInUseIsTransient) {
  ServerOptions options;
  options.port = server_->port();
  const auto second = create_beast_http_server(io_.get_executor(), options,
                                               [this](ServerExchange& e) { return answer(e); });
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind, ErrorKind::kTransient);
  EXPECT_THAT(second.error().detail, HasSubstr(std::to_string(server_->port())));
}

} // namespace
} // namespace syncer

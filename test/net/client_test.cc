// The client against servers that do not behave like ours.
#include <gmock/gmock.h>

#include "loopback.h"
#include "raw_peer.h"

namespace syncer {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

class Client : public Loopback {
 protected:
  Client() {
    options_.host = "127.0.0.1";
    options_.port = peer_.port();
    options_.tls = false;
  }
  void answer(std::string bytes, bool closes = false) {
    RawServer::Answer answer;
    answer.bytes = std::move(bytes);
    answer.closes = closes;
    peer_.answers.push_back(std::move(answer));
  }

  RawServer peer_{io_};
  ClientOptions options_;
};

TEST_F(Client, InterimAnswersAreSkipped) {
  answer(
      "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n"
      "HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\nok");

  const Outcome<HttpResponse> got = send(*connect(options_), get("/"));

  ASSERT_TRUE(got) << got.error().detail;
  EXPECT_EQ(got->status, 201);
  EXPECT_EQ(got->body, "ok");
  EXPECT_EQ(got->headers.size(), 1u);
}

TEST_F(Client, ChunkedAnswerIsJoined) {
  answer(
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
      "3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\nTrailer: t\r\n\r\n");

  const Outcome<HttpResponse> got = send(*connect(options_), get("/"));

  ASSERT_TRUE(got) << got.error().detail;
  EXPECT_EQ(got->body, "abc0123456789");
}

TEST_F(Client, AnswerWithoutLengthEndsWithTheConnection) {
  answer("HTTP/1.1 200 OK\r\n\r\nall of it", true);

  const Outcome<HttpResponse> got = send(*connect(options_), get("/"));

  ASSERT_TRUE(got) << got.error().detail;
  EXPECT_EQ(got->body, "all of it");
}

TEST_F(Client, ConnectionCloseIsHonoured) {
  answer("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\n1");
  answer("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n2");
  const auto client = connect(options_);

  ASSERT_TRUE(send(*client, get("/")));
  ASSERT_TRUE(send(*client, get("/")));

  EXPECT_EQ(peer_.connections, 2u);
}

TEST_F(Client, ConnectionTheServerClosedIsNotUsedForAWrite) {
  answer("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n1", true);
  answer("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n2");
  const auto client = connect(options_);
  ASSERT_TRUE(send(*client, post("/", "x")));
  ASSERT_TRUE(run_until(io_, [&] { return peer_.ended == 1; }));

  const Outcome<HttpResponse> second = send(*client, post("/", "x"));

  ASSERT_TRUE(second) << second.error().detail;
  EXPECT_EQ(second->body, "2");
}

TEST_F(Client, RequestThatWasSentOnceIsNeverCalledUnsent) {
  answer("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n1");
  answer("", true);
  const auto client = connect(options_);
  ASSERT_TRUE(send(*client, get("/")));
  peer_.stop_listening();

  const Outcome<HttpResponse> second = send(*client, get("/"));

  ASSERT_FALSE(second);
  EXPECT_THAT(second.error().detail, HasSubstr("refused")) << "sent again on a new connection";
  EXPECT_FALSE(second.error().unsent);
}

TEST_F(Client, BytesBehindTheAnswerSpoilTheConnection) {
  answer(
      "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n1HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  answer("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n2");
  const auto client = connect(options_);

  ASSERT_TRUE(send(*client, get("/")));
  const Outcome<HttpResponse> second = send(*client, get("/"));

  ASSERT_TRUE(second);
  EXPECT_EQ(second->body, "2");
  EXPECT_EQ(peer_.connections, 2u);
}

TEST_F(Client, TruncatedAnswerIsTransientAndNotRetried) {
  answer("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  answer("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345", true);
  const auto client = connect(options_);
  ASSERT_TRUE(send(*client, get("/")));

  const Outcome<HttpResponse> got = send(*client, get("/"));

  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().kind, ErrorKind::kTransient);
  EXPECT_FALSE(got.error().unsent);
  EXPECT_EQ(peer_.requests, 2u);
}

TEST_F(Client, NoAnswerAtAllOnAFreshConnectionIsTransient) {
  answer("", true);

  const Outcome<HttpResponse> got = send(*connect(options_), get("/"));

  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().kind, ErrorKind::kTransient);
  EXPECT_EQ(peer_.connections, 1u);
}

TEST_F(Client, NonsenseIsAnErrorNotACrash) {
  answer("SSH-2.0-OpenSSH_9.2\r\n\r\n");

  const Outcome<HttpResponse> got = send(*connect(options_), get("/"));

  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().kind, ErrorKind::kTransient);
}

TEST_F(Client, HeaderUpTo64KiBIsAccepted) {
  answer("HTTP/1.1 200 OK\r\nX: " + std::string(60'000, 'x') + "\r\nContent-Length: 0\r\n\r\n");
  answer("HTTP/1.1 200 OK\r\nX: " + std::string(70'000, 'x') + "\r\nContent-Length: 0\r\n\r\n");
  const auto client = connect(options_);

  const Outcome<HttpResponse> small = send(*client, get("/"));
  const Outcome<HttpResponse> large = send(*client, get("/"));

  ASSERT_TRUE(small) << small.error().detail;
  EXPECT_EQ(header(small->headers, "x").size(), 60'000u);
  ASSERT_FALSE(large);
  EXPECT_THAT(large.error().detail, HasSubstr("header limit"));
}

TEST_F(Client, EndlessChunkHeaderIsAnError) {
  answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;" + std::string(200'000, 'x'));

  const Outcome<HttpResponse> got = send(*connect(options_), get("/"));

  ASSERT_FALSE(got);
  EXPECT_THAT(got.error().detail, HasSubstr("header limit"));
}

TEST_F(Client, HeadHasNoBody) {
  answer("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n");
  HttpRequest request = get("/");
  request.method = "HEAD";

  const Outcome<HttpResponse> got = send(*connect(options_), std::move(request));

  ASSERT_TRUE(got) << got.error().detail;
  EXPECT_EQ(header(got->headers, "content-length"), "10");
}

TEST_F(Client, SilentTlsPeerEndsAtTheDeadlineUnsent) {
  options_.tls = true;
  const auto deadline = Clock::time_point::clock::now() + 100ms;

  const Outcome<HttpResponse> got = send(*connect(options_), get("/"), deadline);

  ASSERT_FALSE(got);
  EXPECT_TRUE(got.error().unsent);
  EXPECT_THAT(got.error().detail, HasSubstr("deadline"));
}

TEST_F(Client, IdleConnectionIsDroppedAfterItsTimeout) {
  options_.idle_timeout = 0s;
  answer("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  answer("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  const auto client = connect(options_);

  ASSERT_TRUE(send(*client, get("/")));
  ASSERT_TRUE(send(*client, get("/")));

  EXPECT_EQ(peer_.connections, 2u);
}

TEST_F(Client, NameIsResolvedAndItsAddressesTriedInTurn) {
  options_.host = "localhost"; // ::1 is refused: the peer listens on 127.0.0.1 only
  answer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");

  const Outcome<HttpResponse> got = send(*connect(options_), get("/"));

  ASSERT_TRUE(got) << got.error().detail;
  EXPECT_EQ(got->body, "ok");
}

} // namespace
} // namespace syncer

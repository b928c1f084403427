// Bodies that arrive piece by piece.
#include <gmock/gmock.h>

#include "fakes/scripted_http.h"
#include "loopback.h"
#include "raw_peer.h"

namespace syncer {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

class Stream : public Loopback, public testing::WithParamInterface<bool> {
 protected:
  Stream() : gate_(io_.get_executor()) {
    ServerOptions options;
    options.tls = GetParam();
    serve([this](ServerExchange& exchange) { return answer(exchange); }, std::move(options));
    client_ = connect(GetParam() ? secure() : plain());
  }

  // /pieces: three chunks. /reset: a chunk, then a reset. /unfinished: a chunk and nothing more.
  // /idle: a chunk, then nothing until the peer is gone or the gate opens.
  asio::awaitable<void> answer(ServerExchange& exchange) {
    const std::string target = exchange.request().target;
    connection_ = exchange.connection();
    Headers headers;
    headers.emplace_back("Content-Type", "application/json");
    const int status = target == "/gone" ? 410 : 200;
    co_await exchange.start_stream(status, std::move(headers));
    co_await exchange.write("one");
    if (target == "/reset") {
      exchange.abort();
      co_return;
    }
    if (target == "/unfinished") co_return;
    if (target == "/idle") {
      streaming_ = true;
      while (!exchange.peer_gone() && !release_) {
        co_await gate_.wait();
      }
      saw_peer_go_ = exchange.peer_gone();
      wrote_after_ = co_await exchange.write("late");
      co_return;
    }
    co_await exchange.write("two");
    co_await exchange.write(std::string(100'000, '3'));
    co_await exchange.finish();
  }

  std::unique_ptr<HttpStream> open(std::string target) {
    Outcome<std::unique_ptr<HttpStream>> stream =
        run(io_, client_->open_stream(get(std::move(target)), soon()));
    if (!stream) throw std::runtime_error(stream.error().detail);
    return std::move(stream).value();
  }
  // Everything up to the end, and the error if that is how it ended.
  std::pair<std::string, std::optional<Error>> read_all(HttpStream& stream) {
    std::string all;
    for (;;) {
      const Outcome<std::string_view> piece = run(io_, stream.read_some(soon()));
      if (!piece) return std::pair(all, piece.error());
      if (piece->empty()) return std::pair(all, std::nullopt);
      all += *piece;
    }
  }

  Gate gate_;
  bool release_ = false;
  bool streaming_ = false;
  bool saw_peer_go_ = false;
  bool wrote_after_ = true;
  std::uint64_t connection_ = 0;
  std::unique_ptr<HttpClient> client_;
};

TEST_P(Stream, GivesAllBytesAndACleanEnd) {
  const auto stream = open("/pieces");
  EXPECT_EQ(stream->status(), 200);
  EXPECT_EQ(header(stream->headers(), "content-type"), "application/json");

  const auto [bytes, error] = read_all(*stream);

  EXPECT_FALSE(error) << error->detail;
  EXPECT_EQ(bytes, "onetwo" + std::string(100'000, '3'));
  EXPECT_TRUE(run(io_, stream->read_some(soon()))->empty()) << "the end stays the end";
}

TEST_P(Stream, StatusIsTheCallersMatter) {
  const auto stream = open("/gone");
  EXPECT_EQ(stream->status(), 410);
  EXPECT_FALSE(read_all(*stream).second);
}

TEST_P(Stream, ConnectionOfAFinishedStreamIsUsedAgain) {
  read_all(*open("/pieces"));
  const std::uint64_t first = connection_;
  read_all(*open("/pieces"));
  EXPECT_EQ(connection_, first);
}

TEST_P(Stream, ResetComesAfterTheBytesBeforeIt) {
  const auto stream = open("/reset");
  const auto [bytes, error] = read_all(*stream);
  ASSERT_TRUE(error);
  EXPECT_EQ(error->kind, ErrorKind::kTransient);
  // A reset may overtake bytes in flight; what does arrive is a prefix.
  EXPECT_TRUE(bytes.empty() || bytes == "one");
  EXPECT_FALSE(run(io_, stream->read_some(soon()))) << "the error stays";
}

TEST_P(Stream, HandlerThatForgetsToFinishCutsTheStream) {
  const auto stream = open("/unfinished");
  EXPECT_TRUE(read_all(*stream).second);
}

TEST_P(Stream, SilenceEndsAtTheReadDeadline) {
  const auto stream = open("/idle");
  ASSERT_EQ(*run(io_, stream->read_some(soon())), "one");

  const auto deadline = Clock::time_point::clock::now() + 50ms;
  const Outcome<std::string_view> late = run(io_, stream->read_some(deadline));

  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().kind, ErrorKind::kTransient);
  EXPECT_THAT(late.error().detail, HasSubstr("deadline"));
}

TEST_P(Stream, DroppedStreamIsSeenByTheServerWhileIdle) {
  auto stream = open("/idle");
  ASSERT_EQ(*run(io_, stream->read_some(soon())), "one");
  ASSERT_TRUE(run_until(io_, [&] { return streaming_; }));

  stream.reset();
  // Nothing but the socket itself tells the server: the handler is asked after each step.
  ASSERT_TRUE(run_until(io_, [&] {
    gate_.open();
    return saw_peer_go_;
  }));

  EXPECT_FALSE(wrote_after_);
}

TEST_P(Stream, OutlivesItsClient) {
  const auto stream = open("/pieces");
  client_.reset();
  EXPECT_EQ(read_all(*stream).first.size(), 100'006u);
}

TEST_P(Stream, CutConnectionsEndsItOnBothSides) {
  const auto stream = open("/idle");
  ASSERT_EQ(*run(io_, stream->read_some(soon())), "one");

  server_->cut_connections();
  release_ = true;
  gate_.open();

  EXPECT_FALSE(run(io_, stream->read_some(soon())));
  ASSERT_TRUE(run_until(io_, [&] { return server_->connections() == 0; }));
  EXPECT_FALSE(wrote_after_);
  EXPECT_TRUE(send(*client_, get("/pieces"))) << "still listening";
}

INSTANTIATE_TEST_SUITE_P(PlainAndTls, Stream, testing::Bool(),
                         [](const auto& info) { return info.param ? "Tls" : "Plain"; });

TEST_F(Loopback, StreamCutAtAnyPlaceIsNeverTakenForItsEnd) {
  const std::string whole =
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n10\r\n0123456789abcdef\r\n"
      "0\r\n\r\n";
  const std::size_t header = whole.find("3\r\nabc");
  RawServer peer(io_);
  ClientOptions options;
  options.host = "127.0.0.1";
  options.port = peer.port();
  options.tls = false;
  for (std::size_t cut = header; cut < whole.size(); ++cut) {
    RawServer::Answer answer;
    answer.bytes = whole.substr(0, cut);
    answer.closes = true;
    peer.answers.push_back(answer);
    const auto client = connect(options);
    Outcome<std::unique_ptr<HttpStream>> stream = run(io_, client->open_stream(get("/"), soon()));
    ASSERT_TRUE(stream) << cut;
    std::string read;
    Outcome<std::string_view> piece = std::string_view();
    do {
      piece = run(io_, (*stream)->read_some(soon()));
      if (piece) read += *piece;
    } while (piece && !piece->empty());
    EXPECT_FALSE(piece) << cut;
    EXPECT_EQ(read, std::string("abc0123456789abcdef").substr(0, read.size())) << cut;
  }
}

} // namespace
} // namespace syncer

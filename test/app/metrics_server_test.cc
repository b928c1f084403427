#include "app/metrics_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "app/gzip.h"
#include "core/asio_clock.h"
#include "net/http.h"

namespace syncer {
namespace {

using testing::HasSubstr;

std::string unzipped(const std::string& packed) {
  z_stream stream{};
  if (inflateInit2(&stream, MAX_WBITS + 16) != Z_OK) return "no zlib";
  std::string text(1 << 20, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  stream.next_out = reinterpret_cast<Bytef*>(text.data());
  stream.avail_out = static_cast<uInt>(text.size());
  const int end = inflate(&stream, Z_FINISH);
  text.resize(stream.total_out);
  inflateEnd(&stream);
  return end == Z_STREAM_END ? text : "broken";
}

asio::awaitable<void> ask(HttpClient& client, HttpRequest request, Clock::time_point deadline,
                          Outcome<HttpResponse>& answer) {
  answer = co_await client.send(std::move(request), deadline);
}

class MetricsServer : public testing::Test {
 protected:
  void SetUp() override {
    auto made = create_metrics_server(
        io.get_executor(), "127.0.0.1", 0,
        {[] { return std::string("up 1\n"); }, [this] { return checks("lists", waiting_for); },
         [this] { return checks("election", dead_because); }});
    ASSERT_TRUE(made) << made.error().detail;
    server = std::move(*made);
    ClientOptions options;
    options.host = "127.0.0.1";
    options.port = server->port();
    options.tls = false;
    auto connected = create_beast_http_client(io.get_executor(), options);
    ASSERT_TRUE(connected);
    client = std::move(*connected);
  }

  static std::vector<HealthCheck> checks(const std::string& name, const std::string& problem) {
    return {{"configuration", ""}, {name, problem}};
  }

  HttpResponse get(const std::string& target, const std::string& method = "GET",
                   const std::string& accept_encoding = "") {
    HttpRequest request;
    request.method = method;
    request.target = target;
    if (!accept_encoding.empty()) request.headers.emplace_back("Accept-Encoding", accept_encoding);
    Outcome<HttpResponse> answer = Error{};
    const auto deadline = clock.now() + std::chrono::seconds(20);
    asio::co_spawn(io, ask(*client, std::move(request), deadline, answer),
                   [this](const std::exception_ptr& failure) {
                     if (failure) std::rethrow_exception(failure);
                     io.stop();
                   });
    io.restart();
    io.run();
    return answer ? *answer : HttpResponse{0, {}, answer.error().detail};
  }

  std::string waiting_for;
  std::string dead_because;
  asio::io_context io;
  AsioClock clock{io.get_executor()};
  std::unique_ptr<HttpServer> server;
  std::unique_ptr<HttpClient> client;
};

TEST_F(MetricsServer, ShowsMetricsInTheTextFormat) {
  const HttpResponse answer = get("/metrics?x=1");

  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "up 1\n");
  EXPECT_THAT(std::string(header(answer.headers, "Content-Type")), HasSubstr("version=0.0.4"));
}

TEST_F(MetricsServer, MetricsAreZippedForThoseWhoAskForIt) {
  const HttpResponse plain = get("/metrics");
  const HttpResponse zipped = get("/metrics", "GET", "deflate, gzip;q=0.8");
  const HttpResponse head = get("/metrics", "HEAD", "gzip");

  EXPECT_EQ(header(plain.headers, "Content-Encoding"), "");
  EXPECT_EQ(header(zipped.headers, "Content-Encoding"), "gzip");
  EXPECT_EQ(header(zipped.headers, "Vary"), "Accept-Encoding");
  EXPECT_EQ(unzipped(zipped.body), "up 1\n");
  EXPECT_EQ(header(head.headers, "Content-Encoding"), "gzip");
  EXPECT_EQ(head.body, "");
}

TEST(Gzip, IsWantedByThoseWhoNameItAndDoNotRefuseIt) {
  for (const char* yes : {"gzip", "deflate,gzip", "br, gzip;q=0.5", "*", "gzip; q=0.001"}) {
    EXPECT_TRUE(accepts_gzip(yes)) << yes;
  }
  for (const char* no : {"", "identity", "gzip;q=0", "gzip; q=0.000", "xgzip", "*;q=0", ", ,"}) {
    EXPECT_FALSE(accepts_gzip(no)) << no;
  }
}

TEST(Gzip, GivesBackWhatWasPacked) {
  std::string text;
  for (int i = 0; i < 5000; ++i) text += "name{label=\"" + std::to_string(i % 70) + "\"} 1\n";

  const std::string packed = gzip(text);

  EXPECT_LT(packed.size(), text.size() / 5);
  EXPECT_EQ(unzipped(packed), text);
  EXPECT_EQ(unzipped(gzip("")), "");
}

TEST_F(MetricsServer, ReadinessSaysWhatItWaitsFor) {
  waiting_for = "the first lists";
  EXPECT_EQ(get("/readyz").status, 503);
  EXPECT_THAT(get("/readyz").body, HasSubstr("the first lists"));
  EXPECT_EQ(get("/livez").status, 200);

  waiting_for.clear();
  EXPECT_EQ(get("/readyz").status, 200);
}

TEST_F(MetricsServer, LivenessSaysWhatIsStuck) {
  dead_because = "nobody is at work";
  for (const char* path : {"/livez", "/healthz"}) {
    EXPECT_EQ(get(path).status, 503) << path;
    EXPECT_THAT(get(path).body, HasSubstr("nobody is at work")) << path;
  }
  EXPECT_EQ(get("/readyz").status, 200);
}

TEST_F(MetricsServer, VerboseListsEveryCheck) {
  EXPECT_EQ(get("/readyz?verbose").body, "[+]configuration ok\n[+]lists ok\nreadyz check passed\n");

  waiting_for = "the first lists";
  const HttpResponse waiting = get("/readyz?verbose=1");
  EXPECT_EQ(waiting.status, 503);
  EXPECT_EQ(waiting.body,
            "[+]configuration ok\n[-]lists failed: the first lists\nreadyz check failed\n");
  EXPECT_EQ(get("/healthz?verbose").body,
            "[+]configuration ok\n[+]election ok\nhealthz check passed\n");
}

TEST_F(MetricsServer, OtherPathsAndMethodsAreRefused) {
  EXPECT_EQ(get("/").status, 404);
  EXPECT_EQ(get("/metrics/x").status, 404);
  EXPECT_EQ(get("/metrics", "POST").status, 405);
}

TEST_F(MetricsServer, APortInUseIsAnErrorThatNamesIt) {
  const auto empty = [] { return std::string(); };
  const auto none = [] { return std::vector<HealthCheck>(); };
  auto second =
      create_metrics_server(io.get_executor(), "127.0.0.1", server->port(), {empty, none, none});

  ASSERT_FALSE(second);
  EXPECT_THAT(second.error().detail, HasSubstr(std::to_string(server->port())));
}

} // namespace
} // namespace syncer

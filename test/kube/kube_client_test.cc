#include "kube/kube_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/sinks/null_sink.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <set>

#include "fakes/fake_clock.h"
#include "fakes/scripted_http.h"
#include "fakes/temp_dir.h"

namespace syncer {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

// Hands requests on to the script.
class Borrowed final : public HttpClient {
 public:
  explicit Borrowed(ScriptedHttp& script) : script_(script) {}
  asio::awaitable<Outcome<HttpResponse>> send(HttpRequest request,
                                              Clock::time_point deadline) override {
    return script_.send(std::move(request), deadline);
  }
  asio::awaitable<Outcome<std::unique_ptr<HttpStream>>> open_stream(
      HttpRequest request, Clock::time_point deadline) override {
    return script_.open_stream(std::move(request), deadline);
  }

 private:
  ScriptedHttp& script_;
};

class Counted final : public Observer {
 public:
  void kube_request(std::string_view method, std::string_view host, std::string_view code,
                    Seconds took) override {
    hosts.insert(std::string(host));
    EXPECT_GE(took.count(), 0);
    requests.push_back(std::string(method) + " " + std::string(code));
  }
  std::vector<std::string> requests;
  std::set<std::string> hosts;
};

class KubeClientTest : public testing::Test {
 protected:
  void create(KubeConfig config) {
    KubeClient::HttpFactory factory =
        [this](ClientOptions options) -> Outcome<std::unique_ptr<HttpClient>> {
      made.push_back(options);
      return std::unique_ptr<HttpClient>(std::make_unique<Borrowed>(http));
    };
    auto created =
        KubeClient::create({std::move(factory), clock, log, &counted}, std::move(config));
    ASSERT_TRUE(created);
    client = std::move(*created);
  }
  template <class T>
  T run(asio::awaitable<T> work) {
    std::optional<T> result;
    asio::co_spawn(io, std::move(work), [&](std::exception_ptr error, T value) {
      if (error) std::rethrow_exception(error);
      result = std::move(value);
    });
    clock.settle();
    return std::move(result.value());
  }
  KubeResult<HttpResponse> get(const std::string& path = "/api/v1/pods/x") {
    return run(client->get(path, KubeClient::kAcceptJson, clock.now() + 10s));
  }
  std::string sent(const char* name) const {
    return std::string(header(http.requests().back().headers, name));
  }

  asio::io_context io;
  FakeClock clock{io};
  spdlog::logger log{"test", std::make_shared<spdlog::sinks::null_sink_st>()};
  ScriptedHttp http{io.get_executor(), clock};
  std::vector<ClientOptions> made;
  Counted counted;
  std::unique_ptr<KubeClient> client;
  TempDir dir;
};

TEST_F(KubeClientTest, SaysWhoWeAre) {
  KubeConfig config;
  config.base_path = "/prefix";
  config.token = Secret("tok");
  create(config);
  http.expect("GET", "/prefix/api/v1/pods/x").reply(200, "{}");

  EXPECT_TRUE(get());

  EXPECT_EQ(sent("Authorization"), "Bearer tok");
  EXPECT_EQ(sent("Accept"), "application/json");
  EXPECT_THAT(sent("User-Agent"), testing::MatchesRegex("vsphere-syncer/.* \\(linux/amd64\\)"));
}

TEST_F(KubeClientTest, TellsOfEveryRequestAndItsAnswer) {
  create(KubeConfig());
  http.expect("GET", "").reply(404, "{}");
  http.expect("PATCH", "").reply(200, "{}");
  http.expect("GET", "").fail(Error{});
  EXPECT_FALSE(get());
  EXPECT_TRUE(run(
      client->send("PATCH", "/api/v1/x", "{}", "application/json", clock.now() + 10s, nullptr)));
  EXPECT_FALSE(get());

  EXPECT_THAT(counted.requests, testing::ElementsAre("GET 404", "PATCH 200", "GET <error>"));
  EXPECT_THAT(counted.hosts, testing::ElementsAre(":443"));
}

TEST_F(KubeClientTest, TokenIsNeverSentInTheClear) {
  KubeConfig config;
  config.connection.tls = false;
  config.token = Secret("tok");
  create(config);
  http.expect("GET", "").reply(200, "{}");

  EXPECT_TRUE(get());

  EXPECT_EQ(sent("Authorization"), "");
}

TEST_F(KubeClientTest, RefusedTokenIsReadAgainAndTriedOnce) {
  KubeConfig config;
  config.token_file = dir.write("token", "old");
  create(config);
  http.expect("GET", "").reply(200, "{}");
  EXPECT_TRUE(get());
  EXPECT_EQ(sent("Authorization"), "Bearer old");
  dir.write("token", "new\n");
  http.expect("GET", "").reply(401, "");
  http.expect("GET", "").reply(200, "{}");

  EXPECT_TRUE(get());

  EXPECT_EQ(sent("Authorization"), "Bearer new");
  http.expect("GET", "").reply(401, "");
  http.expect("GET", "").reply(401, "");
  const auto refused = get();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.failure.error.kind, ErrorKind::kUnauthenticated);
  EXPECT_EQ(http.unmet(), 0u);
}

TEST_F(KubeClientTest, WatchIsTriedAgainWithAFreshTokenToo) {
  KubeConfig config;
  config.token_file = dir.write("token", "old");
  create(config);
  http.expect("GET", "watch").reply(401, "");
  http.expect("GET", "watch").stream();
  auto opened = run(client->open_stream("/api/v1/pods?watch=1", "x", clock.now() + 10s));

  EXPECT_TRUE(opened);
  EXPECT_EQ(http.requests().size(), 2u);
}

TEST_F(KubeClientTest, WriteIsNeverRepeated) {
  KubeConfig config;
  create(config);
  http.expect("PUT", "").body_contains("{\"a\"").reply(401, "");
  auto answer = run(client->send("PUT", "/api/v1/x", "{\"a\":1}", "application/json",
                                 clock.now() + 10s, std::function<bool()>()));

  EXPECT_FALSE(answer);
  EXPECT_EQ(sent("Content-Type"), "application/json");
  EXPECT_FALSE(http.requests().back().idempotent);
  EXPECT_EQ(http.requests().size(), 1u);
}

TEST_F(KubeClientTest, TokenFileIsReadAgainAfterFiftySeconds) {
  KubeConfig config;
  config.token_file = dir.write("token", "one");
  create(config);
  http.expect("GET", "").always().reply(200, "{}");
  (void)get();
  dir.write("token", "two");
  clock.advance(49s);
  (void)get();
  EXPECT_EQ(sent("Authorization"), "Bearer one");
  clock.advance(1s);
  (void)get();
  EXPECT_EQ(sent("Authorization"), "Bearer two");

  dir.write("token", ""); // half written: keep the old one
  clock.advance(50s);
  (void)get();
  EXPECT_EQ(sent("Authorization"), "Bearer two");
}

TEST_F(KubeClientTest, ChangedCaMakesANewConnectionWithinFiveMinutes) {
  KubeConfig config;
  config.ca_file = dir.write("ca.pem", "CA 1");
  config.connection.tls_options.ca_pem = "CA 1";
  create(config);
  http.expect("GET", "").always().reply(200, "{}");
  dir.write("ca.pem", "CA 2");
  (void)get();
  EXPECT_EQ(made.size(), 1u);
  clock.advance(5min);
  (void)get();
  ASSERT_EQ(made.size(), 2u);
  EXPECT_EQ(made[1].tls_options.ca_pem, "CA 2");

  dir.write("ca.pem", " "); // an empty file would mean the system's roots
  clock.advance(5min);
  (void)get();
  EXPECT_EQ(made.size(), 2u);
}

TEST_F(KubeClientTest, ChangedCaIsNoticedAfterAFailedConnection) {
  KubeConfig config;
  config.ca_file = dir.write("ca.pem", "CA 1");
  config.connection.tls_options.ca_pem = "CA 1";
  create(config);
  dir.write("ca.pem", "CA 2");
  clock.advance(15s);
  Error broken;
  broken.detail = "certificate verify failed";
  http.expect("GET", "").fail(broken);

  EXPECT_FALSE(get());

  EXPECT_EQ(made.size(), 2u);
}

TEST_F(KubeClientTest, FailedStreamBringsItsStatus) {
  create(KubeConfig());
  http.expect("GET", "").reply(410, R"({"kind":"Status","code":410,"reason":"Expired"})");
  auto opened = run(client->open_stream("/api/v1/pods?watch=1", "x", clock.now() + 10s));

  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.failure.http_status, 410);
  EXPECT_EQ(opened.failure.error.kind, ErrorKind::kStale);
}

} // namespace
} // namespace syncer

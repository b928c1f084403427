#include "app/admin_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <nlohmann/json.hpp>

#include "core/asio_clock.h"
#include "net/http.h"

namespace syncer {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

asio::awaitable<void> send(HttpClient& client, HttpRequest request, Clock::time_point deadline,
                           Outcome<HttpResponse>& answer) {
  answer = co_await client.send(std::move(request), deadline);
}

class ThreeLines final : public AdminStream {
 public:
  asio::awaitable<std::string> next() override {
    co_return at_ == 3 ? "" : "{\"line\":" + std::to_string(at_++) + "}\n";
  }

 private:
  int at_ = 0;
};

class AdminServer : public testing::Test {
 protected:
  void SetUp() override {
    AdminSources sources;
    sources.led_by = [this] { return leader; };
    sources.status = [] { return std::string(R"({"schema":1})"); };
    sources.resync = [this](const std::string& vcenter) { return resync(vcenter); };
    sources.explain = [this](const std::string& name) -> Outcome<std::string> {
      if (not_ready) return Error{ErrorKind::kTransient, "not ready"};
      if (name == "nothing") return Error{ErrorKind::kRejected, "nothing is called nothing"};
      asked.push_back("explain " + name);
      return std::string(R"({"name":"x"})");
    };
    sources.resync_object =
        [this](const std::string& name) -> Outcome<std::vector<AdminSources::Look>> {
      if (name == "nothing") return Error{ErrorKind::kRejected, "nothing is called nothing"};
      asked.push_back("resync object " + name);
      return std::vector<AdminSources::Look>{{"vol-1", "vc", 4}};
    };
    sources.diff = [this](const std::string& vcenter) -> Outcome<std::unique_ptr<AdminStream>> {
      if (not_ready) return Error{ErrorKind::kTransient, "another diff"};
      asked.push_back("diff " + vcenter);
      return std::unique_ptr<AdminStream>(std::make_unique<ThreeLines>());
    };
    sources.drift =
        [this](bool csv, std::optional<DriftClass> only) -> Outcome<std::unique_ptr<AdminStream>> {
      if (not_ready) return Error{ErrorKind::kTransient, "not ready"};
      asked.push_back(std::string("drift ") + (csv ? "csv " : "json ") +
                      (only ? to_string(*only) : "all"));
      return std::unique_ptr<AdminStream>(std::make_unique<ThreeLines>());
    };
    sources.confirm = [this](const std::string& what) -> Outcome<std::size_t> {
      if (what != "view") return Error{ErrorKind::kRejected, "no " + what};
      asked.push_back("confirm " + what);
      return std::size_t{7};
    };
    auto made = create_admin_server(io.get_executor(), "127.0.0.1", 0, std::move(sources));
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

  Outcome<std::vector<AdminSources::Resync>> resync(const std::string& vcenter) {
    if (not_ready) return Error{ErrorKind::kTransient, "not ready"};
    if (vcenter == "elsewhere") return Error{ErrorKind::kRejected, "no vCenter elsewhere"};
    asked.push_back("resync " + vcenter);
    return std::vector<AdminSources::Resync>{{"vc", 3}};
  }

  HttpResponse ask(const std::string& method, const std::string& target, std::string body = "",
                   bool with_header = true) {
    HttpRequest request;
    request.method = method;
    request.target = target;
    request.body = std::move(body);
    if (with_header) request.headers = {{kAdminHeader, "1"}};
    Outcome<HttpResponse> answer = Error{};
    const auto deadline = clock.now() + std::chrono::seconds(20);
    asio::co_spawn(io, send(*client, std::move(request), deadline, answer),
                   [this](const std::exception_ptr& failure) {
                     if (failure) std::rethrow_exception(failure);
                     io.stop();
                   });
    io.restart();
    io.run();
    return answer ? *answer : HttpResponse{0, {}, answer.error().detail};
  }

  std::optional<AdminSources::Leader> leader;
  bool not_ready = false;
  std::vector<std::string> asked;
  asio::io_context io;
  AsioClock clock{io.get_executor()};
  std::unique_ptr<HttpServer> server;
  std::unique_ptr<HttpClient> client;
};

TEST_F(AdminServer, ShowsTheStatusToEverybodyHere) {
  const HttpResponse answer = ask("GET", "/statusz", "", false);

  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(json::parse(answer.body)["schema"], 1);
  EXPECT_EQ(ask("POST", "/statusz").status, 405);
}

TEST_F(AdminServer, BeginsAFullSyncOfAllOrOfOne) {
  const HttpResponse answer = ask("POST", "/resync");
  EXPECT_EQ(answer.status, 202);
  EXPECT_EQ(json::parse(answer.body), json::parse(R"({"resync":[{"vcenter":"vc","cycle":3}]})"));

  EXPECT_EQ(ask("POST", "/resync", R"({"vcenter":"vc"})").status, 202);
  EXPECT_THAT(asked, ElementsAre("resync ", "resync vc"));
}

TEST_F(AdminServer, LooksAtOneVolume) {
  const HttpResponse answer = ask("POST", "/resync", R"({"object":"shop/data"})");

  EXPECT_EQ(answer.status, 202);
  EXPECT_EQ(json::parse(answer.body),
            json::parse(R"({"resync":[{"volume":"vol-1","vcenter":"vc","number":4}]})"));
  EXPECT_THAT(asked, ElementsAre("resync object shop/data"));
}

TEST_F(AdminServer, ExplainsWhatIsNamedInTheQuery) {
  const HttpResponse answer = ask("GET", "/explain?name=%5Bds%5D%20a/b.vmdk", "", false);

  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(json::parse(answer.body)["name"], "x");
  EXPECT_THAT(asked, ElementsAre("explain [ds] a/b.vmdk"));
  EXPECT_EQ(ask("POST", "/explain?name=x").status, 405);
}

TEST_F(AdminServer, StreamsADiff) {
  EXPECT_EQ(ask("GET", "/diff", "", false).body, "{\"line\":0}\n{\"line\":1}\n{\"line\":2}\n");
  EXPECT_EQ(ask("GET", "/diff?vcenter=v%20c").status, 200);

  EXPECT_THAT(asked, ElementsAre("diff ", "diff v c"));
}

TEST_F(AdminServer, StreamsTheDriftReportInTheFormatAskedFor) {
  const HttpResponse answer = ask("GET", "/drift", "", false);
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(header(answer.headers, "Content-Type"), "application/json");

  const HttpResponse csv = ask("GET", "/drift?class=shared_handle&format=csv");
  EXPECT_EQ(header(csv.headers, "Content-Type"), "text/csv; charset=utf-8");
  EXPECT_EQ(csv.body, "{\"line\":0}\n{\"line\":1}\n{\"line\":2}\n");

  EXPECT_THAT(asked, ElementsAre("drift json all", "drift csv shared_handle"));
  EXPECT_EQ(ask("POST", "/drift").status, 405);
}

TEST_F(AdminServer, Confirms) {
  const HttpResponse answer = ask("POST", "/confirm/view");

  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(json::parse(answer.body)["count"], 7);
  EXPECT_THAT(asked, ElementsAre("confirm view"));
}

TEST_F(AdminServer, AWriteNeedsPostAndTheHeader) {
  EXPECT_EQ(ask("GET", "/resync").status, 405);
  EXPECT_EQ(ask("POST", "/resync", "", false).status, 403);
  EXPECT_EQ(ask("POST", "/confirm/view", "", false).status, 403);
  EXPECT_THAT(asked, IsEmpty());
}

TEST_F(AdminServer, WhatItDoesNotKnowIsNamed) {
  EXPECT_THAT(ask("GET", "/nothing").body, HasSubstr("/nothing"));
  EXPECT_EQ(ask("GET", "/nothing").status, 404);
  EXPECT_EQ(ask("POST", "/resync", R"({"vcenter":"elsewhere"})").status, 404);
  EXPECT_EQ(ask("POST", "/confirm/everything").status, 404);
  EXPECT_EQ(ask("GET", "/explain?name=nothing").status, 404);
  EXPECT_EQ(ask("POST", "/resync", R"({"object":"nothing"})").status, 404);
  for (const char* target :
       {"/explain", "/explain?name=", "/explain?pv=x", "/diff?name=x", "/explain?name=x&pv=y",
        "/drift?vcenter=x", "/drift?class=other", "/drift?format=xml"}) {
    EXPECT_EQ(ask("GET", target).status, 400) << target;
  }
  for (const char* body : {"nonsense", R"({"vcenter":1})", R"({"other":"vc"})", "[]",
                           R"({"object":"x","vcenter":"vc"})"}) {
    EXPECT_EQ(ask("POST", "/resync", body).status, 400) << body;
  }
  EXPECT_THAT(asked, IsEmpty());
}

TEST_F(AdminServer, AStandbySaysWhoLeads) {
  leader = AdminSources::Leader{"pod-1", "vmware-system-csi"};

  const HttpResponse answer = ask("POST", "/resync");

  EXPECT_EQ(answer.status, 409);
  EXPECT_EQ(json::parse(answer.body)["leader"], "pod-1");
  EXPECT_EQ(json::parse(answer.body)["namespace"], "vmware-system-csi");
  EXPECT_EQ(ask("GET", "/explain?name=x").status, 409);
  EXPECT_EQ(ask("GET", "/diff").status, 409);
  EXPECT_EQ(ask("GET", "/drift").status, 409);
  EXPECT_EQ(ask("POST", "/confirm/view").status, 409);

  leader->holder.clear();
  EXPECT_THAT(ask("GET", "/explain?name=x").body, testing::HasSubstr("nobody leads"));
  EXPECT_EQ(ask("GET", "/statusz").status, 200);
  EXPECT_THAT(asked, IsEmpty());
}

TEST_F(AdminServer, WhatCannotBeAskedYetMayBeAskedAgain) {
  not_ready = true;

  EXPECT_EQ(ask("POST", "/resync").status, 503);
  EXPECT_EQ(ask("GET", "/explain?name=x").status, 503);
  EXPECT_EQ(ask("GET", "/diff").status, 503);
  EXPECT_EQ(ask("GET", "/drift").status, 503);
}

} // namespace
} // namespace syncer

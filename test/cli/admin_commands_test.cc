#include "cli/admin_commands.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <sstream>

#include "cli/status_text.h"

namespace syncer {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

// A service whose answers are written down. The last status is repeated.
class Service {
 public:
  Outcome<json> ask(const std::string& method, const std::string& path, const json& body) {
    asked.push_back(method + " " + path + (body.is_null() ? "" : " " + body.dump()));
    if (refusal) return *refusal;
    if (path == "/resync") return json::parse(R"({"resync":[{"vcenter":"vc","cycle":2}]})");
    if (path != "/statusz") return json::parse(R"({"count":3})");
    const json status = statuses.front();
    if (statuses.size() > 1) statuses.pop_front();
    return status;
  }
  std::vector<std::string> asked;
  std::deque<json> statuses{json::object()};
  std::optional<Error> refusal;
};

class ToService final : public AdminPort {
 public:
  explicit ToService(Service& service) : service_(service) {}
  Outcome<json> ask(const std::string& method, const std::string& path, const json& body) override {
    return service_.ask(method, path, body);
  }

 private:
  Service& service_;
};

json status_with(std::uint64_t ended, const std::string& result) {
  return {{"schema", 1},
          {"health", "fine"},
          {"leads", true},
          {"conditions", json::array()},
          {"vcenters",
           {{{"host", "vc"},
             {"full_sync",
              {{"ended", ended},
               {"running", ended < 2},
               {"last_result", result},
               {"last_error", ""},
               {"volumes_read", 50},
               {"differed", 4},
               {"synced", 3},
               {"failed", 1}}}}}}};
}

class AdminCommands : public testing::Test {
 protected:
  int run(const std::string& name, const std::vector<std::string>& arguments) {
    const AdminCommand command = admin_command(name);
    EXPECT_NE(command, nullptr);
    Terminal terminal{out,
                      err,
                      interactive,
                      [this] { return answer; },
                      [this](Clock::duration time) { now += time; },
                      [this] { return now; }};
    const OpenAdminPort open = [this](const std::string& where) {
      address = where;
      return std::make_unique<ToService>(service);
    };
    return command(arguments, open, terminal);
  }

  Service service;
  bool interactive = false;
  std::string answer;
  std::string address;
  Clock::time_point now{std::chrono::hours(1)};
  std::ostringstream out;
  std::ostringstream err;
};

TEST_F(AdminCommands, AreKnownByName) {
  EXPECT_EQ(admin_command("dance"), nullptr);
  EXPECT_EQ(run("resync-all", {"--help"}), kDone);
  EXPECT_THAT(out.str(), HasSubstr("Example: vsphere-syncer resync-all --yes --wait"));
  EXPECT_EQ(run("status", {"--dance"}), kWrongUsage);
  EXPECT_THAT(err.str(), HasSubstr("--dance"));
}

TEST_F(AdminCommands, AskWhereTheyAreTold) {
  run("status", {"--admin-address=127.0.0.1:99"});

  EXPECT_EQ(address, "127.0.0.1:99");
}

TEST_F(AdminCommands, SayWhyNobodyAnswered) {
  service.refusal = Error{ErrorKind::kTransient, "nobody there"};

  EXPECT_EQ(run("status", {}), kFailed);
  EXPECT_EQ(run("resync-all", {"--yes"}), kFailed);
  EXPECT_EQ(run("confirm", {"view"}), kFailed);

  EXPECT_EQ(err.str(), "nobody there\nnobody there\nnobody there\n");
}

TEST_F(AdminCommands, ResyncAllAsksOnATerminalOnly) {
  EXPECT_EQ(run("resync-all", {}), kWrongUsage);
  EXPECT_THAT(err.str(), HasSubstr("--yes"));
  interactive = true;
  answer = "n";
  EXPECT_EQ(run("resync-all", {}), kFailed);
  EXPECT_THAT(service.asked, IsEmpty());

  answer = "y";
  EXPECT_EQ(run("resync-all", {"--vcenter=vc"}), kDone);

  EXPECT_THAT(service.asked, ElementsAre(R"(POST /resync {"vcenter":"vc"})"));
}

TEST_F(AdminCommands, ResyncAllWaitsForItsOwnCycle) {
  service.statuses = {status_with(0, "success"), status_with(1, "success"),
                      status_with(2, "success")};

  EXPECT_EQ(run("resync-all", {"--yes", "--wait"}), kDone);

  EXPECT_EQ(service.asked.size(), 4u);
  EXPECT_EQ(out.str(), "vc: success, 50 volumes read, 4 differed, 3 synced, 1 failed\n");
}

TEST_F(AdminCommands, AResultThatIsNoSuccessIsAFailure) {
  for (const char* result : {"partial", "failure"}) {
    service.statuses = {status_with(2, result)};
    EXPECT_EQ(run("resync-all", {"--yes", "--wait"}), kFailed) << result;
  }
  EXPECT_THAT(out.str(), HasSubstr("vsphere-syncer status"));
}

TEST_F(AdminCommands, ResyncAllGivesUpInTime) {
  service.statuses = {status_with(1, "success")};

  EXPECT_EQ(run("resync-all", {"--yes", "--wait", "--timeout=30s"}), kTimedOut);

  EXPECT_GE(now, Clock::time_point(std::chrono::hours(1)) + std::chrono::seconds(30));
  EXPECT_THAT(err.str(), HasSubstr("30s"));
  EXPECT_EQ(run("resync-all", {"--yes", "--timeout=soon"}), kWrongUsage);
}

TEST_F(AdminCommands, ProgressIsForTerminals) {
  interactive = true;
  service.statuses = {status_with(1, "success"), status_with(2, "success")};

  run("resync-all", {"--yes", "--wait"});

  EXPECT_THAT(out.str(), HasSubstr("\rvc: 4 differed, 3 synced, 1 failed"));
}

TEST_F(AdminCommands, AVCenterThatLeavesEndsTheWait) {
  json empty = status_with(1, "success");
  empty["vcenters"] = json::array();
  service.statuses = {empty};

  EXPECT_EQ(run("resync-all", {"--yes", "--wait"}), kFailed);

  EXPECT_THAT(err.str(), HasSubstr("vc is not configured any more"));
}

TEST_F(AdminCommands, JsonIsAllThereIs) {
  service.statuses = {status_with(2, "success")};

  EXPECT_EQ(run("resync-all", {"--yes", "--wait", "-o", "json"}), kDone);

  const json shown = json::parse(out.str());
  EXPECT_EQ(shown["resync"][0]["vcenter"], "vc");
  EXPECT_EQ(shown["resync"][0]["synced"], 3);
}

TEST_F(AdminCommands, ConfirmShowsWhatStandsAndAsks) {
  json status = status_with(2, "success");
  status["conditions"] = {{{"type", "MassMissing"}, {"vcenter", "vc"}, {"detail", "9 of 10"}},
                          {{"type", "ConfigInvalid"}, {"vcenter", ""}, {"detail", "line 3"}}};
  service.statuses = {status};

  EXPECT_EQ(run("confirm", {"missing"}), kFailed);
  EXPECT_THAT(out.str(), HasSubstr("MassMissing at vc: 9 of 10"));
  EXPECT_THAT(out.str(), Not(HasSubstr("line 3")));
  EXPECT_EQ(run("confirm", {"missing", "--yes"}), kDone);

  EXPECT_EQ(service.asked.back(), "POST /confirm/missing");
  EXPECT_THAT(out.str(), HasSubstr("confirmed: 3"));
}

TEST_F(AdminCommands, WhatIsNotHeldIsNotConfirmed) {
  service.statuses = {status_with(2, "success")};

  EXPECT_EQ(run("confirm", {"unregister", "--yes"}), kDone);

  EXPECT_THAT(service.asked, ElementsAre("GET /statusz"));
  EXPECT_THAT(out.str(), HasSubstr("nothing is held"));
  EXPECT_EQ(run("confirm", {"everything"}), kWrongUsage);
}

TEST(StatusText, ShowsConditionsVolumesAndFailures) {
  const json status = json::parse(R"({
    "health": "MassMissing at vc: 9 of 10.",
    "conditions": [{"type": "MassMissing", "vcenter": "vc", "detail": "9 of 10", "for_seconds": 300}],
    "vcenters": [{"host": "vc",
      "volumes": {"in_sync": 5, "pending": 1, "failed": 2, "unknown": 0},
      "full_sync": {"running": false, "last_result": "partial", "last_error": "", "volumes_read": 8,
                    "differed": 3, "synced": 1, "failed": 2},
      "endings": {"missing": 9, "missing_labelled": 0, "missing_held": 9, "unregistered": 1,
                  "unregister_held": 0},
      "failures": [{"volume": "v1", "pv": "pv-1", "reason": "refused", "for_seconds": 7300}]}]})");

  EXPECT_EQ(status_text(status),
            "MassMissing at vc: 9 of 10.\n"
            "condition  MassMissing at vc for 5 min: 9 of 10\n"
            "\n"
            "vCenter vc\n"
            "  volumes    5 in sync, 1 pending, 2 failed, 0 unknown\n"
            "  full sync  partial, 8 volumes read, 3 differed, 2 failed\n"
            "  endings    9 missing (0 labelled, 9 held), 1 unregistered (0 held)\n"
            "  failed     v1 pv=pv-1 for 2 h: refused\n");
}

TEST(StatusText, AStatusOfAnotherVersionIsShownAsFarAsItGoes) {
  EXPECT_EQ(status_text(json::object()), "-\n");
}

TEST(StatusText, TellsHowLong) {
  EXPECT_EQ(for_how_long(0), "for 0 s");
  EXPECT_EQ(for_how_long(119), "for 119 s");
  EXPECT_EQ(for_how_long(120), "for 2 min");
  EXPECT_EQ(for_how_long(7200), "for 2 h");
  EXPECT_EQ(for_how_long(3 * 86400), "for 3 d");
}

} // namespace
} // namespace syncer

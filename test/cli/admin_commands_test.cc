#include "admin_rig.h"

namespace syncer {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

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

class AdminCommands : public AdminRig {};

TEST_F(AdminCommands, AreKnownByName) {
  EXPECT_EQ(admin_command("dance"), nullptr);
  EXPECT_EQ(run("resync-all", {"--help"}), kDone);
  EXPECT_THAT(out.str(), HasSubstr("Example: vsphere-syncer resync-all --yes --wait"));
  EXPECT_EQ(run("status", {"--dance"}), kWrongUsage);
  EXPECT_THAT(err.str(), HasSubstr("--dance"));
}

TEST_F(AdminCommands, EveryOneHasAnExampleAndSaysItsExitCodes) {
  for (const char* name : {"status", "resync-all", "resync", "explain", "diff", "confirm"}) {
    out.str("");
    EXPECT_EQ(run(name, {"--help"}), kDone) << name;
    EXPECT_THAT(out.str(), HasSubstr("Exit code 0: ")) << name;
    EXPECT_THAT(out.str(), HasSubstr(std::string("Example: vsphere-syncer ") + name)) << name;
  }
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
  service.statuses = {status_with(1, "success"), status_with(2, "success")};
  run("resync-all", {"--yes", "--wait"});
  EXPECT_EQ(err.str(), "");
  progress = true;
  service.statuses = {status_with(1, "success"), status_with(2, "success")};

  run("resync-all", {"--yes", "--wait"});

  EXPECT_EQ(err.str().back(), '\n');
  EXPECT_THAT(err.str(), HasSubstr("\rvc: 4 differed, 3 synced, 1 failed"));
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

} // namespace
} // namespace syncer

#include "admin_rig.h"
#include "cli/status_text.h"

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

TEST(StatusText, AStandbyNamesTheOneThatLeads) {
  const json status = json::parse(R"({"health": "Standing by; pod-1 leads.", "leads": false,
    "leader": "pod-1", "leader_namespace": "csi", "conditions": [], "vcenters": []})");

  EXPECT_EQ(status_text(status),
            "Standing by; pod-1 leads.\n"
            "All about the volumes:\n"
            "  kubectl exec -n csi pod-1 -c vsphere-syncer -- vsphere-syncer status\n");
}

TEST(StatusText, WhatATerminalWouldObeyIsNotShown) {
  EXPECT_EQ(printable("a\x1b[2Jb\n\x7f"), "a?[2Jb??");
  EXPECT_EQ(printable("\xc2\x9b"
                      "2J \xc3\xbc \xc2\xb5"),
            "?2J \xc3\xbc \xc2\xb5");
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

#include "cli/status_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

namespace syncer {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

// One vCenter where all is well, as the service tells it.
json healthy() {
  json status = json::parse(R"({
    "version": "1.2.3", "health_level": "good", "leads": true, "leader": "pod-1",
    "leads_for_seconds": 300000,
    "health": "All 5,000 volumes in sync; last change reached CNS in 38 ms.",
    "conditions": [],
    "vcenters": [{"host": "vc-1.example.com",
      "volumes": {"in_sync": 5000, "pending": 0, "failed": 0, "unknown": 0},
      "queue_depth": 0, "in_flight": 0, "oldest_pending_seconds": 0,
      "lag": {"last_seconds": 0.038, "minutes": []},
      "full_sync": {"running": false},
      "full_syncs": [
        {"began_seconds_ago": 2000, "took_seconds": 4.21, "result": "success",
         "volumes_read": 5000, "differed": 12, "synced": 12, "failed": 0, "error": ""},
        {"began_seconds_ago": 200, "took_seconds": 3.94, "result": "success",
         "volumes_read": 5000, "differed": 0, "synced": 0, "failed": 0, "error": ""}],
      "endings": {"missing": 0, "missing_labelled": 0, "missing_held": 0, "unregistered": 0,
                  "unregister_held": 0},
      "failures": [], "failures_by_reason": {}, "drift": {"cns_without_pv": 0}}]})");
  json& minutes = status["vcenters"][0]["lag"]["minutes"];
  for (int k = 0; k < 60; ++k) {
    const double p99 = k == 50 ? 1.2 : 0.1;
    minutes.push_back({{"changes", k % 2}, {"p50_seconds", 0.04}, {"p99_seconds", p99}});
  }
  minutes[50]["changes"] = 3;
  return status;
}

json failure(const std::string& pv, double seconds, const std::string& error) {
  return {{"volume", "5c1f9a3e-6f0e-4a57-9d5e-0b4d2f1c7a10"},
          {"pv", pv},
          {"kind", "other_fault"},
          {"error", error},
          {"attempts", 12},
          {"for_seconds", seconds},
          {"next_retry_seconds", 33.2}};
}

json failing() {
  json status = healthy();
  status["health"] = "2 volumes cannot be brought into sync; 4,998 in sync.";
  status["health_level"] = "bad";
  json& vcenter = status["vcenters"][0];
  vcenter["volumes"] = {{"in_sync", 4998}, {"pending", 0}, {"failed", 2}, {"unknown", 0}};
  vcenter["failures"] = {
      failure("pvc-0b6f8a52-7f0c-4f0e-9b57-2f1f0d4c3b2a", 7300,
              "update: CnsFault: the operation is not allowed in the present state of the "
              "datastore, as its host is in maintenance mode"),
      failure("-", 90, "refused")};
  vcenter["failures"][1]["next_retry_seconds"] = nullptr;
  vcenter["failures_by_reason"] = {{"other_fault", 2}};
  return status;
}

class StatusText : public testing::Test {
 protected:
  Terminal terminal(std::size_t width) {
    Terminal terminal{out, out};
    terminal.width = width;
    return terminal;
  }
  std::string shown(const json& status, std::size_t width) {
    return status_text(status, terminal(width));
  }

  std::ostringstream out;
};

TEST_F(StatusText, OfAHealthyServiceFitsOnAScreenOfEightyColumns) {
  EXPECT_EQ(shown(healthy(), 80),
            "All 5,000 volumes in sync; last change reached CNS in 38 ms.\n"
            "\n"
            "VCENTER           IN SYNC  PENDING  FAILED  UNKNOWN  QUEUE  IN FLIGHT  OLDEST\n"
            "vc-1.example.com    5,000        0       0        0      0          0       -\n"
            "\n"
            "LAG P50  LAG P99  LAST FULL SYNC\n"
            "  40 ms   100 ms  success 3 min ago\n"
            "\n"
            "LAG, p99 of each minute of the last hour; █ is 1.2 s\n"
            "   ▁ ▁ ▁ ▁ ▁ ▁ ▁ ▁ ▁ ▁ ▁ ▁ ▁ ▁ ▁ ▁ ▁ ▁ ▁ ▁ ▁ ▁ ▁ ▁ ▁█▁ ▁ ▁ ▁ ▁\n"
            "\n"
            "FULL SYNC    TOOK  RESULT    READ  DIFFERED  WRITTEN  FAILED\n"
            "3 min ago   3.9 s  success  5,000         0        0       0\n"
            "33 min ago  4.2 s  success  5,000        12       12       0\n"
            "\n"
            "vsphere-syncer 1.2.3; pod-1 leads for 3 d\n");
}

TEST_F(StatusText, OfAHundredAndSixtyColumnsIsOneTable) {
  EXPECT_THAT(
      shown(healthy(), 160),
      HasSubstr("IN FLIGHT  OLDEST  LAG P50  LAG P99  LAST FULL SYNC\n"
                "vc-1.example.com    5,000        0       0        0      0          0      "
                " -    40 ms   100 ms  success 3 min ago\n"));
}

TEST_F(StatusText, NoLineIsWiderThanTheTerminal) {
  json status = failing();
  status["conditions"] = {{{"type", "MissingPrivileges"},
                           {"vcenter", "vc-1.example.com"},
                           {"for_seconds", 300},
                           {"detail",
                            "the user lacks Cns.Searchable on the root folder: run "
                            "deploy/vcenter-role.sh, which grants what is missing"}}};
  status["vcenters"].push_back(status["vcenters"][0]);
  for (const std::size_t width : {40, 60, 80, 100, 160}) {
    std::istringstream lines(shown(status, width));
    for (std::string line; std::getline(lines, line);)
      EXPECT_LE(display_width(line), width) << line;
  }
}

TEST_F(StatusText, FailuresHaveTheirErrorBelowWhereThereIsNoRoomBeside) {
  const std::string text = shown(failing(), 80);

  EXPECT_THAT(text, HasSubstr("FAILING BECAUSE  VOLUMES\n"
                              "other fault            2\n"));
  EXPECT_THAT(
      text,
      HasSubstr("FAILING VOLUME                             FOR  TRIES   NEXT TRY\n"
                "pvc-0b6f8a52-7f0c-4f0e-9b57-2f1f0d4c3b2a   2 h     12    in 34 s\n"
                "    update: CnsFault: the operation is not allowed in the present state of the\n"
                "    datastore, as its host is in maintenance mode\n"
                "5c1f9a3e-6f0e-4a57-9d5e-0b4d2f1c7a10      90 s     12  on change\n"
                "    refused\n"));
}

TEST_F(StatusText, InAFileEveryFailureIsOneLineWithItsId) {
  const std::string text = shown(failing(), 0);

  EXPECT_THAT(text, HasSubstr("pvc-0b6f8a52-7f0c-4f0e-9b57-2f1f0d4c3b2a  "
                              "5c1f9a3e-6f0e-4a57-9d5e-0b4d2f1c7a10   2 h     12    in 34 s  "
                              "update: CnsFault: the operation is not allowed in the present state "
                              "of the datastore, as its host is in maintenance mode\n"));
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
  EXPECT_THAT(text, Not(HasSubstr("…")));
}

TEST_F(StatusText, TheWorstFailuresOfAllVCentersAreListed) {
  json status = healthy();
  json second = status["vcenters"][0];
  second["host"] = "vc-2";
  second["failures"] = {failure("oldest", 900, "x"), failure("newest", 10, "x")};
  status["vcenters"][0]["failures"] = {failure("middle", 300, "x")};
  status["vcenters"].push_back(second);

  const std::string text = status_text(status, terminal(80), 2);

  EXPECT_LT(text.find("oldest"), text.find("middle"));
  EXPECT_THAT(text, HasSubstr("vc-2              oldest"));
  EXPECT_THAT(text, Not(HasSubstr("newest")));
  EXPECT_THAT(text, HasSubstr("and 1 more: vsphere-syncer status --failures=3\n"));
}

TEST_F(StatusText, ConditionsAreNeverCut) {
  json status = healthy();
  status["conditions"] = {{{"type", "MassMissing"},
                           {"vcenter", "vc"},
                           {"for_seconds", 300},
                           {"detail",
                            "9 of 10 volumes have no PersistentVolume; if they are "
                            "really gone: vsphere-syncer confirm missing"}}};

  EXPECT_THAT(shown(status, 80),
              HasSubstr("CONDITION    VCENTER    FOR\n"
                        "MassMissing  vc       5 min\n"
                        "    9 of 10 volumes have no PersistentVolume; if they are really gone:\n"
                        "    vsphere-syncer confirm missing\n"));
}

TEST_F(StatusText, WhatIsMissingAndWhatDriftedIsShownIfThereIsAny) {
  json status = healthy();
  EXPECT_THAT(shown(status, 80), Not(HasSubstr("DRIFT")));
  EXPECT_THAT(shown(status, 80), Not(HasSubstr("NOT IN KUBERNETES")));
  status["vcenters"][0]["drift"] = {{"cns_without_pv", 4}, {"shared_handle", 0}};
  status["vcenters"][0]["endings"]["missing"] = 9;

  const std::string text = shown(status, 80);

  EXPECT_THAT(text, HasSubstr("DRIFT           VOLUMES\n"
                              "cns without pv        4\n"
                              "Each of them: vsphere-syncer drift\n\n"));
  EXPECT_THAT(text, HasSubstr("                9         0          0             0          0\n"));
}

TEST_F(StatusText, ARunningFullSyncShowsHowFarItIs) {
  json status = healthy();
  json& vcenter = status["vcenters"][0];
  vcenter["full_sync"] = {{"running", true}, {"differed", 40}, {"synced", 12}};
  EXPECT_THAT(shown(status, 80), HasSubstr("running, 12 of 40 written"));
  vcenter["full_sync"] = {{"running", false}};
  vcenter["full_syncs"] = json::array();
  EXPECT_THAT(shown(status, 80), HasSubstr("none yet"));
}

TEST_F(StatusText, OnlyTheLastFullSyncsAreListed) {
  json status = healthy();
  json& syncs = status["vcenters"][0]["full_syncs"];
  for (int k = 0; k < 7; ++k) syncs.push_back(syncs[1]);

  const std::string text = shown(status, 80);

  EXPECT_THAT(text, Not(HasSubstr("33 min ago")));
  std::size_t listed = 0;
  for (auto at = text.find("\n3 min ago"); at != std::string::npos; ++listed) {
    at = text.find("\n3 min ago", at + 1);
  }
  EXPECT_EQ(listed, 5u);
}

TEST_F(StatusText, TheHourIsAsLongAsTheServiceIsOld) {
  json status = healthy();
  json& minutes = status["vcenters"][0]["lag"]["minutes"];
  minutes = {{{"changes", 2}, {"p50_seconds", 0.04}, {"p99_seconds", 0.5}}};
  EXPECT_THAT(shown(status, 80), HasSubstr("of the last minute; █ is 500 ms\n  █\n"));
  minutes[0]["changes"] = 0;
  EXPECT_THAT(shown(status, 80), Not(HasSubstr("LAG, ")));
}

TEST_F(StatusText, ATerminalOfAsciiGetsAsciiOnly) {
  Terminal ascii = terminal(60);
  ascii.unicode = false;

  const std::string text = status_text(failing(), ascii);

  EXPECT_THAT(text, HasSubstr("# is 1.2 s"));
  for (const char byte : text) EXPECT_GE(byte, 0) << text;
}

TEST_F(StatusText, TheSentenceHasTheColourOfItsLevel) {
  Terminal coloured = terminal(80);
  coloured.colours = true;
  json status = healthy();
  EXPECT_TRUE(status_text(status, coloured).starts_with("\x1b[32mAll 5,000"));
  status["health_level"] = "attention";
  EXPECT_TRUE(status_text(status, coloured).starts_with("\x1b[33mAll 5,000"));
  EXPECT_TRUE(status_text(failing(), coloured).starts_with("\x1b[31m2 volumes"));
}

TEST_F(StatusText, AStatusOfAnotherVersionIsShownAsFarAsItGoes) {
  EXPECT_EQ(shown(json::object(), 80), "-\n");
  EXPECT_THAT(shown(json::parse(R"({"health": "x", "vcenters": [{}]})"), 80),
              HasSubstr("none yet"));
}

TEST_F(StatusText, AStandbyNamesTheOneThatLeads) {
  const json status = json::parse(R"({"health": "Standing by; pod-1 leads.", "leads": false,
    "leader": "pod-1", "leader_namespace": "csi", "conditions": [], "vcenters": []})");

  EXPECT_EQ(shown(status, 80),
            "Standing by; pod-1 leads.\n"
            "All about the volumes:\n"
            "  kubectl exec -n csi pod-1 -c vsphere-syncer -- vsphere-syncer status\n");
}

} // namespace
} // namespace syncer

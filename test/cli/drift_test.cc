#include "admin_rig.h"

namespace syncer {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

class DriftCommand : public AdminRig {
 protected:
  DriftCommand() {
    service.drift = {{"schema", 1},
                     {"vcenters",
                      {{{"vcenter", "vc"},
                        {"full_sync_ended", "2026-01-31T00:00:00Z"},
                        {"full_sync_ended_seconds_ago", 130.5},
                        {"left_out", 0},
                        {"rows", json::array()}}}}};
    service.statuses = {json::parse(R"({"vcenters":[{"host":"vc","full_sync":
      {"ended":1,"differed":0,"synced":0,"failed":0,"last_result":"success"}}]})"),
                        json::parse(R"({"vcenters":[{"host":"vc","full_sync":
      {"ended":2,"differed":3,"synced":3,"failed":0,"last_result":"success"}}]})")};
  }
  json& vcenter() { return service.drift["vcenters"][0]; }
  void add(const json& more = json::object()) {
    json row = json::parse(R"({"class":"cns_without_pv","volume":"v1","in_tree_path":"",
      "name":"pvc-1","pvs":[],"claim":"","since":"2026-01-30T00:00:00Z","for_seconds":90000,
      "detail":"no PersistentVolume and no pod names it","command":"govc volume.ls -l v1",
      "comment":"# govc volume.rm -keep v1"})");
    row.update(more);
    vcenter()["rows"].push_back(row);
  }
};

TEST_F(DriftCommand, ATableAndBelowItWhatLooksCloser) {
  add();
  add({{"class", "shared_handle"},
       {"volume", "v2"},
       {"for_seconds", 400},
       {"pvs", {"a", "b"}},
       {"claim", "shop/data"},
       {"detail", "2 PersistentVolumes name this disk; CNS shows a"},
       {"command", "govc volume.ls -l v2"},
       {"comment", "# kubectl get pv a b"}});

  EXPECT_EQ(run("drift", {}), kDone);

  EXPECT_THAT(service.asked, ElementsAre("GET /drift"));
  EXPECT_EQ(out.str(),
            "vc: 2 found, as of the full sync that ended 2 min ago\n"
            "#  CLASS           FOR    VOLUME  PV   CLAIM\n"
            "1  cns_without_pv  25 h   v1      -    -\n"
            "2  shared_handle   6 min  v2      a b  shop/data\n"
            "\n"
            "# 1: no PersistentVolume and no pod names it\n"
            "govc volume.ls -l v1\n"
            "# govc volume.rm -keep v1\n"
            "\n"
            "# 2: 2 PersistentVolumes name this disk; CNS shows a\n"
            "govc volume.ls -l v2\n"
            "# kubectl get pv a b\n");
}

TEST_F(DriftCommand, NoDriftIsOneLine) {
  EXPECT_EQ(run("drift", {}), kDone);

  EXPECT_EQ(out.str(), "vc: no drift, as of the full sync that ended 2 min ago\n");
}

TEST_F(DriftCommand, BeforeTheFirstFullSyncNobodyKnows) {
  vcenter()["full_sync_ended"] = nullptr;
  vcenter()["full_sync_ended_seconds_ago"] = nullptr;

  EXPECT_EQ(run("drift", {}), kDone);
  EXPECT_EQ(out.str(), "vc: not known yet: no complete full sync has ended\n");
  EXPECT_EQ(run("drift", {"--exit-code"}), kFailed);
}

TEST_F(DriftCommand, TheExitCodeTellsOfDriftWhenAsked) {
  EXPECT_EQ(run("drift", {"--exit-code"}), kDone);
  add();
  EXPECT_EQ(run("drift", {"--exit-code"}), kFailed);
  EXPECT_EQ(run("drift", {"--exit-code", "-o", "json"}), kFailed);
  EXPECT_EQ(run("drift", {}), kDone);
}

TEST_F(DriftCommand, WhatIsNotListedIsCounted) {
  add();
  vcenter()["left_out"] = 7;

  run("drift", {});

  EXPECT_THAT(out.str(), StartsWith("vc: 8 found"));
  EXPECT_THAT(out.str(), HasSubstr("\n... and 7 more, which are counted only\n"));
}

// Everything but a command is a comment, however narrow the terminal is.
TEST_F(DriftCommand, LongCommentsStayComments) {
  size.columns = 40;
  add({{"detail", "the disk is at [ds2] vm/a_1.vmdk, and its path says [ds] kubevols/a.vmdk"},
       {"comment", "# still wanted: make a PersistentVolume; not: govc volume.rm -keep v1"}});

  run("drift", {});

  std::istringstream text(out.str().substr(out.str().find("\n\n") + 2));
  std::vector<std::string> commands;
  for (std::string line; std::getline(text, line);) {
    EXPECT_LE(line.size(), 40u) << line;
    if (!line.starts_with("# ")) commands.push_back(line);
  }
  EXPECT_THAT(commands, ElementsAre("govc volume.ls -l v1"));
}

TEST_F(DriftCommand, AnOddNameHasNoCommandAndNoLineOfItsOwn) {
  add({{"volume", "a\nreboot"}, {"command", ""}, {"comment", ""}, {"detail", "a\nreboot"}});

  run("drift", {});

  EXPECT_THAT(out.str(), Not(HasSubstr("\nreboot")));
  EXPECT_THAT(out.str(), HasSubstr("# 1: a?reboot\n"));
}

TEST_F(DriftCommand, OneClassAlone) {
  EXPECT_EQ(run("drift", {"--class", "moved_backing"}), kDone);
  EXPECT_THAT(service.asked, ElementsAre("GET /drift?class=moved_backing"));

  EXPECT_EQ(run("drift", {"--class", "other"}), kWrongUsage);
}

TEST_F(DriftCommand, JsonAndCsvAreThoseOfTheService) {
  add();
  EXPECT_EQ(run("drift", {"-o", "json"}), kDone);
  EXPECT_EQ(json::parse(out.str()), service.drift);

  out.str("");
  service.asked.clear();
  service.text = "vcenter,class\r\nvc,cns_without_pv\r\n";
  EXPECT_EQ(run("drift", {"-o", "csv", "--class=cns_without_pv"}), kDone);
  EXPECT_EQ(out.str(), service.text);
  EXPECT_THAT(service.asked, testing::Contains("GET /drift?class=cns_without_pv&format=csv"));
}

TEST_F(DriftCommand, NowWaitsForAFullSyncFirst) {
  progress = true;

  EXPECT_EQ(run("drift", {"--now"}), kDone);

  EXPECT_THAT(service.asked,
              ElementsAre("POST /resync", "GET /statusz", "GET /statusz", "GET /drift"));
  EXPECT_THAT(err.str(), HasSubstr("vc: 3 differed, 3 synced, 0 failed, done"));
}

TEST_F(DriftCommand, AFullSyncThatFailsIsSaid) {
  service.statuses = {json::parse(R"({"vcenters":[{"host":"vc","full_sync":
      {"ended":2,"last_result":"failure","last_error":"no answer"}}]})")};

  EXPECT_EQ(run("drift", {"--now"}), kDone);

  EXPECT_EQ(err.str(), "vc: the full sync failed: no answer; what follows is of an earlier one\n");
}

TEST_F(DriftCommand, NowEndsAfterItsTimeout) {
  service.statuses.pop_back();

  EXPECT_EQ(run("drift", {"--now", "--timeout", "3s"}), kTimedOut);

  EXPECT_THAT(out.str(), IsEmpty());
  EXPECT_EQ(run("drift", {"--now", "--timeout", "soon"}), kWrongUsage);
}

TEST_F(DriftCommand, ARefusalIsAFailure) {
  service.refusal = Error{ErrorKind::kRejected, "this replica stands by"};

  EXPECT_EQ(run("drift", {}), kFailed);
  EXPECT_EQ(run("drift", {"--now"}), kFailed);
  EXPECT_EQ(run("drift", {"-o", "csv"}), kFailed);

  EXPECT_THAT(err.str(), HasSubstr("this replica stands by\n"));
}

} // namespace
} // namespace syncer

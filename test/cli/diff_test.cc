#include "admin_rig.h"

namespace syncer {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class DiffCommand : public AdminRig {
 protected:
  static json summary(std::size_t differ, std::size_t listed, const std::string& error = "") {
    return {{"summary",
             {{"vcenter", "vc"},
              {"volumes", 10},
              {"in_sync", 6},
              {"differ", differ},
              {"queued", 1},
              {"hands_off", 2},
              {"only_in_cns", 1},
              {"unreadable", 0},
              {"listed", listed},
              {"error", error}}}};
  }
  const json end = {{"end", true}};
  const json row = json::parse(R"({"vcenter": "vc", "volume": "v1", "pv": "pv-1", "in_cns": true,
    "queued": true, "unreadable": "", "changes": [
      {"change": "-", "kind": "POD", "namespace": "shop", "name": "old", "detail": ""},
      {"change": "~", "kind": "PERSISTENT_VOLUME", "namespace": "", "name": "pv-1",
       "detail": "label a is missing"}]})");
  const json absent = json::parse(R"({"vcenter": "vc", "volume": "v2", "pv": "pv-2",
    "in_cns": false, "queued": false, "unreadable": "", "changes": []})");
  const json progress_line = json::parse(R"({"progress":{"vcenter":"vc","done":5,"of":10}})");
};

TEST_F(DiffCommand, ListsWhatDiffers) {
  service.lines = {row, progress_line, absent, progress_line, summary(2, 2), end};

  EXPECT_EQ(run("diff", {}), kFailed);

  EXPECT_THAT(service.asked, ElementsAre("GET /diff"));
  EXPECT_EQ(out.str(),
            "pv-1\n"
            "  volume v1 at vc, being worked on\n"
            "  - POD shop/old\n"
            "  ~ PV pv-1: label a is missing\n"
            "pv-2\n"
            "  volume v2 at vc\n"
            "  ! is not in CNS\n"
            "vc: 10 volumes compared: 2 differ (1 being worked on), 6 in sync, 2 left alone, "
            "1 only in CNS\n");
  EXPECT_EQ(err.str(), "");
}

TEST_F(DiffCommand, NoDifferencesIsZero) {
  service.lines = {summary(0, 0), end};

  EXPECT_EQ(run("diff", {"--vcenter=v c"}), kDone);

  EXPECT_THAT(service.asked, ElementsAre("GET /diff?vcenter=v%20c"));
}

TEST_F(DiffCommand, WhatIsNotListedIsCounted) {
  service.lines = {summary(1500, 1000), end};

  run("diff", {});

  EXPECT_THAT(out.str(), HasSubstr("... and 500 more at vc (1000 are listed at most)\n"));
}

TEST_F(DiffCommand, AComparisonThatEndedEarlyIsAFailure) {
  service.lines = {summary(0, 0, "no answer"), end};
  EXPECT_EQ(run("diff", {}), kFailed);
  EXPECT_THAT(out.str(), HasSubstr("vc: given up after 10 volumes: no answer\n"));

  service.lines = {summary(0, 0)};
  EXPECT_EQ(run("diff", {}), kFailed);
  EXPECT_THAT(err.str(), HasSubstr("broke off"));

  service.refusal = Error{ErrorKind::kTransient, "another diff is under way"};
  EXPECT_EQ(run("diff", {}), kFailed);
  EXPECT_THAT(err.str(), HasSubstr("another diff is under way\n"));
}

TEST_F(DiffCommand, ProgressIsForThoseWhoWatch) {
  service.lines = {progress_line, summary(0, 0), end};
  progress = true;

  run("diff", {});

  EXPECT_THAT(err.str(), HasSubstr("\rvc: 5 of 10 volumes"));
  EXPECT_THAT(out.str(), Not(HasSubstr("5 of 10")));
}

TEST_F(DiffCommand, JsonIsOneDocument) {
  service.lines = {row, summary(1, 1), end};

  EXPECT_EQ(run("diff", {"-o", "json"}), kFailed);

  const json shown = json::parse(out.str());
  EXPECT_EQ(shown["differences"].size(), 1u);
  EXPECT_EQ(shown["summary"][0]["differ"], 1);
}

TEST_F(DiffCommand, WhatCnsDoesNotAnswerIsListed) {
  json bad = absent;
  bad["unreadable"] = "malformed id";
  json total = summary(0, 1);
  total["summary"]["unreadable"] = 1;
  service.lines = {bad, total, end};

  EXPECT_EQ(run("diff", {}), kFailed);

  EXPECT_THAT(out.str(),
              HasSubstr("  volume v2 at vc\n  ! cannot be read from CNS: malformed id\n"));
  EXPECT_THAT(out.str(), HasSubstr("1 only in CNS, 1 unreadable\n"));
}

} // namespace
} // namespace syncer

#include "admin_rig.h"

namespace syncer {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class ExplainCommand : public AdminRig {
 protected:
  ExplainCommand() {
    service.explanations = {json::parse(R"({
      "name": "shop/data", "claim": null,
      "volumes": [{
        "volume": "vol-1", "in_tree_path": "", "vcenter": "vc",
        "verdict": "Not in sync: refused.", "waiting": "",
        "facts": {
          "volumes": [{
            "pv": {"name": "pv-1", "phase": "Bound", "reclaim_policy": "Delete", "dynamic": true,
                   "being_deleted": false, "claim": "shop/data", "labels": {}},
            "claim": {"namespace": "shop", "name": "data", "phase": "Bound", "pv": "pv-1",
                      "being_deleted": false, "labels": {"app": "db"}},
            "claim_gone_seconds": null,
            "pods": [{"namespace": "shop", "name": "web-0", "phase": "Running",
                      "being_deleted": true}]}],
          "pods": []},
        "desired": {"hands_off": null, "entities": [
          {"kind": "PERSISTENT_VOLUME", "namespace": "", "name": "pv-1"},
          {"kind": "PERSISTENT_VOLUME_CLAIM", "namespace": "shop", "name": "data"},
          {"kind": "POD", "namespace": "shop", "name": "web-0"}]},
        "cns": {"state": "known", "entities": [
          {"kind": "PERSISTENT_VOLUME", "namespace": "", "name": "pv-1"}]},
        "work": {"state": "retrying", "attempts_failed": 3, "next_look_in_seconds": 1.2},
        "ending": {"missing": null, "unregister": null, "unregistered": false, "last_error": ""},
        "held_by": ["vCenter does not answer: next call in 5 s"],
        "conditions": [{"type": "ConfigInvalid", "detail": "line 3"}]}]})")};
  }
  json& volume() { return service.explanations.front()["volumes"][0]; }
};

TEST_F(ExplainCommand, ShowsBothSidesAndWhatIsNext) {
  EXPECT_EQ(run("explain", {"shop/data"}), kDone);

  EXPECT_THAT(service.asked, ElementsAre("GET /explain?name=shop%2Fdata"));
  EXPECT_EQ(out.str(),
            "Not in sync: refused.\n"
            "  volume      vol-1 at vc\n"
            "  PV          pv-1: Bound, policy Delete, dynamic\n"
            "  claim       shop/data: Bound\n"
            "    labels    app=db\n"
            "  pod         shop/web-0: Running, being deleted\n"
            "  should be   PV pv-1\n"
            "              PVC shop/data\n"
            "              POD shop/web-0\n"
            "  CNS (known) PV pv-1\n"
            "  work        waits, failed 3 times in a row, next look in 2 s\n"
            "  held by     vCenter does not answer: next call in 5 s\n"
            "  condition   ConfigInvalid: line 3\n");
}

TEST_F(ExplainCommand, LongLinesGoOnBelowTheirTextOnATerminal) {
  volume()["held_by"] = {
      "not everything that is too many in CNS is taken away, because it is not "
      "sure that it is gone from Kubernetes"};
  size.columns = 80;
  run("explain", {"x"});
  EXPECT_THAT(out.str(), HasSubstr("  held by     not everything that is too many in CNS is taken "
                                   "away, because it\n"
                                   "              is not sure that it is gone from Kubernetes\n"));
  size.columns = 0;
  run("explain", {"x"});
  EXPECT_THAT(out.str(), HasSubstr("because it is not sure that it is gone from Kubernetes\n"));
}

TEST_F(ExplainCommand, SaysWhatIsKnownOfCns) {
  const auto shown = [&](const char* state) {
    volume()["cns"]["state"] = state;
    out.str("");
    run("explain", {"x"});
    return out.str();
  };
  EXPECT_THAT(shown("unknown"), HasSubstr("CNS (known) not read yet\n"));
  EXPECT_THAT(shown("absent"), HasSubstr("CNS (known) no such volume\n"));
  EXPECT_THAT(shown("in_doubt"), HasSubstr("CNS (known) in doubt"));
}

TEST_F(ExplainCommand, SaysHowVcentersLogsNameTheLastTry) {
  run("explain", {"x"});
  EXPECT_THAT(out.str(), Not(HasSubstr("vCenter log")));

  volume()["work"]["last_trace"] = "opId=4f2a task=task-7";
  out.str("");
  run("explain", {"x"});
  EXPECT_THAT(out.str(), HasSubstr("  vCenter log opId=4f2a task=task-7\n"));
}

TEST_F(ExplainCommand, HandsOffWantsNothing) {
  volume()["verdict"] = "Left alone: it is so.";
  volume()["desired"]["hands_off"] = {{"reason", "not_ready"}, {"sentence", "it is so"}};

  run("explain", {"x"});

  EXPECT_THAT(out.str(), HasSubstr("Left alone: it is so.\n"));
  EXPECT_THAT(out.str(), Not(HasSubstr("should be")));
}

TEST_F(ExplainCommand, AClaimThatIsGoneOrElsewhereIsNamed) {
  json& bound = volume()["facts"]["volumes"][0];
  bound["claim"]["pv"] = "other";
  run("explain", {"x"});
  EXPECT_THAT(out.str(), HasSubstr("not linked back to the PV"));

  bound["claim"] = nullptr;
  bound["claim_gone_seconds"] = 4.5;
  run("explain", {"x"});
  EXPECT_THAT(out.str(), HasSubstr("claim       shop/data: gone, at least 5 s"));
}

TEST_F(ExplainCommand, AVolumeThatNothingNamesTellsHowItEnds) {
  volume()["facts"] = {{"volumes", json::array()}, {"pods", json::array()}};
  volume()["ending"] = {{"missing", {{"for_seconds", 300}, {"labelled", false}, {"held", true}}},
                        {"unregister", {{"in_seconds", 7}, {"held", false}}},
                        {"unregistered", true},
                        {"last_error", "no permission"}};

  run("explain", {"vol-1"});

  EXPECT_THAT(out.str(), HasSubstr("Kubernetes  nothing names it"));
  EXPECT_THAT(out.str(), HasSubstr("missing     no PV for 5 min, the label is held back"));
  EXPECT_THAT(out.str(), HasSubstr("unregister  in 7 s"));
  EXPECT_THAT(out.str(), HasSubstr("unregister  done by this service"));
  EXPECT_THAT(out.str(), HasSubstr("last error  no permission"));
}

TEST_F(ExplainCommand, AClaimWithoutAVolumeIsExplainedToo) {
  service.explanations = {json::parse(R"({"name": "shop/new", "volumes": [], "claim":
      {"namespace": "shop", "name": "new", "phase": "Pending", "pv": "", "labels": {}}})")};

  run("explain", {"shop/new"});

  EXPECT_EQ(out.str(),
            "The claim is not bound to a PersistentVolume yet, so CNS holds nothing for it.\n"
            "  claim       shop/new: Pending\n");
}

TEST_F(ExplainCommand, ColoursAreForThoseWhoSeeThem) {
  run("explain", {"x"});
  EXPECT_THAT(out.str(), Not(HasSubstr("\x1b")));
  colours = true;
  run("explain", {"x"});
  EXPECT_THAT(out.str(), HasSubstr("\x1b[31mNot in sync: refused.\x1b[0m\n"));
}

TEST_F(ExplainCommand, JsonIsTheWholeAnswer) {
  EXPECT_EQ(run("explain", {"x", "-o", "json"}), kDone);

  EXPECT_EQ(json::parse(out.str()), service.explanations.front());
}

TEST_F(ExplainCommand, AnAnswerOfAnotherVersionIsShownAsFarAsItGoes) {
  service.explanations = {json::parse(R"({"volumes": [{}]})")};

  EXPECT_EQ(run("explain", {"x"}), kDone);
}

TEST_F(ExplainCommand, NeedsAName) {
  EXPECT_EQ(run("explain", {}), kWrongUsage);
  EXPECT_EQ(run("explain", {"a", "b"}), kWrongUsage);
  service.refusal = Error{ErrorKind::kRejected, "nothing is called x"};
  EXPECT_EQ(run("explain", {"x"}), kFailed);
  EXPECT_THAT(err.str(), HasSubstr("nothing is called x\n"));
}

} // namespace
} // namespace syncer

#include "app/explain_json.h"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <nlohmann/json.hpp>

#include "fakes/fake_clock.h"
#include "fakes/kube_builders.h"

namespace syncer {
namespace {

using nlohmann::json;

class ExplainJson : public testing::Test {
 protected:
  ExplainJson() {
    explanation.name = "shop/claim-v";
    VolumeExplanation volume;
    volume.key.id = "v";
    volume.vcenter = "vc";
    volume.facts = facts_of({bound_volume("v")});
    volume.facts.volumes.front().pods.push_back(running_pod("web"));
    volume.report = VolumeReport();
    volume.report->facts = volume.facts;
    volume.report->desired = desired_state(volume.facts, clock.now());
    explanation.volumes.push_back(volume);
  }
  VolumeExplanation& volume() { return explanation.volumes.front(); }
  VolumeReport& report() { return *volume().report; }
  json all() const { return json::parse(explain_json(explanation, conditions, clock.now())); }
  json shown() const { return all()["volumes"][0]; }

  asio::io_context io;
  FakeClock clock{io};
  Conditions conditions{clock};
  Explanation explanation;
};

TEST_F(ExplainJson, ShowsTheFactsAndWhatCnsShouldHold) {
  const json one = shown();

  EXPECT_EQ(one["volume"], "v");
  const json& facts = one["facts"]["volumes"][0];
  EXPECT_EQ(facts["pv"]["name"], "pv-v");
  EXPECT_EQ(facts["pv"]["phase"], "Bound");
  EXPECT_EQ(facts["pv"]["reclaim_policy"], "Delete");
  EXPECT_EQ(facts["pv"]["driver"], "csi.vsphere.vmware.com");
  EXPECT_EQ(facts["claim"]["name"], "claim-v");
  EXPECT_EQ(facts["pods"][0]["phase"], "Running");
  EXPECT_EQ(one["desired"]["entities"].size(), 3u);
  EXPECT_TRUE(one["desired"]["hands_off"].is_null());
  EXPECT_EQ(one["cns"]["state"], "unknown");
  EXPECT_EQ(one["work"]["state"], "at_rest");
  EXPECT_TRUE(one["resync"].is_null());
}

TEST_F(ExplainJson, HandsOffNamesTheRule) {
  report().desired.hands_off = HandsOff::kControllerOwns;

  EXPECT_EQ(shown()["desired"]["hands_off"]["reason"], "controller_owns");
  EXPECT_EQ(shown()["desired"]["hands_off"]["sentence"], sentence_of(HandsOff::kControllerOwns));
}

TEST_F(ExplainJson, ShowsTheRecordOfEachState) {
  LedgerEntry entry;
  entry.type = CnsVolumeType::kBlock;
  entry.entities = {recorded(pv_entity("pv-v"))};
  report().ledger = entry;
  EXPECT_EQ(shown()["cns"]["state"], "known");
  EXPECT_EQ(shown()["cns"]["type"], "BLOCK");
  EXPECT_EQ(shown()["cns"]["entities"][0]["name"], "pv-v");

  report().ledger->state = LedgerEntry::State::kDoubt;
  report().ledger->read_from = clock.now() + std::chrono::seconds(7);
  EXPECT_EQ(shown()["cns"]["state"], "in_doubt");
  EXPECT_EQ(shown()["cns"]["read_in_seconds"], 7.0);
  report().ledger->state = LedgerEntry::State::kAbsent;
  EXPECT_EQ(shown()["cns"]["state"], "absent");
}

TEST_F(ExplainJson, ShowsTheWorkAndItsFailures) {
  report().queue.failures = 3;
  report().queue.delayed_until = clock.now() + std::chrono::seconds(4);
  report().failure = VolumeFailure{"refused", clock.now() - std::chrono::seconds(9)};
  report().failure->trace = "opId=ab task=task-1";
  report().resync = ResyncBook::Look{7, ResyncBook::State::kFailed, true};

  const json one = shown();
  EXPECT_EQ(one["work"]["state"], "retrying");
  EXPECT_EQ(one["work"]["attempts_failed"], 3);
  EXPECT_EQ(one["work"]["next_look_in_seconds"], 4.0);
  EXPECT_EQ(one["work"]["last_error"], "refused");
  EXPECT_EQ(one["work"]["last_trace"], "opId=ab task=task-1");
  EXPECT_EQ(one["work"]["failing_for_seconds"], 9.0);
  EXPECT_EQ(one["verdict"], "Not in sync: refused.");
  EXPECT_EQ(one["resync"], json::parse(R"({"number":7,"state":"failed","written":true})"));
}

TEST_F(ExplainJson, WithoutAVCenterItSaysWhy) {
  volume().report.reset();
  volume().vcenter.clear();
  volume().waiting = "No vCenter: none takes it.";

  EXPECT_EQ(shown()["verdict"], "No vCenter: none takes it.");
  EXPECT_FALSE(shown().contains("desired"));
}

TEST_F(ExplainJson, ConditionsOfOtherVCentersAreLeftOut) {
  conditions.raise(Condition::kConfigInvalid, "", "line 3");
  conditions.raise(Condition::kMassMissing, "vc", "9 of 10");
  conditions.raise(Condition::kMassMissing, "other", "5 of 6");

  const json standing = shown()["conditions"];
  ASSERT_EQ(standing.size(), 2u);
  EXPECT_NE(standing.dump().find("9 of 10"), std::string::npos);
  EXPECT_EQ(standing.dump().find("5 of 6"), std::string::npos);
}

TEST_F(ExplainJson, ShowsHowAVolumeEnds) {
  volume().ending.missing =
      MissingBook::Standing{clock.now() - std::chrono::minutes(5), false, true};
  volume().ending.unregister =
      UnregisterBook::Standing{clock.now() + std::chrono::seconds(8), false};

  const json ending = shown()["ending"];
  EXPECT_EQ(ending["missing"]["for_seconds"], 300.0);
  EXPECT_EQ(ending["missing"]["held"], true);
  EXPECT_EQ(ending["unregister"]["in_seconds"], 8.0);
}

TEST_F(ExplainJson, AClaimWithoutAVolumeIsShown) {
  explanation.volumes.clear();
  explanation.named.known = true;
  explanation.named.claim = bound_volume("v").claim;

  EXPECT_EQ(all()["claim"]["name"], "claim-v");
  EXPECT_TRUE(all()["volumes"].empty());
}

TEST_F(ExplainJson, TextThatIsNoUtf8DoesNotBreakIt) {
  volume().facts.volumes.front().pv.labels = make_labels({{"a", "\xff"}});

  EXPECT_EQ(shown()["volume"], "v");
}

} // namespace
} // namespace syncer

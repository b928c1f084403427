#include "kube/lease_elector.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "fakes/scripted_kube.h"

namespace syncer {
namespace {

using namespace std::chrono_literals;
using testing::AnyOf;
using testing::HasSubstr;

constexpr const char* kLeases = "/apis/coordination.k8s.io/v1/namespaces/csi/leases";
constexpr const char* kLease = "/leases/vsphere-syncer";
constexpr const char* kList = "leases?limit=500&fieldSelector=metadata.name%3Dvsphere-syncer";

std::string lease(const std::string& holder, int version) {
  nlohmann::json object;
  object["metadata"] = {{"name", "vsphere-syncer"},
                        {"namespace", "csi"},
                        {"resourceVersion", std::to_string(version)}};
  object["spec"] = {{"holderIdentity", holder},
                    {"leaseDurationSeconds", 15},
                    {"renewTime", "time " + std::to_string(version)},
                    {"leaseTransitions", 1}};
  return object.dump();
}

class LeaseElectorTest : public testing::Test {
 protected:
  ~LeaseElectorTest() override {
    for (const HttpRequest& request : kube.http.requests()) {
      EXPECT_THAT(request.method, AnyOf("GET", "PUT", "POST")) << request.target;
    }
  }
  static LeaseElector::Options options() {
    LeaseElector::Options options;
    options.ns = "csi";
    options.identity = "me";
    return options;
  }
  Expectation& expect_watch() {
    kube.http.expect("GET", kList)
        .reply(200, R"({"metadata":{"resourceVersion":"1"},"items":[]})")
        .always();
    return kube.http.expect("GET", "leases?watch=1");
  }
  void win() {
    expect_watch().stream();
    kube.http.expect("GET", kLease).reply(200, lease("", 1));
    kube.http.expect("PUT", kLease).reply(200, lease("me", 2));
    kube.start(elector.campaign());
    ASSERT_TRUE(elector.leads());
  }
  nlohmann::json last_body() const {
    return nlohmann::json::parse(kube.http.requests().back().body);
  }

  ScriptedKube kube;
  LeaseElector elector{
      {kube.io.get_executor(), *kube.client, kube.clock, kube.log, [] { return 0.5; }}, options()};
};

TEST_F(LeaseElectorTest, MakesTheLeaseThatIsNotThere) {
  expect_watch().stream();
  kube.http.expect("GET", kLease).reply(404, "{}");
  kube.http.expect("POST", kLeases).reply(201, lease("me", 1));
  kube.start(elector.campaign());

  EXPECT_TRUE(elector.leads());
  EXPECT_EQ(elector.term(), 1u);
  const nlohmann::json body = last_body();
  EXPECT_EQ(body["metadata"]["namespace"], "csi");
  EXPECT_EQ(body["metadata"]["name"], "vsphere-syncer");
  EXPECT_EQ(body["spec"]["holderIdentity"], "me");
  EXPECT_EQ(body["spec"]["leaseDurationSeconds"], 15);
  EXPECT_EQ(body["spec"]["renewTime"], "2023-11-14T22:13:20.000000Z");
}

TEST_F(LeaseElectorTest, StandbyTakesAReleasedLeaseWhenTheWatchShowsIt) {
  ScriptedStream& watch = expect_watch().stream();
  kube.http.expect("GET", kLease).reply(200, lease("other", 1));
  kube.start(elector.campaign());
  ASSERT_FALSE(elector.leads());
  ASSERT_FALSE(elector.may_write(0s));

  kube.http.expect("PUT", kLease).reply(200, lease("me", 3));
  watch.push(R"({"type":"MODIFIED","object":)" + lease("", 2) + "}\n");
  kube.clock.settle();

  EXPECT_TRUE(elector.leads());
  EXPECT_EQ(last_body()["metadata"]["resourceVersion"], "2");
  EXPECT_TRUE(watch.closed());
}

TEST_F(LeaseElectorTest, WithoutAWatchTheLeaseIsReadAgainAndTakenWhenItsTimeIsOver) {
  kube.http.expect("GET", kList).reply(403, R"({"kind":"Status","message":"no"})").always();
  kube.http.expect("GET", kLease).reply(200, lease("other", 1)).always();
  kube.start(elector.campaign());
  kube.clock.advance(15s - 1ns);
  EXPECT_EQ(kube.asked(kLease), 2u);
  ASSERT_FALSE(elector.leads());

  kube.http.expect("PUT", kLease).reply(200, lease("me", 2));
  kube.clock.advance(1ns);
  EXPECT_TRUE(elector.leads());
}

TEST_F(LeaseElectorTest, ServerThatIsDownEndsNothing) {
  Error down;
  down.detail = "connection refused";
  Expectation& watch = kube.http.expect("GET", kList).fail(down).always();
  kube.http.expect("GET", kLease).fail(down).always();
  kube.start(elector.campaign());
  kube.clock.advance(1h);

  EXPECT_GT(kube.asked(kLease), 100u);
  EXPECT_GT(watch.met(), 10u);
  EXPECT_FALSE(elector.leads());
  EXPECT_EQ(kube.logged("connection refused"), 2u); // one for the Lease, one for the watch
  ASSERT_TRUE(elector.trouble());
  EXPECT_GE(kube.clock.now() - elector.trouble()->since, 59min);
  EXPECT_EQ(elector.trouble()->detail, "read: connection refused");
}

TEST_F(LeaseElectorTest, WhatWeCannotDoIsNoTroubleWhileSomebodyLeads) {
  ScriptedStream& watch = expect_watch().stream();
  kube.http.expect("GET", kLease).reply(200, lease("", 1)).always();
  kube.http.expect("PUT", kLease)
      .reply(403, R"({"kind":"Status","code":403,"message":"no"})")
      .always();
  kube.start(elector.campaign());
  kube.clock.advance(1min);
  ASSERT_TRUE(elector.trouble());
  EXPECT_THAT(elector.trouble()->detail, HasSubstr("update: "));

  watch.push(R"({"type":"MODIFIED","object":)" + lease("other", 2) + "}\n");
  kube.clock.settle();

  EXPECT_FALSE(elector.trouble());
}

TEST_F(LeaseElectorTest, TimeToWriteCountsFromBeforeTheRequestWasSent) {
  expect_watch().stream();
  kube.http.expect("GET", kLease).reply(200, lease("", 1));
  Expectation& slow = kube.http.expect("PUT", kLease).reply(200, lease("me", 2)).held();
  kube.start(elector.campaign());
  kube.clock.advance(4s);
  slow.release();
  kube.clock.settle();

  ASSERT_TRUE(elector.leads());
  EXPECT_TRUE(elector.may_write(10s));
  EXPECT_FALSE(elector.may_write(10s + 1ns));
  kube.clock.suspend(10s);
  EXPECT_TRUE(elector.may_write(0s));
  EXPECT_FALSE(elector.may_write(1ns));
}

TEST_F(LeaseElectorTest, BudgetOfAWriteIsHalfOfWhatIsLeftBetweenRenewals) {
  EXPECT_EQ(elector.write_budget(), 5s);
  LeaseElector::Options slow = options();
  slow.timing = {60s, 40s, 10s};
  const LeaseElector patient{
      {kube.io.get_executor(), *kube.client, kube.clock, kube.log, [] { return 0.5; }}, slow};
  EXPECT_EQ(patient.write_budget(), 10s);
}

TEST_F(LeaseElectorTest, LeaderRenewsUntilItCannotAndThenSaysWhy) {
  win();
  kube.http.expect("PUT", kLease).reply(200, lease("me", 3));
  kube.start(elector.hold());
  kube.clock.advance(5s);
  EXPECT_EQ(last_body()["metadata"]["resourceVersion"], "2");
  Error down;
  down.detail = "connection refused";
  kube.http.expect("PUT", kLease).fail(down).always();
  kube.http.expect("GET", kLease).fail(down).always();
  kube.clock.advance(14s - 1ns);
  EXPECT_TRUE(elector.leads());
  kube.clock.advance(1ns);

  EXPECT_FALSE(elector.leads());
  EXPECT_FALSE(elector.may_write(0s));
  EXPECT_THAT(elector.lost_because(), HasSubstr("renewed"));
}

TEST_F(LeaseElectorTest, AnswerThatNeverComesDoesNotKeepALeader) {
  win();
  kube.http.expect("PUT", kLease).held().always();
  kube.http.expect("GET", kLease).held().always();
  kube.start(elector.hold());
  kube.clock.advance(14s);

  EXPECT_FALSE(elector.leads());
}

TEST_F(LeaseElectorTest, LeaderWithoutAnybodyAtWorkIsOverdue) {
  win(); // and nobody calls hold()
  kube.clock.advance(34s);
  EXPECT_FALSE(elector.overdue());
  kube.clock.advance(1ns);
  EXPECT_TRUE(elector.overdue());
}

TEST_F(LeaseElectorTest, ConflictIsReadAndALeaseOfAnotherIsLost) {
  win();
  kube.http.expect("PUT", kLease).reply(409, R"({"kind":"Status","reason":"Conflict"})");
  kube.http.expect("GET", kLease).reply(200, lease("other", 9));
  kube.start(elector.hold());
  kube.clock.advance(5s);

  EXPECT_FALSE(elector.leads());
  EXPECT_EQ(elector.lost_because(), "other holds it");
}

TEST_F(LeaseElectorTest, NoteIsWrittenAtOnceAndInEveryWriteFromThenOn) {
  win();
  kube.start(elector.hold());
  kube.http.expect("PUT", kLease).reply(200, lease("me", 3));
  elector.annotate("our/note", "text");
  kube.clock.settle();
  EXPECT_EQ(last_body()["metadata"]["annotations"]["our/note"], "text");
  EXPECT_EQ(last_body()["metadata"]["resourceVersion"], "2");

  // Somebody else replaced the Lease and lost it on the way.
  kube.http.expect("PUT", kLease).reply(409, R"({"kind":"Status","reason":"Conflict"})");
  kube.http.expect("GET", kLease).reply(200, lease("me", 4));
  kube.http.expect("PUT", kLease).reply(200, lease("me", 5));
  kube.clock.advance(5s);
  EXPECT_EQ(last_body()["metadata"]["annotations"]["our/note"], "text");
  EXPECT_EQ(kube.http.unmet(), 0u);
  EXPECT_TRUE(elector.leads());
}

TEST_F(LeaseElectorTest, NoteThatComesWhileARenewalRunsFollowsIt) {
  win();
  kube.start(elector.hold());
  Expectation& slow = kube.http.expect("PUT", kLease).reply(200, lease("me", 3)).held();
  kube.clock.advance(5s);
  elector.annotate("our/note", "text");
  kube.http.expect("PUT", kLease).reply(200, lease("me", 4));
  slow.release();
  kube.clock.settle();

  EXPECT_EQ(last_body()["metadata"]["annotations"]["our/note"], "text");
  EXPECT_EQ(last_body()["metadata"]["resourceVersion"], "3");
}

TEST_F(LeaseElectorTest, NoteOfTheLeaderBeforeIsReadBeforeAnythingElse) {
  expect_watch().stream();
  const std::string note = R"({"metadata":{"annotations":{"our/note":"left"}},"spec":{}})";
  kube.http.expect("GET", kLease).reply(200, note);
  kube.http.expect("PUT", kLease).reply(200, note);
  kube.start(elector.campaign());

  ASSERT_TRUE(elector.leads());
  EXPECT_EQ(last_body()["metadata"]["annotations"]["our/note"], "left");
  EXPECT_EQ(elector.annotation("our/note"), "left");
}

TEST_F(LeaseElectorTest, ResigningLeaderFreesTheLease) {
  win();
  kube.start(elector.hold());
  kube.http.expect("GET", kLease).reply(200, lease("me", 2));
  kube.http.expect("PUT", kLease).reply(409, R"({"kind":"Status","reason":"Conflict"})");
  kube.http.expect("GET", kLease).reply(200, lease("me", 3));
  kube.http.expect("PUT", kLease).reply(200, lease("", 4));
  kube.start(elector.resign(kube.clock.now() + 2s));

  EXPECT_FALSE(elector.may_write(0s));
  const nlohmann::json body = last_body();
  EXPECT_EQ(body["spec"]["holderIdentity"], "");
  EXPECT_EQ(body["spec"]["leaseDurationSeconds"], 1);
  EXPECT_EQ(body["metadata"]["resourceVersion"], "3");
  EXPECT_EQ(kube.http.unmet(), 0u);
  kube.clock.advance(1h); // hold() has ended
  EXPECT_EQ(kube.http.requests().back().body, body.dump());
}

TEST_F(LeaseElectorTest, ResigningStandbyLeavesTheLeaseOfTheOther) {
  expect_watch().stream();
  kube.http.expect("GET", kLease).reply(200, lease("other", 1)).always();
  kube.start(elector.campaign());
  kube.start(elector.resign(kube.clock.now() + 2s));

  EXPECT_THAT(kube.http.requests().back().method, "GET");
  EXPECT_FALSE(elector.leads());
}

TEST_F(LeaseElectorTest, ResigningWaitsForAnAttemptThatMightStillWin) {
  expect_watch().stream();
  kube.http.expect("GET", kLease).reply(200, lease("", 1));
  Expectation& slow = kube.http.expect("PUT", kLease).reply(200, lease("me", 2)).held();
  kube.start(elector.campaign());
  kube.start(elector.resign(kube.clock.now() + 2s));
  EXPECT_EQ(kube.asked(kLease), 2u);

  kube.http.expect("GET", kLease).reply(200, lease("me", 2));
  kube.http.expect("PUT", kLease).reply(200, lease("", 3));
  slow.release();
  kube.clock.settle();

  EXPECT_FALSE(elector.leads());
  EXPECT_EQ(kube.http.unmet(), 0u);
  EXPECT_EQ(last_body()["spec"]["holderIdentity"], "");
}

} // namespace
} // namespace syncer

#include "app/condition_teller.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fakes/scripted_kube.h"

namespace syncer {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr const char* kPod = "/api/v1/namespaces/csi/pods/controller-0";
constexpr const char* kUid = "11111111-2222-3333-4444-555555555555";
const Conditions::Key kConfig{Condition::kConfigInvalid, ""};
const Conditions::Key kMass{Condition::kMassMissing, "vc-1"};

class Listener final : public EventSink {
 public:
  void normal(const EventTarget& about, std::string_view reason,
              std::string_view message) override {
    heard("Normal", about, reason, message);
  }
  void warning(const EventTarget& about, std::string_view reason,
               std::string_view message) override {
    heard("Warning", about, reason, message);
  }
  std::vector<std::string> events;
  Uid uid;

 private:
  void heard(const char* type, const EventTarget& about, std::string_view reason,
             std::string_view message) {
    uid = about.uid;
    events.push_back(std::string(type) + " " + about.key.ns.str() + "/" + about.key.name.str() +
                     " " + std::string(reason) + ": " + std::string(message));
  }
};

class ConditionTellerTest : public testing::Test {
 protected:
  void begin() { kube.start(teller.begin(*kube.client, kube.clock, events)); }
  void pod_is(int status, const std::string& body) {
    kube.http.expect("GET", kPod).reply(status, body);
  }

  ScriptedKube kube;
  Listener events;
  ConditionTeller teller{kube.log, {"csi", "controller-0"}};
};

TEST_F(ConditionTellerTest, EventsAreAboutOurOwnPod) {
  pod_is(200, std::string(R"({"metadata":{"uid":")") + kUid + R"("}})");
  begin();

  teller.told(kMass, true, "9 of 10 volumes");
  teller.told(kMass, false, "");

  EXPECT_THAT(events.events,
              ElementsAre("Warning csi/controller-0 MassMissing: vCenter vc-1: 9 of 10 volumes",
                          "Normal csi/controller-0 MassMissingOver: vCenter vc-1: is over"));
  EXPECT_EQ(events.uid, Uid::parse(kUid));
}

TEST_F(ConditionTellerTest, WhatWasToldBeforeTheApiServerAnsweredIsNotLost) {
  Error down;
  down.detail = "connection refused";
  kube.http.expect("GET", kPod).fail(down);
  teller.told(kConfig, true, "line 3");
  begin();
  EXPECT_THAT(events.events, IsEmpty());

  pod_is(200, std::string(R"({"metadata":{"uid":")") + kUid + R"("}})");
  kube.clock.advance(std::chrono::seconds(20));

  EXPECT_THAT(events.events, ElementsAre("Warning csi/controller-0 ConfigInvalid: line 3"));
}

TEST_F(ConditionTellerTest, AProcessThatIsNoPodTellsAllTheSame) {
  pod_is(404, "");
  begin();

  teller.told(kConfig, true, "line 3");

  EXPECT_EQ(events.events.size(), 1u);
  EXPECT_EQ(events.uid, Uid());
}

TEST_F(ConditionTellerTest, OfWhatIsKeptTheOldestMakesRoom) {
  for (std::size_t i = 0; i < ConditionTeller::kMostKept + 5; ++i) {
    teller.told(kConfig, true, std::to_string(i));
  }
  pod_is(404, "");
  begin();

  ASSERT_EQ(events.events.size(), ConditionTeller::kMostKept);
  EXPECT_EQ(events.events.front(), "Warning csi/controller-0 ConfigInvalid: 5");
}

} // namespace
} // namespace syncer

#include "kube/event_recorder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "fakes/scripted_kube.h"
#include "kube/event_json.h"

namespace syncer {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using testing::IsEmpty;

EventTarget volume(const std::string& name) {
  EventTarget target;
  target.key.name = name;
  target.uid = Uid::parse("0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9");
  return target;
}
EventTarget claim(const std::string& ns, const std::string& name) {
  EventTarget target;
  target.kind = EventTarget::Kind::kClaim;
  target.key = {ns, name};
  return target;
}

class EventRecorderTest : public testing::Test {
 protected:
  void start() { kube.start(events.run()); }
  json body(std::size_t index) const { return json::parse(kube.http.requests().at(index).body); }
  // Warnings about pv-1, each with its own message.
  void warn_often(int count) {
    for (int i = 0; i < count; ++i) {
      events.warning(volume("pv-1"), "r", "message " + std::to_string(++said));
    }
    kube.clock.settle();
  }

  ScriptedKube kube;
  int said = 0;
  EventRecorder events{
      {kube.io.get_executor(), *kube.client, kube.clock, kube.log, [] { return 0.5; }}};
};

TEST_F(EventRecorderTest, VolumeEventIsPostedToTheDefaultNamespace) {
  kube.http.expect("POST", "/api/v1/namespaces/default/events").reply(201, "{}");
  start();

  events.normal(volume("pv-1"), "static volume provisioning succeeded", "Successfully created");
  kube.clock.settle();

  json sent = body(0);
  const std::string name = sent["metadata"]["name"];
  EXPECT_THAT(name, testing::StartsWith("pv-1."));
  sent["metadata"].erase("name");
  EXPECT_EQ(sent, json::parse(R"({"apiVersion":"v1","kind":"Event",
      "metadata":{"namespace":"default"},
      "involvedObject":{"apiVersion":"v1","kind":"PersistentVolume","name":"pv-1",
                        "uid":"0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9"},
      "type":"Normal","reason":"static volume provisioning succeeded",
      "message":"Successfully created","source":{"component":"VSphere CSI Syncer"},
      "firstTimestamp":"2023-11-14T22:13:20Z","lastTimestamp":"2023-11-14T22:13:20Z","count":1})"));
  EXPECT_EQ(events.counts().sent, 1u);
}

TEST_F(EventRecorderTest, ClaimEventIsPostedToItsNamespace) {
  kube.http.expect("POST", "/api/v1/namespaces/shop/events").reply(201, "{}");
  start();

  events.warning(claim("shop", "data"), "r", "m");
  kube.clock.settle();

  EXPECT_EQ(body(0)["involvedObject"], json::parse(R"({"apiVersion":"v1",
      "kind":"PersistentVolumeClaim","name":"data","namespace":"shop"})"));
  EXPECT_EQ(body(0)["type"], "Warning");
}

TEST_F(EventRecorderTest, NodeTopologyEventNamesItsGroupAndItsController) {
  kube.http.expect("POST", "/api/v1/namespaces/default/events").reply(201, "{}");
  start();
  EventTarget node;
  node.kind = EventTarget::Kind::kNodeTopology;
  node.key.name = "node-1";

  events.normal(node, "TopologyRetrievalSucceeded", "m");
  kube.clock.settle();

  EXPECT_EQ(body(0)["involvedObject"], json::parse(R"({"apiVersion":"cns.vmware.com/v1alpha1",
      "kind":"CSINodeTopology","name":"node-1"})"));
  EXPECT_EQ(body(0)["source"]["component"], "cns.vmware.com");
}

TEST_F(EventRecorderTest, RepeatWithinTenMinutesRaisesTheCount) {
  kube.http.expect("POST", "/events").reply(201, "{}");
  start();
  events.warning(volume("pv-1"), "r", "m");
  kube.clock.settle();
  const std::string name = body(0)["metadata"]["name"];
  kube.clock.advance(9min);
  kube.http.expect("PATCH", "/events/" + name).reply(200, "{}");

  events.warning(volume("pv-1"), "r", "m");
  kube.clock.settle();

  EXPECT_EQ(body(1), json::parse(R"({"count":2,"lastTimestamp":"2023-11-14T22:22:20Z"})"));
  EXPECT_EQ(header(kube.http.requests()[1].headers, "Content-Type"),
            "application/merge-patch+json");
  EXPECT_EQ(events.counts().folded, 1u);
}

TEST_F(EventRecorderTest, RepeatAfterTenMinutesIsAnEventOfItsOwn) {
  kube.http.expect("POST", "/events").always().reply(201, "{}");
  start();
  events.warning(volume("pv-1"), "r", "m");
  kube.clock.advance(10min);

  events.warning(volume("pv-1"), "r", "m");
  kube.clock.settle();

  ASSERT_EQ(kube.http.requests().size(), 2u);
  EXPECT_NE(body(0)["metadata"]["name"], body(1)["metadata"]["name"]);
}

TEST_F(EventRecorderTest, OtherReasonMessageTypeOrObjectIsAnotherEvent) {
  kube.http.expect("POST", "/events").always().reply(201, "{}");
  start();

  events.warning(volume("pv-1"), "r", "m");
  events.normal(volume("pv-1"), "r", "m");
  events.warning(volume("pv-1"), "other", "m");
  events.warning(volume("pv-1"), "r", "other");
  events.warning(volume("pv-2"), "r", "m");
  kube.clock.settle();

  EXPECT_EQ(events.counts().sent, 5u);
  EXPECT_EQ(events.counts().folded, 0u);
}

TEST_F(EventRecorderTest, RepeatsBeforeTheFirstDeliveryAreOneEvent) {
  for (int i = 0; i < 7; ++i) events.warning(volume("pv-1"), "r", "m");
  kube.http.expect("POST", "/events").reply(201, "{}");

  start();

  EXPECT_EQ(kube.http.requests().size(), 1u);
  EXPECT_EQ(body(0)["count"], 7);
}

TEST_F(EventRecorderTest, OneObjectGetsABurstAndThenOnePerFiveSeconds) {
  kube.http.expect("POST", "/events").always().reply(201, "{}");
  start();

  warn_often(40);
  EXPECT_EQ(events.counts().sent, 25u);
  EXPECT_EQ(events.counts().limited, 15u);
  kube.clock.advance(10s);
  warn_often(5);
  EXPECT_EQ(events.counts().sent, 27u);

  events.warning(volume("pv-2"), "r", "m");
  kube.clock.settle();
  EXPECT_EQ(events.counts().sent, 28u);
}

TEST_F(EventRecorderTest, QueueHasAnEndAndNobodyWaits) {
  for (int i = 0; i < 300; ++i) events.warning(volume("pv-" + std::to_string(i)), "r", "m");
  EXPECT_EQ(events.counts().dropped, 44u);

  kube.http.expect("POST", "/events").always().reply(201, "{}");
  start();
  EXPECT_EQ(events.counts().sent, 256u);
  events.warning(volume("pv-299"), "r", "m"); // dropped before, and not remembered as said
  kube.clock.settle();

  EXPECT_EQ(events.counts().sent, 257u);
}

TEST_F(EventRecorderTest, WhatIsRememberedHasACap) {
  kube.http.expect("POST", "/events").always().reply(201, "{}");
  start();

  for (int i = 0; i < 4100; ++i) {
    events.warning(volume("pv-" + std::to_string(i)), "r", "m");
    if (i % 100 == 0) kube.clock.settle();
  }
  kube.clock.settle();

  EXPECT_EQ(events.counts().sent, 4100u);
  EXPECT_EQ(events.counts().evicted, 8u); // 4 events, 4 objects
}

TEST_F(EventRecorderTest, RefusalIsLoggedOnceAndDropsTheEvent) {
  kube.http.expect("POST", "/events")
      .always()
      .reply(403, R"({"kind":"Status","code":403,"reason":"Forbidden","message":"no events"})");
  start();

  warn_often(3);

  EXPECT_EQ(events.counts().failed, 3u);
  EXPECT_EQ(kube.logged("no events"), 1u);
  EXPECT_EQ(kube.http.requests().size(), 3u);
}

TEST_F(EventRecorderTest, LostAnswerIsTriedAgainUnderTheSameName) {
  kube.http.fail_request(0, Error{ErrorKind::kTransient, "connection reset"});
  kube.http.expect("POST", "/events").reply(201, "{}");
  kube.http.expect("POST", "/events")
      .reply(409, R"({"kind":"Status","code":409,"reason":"AlreadyExists"})");
  start();
  events.warning(volume("pv-1"), "r", "m");

  kube.clock.advance(2s);

  ASSERT_EQ(kube.http.requests().size(), 2u);
  EXPECT_EQ(body(0)["metadata"]["name"], body(1)["metadata"]["name"]);
  EXPECT_EQ(events.counts().sent, 1u);
}

TEST_F(EventRecorderTest, ServerThatIsDownLosesOneEventAfterFiveAttempts) {
  Error down;
  down.detail = "connection refused";
  kube.http.expect("POST", "/events").always().fail(down);
  start();
  events.warning(volume("pv-1"), "r", "m");

  kube.clock.advance(2min);

  EXPECT_EQ(kube.http.requests().size(), 5u);
  EXPECT_EQ(events.counts().failed, 1u);
  EXPECT_EQ(kube.logged("connection refused"), 1u);
}

TEST_F(EventRecorderTest, EventThatTheServerForgotStartsAnew) {
  kube.http.expect("POST", "/events").reply(201, "{}");
  start();
  events.warning(volume("pv-1"), "r", "m");
  kube.clock.settle();
  kube.http.expect("PATCH", "/events").reply(404, "");
  kube.http.expect("POST", "/events").body_contains("\"count\":2").reply(201, "{}");

  events.warning(volume("pv-1"), "r", "m");
  kube.clock.advance(2s);

  EXPECT_EQ(kube.http.unmet(), 0u);
  EXPECT_EQ(kube.logged("not_delivered"), 0u);
}

TEST_F(EventRecorderTest, LongTextsAreCut) {
  kube.http.expect("POST", "/events").reply(201, "{}");
  start();

  events.warning(volume(std::string(253, 'v')), std::string(200, 'r'),
                 std::string(1023, 'm') + "\xc3\xa4");
  kube.clock.settle();

  EXPECT_EQ(body(0)["reason"].get<std::string>().size(), 128u);
  EXPECT_EQ(body(0)["message"].get<std::string>(), std::string(1023, 'm'));
  EXPECT_EQ(body(0)["metadata"]["name"].get<std::string>().size(), 253u);
  EXPECT_EQ(body(0)["involvedObject"]["name"].get<std::string>().size(), 253u);
}

TEST(EventName, IsAValidNameWhateverIsCut) {
  const std::string object = std::string(244, 'a') + ".-.-bcd";

  EXPECT_EQ(event_name(object, "12345"), std::string(244, 'a') + ".12345");
}

} // namespace
} // namespace syncer

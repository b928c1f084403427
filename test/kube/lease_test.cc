#include "kube/lease.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "kube/kube_time.h"

namespace syncer {
namespace {

using namespace std::chrono_literals;

TEST(Lease, KeepsWhatOthersWroteIntoIt) {
  const std::string text =
      R"({"metadata":{"name":"l","namespace":"n","resourceVersion":"5","annotations":{"a":"b"}},)"
      R"("spec":{"holderIdentity":"x","leaseDurationSeconds":15,"acquireTime":"t1",)"
      R"("renewTime":"t2","leaseTransitions":3,"strategy":"OldestEmulationVersion"}})";
  Outcome<Lease> lease = parse_lease(text);
  ASSERT_TRUE(lease);
  EXPECT_EQ(lease->holder, "x");
  EXPECT_EQ(lease->duration, 15s);
  EXPECT_EQ(lease->acquired, "t1");
  EXPECT_EQ(lease->renewed, "t2");
  EXPECT_EQ(lease->transitions, 3);
  EXPECT_EQ(lease->version, "5");

  lease->holder = "me";
  const auto object = nlohmann::json::parse(encode_lease(*lease, "n", "l"));
  EXPECT_EQ(object["metadata"]["annotations"]["a"], "b");
  EXPECT_EQ(object["metadata"]["resourceVersion"], "5");
  EXPECT_EQ(object["spec"]["strategy"], "OldestEmulationVersion");
  EXPECT_EQ(object["spec"]["holderIdentity"], "me");
}

TEST(Lease, NotesReplaceAddAndTakeAwayOnlyWhatTheyName) {
  const Outcome<Lease> lease =
      parse_lease(R"({"metadata":{"annotations":{"a":"1","b":"2","c":"3"}}})");
  ASSERT_TRUE(lease);
  EXPECT_EQ(lease_annotation(*lease, "b"), "2");
  EXPECT_EQ(lease_annotation(*lease, "d"), "");

  const std::string text = encode_lease(*lease, "n", "l", {{"a", "9"}, {"b", ""}, {"d", "4"}});

  const auto object = nlohmann::json::parse(text);
  const nlohmann::json wanted = {{"a", "9"}, {"c", "3"}, {"d", "4"}};
  EXPECT_EQ(object["metadata"]["annotations"], wanted);
}

TEST(Lease, OfStrangeShapeHasNoAnnotations) {
  for (const char* text :
       {R"({"metadata":{}})", R"({"metadata":{"annotations":null}})",
        R"({"metadata":{"annotations":7}})", R"({"metadata":{"annotations":{"a":7}}})"}) {
    const Outcome<Lease> lease = parse_lease(text);
    ASSERT_TRUE(lease) << text;
    EXPECT_EQ(lease_annotation(*lease, "a"), "");
    const auto object = nlohmann::json::parse(encode_lease(*lease, "n", "l", {{"a", "1"}}));
    EXPECT_EQ(object["metadata"]["annotations"]["a"], "1");
  }
  EXPECT_EQ(lease_annotation(Lease(), "a"), "");
}

TEST(Lease, WithoutHolderOrSpecIsFree) {
  for (const char* text :
       {R"({"metadata":{}})", R"({"metadata":{},"spec":{}})",
        R"({"metadata":{},"spec":{"holderIdentity":null,"leaseDurationSeconds":null}})"}) {
    const Outcome<Lease> lease = parse_lease(text);
    ASSERT_TRUE(lease) << text;
    EXPECT_EQ(lease->holder, "");
    EXPECT_EQ(lease->duration, 0s);
  }
}

TEST(Lease, AnythingElseIsAnErrorThatNamesTheField) {
  for (const auto& [text, field] : std::vector<std::pair<std::string, std::string>>{
           {"", "it"},
           {"[]", "it"},
           {"{}", "metadata"},
           {R"({"metadata":{"resourceVersion":5}})", "resourceVersion"},
           {R"({"metadata":{},"spec":[]})", "spec"},
           {R"({"metadata":{},"spec":{"holderIdentity":5}})", "holderIdentity"},
           {R"({"metadata":{},"spec":{"leaseDurationSeconds":"5"}})", "leaseDurationSeconds"},
           {R"({"metadata":{},"spec":{"leaseDurationSeconds":-1}})", "leaseDurationSeconds"}}) {
    const Outcome<Lease> lease = parse_lease(text);
    ASSERT_FALSE(lease) << text;
    EXPECT_NE(lease.error().detail.find(field), std::string::npos) << lease.error().detail;
  }
}

TEST(KubeTime, MicroTimeAlwaysHasSixDecimals) {
  const std::chrono::system_clock::time_point when{1'700'000'000s};
  EXPECT_EQ(format_kube_micro_time(when), "2023-11-14T22:13:20.000000Z");
  EXPECT_EQ(format_kube_micro_time(when + 123456us), "2023-11-14T22:13:20.123456Z");
}

} // namespace
} // namespace syncer

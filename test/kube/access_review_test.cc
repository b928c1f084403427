#include "kube/access_review.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "fakes/scripted_kube.h"

namespace syncer {
namespace {

using testing::HasSubstr;

constexpr const char* kReviews = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
const AccessRight kUpdateNodes{"cns.vmware.com", "csinodetopologies", "update", ""};

class AccessReviewTest : public testing::Test {
 protected:
  KubeResult<bool> review(AccessRight right) {
    return kube.run(review_access(*kube.client, std::move(right), kube.clock.now() + kBudget));
  }

  static constexpr std::chrono::seconds kBudget{5};
  ScriptedKube kube;
};

TEST_F(AccessReviewTest, SaysWhatTheServerSays) {
  kube.http.expect("POST", kReviews).reply(201, R"({"status":{"allowed":true}})");
  kube.http.expect("POST", kReviews).reply(201, R"({"status":{"allowed":false,"reason":"no"}})");

  const auto first = review(kUpdateNodes);
  const auto second = review(kUpdateNodes);

  ASSERT_TRUE(first);
  EXPECT_TRUE(*first.value);
  ASSERT_TRUE(second);
  EXPECT_FALSE(*second.value);
}

TEST_F(AccessReviewTest, AsksForExactlyThisRight) {
  kube.http.expect("POST", kReviews).always().reply(201, R"({"status":{"allowed":true}})");

  (void)review({"coordination.k8s.io", "leases", "create", "vmware-system-csi"});
  (void)review({"", "pods", "list", ""});

  const auto asked = [this](std::size_t at) {
    return nlohmann::json::parse(kube.http.requests().at(at).body)["spec"]["resourceAttributes"];
  };
  EXPECT_EQ(asked(0), nlohmann::json({{"group", "coordination.k8s.io"},
                                      {"resource", "leases"},
                                      {"verb", "create"},
                                      {"namespace", "vmware-system-csi"}}));
  EXPECT_EQ(asked(1), nlohmann::json({{"group", ""}, {"resource", "pods"}, {"verb", "list"}}));
}

TEST_F(AccessReviewTest, AnAnswerWithoutAVerdictIsAFailureThatNamesTheRight) {
  kube.http.expect("POST", kReviews).reply(201, R"({"status":{}})");
  kube.http.expect("POST", kReviews).reply(503, "starting");

  const auto empty = review(kUpdateNodes);
  const auto down = review(kUpdateNodes);

  EXPECT_FALSE(empty);
  ASSERT_FALSE(down);
  EXPECT_THAT(down.failure.error.detail, HasSubstr("update csinodetopologies.cns.vmware.com"));
}

} // namespace
} // namespace syncer

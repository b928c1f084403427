#include "app/rights_review.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fakes/scripted_kube.h"

namespace syncer {
namespace {

using testing::HasSubstr;

constexpr const char* kReviews = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
constexpr const char* kYes = R"({"status":{"allowed":true}})";
constexpr const char* kNo = R"({"status":{"allowed":false}})";

class RightsReviewTest : public testing::Test {
 protected:
  // How many rights there are to ask for.
  static std::size_t rights() { return needed_rights({}).size(); }
  // The first review, in which the rights at these places are missing.
  void begin(const std::vector<std::size_t>& missing) {
    for (std::size_t i = 0; i < rights(); ++i) {
      const bool lacks = std::find(missing.begin(), missing.end(), i) != missing.end();
      kube.http.expect("POST", kReviews).reply(201, lacks ? kNo : kYes);
    }
    kube.start(review.run());
  }
  static std::size_t place_of(Duty duty) {
    const std::vector<NeededRight> all = needed_rights({});
    const auto found = std::find_if(
        all.begin(), all.end(), [duty](const NeededRight& needed) { return needed.duty == duty; });
    return static_cast<std::size_t>(found - all.begin());
  }
  void wait_for(Duty duty) { kube.start(when_granted(review, duty, work())); }
  asio::awaitable<void> work() {
    worked = true;
    co_return;
  }

  ScriptedKube kube;
  Conditions conditions{kube.clock};
  RightsReview review{
      {*kube.client, kube.clock, kube.log, conditions, [] { return RightsInput(); }}};
  bool worked = false;
};

TEST_F(RightsReviewTest, WithAllRightsNothingIsSaidAndWorkBegins) {
  begin({});
  wait_for(Duty::kNodeTopology);

  EXPECT_TRUE(worked);
  EXPECT_FALSE(conditions.stands(Condition::kRightsMissing));
  EXPECT_EQ(review.obstacle(), "");
}

TEST_F(RightsReviewTest, AMissingRightStopsItsDutyAlone) {
  begin({place_of(Duty::kNodeTopology)});

  wait_for(Duty::kNodeTopology);
  EXPECT_FALSE(worked);
  wait_for(Duty::kInTree);
  EXPECT_TRUE(worked);
  EXPECT_THAT(conditions.detail(Condition::kRightsMissing), HasSubstr("csinodetopologies"));
  EXPECT_EQ(review.obstacle(), "");
}

TEST_F(RightsReviewTest, WorkBeginsWhenTheRightIsGivenLater) {
  begin({place_of(Duty::kNodeTopology)});
  wait_for(Duty::kNodeTopology);
  kube.http.expect("POST", kReviews).always().reply(201, kYes);

  kube.clock.advance(std::chrono::minutes(2));

  EXPECT_TRUE(worked);
  EXPECT_FALSE(conditions.stands(Condition::kRightsMissing));
}

TEST_F(RightsReviewTest, WithoutTheMainRightsNothingCanBeDone) {
  begin({place_of(Duty::kMetadata)});

  EXPECT_THAT(review.obstacle(), HasSubstr("get persistentvolumes"));
}

TEST_F(RightsReviewTest, AServerThatDoesNotTellTakesNothingAwayAndIsAskedAgain) {
  Error down;
  down.detail = "connection refused";
  kube.http.expect("POST", kReviews).fail(down);
  kube.start(review.run());
  wait_for(Duty::kNodeTopology);
  EXPECT_TRUE(worked);

  kube.http.expect("POST", kReviews).always().reply(201, kNo);
  kube.clock.advance(std::chrono::minutes(2));

  EXPECT_TRUE(conditions.stands(Condition::kRightsMissing));
}

TEST_F(RightsReviewTest, WhereNobodyAsksNothingWaits) {
  wait_for(Duty::kInTree);

  EXPECT_TRUE(worked);
}

} // namespace
} // namespace syncer

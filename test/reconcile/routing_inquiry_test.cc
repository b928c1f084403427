#include "reconcile/routing_inquiry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace syncer {
namespace {

using testing::ElementsAre;
using Answer = Inquiry::Answer;
using End = Inquiry::End;
using std::chrono::milliseconds;
using std::chrono::seconds;

class InquiryTest : public testing::Test {
 protected:
  End end(Clock::duration after) {
    return inquiry.end(begun + after, [this](std::size_t vcenter) { return vcenter == mute; });
  }
  void answer(std::size_t vcenter, Answer answer, Clock::duration after = {}) {
    inquiry.answer(vcenter, answer, begun + after);
  }
  const Clock::time_point begun{std::chrono::hours(1)};
  std::size_t mute = 99;
  Inquiry inquiry{{0, 1, 2}, begun, {}};
};

TEST_F(InquiryTest, NothingIsKnownUntilAllHaveAnswered) {
  answer(0, Answer::kHasNot);
  answer(1, Answer::kHasNot);
  EXPECT_EQ(end(seconds(29)), End::kOpen);

  answer(2, Answer::kHasNot);

  EXPECT_EQ(end(seconds(29)), End::kNowhere);
}

TEST_F(InquiryTest, OneThatTakesTooLongIsSilentNotWithoutTheVolume) {
  answer(0, Answer::kHasNot);
  answer(1, Answer::kHasNot);

  EXPECT_EQ(end(seconds(30)), End::kIncomplete);
}

TEST_F(InquiryTest, SilenceIsNoAnswer) {
  answer(0, Answer::kHasNot);
  answer(1, Answer::kHasNot);
  answer(2, Answer::kSilent);

  EXPECT_EQ(end({}), End::kIncomplete);
}

TEST_F(InquiryTest, HitIsFinalWhenAllOthersAnsweredOrFailed) {
  answer(0, Answer::kHas);
  answer(1, Answer::kHasNot);
  EXPECT_EQ(end({}), End::kOpen);

  answer(2, Answer::kSilent);

  EXPECT_EQ(end({}), End::kFound);
  EXPECT_THAT(inquiry.with(Answer::kHas), ElementsAre(0));
}

TEST_F(InquiryTest, HitIsFinalAfterTheTimeForObjections) {
  answer(1, Answer::kHas, seconds(3));

  EXPECT_EQ(end(seconds(3) + milliseconds(999)), End::kOpen);
  EXPECT_EQ(inquiry.look_at(), begun + seconds(4));
  EXPECT_EQ(end(seconds(4)), End::kFound);
}

TEST_F(InquiryTest, OneKnownToBeSilentIsNotWaitedForAfterAHit) {
  mute = 2;
  answer(0, Answer::kHas);
  answer(1, Answer::kHasNot);

  EXPECT_EQ(end({}), End::kFound);
}

TEST_F(InquiryTest, TwoHitsAreSeveralAtOnce) {
  answer(0, Answer::kHas);
  answer(2, Answer::kHas);

  EXPECT_EQ(end({}), End::kSeveral);
}

} // namespace
} // namespace syncer

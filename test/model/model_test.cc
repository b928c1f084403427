// Whole lives of a cluster, from seeds. A failing one is looked at with scripts/model-test.
#include <gtest/gtest.h>

#include "model.h"

namespace syncer::model {
namespace {

constexpr std::size_t kSteps = 10'000;

class EverySeed : public testing::TestWithParam<std::uint64_t> {};

TEST_P(EverySeed, EndsAsItShould) {
  const Result result = Model(GetParam(), false).run(kSteps);

  for (const std::string& failure : result.failures) ADD_FAILURE() << failure;
  if (HasFailure()) {
    GTEST_LOG_(ERROR) << "after " << result.steps << " steps; see: scripts/model-test --seed "
                      << GetParam();
  }
  // A world in which nothing happens would end well, too.
  EXPECT_GT(result.updates, 1000u);
  EXPECT_GT(result.creates, 10u);
  EXPECT_GT(result.lives, 3u);
}

INSTANTIATE_TEST_SUITE_P(Seeds, EverySeed, testing::Range<std::uint64_t>(1, 51));

} // namespace
} // namespace syncer::model

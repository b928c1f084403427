#include "core/conditions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "fakes/fake_clock.h"

namespace syncer {
namespace {

using testing::ElementsAre;

TEST(Conditions, EachHasANameOfItsOwn) {
  const std::vector<std::string> names = condition_names();
  EXPECT_EQ(std::set<std::string>(names.begin(), names.end()).size(), kConditions.size());
  EXPECT_EQ(names.front(), "ViewWentBack");
}

TEST(Conditions, ThoseOfVCentersGoAndThoseOfTheClusterStay) {
  asio::io_context io;
  FakeClock clock(io);
  std::vector<std::string> ended;
  Conditions conditions(clock, [&](const Conditions::Key& key, bool stands, const std::string&) {
    if (!stands) ended.push_back(key.second);
  });
  conditions.raise(Condition::kConfigInvalid, "", "broken");
  conditions.raise(Condition::kMassMissing, "a", "many");
  conditions.raise(Condition::kCredentialsRejected, "b", "wrong");

  conditions.clear_all_vcenters();

  EXPECT_THAT(ended, ElementsAre("a", "b"));
  EXPECT_TRUE(conditions.stands(Condition::kConfigInvalid));
  EXPECT_EQ(conditions.all().size(), 1u);
}

} // namespace
} // namespace syncer

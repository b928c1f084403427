#include "core/conditions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "fakes/fake_clock.h"

namespace syncer {
namespace {

using testing::ElementsAre;
using namespace std::chrono_literals;
using testing::IsEmpty;

class ConditionsTest : public testing::Test {
 protected:
  asio::io_context io;
  FakeClock clock{io};
  std::vector<std::string> told;
  Conditions conditions{clock,
                        [this](const Conditions::Key& key, bool stands, const std::string& detail) {
                          told.push_back(std::string(stands ? "+" : "-") + to_string(key.first) +
                                         "@" + key.second + " " + detail);
                        }};
};

TEST_F(ConditionsTest, ARiseAndAFallAreToldOnce) {
  conditions.raise(Condition::kMassMissing, "vc", "one");
  conditions.raise(Condition::kMassMissing, "vc", "two");
  conditions.clear(Condition::kMassMissing, "vc");
  conditions.clear(Condition::kMassMissing, "vc");

  EXPECT_THAT(told, ElementsAre("+MassMissing@vc one", "-MassMissing@vc two"));
}

TEST_F(ConditionsTest, ATroubleIsAConditionOnlyWhenItLasts) {
  const Trouble trouble{clock.now(), "refused"};
  const auto judge = [&](const std::optional<Trouble>& now) {
    conditions.judge(Condition::kMassMissing, "vc", now, 30s);
  };
  judge(trouble);
  clock.advance(29s);
  judge(trouble);
  EXPECT_THAT(told, IsEmpty());

  clock.advance(1s);
  judge(trouble);
  EXPECT_TRUE(conditions.stands(Condition::kMassMissing, "vc"));
  judge(std::nullopt);
  EXPECT_FALSE(conditions.stands(Condition::kMassMissing, "vc"));
}

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

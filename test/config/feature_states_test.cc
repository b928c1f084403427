#include "config/feature_states.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace syncer {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(ReadFeatureStates, AllAreOffWithoutData) {
  const FeatureReading reading = read_feature_states({});

  EXPECT_EQ(reading.states, FeatureStates());
  EXPECT_THAT(reading.problems, IsEmpty());
}

TEST(ReadFeatureStates, EachKeySwitchesItsOwn) {
  EXPECT_EQ(read_feature_states({{"trigger-csi-fullsync", "true"}}).states,
            (FeatureStates{true, false, false}));
  EXPECT_EQ(read_feature_states({{"improved-volume-visibility", "true"}}).states,
            (FeatureStates{false, true, false}));
  EXPECT_EQ(read_feature_states({{"pv-to-backingdiskobjectid-mapping", "true"}}).states,
            (FeatureStates{false, false, true}));
}

TEST(ReadFeatureStates, ValuesAreBooleansAsGoReadsThem) {
  EXPECT_TRUE(read_feature_states({{"trigger-csi-fullsync", "T"}}).states.trigger_full_sync);
  EXPECT_TRUE(read_feature_states({{"trigger-csi-fullsync", "1"}}).states.trigger_full_sync);
  EXPECT_FALSE(read_feature_states({{"trigger-csi-fullsync", "False"}}).states.trigger_full_sync);
}

TEST(ReadFeatureStates, AnotherValueIsFalseAndAProblemOfThatKeyAlone) {
  const FeatureReading reading = read_feature_states(
      {{"trigger-csi-fullsync", "yes please"}, {"improved-volume-visibility", "true"}});

  EXPECT_EQ(reading.states, (FeatureStates{false, true, false}));
  EXPECT_THAT(reading.problems,
              ElementsAre(AllOf(HasSubstr("trigger-csi-fullsync"), HasSubstr("\"yes please\""))));
}

TEST(ReadFeatureStates, KeysOfOtherProgramsAreLeftAlone) {
  EXPECT_THAT(read_feature_states({{"online-volume-extend", "maybe"}}).problems, IsEmpty());
}

} // namespace
} // namespace syncer

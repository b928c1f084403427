#include "core/kube_objects.h"

#include <gtest/gtest.h>

#include <string>
#include <unordered_set>

#include "fakes/kube_builders.h"

namespace syncer {
namespace {

TEST(Uid, UuidIsKeptInItsSixteenBytes) {
  const Uid uid = Uid::parse("01234567-89ab-cdef-FEDC-ba9876543210");

  EXPECT_EQ(uid.high, 0x0123456789abcdefULL);
  EXPECT_EQ(uid.low, 0xfedcba9876543210ULL);
}

TEST(Uid, DiffersInEveryDigit) {
  const std::string text = "01234567-89ab-cdef-fedc-ba9876543210";
  const Uid uid = Uid::parse(text);
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '-') continue;
    std::string other = text;
    other[i] = other[i] == 'f' ? 'e' : 'f';
    if (other == text) continue;
    EXPECT_NE(Uid::parse(other), uid) << other;
  }
}

TEST(Uid, EmptyTextIsNoUid) {
  EXPECT_TRUE(Uid::parse("").empty());
  EXPECT_TRUE(Uid().empty());
}

class OddUid : public testing::TestWithParam<const char*> {};

TEST_P(OddUid, IsStillEqualOnlyToItself) {
  const Uid uid = Uid::parse(GetParam());

  EXPECT_FALSE(uid.empty());
  EXPECT_EQ(uid, Uid::parse(GetParam()));
  EXPECT_NE(uid, Uid::parse(std::string(GetParam()) + "x"));
}

INSTANTIATE_TEST_SUITE_P(Texts, OddUid,
                         testing::Values("x", "static-pod-uid", "-", "0123456789abcdef",
                                         "0123456789abcdeffedcba9876543210",
                                         "01234567-89ab-cdef-fedc-ba987654321g",
                                         "01234567-89ab-cdef-fedc-ba98765432100",
                                         "------------------------------------"));

TEST(SortLabels, OrdersByKey) {
  Labels labels{{"b", "2"}, {"a", "1"}, {"c", "3"}};

  sort_labels(labels);

  EXPECT_EQ(labels, (Labels{{"a", "1"}, {"b", "2"}, {"c", "3"}}));
}

TEST(SortLabels, LastOfEqualKeysWins) {
  Labels labels{{"b", "first"}, {"a", "1"}, {"b", "second"}, {"b", "third"}};

  sort_labels(labels);

  EXPECT_EQ(labels, (Labels{{"a", "1"}, {"b", "third"}}));
}

TEST(SortLabels, NothingStaysNothing) {
  Labels labels;
  sort_labels(labels);
  EXPECT_TRUE(labels.empty());
}

TEST(ObjectKey, NamespaceAndNameAreNotMixedUp) {
  const std::unordered_set<ObjectKey> keys{{"a", "b"}, {"b", "a"}, {"", "ab"}, {"ab", ""}};

  EXPECT_EQ(keys.size(), 4u);
  EXPECT_TRUE(keys.contains(ObjectKey{"b", "a"}));
}

TEST(EntityKind, IsNamedAsCnsNamesIt) {
  EXPECT_STREQ(to_string(EntityKind::kVolume), "PERSISTENT_VOLUME");
  EXPECT_STREQ(to_string(EntityKind::kClaim), "PERSISTENT_VOLUME_CLAIM");
  EXPECT_STREQ(to_string(EntityKind::kPod), "POD");
}

} // namespace
} // namespace syncer

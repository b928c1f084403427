#include "reconcile/label_limits.h"

#include <gtest/gtest.h>

#include "fakes/kube_builders.h"

namespace syncer {
namespace {

TEST(CutLabels, LeavesWhatFits) {
  CnsEntity entity = pv_entity("pv-1", many_labels(kMaxLabels));
  entity.labels[3].second = std::string(kMaxLabelValueBytes, 'v');
  entity.labels.back().first = std::string(kMaxLabelKeyBytes, 'k');
  const CnsEntity before = entity;

  EXPECT_FALSE(cut_labels(entity));
  EXPECT_EQ(entity, before);
}

TEST(CutLabels, TakesAwayTooLongKeysAndValues) {
  CnsEntity entity = pv_entity("pv-1", make_labels({{"a", "1"}, {"b", "2"}}));
  entity.labels.emplace_back(std::string(kMaxLabelKeyBytes + 1, 'k'), "v");
  entity.labels.emplace_back("long", std::string(kMaxLabelValueBytes + 1, 'v'));
  sort_labels(entity.labels);

  EXPECT_TRUE(cut_labels(entity));
  EXPECT_EQ(entity.labels, make_labels({{"a", "1"}, {"b", "2"}}));
}

TEST(CutLabels, KeepsTheFirstKeysInByteOrder) {
  CnsEntity entity = pv_entity("pv-1", many_labels(kMaxLabels + 5));

  EXPECT_TRUE(cut_labels(entity));
  EXPECT_EQ(entity.labels, many_labels(kMaxLabels));
}

TEST(CutLabels, KeepsTheReservedOnesBeforeAllOthers) {
  CnsEntity entity = pv_entity("pv-1", many_labels(kMaxLabels + 5));
  entity.labels.emplace_back("pv_retained", "true");
  entity.labels.emplace_back("pv_missing", "true");
  sort_labels(entity.labels);
  Labels expected = many_labels(kMaxLabels - 2);
  expected.emplace_back("pv_missing", "true");
  expected.emplace_back("pv_retained", "true");

  EXPECT_TRUE(cut_labels(entity));
  EXPECT_EQ(entity.labels, expected);
}

TEST(CutLabels, TooLongOnesDoNotCountAgainstTheNumber) {
  CnsEntity entity = pv_entity("pv-1", many_labels(kMaxLabels));
  entity.labels.emplace_back("a-first", std::string(kMaxLabelValueBytes + 1, 'v'));
  sort_labels(entity.labels);

  EXPECT_TRUE(cut_labels(entity));
  EXPECT_EQ(entity.labels, many_labels(kMaxLabels));
}

TEST(CutLabels, OfACutSetChangesNothing) {
  CnsEntity entity = pv_entity("pv-1", many_labels(kMaxLabels + 1));
  cut_labels(entity);

  EXPECT_FALSE(cut_labels(entity));
}

} // namespace
} // namespace syncer

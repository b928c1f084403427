#include "app/drift_advice.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace syncer {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr const char* kId = "3d7a0c5e-0000-4000-8000-000000000001";

Drift drift(DriftClass type, const char* volume = kId) {
  Drift one;
  one.type = type;
  one.volume = volume;
  one.pvs = {"pv-1"};
  return one;
}

TEST(AdviceOnDrift, LooksFirstInEveryClass) {
  const std::string id = kId;
  EXPECT_EQ(advice_on(drift(DriftClass::kCnsWithoutPv)).command, "govc volume.ls -l " + id);
  EXPECT_EQ(advice_on(drift(DriftClass::kPvWithoutCns)).command, "govc disk.ls -l " + id);
  EXPECT_EQ(advice_on(drift(DriftClass::kReleasedWithoutConsumer)).command,
            "govc volume.ls -l " + id);
  EXPECT_EQ(advice_on(drift(DriftClass::kSharedHandle)).command, "govc volume.ls -l " + id);
  EXPECT_EQ(advice_on(drift(DriftClass::kMovedBacking)).command, "govc volume.ls -b " + id);
}

TEST(AdviceOnDrift, AFileShareIsNoDisk) {
  Drift share = drift(DriftClass::kPvWithoutCns, "file:1");
  share.is_file = true;
  EXPECT_EQ(advice_on(share).command, "govc volume.ls -l file:1");
}

TEST(AdviceOnDrift, AnInTreePathIsLookedForOnItsDatastore) {
  Drift path = drift(DriftClass::kPvWithoutCns, "");
  path.in_tree_path = "[my ds] kubevols/it's.vmdk";
  EXPECT_EQ(advice_on(path).command, "govc datastore.ls -l -ds 'my ds' 'kubevols/it'\\''s.vmdk'");
}

// Whatever is copied, nothing is deleted by it.
TEST(AdviceOnDrift, OnlyACommentSpeaksOfRemovalAndKeepsTheDisk) {
  for (const DriftClass type : kDriftClasses) {
    const DriftAdvice advice = advice_on(drift(type));
    EXPECT_THAT(advice.command, Not(HasSubstr(".rm")));
    EXPECT_THAT(advice.comment, StartsWith("# "));
    EXPECT_THAT(advice.comment, Not(HasSubstr("\n")));
  }
  EXPECT_THAT(advice_on(drift(DriftClass::kCnsWithoutPv)).comment,
              HasSubstr(std::string("govc volume.rm -keep ") + kId));
}

TEST(AdviceOnDrift, NamesFromOutsideAreQuoted) {
  EXPECT_EQ(advice_on(drift(DriftClass::kCnsWithoutPv, "a b; rm -rf '/' $(x)")).command,
            "govc volume.ls -l 'a b; rm -rf '\\''/'\\'' $(x)'");
}

TEST(AdviceOnDrift, WhatCannotBeAnIdIsInNoCommand) {
  for (const char* const id : {"-dump", "a\nrm -rf /", "a\rb", "\x1b[2J", "v\xc3\xb6l"}) {
    for (const DriftClass type : kDriftClasses) {
      const DriftAdvice advice = advice_on(drift(type, id));
      EXPECT_EQ(advice.command, "") << id;
      EXPECT_THAT(advice.comment, Not(HasSubstr(id)));
    }
  }
  Drift path = drift(DriftClass::kPvWithoutCns, "");
  path.in_tree_path = "[ds] -dump";
  EXPECT_EQ(advice_on(path).command, "");
}

TEST(AdviceOnDrift, OddNamesOfPvsAreLeftOut) {
  Drift odd = drift(DriftClass::kSharedHandle);
  odd.pvs = {"a", "b\nreboot"};
  EXPECT_THAT(advice_on(odd).comment, HasSubstr("kubectl get pv a ?;"));
}

} // namespace
} // namespace syncer

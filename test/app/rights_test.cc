#include "app/rights.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace syncer {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;

std::vector<std::string> words(const RightsInput& input) {
  std::vector<std::string> all;
  for (const NeededRight& needed : needed_rights(input)) all.push_back(to_string(needed.right));
  return all;
}

TEST(Rights, LeasesAreNeededInTheirNamespaceAndOnlyForAnElection) {
  RightsInput input;
  input.lease_namespace = "csi";
  EXPECT_THAT(words(input), Not(Contains(HasSubstr("leases"))));

  input.election = true;
  EXPECT_THAT(words(input), Contains("update leases.coordination.k8s.io in csi"));
}

TEST(Rights, OneVCenterNeedsMigrationsAndSeveralNeedVolumeInfos) {
  RightsInput input;
  input.csi_namespace = "csi";
  EXPECT_THAT(words(input), AllOf(Contains("create cnsvspherevolumemigrations.cns.vmware.com"),
                                  Not(Contains(HasSubstr("cnsvolumeinfoes")))));

  input.several_vcenters = true;
  EXPECT_THAT(words(input), AllOf(Contains("create cnsvolumeinfoes.cns.vmware.com in csi"),
                                  Not(Contains(HasSubstr("migrations")))));
}

TEST(Rights, FeatureStatesHaveTheirOwnNamespace) {
  RightsInput input;
  input.csi_namespace = "csi";
  input.feature_namespace = "states";

  EXPECT_THAT(words(input),
              AllOf(Contains("list configmaps in states"), Contains("watch configmaps in states"),
                    Not(Contains("list configmaps in csi"))));
}

// The role of the CSI driver's manifest lets nobody patch or delete these.
TEST(Rights, NothingIsAskedThatTheManifestDoesNotGive) {
  for (const bool several : {false, true}) {
    const std::vector<std::string> all = words({true, several, "csi", "csi", "csi"});
    for (const char* never : {"patch leases", "patch csinodetopologies", "create csinodetopologies",
                              "delete customresourcedefinitions", "list customresourcedefinitions",
                              "update cnsvolumeinfoes", "patch persistentvolumeclaims"}) {
      EXPECT_THAT(all, Not(Contains(HasSubstr(never))));
    }
  }
}

TEST(Rights, WhatIsMissingIsToldByDuty) {
  const std::string text =
      missing_text({{Duty::kEvents, {{"", "events", "create", ""}, {"", "events", "patch", ""}}},
                    {Duty::kInTree, {{"cns.vmware.com", "x", "list", ""}}}});

  EXPECT_EQ(text,
            "without Events, because we may not create events, patch events; without migrated "
            "in-tree volumes, because we may not list x.cns.vmware.com");
}

} // namespace
} // namespace syncer

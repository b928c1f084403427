#include "app/preflight_kube.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fakes/scripted_kube.h"
#include "operators/crd_manifests.h"

namespace syncer {
namespace {

using Result = PreflightLine::Result;
using testing::HasSubstr;

constexpr const char* kReviews = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
constexpr const char* kYes = R"({"status":{"allowed":true}})";
constexpr const char* kNo = R"({"status":{"allowed":false}})";
constexpr const char* kDefinitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/";

class PreflightKube : public testing::Test {
 protected:
  // The rights at which these duties begin are missing.
  std::vector<PreflightLine> rights(const std::vector<Duty>& lacking) {
    const RightsInput input{true, false, "csi", "csi", "csi"};
    std::vector<Duty> left = lacking;
    for (const NeededRight& one : needed_rights(input)) {
      const bool lacks = std::erase(left, one.duty) > 0;
      kube.http.expect("POST", kReviews).reply(201, lacks ? kNo : kYes);
    }
    return kube.run(check_rights(*kube.client, kube.clock, input));
  }

  ScriptedKube kube;
};

TEST_F(PreflightKube, AllRightsAreOneLine) {
  const auto lines = rights({});

  ASSERT_EQ(lines.size(), 1u);
  EXPECT_EQ(lines[0].result, Result::kPass);
}

TEST_F(PreflightKube, WhatStopsOneDutyIsAWarningAndWhatStopsAllIsAFailure) {
  const auto lines = rights({Duty::kMetadata, Duty::kNodeTopology});

  ASSERT_EQ(lines.size(), 3u);
  EXPECT_EQ(lines[0].result, Result::kFail);
  EXPECT_THAT(lines[0].detail, HasSubstr("get persistentvolumes"));
  EXPECT_THAT(lines[0].fix, HasSubstr("ClusterRole"));
  EXPECT_EQ(lines[1].result, Result::kWarn);
  EXPECT_THAT(lines[1].detail, HasSubstr("csinodetopologies"));
  EXPECT_EQ(lines[2].result, Result::kPass);
}

TEST_F(PreflightKube, AServerThatDoesNotTellIsNoFailure) {
  kube.http.expect("POST", kReviews).reply(403, "no");

  const auto lines = kube.run(
      check_rights(*kube.client, kube.clock, RightsInput{true, false, "csi", "csi", "csi"}));

  ASSERT_EQ(lines.size(), 1u);
  EXPECT_EQ(lines[0].result, Result::kWarn);
}

TEST_F(PreflightKube, DefinitionsAreThereMissingOrUnreadable) {
  kube.http.expect("GET", std::string(kDefinitions) + crd_name(Crd::kNodeTopology))
      .reply(200, "{}");
  kube.http.expect("GET", std::string(kDefinitions) + crd_name(Crd::kVolumeMigration))
      .reply(404, "");

  const auto lines = kube.run(check_definitions(*kube.client, kube.clock, false));

  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(lines[0].result, Result::kPass);
  EXPECT_EQ(lines[1].result, Result::kWarn);
  EXPECT_THAT(lines[1].detail, HasSubstr("is missing"));
}

TEST_F(PreflightKube, SeveralVCentersNeedAnotherDefinition) {
  kube.http.expect("GET", std::string(kDefinitions) + crd_name(Crd::kNodeTopology))
      .reply(200, "{}");
  kube.http.expect("GET", std::string(kDefinitions) + crd_name(Crd::kVolumeInfo)).reply(403, "no");

  const auto lines = kube.run(check_definitions(*kube.client, kube.clock, true));

  ASSERT_EQ(lines.size(), 2u);
  EXPECT_THAT(lines[1].detail, HasSubstr("cannot be read"));
}

} // namespace
} // namespace syncer

#include "reconcile/vmdk_path.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace syncer {
namespace {

using ::testing::HasSubstr;

struct PathRow {
  const char* name;
  const char* text;
  VmdkPath expected;
};

class GoodVmdkPath : public ::testing::TestWithParam<PathRow> {};

TEST_P(GoodVmdkPath, IsTakenApart) {
  const Outcome<VmdkPath> path = parse_vmdk_path(GetParam().text);

  ASSERT_TRUE(path) << path.error().detail;
  EXPECT_EQ(path->datastore, GetParam().expected.datastore);
  EXPECT_EQ(path->file, GetParam().expected.file);
}

INSTANTIATE_TEST_SUITE_P(
    VmdkPath, GoodVmdkPath,
    ::testing::Values(
        PathRow{"Plain", "[ds1] kubevols/a.vmdk", {"ds1", "kubevols/a.vmdk"}},
        PathRow{"NoSpaceAfterTheBracket", "[ds1]a.vmdk", {"ds1", "a.vmdk"}},
        PathRow{"BelowADatastoreCluster", "[Cluster/ds1] k/a.vmdk", {"ds1", "k/a.vmdk"}},
        PathRow{"BelowFolders", "[a/b/ds1] k/a.vmdk", {"ds1", "k/a.vmdk"}},
        PathRow{
            "SpacesEverywhere", "  [ my ds ]  my dir/c d.vmdk \n", {"my ds", "my dir/c d.vmdk"}},
        PathRow{"SpacesInBothParts", "[a/b] c d.vmdk", {"b", "c d.vmdk"}},
        PathRow{"LeadingSlash", "[ds1] /k/a.vmdk", {"ds1", "k/a.vmdk"}},
        PathRow{"AnotherBracket", "[ds1] k/a[1].vmdk", {"ds1", "k/a[1].vmdk"}},
        PathRow{"Percent", "[100%] 50%/a.vmdk", {"100%", "50%/a.vmdk"}},
        PathRow{"Unicode", "[dätä] übung/ä.vmdk", {"dätä", "übung/ä.vmdk"}},
        PathRow{"NotCalledVmdk", "[ds1] whatever", {"ds1", "whatever"}}),
    [](const auto& row) { return row.param.name; });

struct BadRow {
  const char* name;
  const char* text;
  const char* reason;
};

class BadVmdkPath : public ::testing::TestWithParam<BadRow> {};

TEST_P(BadVmdkPath, IsRefusedForGoodWithItsReason) {
  const Outcome<VmdkPath> path = parse_vmdk_path(GetParam().text);

  ASSERT_FALSE(path);
  EXPECT_EQ(path.error().kind, ErrorKind::kRejected);
  EXPECT_THAT(path.error().detail, HasSubstr(GetParam().reason));
  EXPECT_THAT(path.error().detail, HasSubstr("path \"" + std::string(GetParam().text) + "\""));
}

INSTANTIATE_TEST_SUITE_P(
    VmdkPath, BadVmdkPath,
    ::testing::Values(BadRow{"FileSystemPath", "/verdaccio/storage", "names no datastore"},
                      BadRow{"Empty", "", "names no datastore"},
                      BadRow{"TextBeforeTheBracket", "x[ds1] a.vmdk", "names no datastore"},
                      BadRow{"OpenBracket", "[ds1 a.vmdk", "not closed"},
                      BadRow{"EmptyDatastore", "[] a.vmdk", "name of its datastore is empty"},
                      BadRow{"ClusterAlone", "[Cluster/ ] a.vmdk", "datastore is empty"},
                      BadRow{"NoFile", "[ds1]", "names no file"},
                      BadRow{"OnlySpacesForAFile", "[ds1]   ", "names no file"},
                      BadRow{"OnlySlashesForAFile", "[ds1] //", "names no file"}),
    [](const auto& row) { return row.param.name; });

TEST(VmdkPath, AnEndlessPathIsNotRepeatedInTheReason) {
  const Outcome<VmdkPath> path = parse_vmdk_path(std::string(1'000'000, 'x'));

  ASSERT_FALSE(path);
  EXPECT_LT(path.error().detail.size(), 500u);
}

struct UrlRow {
  const char* name;
  const char* datacenter;
  VmdkPath vmdk;
  const char* expected;
};

class RegistrationUrl : public ::testing::TestWithParam<UrlRow> {};

TEST_P(RegistrationUrl, EscapesEverySegment) {
  EXPECT_EQ(registration_url("vc.example.com", GetParam().datacenter, GetParam().vmdk),
            "https://vc.example.com/folder/" + std::string(GetParam().expected));
}

INSTANTIATE_TEST_SUITE_P(
    VmdkPath, RegistrationUrl,
    ::testing::Values(UrlRow{"Plain",
                             "/DC0",
                             {"ds1", "kubevols/a.vmdk"},
                             "kubevols/a.vmdk?dcPath=%2FDC0&dsName=ds1"},
                      UrlRow{"DatacenterInAFolder",
                             "/F0/DC 1",
                             {"ds1", "a.vmdk"},
                             "a.vmdk?dcPath=%2FF0%2FDC%201&dsName=ds1"},
                      UrlRow{"StoredEscapeIsEscapedOnceMore",
                             "/F0/a%2fb",
                             {"ds1", "a.vmdk"},
                             "a.vmdk?dcPath=%2FF0%2Fa%252fb&dsName=ds1"},
                      UrlRow{"Spaces",
                             "/DC0",
                             {"my ds", "my dir/c d.vmdk"},
                             "my%20dir/c%20d.vmdk?dcPath=%2FDC0&dsName=my%20ds"},
                      UrlRow{"WhatEndsAPathOrAValue",
                             "/a&b",
                             {"c&d=e", "x?y#z/50%+.vmdk"},
                             "x%3Fy%23z/50%25%2B.vmdk?dcPath=%2Fa%26b&dsName=c%26d%3De"},
                      UrlRow{"Unicode",
                             "/\xc3\xa4",
                             {"d\xc3\xa4", "\xc3\xbc/a.vmdk"},
                             "%C3%BC/a.vmdk?dcPath=%2F%C3%A4&dsName=d%C3%A4"}),
    [](const auto& row) { return row.param.name; });

} // namespace
} // namespace syncer

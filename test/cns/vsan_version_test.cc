#include "cns/vsan_version.h"

#include <gtest/gtest.h>

namespace syncer {
namespace {

struct Row {
  std::string vsan, about, api;
  bool writable, async_query;
};

class VersionFeatures : public testing::TestWithParam<Row> {};

TEST_P(VersionFeatures, OfAVersion) {
  const Row& row = GetParam();
  const CnsFeatures features = cns_features(row.vsan, row.about, row.api);
  EXPECT_EQ(features.writable, row.writable);
  EXPECT_EQ(features.async_query, row.async_query);
}

INSTANTIATE_TEST_SUITE_P(Versions, VersionFeatures,
                         testing::Values(Row{"vSAN 6.7U3", "6.7.0", "6.7.3", false, false},
                                         Row{"7.0", "7.0.0", "7.0.0.0", true, false},
                                         Row{"vSAN 7.0U2", "7.0.2", "7.0.2.0", true, false},
                                         Row{"vSAN 7.0U3", "7.0.3", "7.0.3.0", true, true},
                                         Row{"8.0.0.1", "8.0.0", "8.0.0.1", true, true},
                                         Row{"9.1.0.0", "9.1.0", "9.1.0.0", true, true},
                                         // Not in the table: the release decides.
                                         Row{"8.0.2.0", "8.0.2", "8.0.2.0", true, true},
                                         Row{"6.5", "6.5.0", "6.5", false, false},
                                         Row{"99.0", "10.0.0", "10.0.0.0", true, true},
                                         // No version file.
                                         Row{"", "6.5.0", "6.5", false, false},
                                         Row{"", "7.0.1", "7.0.1.0", true, false},
                                         Row{"", "7.0.3", "7.0.3.0", true, true},
                                         // Only one of the two names the update.
                                         Row{"", "7.0.0", "7.0.3", true, true},
                                         Row{"", "", "", false, false}));

TEST(Features, WithoutVersionFileTheReleaseDropsTheElements) {
  EXPECT_FALSE(cns_features("", "7.0.1", "7.0.1.0").cluster_distribution);
  EXPECT_TRUE(cns_features("", "7.0.2", "7.0.2.0").cluster_distribution);
  EXPECT_FALSE(cns_features("", "6.7.0", "6.7.3").referred_entity);
}

TEST(Features, ObjectIdsOfDisksCameWith70U2) {
  EXPECT_FALSE(cns_features("vSAN 7.0U1", "7.0.1", "7.0.1.0").backing_object_id);
  EXPECT_TRUE(cns_features("vSAN 7.0U2", "7.0.2", "7.0.2.0").backing_object_id);
}

TEST(Features, DiskUrlsCameBetweenTheReleases) {
  EXPECT_FALSE(cns_features("7.0", "7.0.0", "7.0.0.0").backing_url);
  EXPECT_FALSE(cns_features("7.1", "7.0.0", "7.0.0.0").backing_url);
  EXPECT_TRUE(cns_features("7.2", "7.0.0", "7.0.0.0").backing_url);
  EXPECT_TRUE(cns_features("vSAN 7.0U1", "7.0.1", "7.0.1.0").backing_url);
  EXPECT_FALSE(cns_features("", "7.0.0", "7.0.0.0").backing_url);
}

TEST(Features, DisksOutliveTheirVmFrom803On) {
  EXPECT_FALSE(cns_features("8.0.0.3", "8.0.2", "8.0.2.0").keeps_after_vm_delete);
  EXPECT_TRUE(cns_features("8.0.0.4", "8.0.3", "8.0.3.0").keeps_after_vm_delete);
  EXPECT_TRUE(cns_features("", "9.0.0", "9.0.0.0").keeps_after_vm_delete);
}

TEST(SoapAction, NamesTheVsanVersionOrElseTheApi) {
  EXPECT_EQ(soap_action("vSAN 7.0U3", "7.0.3.0"), "urn:vsan/vSAN 7.0U3");
  EXPECT_EQ(soap_action("", "7.0.3.0"), "urn:vim25/7.0.3.0");
}

} // namespace
} // namespace syncer

#include "config/vsphere_overlay.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace syncer {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Key;

VSphereEnvironment variables(const std::map<std::string, std::string>& given) {
  VSphereEnvironment environment;
  for (const auto& [name, value] : given) environment.emplace(name, Secret(value));
  return environment;
}

VSphereFile file_of(const std::string& text) {
  const auto file = read_vsphere_file(text);
  EXPECT_TRUE(file) << (file ? "" : file.error().detail);
  return file ? *file : VSphereFile();
}

TEST(VSphereEnvironment, TakesWhatConcernsTheFileAndIsNotEmpty) {
  const char* const environ[] = {"VSPHERE_USER=u@d",
                                 "VSPHERE_PASSWORD=a=b=",
                                 "VCENTER_1_PASSWORD=p",
                                 "GLOBAL_MAX_SNAPSHOTS_PER_BLOCK_VOLUME=3",
                                 "GRANULAR_MAX_SNAPSHOTS_PER_BLOCK_VOLUME_VSAN=3",
                                 "VSPHERE_PORT=",
                                 "VSPHERE_CSI_CONFIG=/c",
                                 "PATH=/bin",
                                 "VSPHERE_NOTHING",
                                 nullptr};

  const VSphereEnvironment found = vsphere_environment(environ);

  EXPECT_THAT(found,
              ElementsAre(Key("GLOBAL_MAX_SNAPSHOTS_PER_BLOCK_VOLUME"),
                          Key("GRANULAR_MAX_SNAPSHOTS_PER_BLOCK_VOLUME_VSAN"),
                          Key("VCENTER_1_PASSWORD"), Key("VSPHERE_PASSWORD"), Key("VSPHERE_USER")));
  EXPECT_EQ(found.at("VSPHERE_PASSWORD").reveal(), "a=b=");
}

TEST(VSphereOverlay, GoesBeforeGlobalAndLabels) {
  VSphereFile file = file_of("[Global]\nuser = file\ninsecure-flag = true\n");

  const auto warnings = lay_over(file, variables({{"VSPHERE_USER", "u@d"},
                                                  {"VSPHERE_PASSWORD", "p"},
                                                  {"VSPHERE_PORT", "1"},
                                                  {"VSPHERE_DATACENTER", "a, b"},
                                                  {"VSPHERE_INSECURE", "f"},
                                                  {"VSPHERE_LABEL_REGION", "r"},
                                                  {"VSPHERE_LABEL_ZONE", "z"}}));

  EXPECT_EQ(file.global.user.value, "u@d");
  EXPECT_EQ(file.global.user.where, "VSPHERE_USER");
  EXPECT_EQ(file.global.password.value.reveal(), "p");
  EXPECT_EQ(file.global.port.value, "1");
  EXPECT_EQ(file.global.datacenters.value, "a, b");
  EXPECT_FALSE(file.global.insecure.value);
  EXPECT_EQ(file.labels.region.value, "r");
  EXPECT_EQ(file.labels.zone.value, "z");
  EXPECT_THAT(file.vcenters, IsEmpty());
  EXPECT_THAT(warnings, IsEmpty());
}

TEST(VSphereOverlay, TheOneVCenterIsMadeWhenTheFileHasNone) {
  VSphereFile file = file_of("[VirtualCenter \"a\"]\nuser = own\n");

  lay_over(file, variables({{"VSPHERE_VCENTER", "a"}}));
  EXPECT_EQ(file.vcenters.size(), 1u);
  EXPECT_EQ(file.vcenters[0].second.user.value, "own");

  lay_over(file, variables({{"VSPHERE_VCENTER", "b"}}));
  ASSERT_EQ(file.vcenters.size(), 2u);
  EXPECT_EQ(file.vcenters[1].first, "b");
  EXPECT_EQ(file.global.vcenter_ip.value, "b");
}

TEST(VSphereOverlay, ANamedVCenterIsTheEnvironmentsButForItsCertificates) {
  VSphereFile file = file_of(
      "[VirtualCenter \"a\"]\nuser = file\npassword = file\nport = 1\ndatacenters = d\n"
      "ca-file = /ca\nthumbprint = AA\ninsecure-flag = true\n");

  lay_over(file, variables({{"VSPHERE_VCENTER_X", "a"},
                            {"VCENTER_X_USERNAME", "u@d"},
                            {"VCENTER_X_PASSWORD", "p"}}));

  ASSERT_EQ(file.vcenters.size(), 1u);
  const VCenterSection& section = file.vcenters[0].second;
  EXPECT_EQ(section.user.value, "u@d");
  EXPECT_EQ(section.user.where, "VCENTER_X_USERNAME");
  EXPECT_EQ(section.password.value.reveal(), "p");
  EXPECT_EQ(section.port.value, "");
  EXPECT_EQ(section.datacenters.value, "");
  EXPECT_FALSE(section.insecure.value);
  EXPECT_EQ(section.ca_file.value, "/ca");
  EXPECT_EQ(section.thumbprint.value, "AA");
}

TEST(VSphereOverlay, ValuesThatAreNoUseAreLeftOutWithoutShowingThem) {
  VSphereFile file = file_of("[Global]\ninsecure-flag = true\n");

  const auto warnings =
      lay_over(file, variables({{"VSPHERE_INSECURE", "hunter2"},
                                {"GLOBAL_MAX_SNAPSHOTS_PER_BLOCK_VOLUME", "hunter2"}}));

  EXPECT_TRUE(file.global.insecure.value);
  EXPECT_THAT(warnings,
              ElementsAre("VSPHERE_INSECURE: not a boolean (true or false), left out",
                          "GLOBAL_MAX_SNAPSHOTS_PER_BLOCK_VOLUME: not an integer, left out"));
}

} // namespace
} // namespace syncer

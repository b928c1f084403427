#include "config/config_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "fakes/temp_dir.h"

namespace syncer {
namespace {

using testing::ElementsAre;

constexpr const char* kFile = "csi-vsphere.conf";
constexpr const char* kOneVCenter =
    "[VirtualCenter \"vc\"]\nuser = file@d\npassword = \"hunter2\"\n";

std::string problem_of(const ConfigReading& reading) {
  EXPECT_FALSE(reading.config);
  return reading.config ? "" : reading.config.error().detail;
}

TEST(ConfigFiles, ReadsTheFileAndNamesItInErrors) {
  const TempDir dir;
  const std::string path = dir.write(kFile, kOneVCenter);
  const ConfigReading good = read_config(path, {});
  dir.write(kFile, "[Global]\npassword = \"hunter2");
  const ConfigReading bad = read_config(path, {});

  ASSERT_TRUE(good.config) << good.config.error().detail;
  EXPECT_EQ(good.config->vcenters.at(0).password.reveal(), "hunter2");
  EXPECT_EQ(problem_of(bad), path + ": line 2: [Global] password: missing closing quote");
}

TEST(ConfigFiles, WhatIsNoFileIsSaid) {
  const TempDir dir;
  const std::string path = dir.path(kFile);
  EXPECT_EQ(problem_of(read_config(path, {})), path + ": no such file");
  EXPECT_EQ(problem_of(read_config(dir.path(""), {})), dir.path("") + ": is a directory");
  dir.write(kFile, std::string((std::size_t{1} << 20) + 1, '\n'));
  EXPECT_EQ(problem_of(read_config(path, {})), path + ": is larger than 1 MiB");
}

TEST(ConfigFiles, WithoutAFileTheEnvironmentAloneMayDo) {
  const TempDir dir;
  VSphereEnvironment environment{{"VSPHERE_VCENTER", Secret("vc")},
                                 {"VSPHERE_USER", Secret("u@d")},
                                 {"VSPHERE_PASSWORD", Secret("p")}};

  const ConfigReading reading = read_config(dir.path(kFile), environment);
  ASSERT_TRUE(reading.config) << reading.config.error().detail;
  EXPECT_EQ(reading.config->vcenters.at(0).user, "u@d");

  environment.erase("VSPHERE_PASSWORD");
  EXPECT_EQ(problem_of(read_config(dir.path(kFile), environment)),
            dir.path(kFile) + ": no such file");
}

TEST(ConfigFiles, CredentialsInFilesOfTheirOwnGoFirstAndAreTakenAsTheyAre) {
  const TempDir dir;
  const std::string path = dir.write(kFile, kOneVCenter);
  dir.write("vc.username", "own@d");
  dir.write("vc.password", "\"a\\n;#b\"");

  const ConfigReading reading = read_config(path, {});

  ASSERT_TRUE(reading.config) << reading.config.error().detail;
  EXPECT_EQ(reading.config->vcenters.at(0).user, "own@d");
  EXPECT_EQ(reading.config->vcenters.at(0).password.reveal(), "\"a\\n;#b\"");
}

TEST(ConfigFiles, CredentialFilesWithALineBreakAreNamed) {
  const TempDir dir;
  const std::string path = dir.write(kFile, kOneVCenter);
  dir.write("vc.password", "hunter2\n");
  const ConfigReading reading = read_config(path, {});
  ASSERT_TRUE(reading.config) << reading.config.error().detail;
  EXPECT_THAT(reading.config->warnings,
              ElementsAre("vc.password: [VirtualCenter \"vc\"] password: ends with a line break"));

  dir.write("vc.username", "own@d\n");
  EXPECT_EQ(problem_of(read_config(path, {})),
            path + ": vc.username: [VirtualCenter \"vc\"] user: ends with a line break");
}

TEST(ConfigFiles, AHostThatLeadsElsewhereHasNoCredentialFiles) {
  const TempDir dir;
  std::filesystem::create_directory(dir.path("etc"));
  dir.write("vc.username", "hunter2@d");
  const std::string path =
      dir.write("etc/" + std::string(kFile),
                "[Global]\nuser = u@d\npassword = p\n[VirtualCenter \"../vc\"]\n");

  const ConfigReading reading = read_config(path, {});

  ASSERT_TRUE(reading.config) << reading.config.error().detail;
  EXPECT_EQ(reading.config->vcenters.at(0).user, "u@d");
}

TEST(ConfigFiles, CaFilesAreReadUnlessNothingIsVerified) {
  const TempDir dir;
  const std::string one = dir.write("one.pem", "ONE");
  const std::string two = dir.write("two.pem", "TWO");
  const std::string ca = "ca-file = " + one + ":" + two + "\n";
  const std::string path = dir.write(kFile, kOneVCenter + ca);
  const ConfigReading reading = read_config(path, {});
  ASSERT_TRUE(reading.config) << reading.config.error().detail;
  EXPECT_EQ(reading.config->vcenters.at(0).ca_pem, "ONE\nTWO\n");

  std::filesystem::remove(two);
  EXPECT_EQ(problem_of(read_config(path, {})),
            "[VirtualCenter \"vc\"] ca-file: " + two + ": no such file");
  dir.write(kFile, kOneVCenter + ca + "insecure-flag\n");
  EXPECT_TRUE(read_config(path, {}).config);
}

TEST(ConfigFiles, TheFingerprintFollowsEveryFileAlsoOfAConfigurationThatIsRefused) {
  const TempDir dir;
  const std::string ca = dir.path("ca.pem");
  const std::string path = dir.write(kFile, kOneVCenter + ("ca-file = " + ca + "\n"));
  const Fingerprint without_ca = read_config(path, {}).fingerprint;
  EXPECT_EQ(read_config(path, {}).fingerprint, without_ca);

  dir.write("ca.pem", "ONE");
  const Fingerprint with_ca = read_config(path, {}).fingerprint;
  EXPECT_NE(with_ca, without_ca);

  dir.write("ca.pem", "TWO");
  const Fingerprint other_ca = read_config(path, {}).fingerprint;
  EXPECT_NE(other_ca, with_ca);

  dir.write("vc.password", "new");
  EXPECT_NE(read_config(path, {}).fingerprint, other_ca);
}

} // namespace
} // namespace syncer

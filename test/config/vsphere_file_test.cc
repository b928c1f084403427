#include "config/vsphere_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace syncer {
namespace {

VSphereFile parsed(const std::string& text) {
  const auto file = read_vsphere_file(text);
  EXPECT_TRUE(file) << (file ? "" : file.error().detail);
  return file ? *file : VSphereFile();
}

std::string problem_of(const std::string& text) {
  const auto file = read_vsphere_file(text);
  EXPECT_FALSE(file);
  return file ? "" : file.error().detail;
}

TEST(VSphereFile, ValuesKnowTheirLines) {
  const VSphereFile file = parsed("[Global]\n\nUser = a\n[VirtualCenter \"vc\"]\nport = 1\n");

  EXPECT_EQ(file.global.user.value, "a");
  EXPECT_EQ(file.global.user.where, "line 3");
  EXPECT_EQ(file.global.password.where, "");
  ASSERT_EQ(file.vcenters.size(), 1u);
  EXPECT_EQ(file.vcenters[0].second.where, "line 4");
  EXPECT_EQ(file.vcenters[0].second.port.where, "line 5");
}

TEST(VSphereFile, SectionsAreContinuedAndLaterValuesCount) {
  const VSphereFile file = parsed(
      "[VirtualCenter \"b\"]\nuser = 1\nport = 1\n[VirtualCenter \"a\"]\n"
      "[VirtualCenter \"b\"]\nuser = 2\n");

  ASSERT_EQ(file.vcenters.size(), 2u);
  EXPECT_EQ(file.vcenters[0].first, "b");
  EXPECT_EQ(file.vcenters[0].second.user.value, "2");
  EXPECT_EQ(file.vcenters[0].second.port.value, "1");
}

TEST(VSphereFile, AHeaderWithoutASubsectionIsOneWithAnEmptyName) {
  EXPECT_EQ(parsed("[VirtualCenter]").vcenters.at(0).first, "");
}

TEST(VSphereFile, ASubsectionOfASectionThatHasNoneIsLeftAlone) {
  EXPECT_EQ(parsed("[Global \"a\"]\nuser = b\npassword").global.user.value, "");
}

TEST(VSphereFile, WhatHasTheWrongTypeIsNamed) {
  EXPECT_EQ(problem_of("[Global]\npassword"), "line 2: [Global] password: a value is missing");
  EXPECT_EQ(problem_of("[Snapshot]\nglobal-max-snapshots-per-block-volume = many"),
            "line 2: [Snapshot] global-max-snapshots-per-block-volume: not an integer");
  EXPECT_EQ(problem_of("[NetPermissions \"a\"]\npermissions = \"\""),
            "line 2: [NetPermissions \"a\"] permissions: not one word");
}

TEST(VSphereFile, NamesThatAreNotOursStayUnnamedInErrors) {
  // The second line of a password looks like a key, like a section, or like nothing.
  EXPECT_EQ(problem_of("[Global]\npassword = hunter\nS3cr3t = \"\\x\""),
            "line 3: [Global]: unknown escape sequence: in quotes write a backslash as \\\\");
  EXPECT_EQ(problem_of("[Global]\npassword = hunter\n[S3cr3t"),
            "line 3: expected ']' after the section name");
  EXPECT_EQ(problem_of("[Global]\npassword = hunter\n!S3cr3t"),
            "line 3: [Global]: a key must begin with a letter");
}

} // namespace
} // namespace syncer

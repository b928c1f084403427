#include "app/election_settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>

#include "app/settings.h"

namespace syncer {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

std::variant<Settings, Exit> read(const std::vector<std::string>& arguments) {
  return read_settings(arguments, [](const char* name) -> std::optional<std::string> {
    if (std::string_view(name) == "POD_NAMESPACE") return "of-the-pod";
    return std::nullopt;
  });
}

TEST(ElectionSettings, AreOffAndThoseOfAllSidecarsByDefault) {
  const auto settings = read({});
  ASSERT_TRUE(std::holds_alternative<Settings>(settings));
  const ElectionSettings& election = std::get<Settings>(settings).election;

  EXPECT_FALSE(election.on);
  EXPECT_EQ(election.lease_duration, 15s);
  EXPECT_EQ(election.renew_deadline, 10s);
  EXPECT_EQ(election.retry_period, 5s);
}

TEST(ElectionSettings, FlagsOfTheManifestAreTaken) {
  const auto settings =
      read({"--leader-election", "--leader-election-lease-duration=30s",
            "--leader-election-renew-deadline=20s", "--leader-election-retry-period=10s"});
  ASSERT_TRUE(std::holds_alternative<Settings>(settings));
  const ElectionSettings& election = std::get<Settings>(settings).election;

  EXPECT_TRUE(election.on);
  EXPECT_EQ(election.ns, "of-the-pod");
  EXPECT_EQ(election.identity, lease_identity(host_name()));
  EXPECT_EQ(election.lease_duration, 30s);
  EXPECT_EQ(election.renew_deadline, 20s);
  EXPECT_EQ(election.retry_period, 10s);
}

TEST(ElectionSettings, DurationsThatCannotWorkEndWithTwo) {
  const std::string lease = "--leader-election-lease-duration=";
  const std::string renew = "--leader-election-renew-deadline=";
  const std::string retry = "--leader-election-retry-period=";
  for (const std::vector<std::string>& flags :
       std::vector<std::vector<std::string>>{{lease + "10s"},
                                             {lease + "9s"},
                                             {renew + "15s"},
                                             {renew + "6s"}, // 1.2 times 5 s
                                             {retry + "9s"},
                                             {retry + "0"},
                                             {lease + "soon"},
                                             {lease + "1900ms", renew + "1s", retry + "500ms"}}) {
    std::vector<std::string> arguments = flags;
    arguments.emplace_back("--leader-election");
    const auto result = read(arguments);
    ASSERT_TRUE(std::holds_alternative<Exit>(result)) << flags.front();
    EXPECT_EQ(std::get<Exit>(result).code, 2) << flags.front();
    EXPECT_THAT(std::get<Exit>(result).text, HasSubstr("--leader-election-")) << flags.front();
  }
}

TEST(ElectionSettings, RunsThatEndByThemselvesTakeNoPart) {
  const auto once = read({"--leader-election", "--once"});
  ASSERT_TRUE(std::holds_alternative<Exit>(once));
  EXPECT_EQ(std::get<Exit>(once).code, 2);

  const auto dry_run = read({"--leader-election", "--dry-run"});
  ASSERT_TRUE(std::holds_alternative<Settings>(dry_run));
  EXPECT_FALSE(std::get<Settings>(dry_run).election.on);
}

TEST(ElectionSettings, NamespaceOfTheLease) {
  const std::string file = testing::TempDir() + "lease-namespace";
  std::ofstream(file) << " of-the-account\n";

  EXPECT_EQ(lease_namespace("flag", "pod", file), "flag");
  EXPECT_EQ(lease_namespace("", "pod", file), "pod");
  EXPECT_EQ(lease_namespace("", "", file), "of-the-account");
  EXPECT_EQ(lease_namespace("", std::nullopt, file), "of-the-account");
  std::ofstream(file) << "\n";
  EXPECT_EQ(lease_namespace("", std::nullopt, file), "default");
  std::remove(file.c_str());
  EXPECT_EQ(lease_namespace("", std::nullopt, file), "default");
}

TEST(ElectionSettings, IdentityIsTheHostNameMadePlain) {
  EXPECT_EQ(lease_identity("vsphere-csi-controller-7d9c-x2x"), "vsphere-csi-controller-7d9c-x2x");
  EXPECT_EQ(lease_identity("node_1.example.org"), "node-1-example-org");
  EXPECT_EQ(lease_identity("node."), "node-X");
  EXPECT_EQ(lease_identity("\xc3\xa4"), "--X");
  EXPECT_EQ(lease_identity(""), "X");
}

} // namespace
} // namespace syncer

#include "app/settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace syncer {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

std::variant<Settings, Exit> read(const std::vector<std::string>& arguments,
                                  const std::map<std::string, std::string>& environment = {}) {
  return read_settings(arguments, [&](const char* name) -> std::optional<std::string> {
    const auto found = environment.find(name);
    return found == environment.end() ? std::nullopt : std::optional(found->second);
  });
}

Settings good(const std::vector<std::string>& arguments,
              const std::map<std::string, std::string>& environment = {}) {
  const auto result = read(arguments, environment);
  if (const Exit* exit = std::get_if<Exit>(&result)) {
    ADD_FAILURE() << exit->text;
    return {};
  }
  return std::get<Settings>(result);
}

Exit ended(const std::vector<std::string>& arguments,
           const std::map<std::string, std::string>& environment = {}) {
  const auto result = read(arguments, environment);
  if (std::holds_alternative<Settings>(result)) {
    ADD_FAILURE() << "the program would have started";
    return {};
  }
  return std::get<Exit>(result);
}

TEST(Settings, DefaultsAreThoseOfTheManual) {
  const Settings settings = good({});

  EXPECT_EQ(settings.vsphere_config, "/etc/cloud/csi-vsphere.conf");
  EXPECT_EQ(settings.metrics_port, 2113);
  EXPECT_EQ(settings.metrics_address, "");
  EXPECT_EQ(settings.max_in_flight, 8u);
  EXPECT_EQ(settings.bulk_rate, 20);
  EXPECT_EQ(settings.late_task_window, 300s);
  EXPECT_EQ(settings.full_sync_interval, 30min);
  EXPECT_TRUE(settings.log_json);
}

TEST(Settings, OfAFlagGivenTwiceTheLastCounts) {
  EXPECT_EQ(good({"--bulk-rate=100", "--bulk-rate=0"}).bulk_rate, 0);
}

TEST(Settings, FullSyncPolicyAndRunsThatEndByThemselves) {
  const Settings usual = good({});
  EXPECT_TRUE(usual.full_sync_on_start);
  EXPECT_FALSE(usual.once || usual.dry_run || usual.upsert_only);

  const Settings special =
      good({"--full-sync-on-start=false", "--once", "--dry-run", "--policy=upsert-only"});
  EXPECT_FALSE(special.full_sync_on_start);
  EXPECT_TRUE(special.once && special.dry_run && special.upsert_only);
  EXPECT_EQ(ended({"--policy=delete"}).code, 2);
}

TEST(Settings, NamespaceOfTheCsiDriver) {
  EXPECT_EQ(good({}).csi_namespace, "vmware-system-csi");
  EXPECT_EQ(good({}, {{"CSI_NAMESPACE", "kube-csi"}}).csi_namespace, "kube-csi");
}

TEST(Settings, FlagsFollowGosRules) {
  const Settings settings =
      good({"-kubeconfig", "/k", "--bulk-rate=0", "-max-in-flight=64", "--late-task-window=1m30s",
            "-leader-election=false", "--enable-profile-server", "-fss-name", "x"});

  EXPECT_EQ(settings.kubeconfig, "/k");
  EXPECT_EQ(settings.bulk_rate, 0);
  EXPECT_EQ(settings.max_in_flight, 64u);
  EXPECT_EQ(settings.late_task_window, 90s);
}

TEST(Settings, EnvironmentIsRead) {
  const Settings settings = good({}, {{"VSPHERE_CSI_CONFIG", "/c"},
                                      {"KUBECONFIG", "/a:/b"},
                                      {"FULL_SYNC_INTERVAL_MINUTES", "45"},
                                      {"LOGGER_LEVEL", "DEVELOPMENT"},
                                      {"CLUSTER_FLAVOR", "VANILLA"}});

  EXPECT_EQ(settings.vsphere_config, "/c");
  EXPECT_EQ(settings.kubeconfig_list, "/a:/b");
  EXPECT_EQ(settings.full_sync_interval, 45min);
  EXPECT_EQ(settings.log_level, "debug");
  EXPECT_FALSE(settings.log_json);
}

TEST(Settings, AnIntervalThatIsNoneMeans30MinutesAndSaysSo) {
  for (const char* text : {"0", "-5", "soon", "", "5m"}) {
    const Settings settings = good({}, {{"FULL_SYNC_INTERVAL_MINUTES", text}});

    EXPECT_EQ(settings.full_sync_interval, 30min) << text;
    EXPECT_EQ(settings.warnings.size(), 1u) << text;
  }
}

TEST(Settings, MetricsAddressTakesIpv6AndAllAddresses) {
  EXPECT_EQ(good({"--metrics-bind-address=[::1]:99"}).metrics_address, "::1");
  EXPECT_EQ(good({"--metrics-bind-address=127.0.0.1:0"}).metrics_port, 0);
  EXPECT_EQ(good({"--metrics-bind-address=:5"}).metrics_address, "");
  EXPECT_EQ(ended({"--metrics-bind-address=nonsense"}).code, 2);
  EXPECT_EQ(ended({"--metrics-bind-address=:70000"}).code, 2);
}

TEST(Settings, HelpAndVersionEndWithZero) {
  EXPECT_EQ(ended({"--help"}).code, 0);
  EXPECT_THAT(ended({"-h"}).text, HasSubstr("--late-task-window"));
  EXPECT_EQ(ended({"-version"}).code, 0);
  EXPECT_THAT(ended({"--version"}).text, HasSubstr("vsphere-syncer"));
}

TEST(Settings, WhatCannotBeDoneEndsWithTwoAndSaysWhy) {
  EXPECT_THAT(ended({"--no-such-flag=1"}).text, HasSubstr("no-such-flag"));
  EXPECT_EQ(ended({"--no-such-flag=1"}).code, 2);
  EXPECT_EQ(ended({"--late-task-window=fast"}).code, 2);
  EXPECT_EQ(ended({"--late-task-window=0"}).code, 2);
  EXPECT_EQ(ended({"--max-in-flight=0"}).code, 2);
  EXPECT_EQ(ended({"--bulk-rate=-1"}).code, 2);
  EXPECT_EQ(ended({"--operation-mode=WEBHOOK_SERVER"}).code, 2);
  EXPECT_THAT(ended({"--leader-election"}).text, HasSubstr("not in this version"));
  EXPECT_EQ(ended({}, {{"CLUSTER_FLAVOR", "WORKLOAD"}}).code, 2);
}

} // namespace
} // namespace syncer

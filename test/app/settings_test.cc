#include "app/settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace syncer {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::IsSupersetOf;
using testing::SizeIs;

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

TEST(Settings, FeatureStatesHaveTheirOwnNamespace) {
  EXPECT_EQ(good({}, {{"CSI_NAMESPACE", "kube-csi"}}).fss_namespace, "vmware-system-csi");
  EXPECT_EQ(good({}).fss_name, "internal-feature-states.csi.vsphere.vmware.com");
  EXPECT_EQ(good({"--fss-name=states"}).fss_name, "states");
  EXPECT_EQ(good({"--fss-namespace=csi"}).fss_namespace, "csi");
}

TEST(Settings, ABlankNameOfTheFeatureStatesCountsAsNotGiven) {
  EXPECT_EQ(good({"--fss-namespace=", "--fss-name= "}).fss_namespace, "vmware-system-csi");
  EXPECT_EQ(good({"--fss-name= "}).fss_name, "internal-feature-states.csi.vsphere.vmware.com");
}

TEST(Settings, IntervalOfTheBackingDisksIsFromTheEnvironment) {
  const char* const kName = "PV_TO_BACKINGDISKOBJECTID_INTERVAL_MINUTES";
  EXPECT_EQ(good({}).backing_disk_interval, 10min);
  EXPECT_EQ(good({}, {{kName, "3"}}).backing_disk_interval, 3min);
  EXPECT_EQ(good({}, {{kName, "0"}}).backing_disk_interval, 10min);
  EXPECT_THAT(good({}, {{kName, "soon"}}).warnings, SizeIs(1));
}

TEST(Settings, DriftMustHaveLastedForFiveMinutesUnlessSaidOtherwise) {
  EXPECT_EQ(good({}).drift_min_age, 5min);
  EXPECT_EQ(good({"--drift-min-age=2s"}).drift_min_age, 2s);
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

// The arguments and variables of the container that we replace, as its manifest has them.
TEST(Settings, ManifestOfTheContainerWeReplaceIsAccepted) {
  const Settings settings =
      good({"--leader-election=false", "--leader-election-lease-duration=30s",
            "--leader-election-renew-deadline=20s", "--leader-election-retry-period=10s",
            "--fss-name=internal-feature-states.csi.vsphere.vmware.com",
            "--fss-namespace=vmware-system-csi", "--enable-profile-server=false"},
           {{"FULL_SYNC_INTERVAL_MINUTES", "30"},
            {"VSPHERE_CSI_CONFIG", "/etc/cloud/csi-vsphere.conf"},
            {"LOGGER_LEVEL", "PRODUCTION"},
            {"INCLUSTER_CLIENT_QPS", "100"},
            {"INCLUSTER_CLIENT_BURST", "100"},
            {"CSI_NAMESPACE", "vmware-system-csi"}});

  EXPECT_THAT(settings.warnings, IsEmpty());
  EXPECT_THAT(settings.unused, IsSupersetOf({"--enable-profile-server", "INCLUSTER_CLIENT_QPS"}));
}

TEST(Settings, EveryFlagWithoutMeaningIsAcceptedAndNamed) {
  for (const char* flag :
       {"--webhook-client-cert-verification", "--enable-profile-server", "--supervisor-fss-name=a",
        "-supervisor-fss-namespace=", "--storagequota-sync-interval=1h"}) {
    EXPECT_THAT(good({flag, "--bulk-rate=7"}).unused, SizeIs(1)) << flag;
    EXPECT_EQ(good({flag, "--bulk-rate=7"}).bulk_rate, 7) << flag;
  }
}

TEST(Settings, EveryVariableWithoutMeaningIsAcceptedAndNamed) {
  for (const char* name : {"VOLUME_HEALTH_INTERVAL_MINUTES", "WORKER_THREADS_TRIGGER_CSI_FULLSYNC",
                           "INCLUSTER_CLIENT_QPS", "INCLUSTER_CLIENT_BURST", "WEBHOOK_CONFIG_PATH",
                           "GOMEMLIMIT", "GOVMOMI_LOCALE"}) {
    EXPECT_THAT(good({}, {{name, "nonsense"}}).unused, ElementsAre(name));
  }
}

TEST(Settings, ValuesOfFlagsWithoutMeaningMustStillFitTheirTypes) {
  EXPECT_EQ(ended({"--storagequota-sync-interval=soon"}).code, 2);
  EXPECT_EQ(ended({"--enable-profile-server=yes"}).code, 2);
  EXPECT_EQ(ended({"--fss-name"}).code, 2);
}

TEST(Settings, BooleansAreGos) {
  EXPECT_TRUE(good({"--once=T"}).once);
  EXPECT_FALSE(good({"--once=0"}).once);
  EXPECT_EQ(ended({"--once=on"}).code, 2);
}

TEST(Settings, AnEmptyValueIsOne) {
  const Settings settings = good({"--kubeconfig=", "--bulk-rate=7"});

  EXPECT_EQ(settings.kubeconfig, "");
  EXPECT_EQ(settings.bulk_rate, 7);
}

TEST(Settings, WhatStandsBehindAnArgumentThatIsNoFlagIsNotReadButSaid) {
  const Settings settings = good({"--once", "true", "--no-such-flag"});

  EXPECT_TRUE(settings.once);
  EXPECT_THAT(settings.warnings, ElementsAre(HasSubstr("from \"true\" on")));
}

TEST(Settings, AFirstArgumentWithoutADashIsACommand) {
  EXPECT_EQ(ended({"resynch"}).code, 2);
  EXPECT_THAT(ended({"resynch"}).text, HasSubstr("unknown command: resynch"));
}

TEST(Settings, AnUnknownLogLevelMeansProductionAndSaysSo) {
  const Settings settings = good({}, {{"LOGGER_LEVEL", "loud"}});

  EXPECT_EQ(settings.log_level, "info");
  EXPECT_TRUE(settings.log_json);
  EXPECT_THAT(settings.warnings, ElementsAre(HasSubstr("LOGGER_LEVEL")));
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
  for (const char* text : {"0", "-5", "soon", "", "5m", "99999999999"}) {
    const Settings settings = good({}, {{"FULL_SYNC_INTERVAL_MINUTES", text}});

    EXPECT_EQ(settings.full_sync_interval, 30min) << text;
    EXPECT_EQ(settings.warnings.size(), 1u) << text;
  }
}

TEST(Settings, MetricsAddressTakesIpv6AndAllAddresses) {
  EXPECT_EQ(good({"--metrics-bind-address=[::1]:99"}).metrics_address, "::1");
  EXPECT_EQ(good({"--metrics-bind-address=127.0.0.1:0"}).metrics_port, 0);
  EXPECT_EQ(good({"--metrics-bind-address=:5"}).metrics_address, "");
  EXPECT_EQ(good({}).admin_address, "127.0.0.1");
  EXPECT_EQ(good({"--admin-bind-address=[::1]:99"}).admin_port, 99);
  EXPECT_EQ(good({"--admin-bind-address="}).admin_address, "");
  EXPECT_EQ(ended({"--admin-bind-address=:99"}).code, 2);
  EXPECT_EQ(ended({"--admin-bind-address=99"}).code, 2);
  EXPECT_EQ(ended({"--metrics-bind-address=nonsense"}).code, 2);
  EXPECT_EQ(ended({"--metrics-bind-address=:70000"}).code, 2);
}

TEST(Settings, AVeryLongIntervalIsAYear) {
  EXPECT_EQ(good({}, {{"FULL_SYNC_INTERVAL_MINUTES", "2000000000"}}).full_sync_interval,
            std::chrono::hours(365 * 24));
}

TEST(Settings, VersionComesBeforeEverythingElse) {
  EXPECT_EQ(ended({"--version", "--operation-mode=x"}, {{"CLUSTER_FLAVOR", "x"}}).code, 0);
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
  EXPECT_THAT(ended({"--operation-mode=WEBHOOK_SERVER"}).text,
              HasSubstr("Keep the container image you have for that"));
  EXPECT_EQ(ended({"--operation-mode=webhook"}).code, 2);
  for (const char* flavor : {"WORKLOAD", "GUEST_CLUSTER", "vanilla"}) {
    const Exit refused = ended({}, {{"CLUSTER_FLAVOR", flavor}});
    EXPECT_EQ(refused.code, 2);
    EXPECT_THAT(refused.text, HasSubstr(std::string("CLUSTER_FLAVOR=") + flavor));
  }
}

} // namespace
} // namespace syncer

#include "config/vsphere_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ostream>

namespace syncer {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::Pair;

Outcome<VSphereConfig> parse_vsphere_config(const std::string& text) {
  const Outcome<VSphereFile> file = read_vsphere_file(text);
  if (!file) return file.error();
  return checked_config(*file);
}

VSphereConfig parsed(const std::string& text) {
  const auto config = parse_vsphere_config(text);
  EXPECT_TRUE(config) << (config ? "" : config.error().detail);
  return config ? *config : VSphereConfig();
}

constexpr const char* kOneVCenter = R"(
[Global]
cluster-id = "cluster-1"
cluster-distribution = "Vanilla"

[VirtualCenter "vc.example"]
user = "admin@vsphere.local"
password = "hunter2"
port = "8443"
ca-file = /etc/ca.pem
thumbprint = "AA:BB, CC:DD"
datacenters = "/dc-1, /dc-2 ,,"
insecure-flag = "false"
)";

TEST(VSphereConfig, OneVCenterWithEverythingSet) {
  const VSphereConfig config = parsed(kOneVCenter);

  EXPECT_EQ(config.cluster_id, "cluster-1");
  EXPECT_EQ(config.cluster_distribution, "Vanilla");
  ASSERT_EQ(config.vcenters.size(), 1u);
  const VCenterConfig& vcenter = config.vcenters.front();
  EXPECT_EQ(vcenter.host, "vc.example");
  EXPECT_EQ(vcenter.port, 8443);
  EXPECT_EQ(vcenter.user, "admin@vsphere.local");
  EXPECT_EQ(vcenter.password.reveal(), "hunter2");
  EXPECT_FALSE(vcenter.insecure);
  EXPECT_EQ(vcenter.ca_file, "/etc/ca.pem");
  EXPECT_THAT(vcenter.thumbprints, ElementsAre("AA:BB", "CC:DD"));
  EXPECT_THAT(vcenter.datacenters, ElementsAre("/dc-1", "/dc-2"));
}

TEST(VSphereConfig, HeaderAloneInheritsEverything) {
  const VSphereConfig config = parsed(
      "[Global]\nuser = u@d\npassword = p\nport = 1443\nca-file = ca\n[VirtualCenter \"vc\"]\n");

  const VCenterConfig& vcenter = config.vcenters.at(0);
  EXPECT_EQ(vcenter.user, "u@d");
  EXPECT_EQ(vcenter.password.reveal(), "p");
  EXPECT_EQ(vcenter.port, 1443);
  EXPECT_EQ(vcenter.ca_file, "ca");
}

TEST(VSphereConfig, OwnValueGoesBeforeTheInheritedOneUnlessEmpty) {
  const VSphereConfig config = parsed(
      "[Labels]\ntopology-categories = zone\n"
      "[Global]\nuser = all@d\npassword = p\n[VirtualCenter \"a\"]\nuser = own@d\n"
      "[VirtualCenter \"b\"]\nuser = \"\"\n");

  EXPECT_EQ(config.vcenters.at(0).user, "own@d");
  EXPECT_EQ(config.vcenters.at(1).user, "all@d");
}

TEST(VSphereConfig, DefaultsWhereNothingIsSaid) {
  const VSphereConfig config = parsed("[VirtualCenter \"vc\"]\nuser = u@d\npassword = p");

  EXPECT_EQ(config.cluster_id, "");
  EXPECT_EQ(config.vcenters.at(0).port, 443);
  EXPECT_FALSE(config.vcenters.at(0).insecure);
  EXPECT_THAT(config.vcenters.at(0).thumbprints, IsEmpty());
}

TEST(VSphereConfig, SectionsKeepTheOrderOfTheFileAndMayBeContinued) {
  const VSphereConfig config = parsed(
      "[Labels]\ntopology-categories = zone\n"
      "[Global]\npassword = p\n[VirtualCenter \"z\"]\nuser = 1@d\n[VirtualCenter \"a\"]\nuser = "
      "2@d\n"
      "[VirtualCenter \"z\"]\nuser = 3@d\n");

  ASSERT_EQ(config.vcenters.size(), 2u);
  EXPECT_EQ(config.vcenters[0].host, "z");
  EXPECT_EQ(config.vcenters[0].user, "3@d");
  EXPECT_EQ(config.vcenters[1].host, "a");
}

constexpr const char* kTwoVCenters =
    "[Global]\nuser = u@d\npassword = p\n[VirtualCenter \"a\"]\n[VirtualCenter \"b\"]\n";

TEST(VSphereConfig, SeveralVCentersWithTheirTopologyCategories) {
  const VSphereConfig config = parsed(std::string(kTwoVCenters) +
                                      "[Labels]\ntopology-categories = \"k8s-zone, k8s-region\"");

  EXPECT_EQ(config.vcenters.size(), 2u);
  EXPECT_THAT(config.topology_categories, ElementsAre("k8s-zone", "k8s-region"));
}

TEST(VSphereConfig, ZoneAndRegionWithTheirLabels) {
  const VSphereConfig config =
      parsed(std::string(kOneVCenter) + "\n[Labels]\nzone = k8s-zone\nregion = K8s-Region\n" +
             "[TopologyCategory \"k8s-zone\"]\nlabel = topology.kubernetes.io/zone\n" +
             "[TopologyCategory \"K8s-Region\"]\nlabel = topology.csi.vmware.com/region\n");

  EXPECT_EQ(config.zone, "k8s-zone");
  EXPECT_EQ(config.region, "K8s-Region");
  EXPECT_THAT(config.category_labels,
              ElementsAre(Pair("K8s-Region", "topology.csi.vmware.com/region"),
                          Pair("k8s-zone", "topology.kubernetes.io/zone")));
}

TEST(VSphereConfig, CleanUpIntervalInMinutes) {
  const std::string vcenter = "\nuser = u@d\npassword = p\n[VirtualCenter \"vc\"]";
  const std::string key = "[Global]\nvolumemigration-cr-cleanup-intervalinmin = ";

  EXPECT_EQ(parsed(kOneVCenter).migration_cleanup_interval, std::chrono::minutes(120));
  EXPECT_EQ(parsed(key + "0" + vcenter).migration_cleanup_interval, std::chrono::minutes(120));
  EXPECT_EQ(parsed(key + "7" + vcenter).migration_cleanup_interval, std::chrono::minutes(7));
  EXPECT_EQ(parsed(key + "-1" + vcenter).migration_cleanup_interval, std::chrono::minutes(120));
  EXPECT_THAT(parsed(key + "-1" + vcenter).warnings,
              ElementsAre("line 2: [Global] volumemigration-cr-cleanup-intervalinmin: negative, "
                          "using the default"));
}

TEST(VSphereConfig, UnknownSectionsAndKeysAreNotErrors) {
  const VSphereConfig config =
      parsed(std::string(kOneVCenter) +
             "future-key = 1\nfuture-flag\n[NetPermissions \"A\"]\nips = \"*\"\n"
             "[Snapshot]\nglobal-max = 3\n[Global \"sub\"]\nuser = x");

  EXPECT_EQ(config.vcenters.size(), 1u);
}

TEST(VSphereConfig, APasswordThatEndsWithALineBreakIsTakenWithAWarning) {
  const VSphereConfig config =
      parsed("[VirtualCenter \"vc\"]\nuser = u@d\npassword = \"hunter2\\n\"");

  EXPECT_EQ(config.vcenters.at(0).password.reveal(), "hunter2\n");
  EXPECT_THAT(config.warnings,
              ElementsAre("line 3: [VirtualCenter \"vc\"] password: ends with a line break"));
}

TEST(VSphereConfig, UsersOfBothForms) {
  for (const char* user : {"a.b_c-d@vsphere.local", R"(CORP.example\\svc_csi-1)"}) {
    const auto config = parse_vsphere_config(
        std::string("[VirtualCenter \"vc\"]\npassword = p\nuser = \"") + user + "\"");

    EXPECT_TRUE(config) << config.error().detail;
  }
}

TEST(VSphereConfig, AllOfWhatTheDriverKnowsPasses) {
  const VSphereConfig config = parsed(std::string(kOneVCenter) + R"(
filevolumeactivated
[NetPermissions "A"]
ips = "*"
permissions = READ_ONLY
rootsquash
[NetPermissions "B"]
[Labels]
zone = z
region = r
[TopologyCategory "k8s-zone"]
label = topology.kubernetes.io/zone
[Snapshot]
global-max-snapshots-per-block-volume = 3
)");

  EXPECT_THAT(config.warnings, IsEmpty());
}

struct Insecure {
  const char* name;
  const char* global;
  const char* own;
  bool expected;
};
void PrintTo(const Insecure& row, std::ostream* out) { *out << row.name; }

class VSphereInsecure : public testing::TestWithParam<Insecure> {};

TEST_P(VSphereInsecure, HereOrInGlobal) {
  const VSphereConfig config =
      parsed(std::string("[Global]\n") + GetParam().global +
             "\nuser = u@d\npassword = p\n[VirtualCenter \"vc\"]\n" + GetParam().own);

  EXPECT_EQ(config.vcenters.at(0).insecure, GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(
    Rows, VSphereInsecure,
    testing::Values(Insecure{"nowhere", "", "", false},
                    Insecure{"here", "", "insecure-flag = true", true},
                    Insecure{"here_as_blank_boolean", "", "insecure-flag", true},
                    Insecure{"quoted_yes", "", "insecure-flag = \"Yes\"", true},
                    Insecure{"on", "", "insecure-flag = ON", true},
                    Insecure{"one", "", "insecure-flag = 1", true},
                    Insecure{"off", "", "insecure-flag = off", false},
                    Insecure{"in_global", "insecure-flag = true", "", true},
                    Insecure{"global_wins_over_false", "insecure-flag = 1", "insecure-flag = 0",
                             true}),
    [](const auto& row) { return std::string(row.param.name); });

struct Mistake {
  const char* name;
  std::string text;
  const char* expected;
};
void PrintTo(const Mistake& row, std::ostream* out) { *out << row.name; }

class VSphereMistake : public testing::TestWithParam<Mistake> {};

TEST_P(VSphereMistake, NamesSectionAndKeyButNeverAValue) {
  const auto config = parse_vsphere_config(GetParam().text);

  ASSERT_FALSE(config);
  EXPECT_EQ(config.error().kind, ErrorKind::kRejected);
  EXPECT_EQ(config.error().detail, GetParam().expected);
  EXPECT_THAT(config.error().detail, Not(HasSubstr("hunter2")));
}

std::string six_vcenters() {
  std::string text = "[Global]\nuser = u@d\npassword = hunter2\n";
  for (const char* host : {"1", "2", "3", "4", "5", "6"}) {
    text += std::string("[VirtualCenter \"") + host + "\"]\n";
  }
  return text;
}

INSTANTIATE_TEST_SUITE_P(
    Rows, VSphereMistake,
    testing::Values(
        Mistake{"no_vcenter", "[Global]\nuser = u@d", "no [VirtualCenter \"<host>\"] section"},
        Mistake{"too_many", six_vcenters(), "more than 5 [VirtualCenter] sections"},
        Mistake{"no_categories", kTwoVCenters,
                "[Labels] topology-categories: required with more than one [VirtualCenter] "
                "section"},
        Mistake{"blank_categories",
                std::string(kTwoVCenters) + "[Labels]\ntopology-categories = \" , \"",
                "line 7: [Labels] topology-categories: required with more than one [VirtualCenter] "
                "section"},
        Mistake{"many_categories",
                std::string(kTwoVCenters) + "[Labels]\ntopology-categories = \"a,b,c,d,e,f\"",
                "line 7: [Labels] topology-categories: more than 5 categories"},
        Mistake{"categories_and_zone",
                std::string(kTwoVCenters) + "[Labels]\ntopology-categories = a\nzone = z",
                "line 7: [Labels] topology-categories: cannot be combined with zone"},
        Mistake{"clean_up_interval_is_text",
                "[Global]\nvolumemigration-cr-cleanup-intervalinmin = hunter2\n"
                "[VirtualCenter \"vc\"]",
                "line 2: [Global] volumemigration-cr-cleanup-intervalinmin: not an integer"},
        Mistake{"region_and_categories",
                "[VirtualCenter \"vc\"]\nuser = u@d\npassword = p\n"
                "[Labels]\ntopology-categories = a\nregion = r",
                "line 5: [Labels] topology-categories: cannot be combined with region"},
        Mistake{
            "permissions",
            "[VirtualCenter \"vc\"]\nuser = u@d\npassword = p\n"
            "[NetPermissions \"A\"]\npermissions = hunter2",
            "line 5: [NetPermissions \"A\"] permissions: not READ_WRITE, READ_ONLY or NO_ACCESS"},
        Mistake{"category_label",
                "[VirtualCenter \"vc\"]\nuser = u@d\npassword = p\n"
                "[TopologyCategory \"zone\"]\nlabel = hunter2/zone",
                "line 5: [TopologyCategory \"zone\"] label: must begin with "
                "topology.csi.vmware.com/, topology.kubernetes.io/ or "
                "failure-domain.beta.kubernetes.io/"},
        Mistake{"host_in_global_alone", "[Global]\nvcenterip = vc",
                "no [VirtualCenter \"<host>\"] section"},
        Mistake{"no_host", "\n[VirtualCenter]\nuser = u@d\npassword = hunter2",
                "line 2: [VirtualCenter] has no host behind its name"},
        Mistake{"user_without_domain", "[VirtualCenter \"vc\"]\nuser = hunter2\npassword = p",
                "line 2: [VirtualCenter \"vc\"] user: has no domain: write user@domain or "
                "DOMAIN\\user"},
        Mistake{"user_with_a_line_break",
                "[VirtualCenter \"vc\"]\nuser = \"hunter2@d\\n\"\npassword = p",
                "line 2: [VirtualCenter \"vc\"] user: ends with a line break"},
        Mistake{"user_with_two_domains",
                "[Global]\nuser = hunter2@d@e\npassword = p\n[VirtualCenter \"vc\"]",
                "line 2: [VirtualCenter \"vc\"] user: not of the form user@domain"},
        Mistake{"user_with_an_empty_domain",
                "[Global]\nuser = \"\\\\hunter2\"\npassword = p\n[VirtualCenter \"vc\"]",
                "line 2: [VirtualCenter \"vc\"] user: not of the form DOMAIN\\user"},
        Mistake{"no_user", "[VirtualCenter \"vc\"]\npassword = hunter2",
                "[VirtualCenter \"vc\"] user: missing here and in [Global]"},
        Mistake{"no_password", "[VirtualCenter \"vc\"]\nuser = u@d",
                "[VirtualCenter \"vc\"] password: missing here and in [Global]"},
        Mistake{"port_is_text", "[VirtualCenter \"vc\"]\nuser = u@d\npassword = p\nport = hunter2",
                "line 4: [VirtualCenter \"vc\"] port: not a port number"},
        Mistake{"port_too_large", "[VirtualCenter \"vc\"]\nuser = u@d\npassword = p\nport = 65536",
                "line 4: [VirtualCenter \"vc\"] port: not a port number"},
        Mistake{"port_zero", "[VirtualCenter \"vc\"]\nuser = u@d\npassword = p\nport = 0",
                "line 4: [VirtualCenter \"vc\"] port: not a port number"},
        Mistake{"not_a_boolean",
                "[VirtualCenter \"vc\"]\nuser = u@d\npassword = p\ninsecure-flag = hunter2",
                "line 4: [VirtualCenter \"vc\"] insecure-flag: not a boolean (true or false)"},
        Mistake{"value_missing", "[VirtualCenter \"vc\"]\nuser = u@d\npassword",
                "line 3: [VirtualCenter \"vc\"] password: a value is missing"},
        Mistake{"cluster_id_too_long",
                "[Global]\ncluster-id = " + std::string(65, 'c') + "\n[VirtualCenter \"vc\"]",
                "line 2: [Global] cluster-id: longer than 64 bytes"},
        Mistake{"supervisor_id_too_long",
                "[Global]\nsupervisor-id = " + std::string(65, 'c') + "\n[VirtualCenter \"vc\"]",
                "line 2: [Global] supervisor-id: longer than 64 bytes"},
        Mistake{"syntax", "[VirtualCenter \"vc\"]\npassword = \"hunter2",
                "line 2: [VirtualCenter \"vc\"] password: missing closing quote"}),
    [](const auto& row) { return std::string(row.param.name); });

} // namespace
} // namespace syncer

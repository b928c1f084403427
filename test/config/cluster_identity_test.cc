#include "config/cluster_identity.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ostream>

namespace syncer {
namespace {

using testing::HasSubstr;

DiscoveredIdentity cluster(std::optional<std::string> map_id, std::string git_version = "v1.30.0") {
  return {"vmware-system-csi/vsphere-csi-cluster-id", std::move(map_id), std::move(git_version)};
}

TEST(ClusterIdentity, ConfiguredIdIsUsedWhenThereIsNoConfigMap) {
  const auto identity = cluster_identity({"c1", "Mine"}, cluster(std::nullopt));

  ASSERT_TRUE(identity);
  EXPECT_EQ(identity->cluster_id, "c1");
  EXPECT_EQ(identity->source, ClusterIdentity::Source::kConfig);
  EXPECT_EQ(identity->distribution, "Mine");
}

TEST(ClusterIdentity, ConfigMapIsUsedWhenNothingIsConfiguredHoweverLongItsIdIs) {
  const std::string id(100, 'x');

  const auto identity = cluster_identity({}, cluster(id, "v1.27.1+rke2r1"));

  ASSERT_TRUE(identity);
  EXPECT_EQ(identity->cluster_id, id);
  EXPECT_EQ(identity->source, ClusterIdentity::Source::kConfigMap);
  EXPECT_EQ(identity->distribution, "Rancher");
}

TEST(ClusterIdentity, BothIsAnErrorThatSaysWhichToRemove) {
  for (const char* in_map : {"c2", "c1", ""}) {
    const auto identity = cluster_identity({"c1", ""}, cluster(in_map));

    ASSERT_FALSE(identity);
    EXPECT_EQ(identity.error().kind, ErrorKind::kRejected);
    EXPECT_THAT(identity.error().detail, HasSubstr("vmware-system-csi/vsphere-csi-cluster-id"));
    EXPECT_THAT(identity.error().detail, HasSubstr("remove cluster-id from [Global]"));
  }
}

TEST(ClusterIdentity, NeitherIsAnErrorThatMayPass) {
  const auto absent = cluster_identity({}, cluster(std::nullopt));
  const auto empty = cluster_identity({}, cluster(""));

  ASSERT_FALSE(absent);
  EXPECT_EQ(absent.error().kind, ErrorKind::kNotFound);
  EXPECT_THAT(absent.error().detail, HasSubstr("does not exist yet"));
  ASSERT_FALSE(empty);
  EXPECT_EQ(empty.error().kind, ErrorKind::kNotFound);
  EXPECT_THAT(empty.error().detail, HasSubstr("has no clusterID"));
}

struct Version {
  const char* name;
  const char* text;
  const char* expected;
};
void PrintTo(const Version& row, std::ostream* out) { *out << row.name; }

class DetectedDistribution : public testing::TestWithParam<Version> {};

TEST_P(DetectedDistribution, ByTheFirstMarkInAFixedOrder) {
  EXPECT_EQ(detected_distribution(GetParam().text), GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(
    Rows, DetectedDistribution,
    testing::Values(
        Version{"plain", "v1.30.0", "VanillaK8S"}, Version{"none", "", "VanillaK8S"},
        Version{"native", "v1.20.0-nativek8s", "VanillaK8S"},
        Version{"openshift", "v1.20.0-openshift.1", "Openshift"},
        Version{"rke", "v1.27.1+rke2r1", "Rancher"},
        Version{"rancher", "v1.20.0+rancher1", "Rancher"},
        Version{"racher", "v1.20.0+racher1", "Rancher"},
        Version{"vmware", "v1.28.3+vmware.1", "TanzuKubernetesCluster"},
        Version{"wcp", "v1.28.3-wcp.1", "Supervisor"}, Version{"gke", "v1.27.3-gke.100", "Anthos"},
        Version{"eks", "v1.27.3-eks-a5565ad", "EKS"}, Version{"aks", "v1.27.3-aks1", "AKS"},
        Version{"docker", "v1.20.0-dockeree", "DockerEE"},
        Version{"openshift_before_all", "v1-docker-wcp-vmware-rke-openshift", "Openshift"},
        Version{"rancher_before_vmware", "v1-vmware-rke", "Rancher"},
        Version{"vmware_before_wcp", "v1-wcp-vmware", "TanzuKubernetesCluster"},
        Version{"wcp_before_gke", "v1-gke-wcp", "Supervisor"},
        Version{"gke_before_eks", "v1-eks-gke", "Anthos"},
        Version{"eks_before_aks", "v1-aks-eks", "EKS"},
        Version{"aks_before_docker", "v1-docker-aks", "AKS"}),
    [](const auto& row) { return std::string(row.param.name); });

} // namespace
} // namespace syncer

#include "cns/cns_codec.h"

#include <gmock/gmock.h>

#include "cns/cns_write_codec.h"
#include "golden.h"

namespace syncer {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

CnsCluster cluster() { return CnsCluster{"cluster-1", "VANILLA", "OpenShift"}; }

CnsEntity pv() { return {{EntityKind::kVolume, "", "pv-1"}, {{"a", "1"}, {"b", "2"}}, {}}; }
CnsEntity claim() { return {{EntityKind::kClaim, "shop", "data"}, {{"app", "db"}}, {pv().ref}}; }
CnsEntity pod() { return {{EntityKind::kPod, "shop", "web-0"}, {}, {claim().ref}}; }

std::string written(const CnsUpdate& update, std::string_view vsan_version = "8.0.0.3") {
  return canonical_request(update_request(update, cluster(), "VSPHERE.LOCAL\\Administrator",
                                          cns_features(vsan_version, "8.0.2", "8.0.2.0")));
}

const std::string kManager = "_this@CnsVolumeManager{cns-volume-manager}";

TEST(UpdateRequest, ElementsComeInTheOrderOfTheSchema) {
  const CnsUpdate update{VolumeId("vol-1"), {pv(), claim()}, {pod().ref}};

  const std::string five =
      "{clusterType{KUBERNETES}clusterId{cluster-1}vSphereUser{VSPHERE.LOCAL\\Administrator}"
      "clusterFlavor{VANILLA}clusterDistribution{OpenShift}}";
  EXPECT_EQ(written(update),
            "urn:vsan CnsUpdateVolumeMetadata{" + kManager +
                "updateSpecs{volumeId{id{vol-1}}metadata{containerCluster" + five +
                "entityMetadata:CnsKubernetesEntityMetadata{entityName{web-0}delete{true}"
                "clusterId{cluster-1}entityType{POD}namespace{shop}}"
                "entityMetadata:CnsKubernetesEntityMetadata{entityName{pv-1}"
                "labels{key{a}value{1}}labels{key{b}value{2}}clusterId{cluster-1}"
                "entityType{PERSISTENT_VOLUME}}"
                "entityMetadata:CnsKubernetesEntityMetadata{entityName{data}"
                "labels{key{app}value{db}}clusterId{cluster-1}"
                "entityType{PERSISTENT_VOLUME_CLAIM}namespace{shop}"
                "referredEntity{entityType{PERSISTENT_VOLUME}entityName{pv-1}"
                "clusterId{cluster-1}}}"
                "containerClusterArray" +
                five + "}}}");
}

TEST(UpdateRequest, ReferenceToAClaimNamesItsNamespace) {
  EXPECT_THAT(written(CnsUpdate{VolumeId("vol-1"), {pod()}, {}}),
              HasSubstr("referredEntity{entityType{PERSISTENT_VOLUME_CLAIM}entityName{data}"
                        "namespace{shop}clusterId{cluster-1}}"));
}

struct VersionCase {
  std::string version;
  bool flavor, distribution, array, entity_cluster, reference;
};

class UpdateOfVersion : public testing::TestWithParam<VersionCase> {};

TEST_P(UpdateOfVersion, CarriesOnlyWhatThatServerKnows) {
  const VersionCase& expected = GetParam();
  const std::string text = written(CnsUpdate{VolumeId("v"), {claim()}, {}}, expected.version);
  const auto has = [&](const char* part) { return text.find(part) != std::string::npos; };

  EXPECT_EQ(has("clusterFlavor{"), expected.flavor);
  EXPECT_EQ(has("clusterDistribution{"), expected.distribution);
  EXPECT_EQ(has("containerClusterArray{"), expected.array);
  EXPECT_EQ(has("}clusterId{cluster-1}entityType{"), expected.entity_cluster);
  EXPECT_EQ(has("referredEntity{"), expected.reference);
}

INSTANTIATE_TEST_SUITE_P(Versions, UpdateOfVersion,
                         testing::Values(VersionCase{"vSAN 6.7U3", false, false, false, false,
                                                     false},
                                         VersionCase{"7.0", true, false, true, true, true},
                                         VersionCase{"vSAN 7.0U1", true, false, true, true, true},
                                         VersionCase{"vSAN 7.0U2", true, true, true, true, true},
                                         VersionCase{"vSAN 7.0U3", true, true, true, true, true},
                                         VersionCase{"8.0.0.1", true, true, true, true, true},
                                         VersionCase{"9.1.0.0", true, true, true, true, true},
                                         VersionCase{"10.0.0.0", true, true, true, true, true}));

TEST(UpdateRequest, NoDistributionConfiguredMeansNoElement) {
  CnsCluster bare = cluster();
  bare.distribution.clear();
  const std::string text =
      update_request(CnsUpdate{VolumeId("v"), {pv()}, {}}, bare, "user", CnsFeatures());
  EXPECT_THAT(text, Not(HasSubstr("clusterDistribution")));
}

TEST(UpdateRequest, LabelsAreEscaped) {
  CnsEntity odd = pv();
  odd.labels = {{"k<&>", "\"'\x01\xFF"}};
  const std::string text =
      update_request(CnsUpdate{VolumeId("v"), {odd}, {}}, cluster(), "user", CnsFeatures());
  EXPECT_THAT(text, HasSubstr("<key>k&lt;&amp;&gt;</key>"));
  EXPECT_THAT(text, HasSubstr("<value>&quot;&apos;\xEF\xBF\xBD\xEF\xBF\xBD</value>"));
}

TEST(QueryRequests, ElementsComeInTheOrderOfTheSchema) {
  EXPECT_EQ(canonical_request(query_all_ids_request("c<1")),
            "urn:vsan CnsQueryAllVolume{" + kManager +
                "filter:CnsQueryFilter{containerClusterIds{c<1}}selection{}}");
  EXPECT_EQ(canonical_request(query_async_request({"v1", "v2"})),
            "urn:vsan CnsQueryAsync{" + kManager +
                "filter:CnsQueryFilter{volumeIds{id{v1}}volumeIds{id{v2}}}"
                "selection{names{VOLUME_NAME}names{VOLUME_TYPE}names{VOLUME_METADATA}"
                "names{BACKING_OBJECT_DETAILS}}}");
  EXPECT_EQ(canonical_request(query_disks_request({"v1", "v2"}, "c")),
            "urn:vsan CnsQueryAllVolume{" + kManager +
                "filter:CnsQueryFilter{volumeIds{id{v1}}volumeIds{id{v2}}containerClusterIds{c}}"
                "selection{names{VOLUME_TYPE}names{BACKING_OBJECT_DETAILS}}}");
  EXPECT_EQ(canonical_request(query_page_request({"v1"}, "c", {500, 250, 1000})),
            "urn:vsan CnsQueryVolume{" + kManager +
                "filter:CnsQueryFilter{volumeIds{id{v1}}"
                "cursor{offset{500}limit{250}totalRecords{1000}}}}");
  EXPECT_EQ(canonical_request(query_page_request({}, "c", {0, 250, -1})),
            "urn:vsan CnsQueryVolume{" + kManager +
                "filter:CnsQueryFilter{containerClusterIds{c}cursor{offset{0}limit{250}}}}");
}

std::shared_ptr<const SoapAnswer> query_answer(const std::string& volumes) {
  return parsed("<Envelope><Body><R><returnval>" + volumes + "</returnval></R></Body></Envelope>");
}

std::string cluster_xml(const std::string& tag, const std::string& id,
                        const std::string& more = "") {
  return "<" + tag + "><clusterType>KUBERNETES</clusterType><clusterId>" + id + "</clusterId>" +
         more + "</" + tag + ">";
}

std::string entity_xml(const std::string& name, const std::string& type, const std::string& cluster,
                       const std::string& more = "") {
  return "<entityMetadata xsi:type=\"vsan:CnsKubernetesEntityMetadata\"><entityName>" + name +
         "</entityName>" + more +
         (cluster.empty() ? "" : "<clusterId>" + cluster + "</clusterId>") + "<entityType>" + type +
         "</entityType><namespace>ns</namespace></entityMetadata>";
}

CnsVolume read_one(const std::string& metadata) {
  const auto answer = query_answer("<volumes><volumeId><id>v1</id></volumeId><metadata>" +
                                   metadata + "</metadata></volumes>");
  std::vector<CnsVolume> volumes = read_volumes(answer->result(), "ours");
  EXPECT_THAT(volumes, SizeIs(1));
  return volumes.empty() ? CnsVolume() : volumes[0];
}

TEST(ReadVolumes, EntitiesOfOtherClustersAreOnlyCounted) {
  const CnsVolume volume =
      read_one(cluster_xml("containerCluster", "ours") + entity_xml("a", "POD", "theirs") +
               entity_xml("b", "POD", "ours"));

  ASSERT_THAT(volume.entities, SizeIs(1));
  EXPECT_EQ(volume.entities[0].ref, (EntityRef{EntityKind::kPod, "ns", "b"}));
  EXPECT_TRUE(volume.has_our_cluster);
  EXPECT_TRUE(volume.has_other_clusters);
}

TEST(ReadVolumes, OurClusterMayStandInTheArrayAlone) {
  const CnsVolume volume = read_one(cluster_xml("containerCluster", "theirs") +
                                    cluster_xml("containerClusterArray", "theirs") +
                                    cluster_xml("containerClusterArray", "ours"));

  EXPECT_TRUE(volume.has_our_cluster);
  EXPECT_TRUE(volume.has_other_clusters);
}

TEST(ReadVolumes, EntityWithoutClusterBelongsToTheVolumesCluster) {
  EXPECT_THAT(
      read_one(cluster_xml("containerCluster", "ours") + entity_xml("a", "POD", "")).entities,
      SizeIs(1));
  const CnsVolume theirs =
      read_one(cluster_xml("containerCluster", "theirs") + entity_xml("a", "POD", ""));
  EXPECT_THAT(theirs.entities, IsEmpty());
  EXPECT_TRUE(theirs.has_other_clusters);
}

TEST(ReadVolumes, DeletedEntitiesAndClustersAreAbsent) {
  const CnsVolume volume =
      read_one(cluster_xml("containerCluster", "ours") +
               cluster_xml("containerClusterArray", "theirs", "<delete>true</delete>") +
               entity_xml("a", "POD", "ours", "<delete>true</delete>") +
               entity_xml("b", "POD", "theirs", "<delete>1</delete>"));

  EXPECT_THAT(volume.entities, IsEmpty());
  EXPECT_FALSE(volume.has_other_clusters);
}

CnsVolume read_with_distribution(const std::string& wanted, const std::string& clusters) {
  const auto answer = query_answer("<volumes><volumeId><id>v1</id></volumeId><metadata>" +
                                   clusters + "</metadata></volumes>");
  return read_volumes(answer->result(), "ours", wanted).at(0);
}

std::string distribution_xml(const std::string& name) {
  return "<clusterDistribution>" + name + "</clusterDistribution>";
}

TEST(ReadVolumes, DistributionIsThatOfOurEntry) {
  const std::string other = cluster_xml("containerClusterArray", "theirs", distribution_xml("A"));
  const std::string home = cluster_xml("containerCluster", "ours", distribution_xml("A"));
  const auto current = [&](const std::string& clusters) {
    return read_with_distribution("B", clusters).distribution_current;
  };

  EXPECT_FALSE(current(home)) << "no array: the single element counts";
  EXPECT_TRUE(
      current(home + other + cluster_xml("containerClusterArray", "ours", distribution_xml("B"))));
  EXPECT_FALSE(current(cluster_xml("containerCluster", "ours", distribution_xml("B")) + other +
                       cluster_xml("containerClusterArray", "ours", distribution_xml("A"))));
  EXPECT_FALSE(current(cluster_xml("containerCluster", "ours"))) << "none kept there";
  EXPECT_TRUE(current(cluster_xml("containerCluster", "theirs", distribution_xml("A")) + other))
      << "nothing of ours to be out of date";
}

TEST(ReadVolumes, WithoutConfiguredDistributionAnyIsCurrent) {
  const std::string home = cluster_xml("containerCluster", "ours", distribution_xml("A"));
  EXPECT_TRUE(read_with_distribution("", home).distribution_current);
}

TEST(ReadVolumes, UnknownEntityTypesAreSkipped) {
  const CnsVolume volume =
      read_one(cluster_xml("containerCluster", "ours") +
               entity_xml("a", "KubernetesEntityType_Unknown", "ours") +
               "<entityMetadata><entityName>bare</entityName></entityMetadata>");
  EXPECT_THAT(volume.entities, IsEmpty());
}

TEST(ReadVolumes, TypesAndMissingMetadata) {
  const auto answer = query_answer(
      "<volumes><volumeId><id>f</id></volumeId><volumeType>FILE</volumeType></volumes>"
      "<volumes><volumeId><id>b</id></volumeId><volumeType>BLOCK</volumeType></volumes>"
      "<volumes><volumeId><id>n</id></volumeId><volumeType>Newer</volumeType></volumes>"
      "<volumes><volumeId><id></id></volumeId></volumes>");
  const std::vector<CnsVolume> volumes = read_volumes(answer->result(), "ours");

  ASSERT_THAT(volumes, SizeIs(3));
  EXPECT_EQ(volumes[0].type, CnsVolumeType::kFile);
  EXPECT_EQ(volumes[1].type, CnsVolumeType::kBlock);
  EXPECT_EQ(volumes[2].type, CnsVolumeType::kUnknown);
}

TEST(ReadIds, IdsOnlyAnswer) {
  const auto answer = query_answer(
      "<volumes><volumeId><id>a</id></volumeId></volumes>"
      "<volumes><volumeId><id>b</id></volumeId></volumes>");
  EXPECT_THAT(read_ids(answer->result(), "ours"), ElementsAre(VolumeId("a"), VolumeId("b")));
}

TEST(NextPage, GoesOnUntilTheLastRecord) {
  const auto next = next_page({0, 500, -1}, {500, 500, 1200}, 500);
  ASSERT_TRUE(next);
  EXPECT_EQ(next->offset, 500);
  EXPECT_EQ(next->limit, 500);
  EXPECT_EQ(next->total, 1200);
  EXPECT_FALSE(next_page({1000, 500, 1200}, {1200, 500, 1200}, 200));
}

TEST(NextPage, StopsWhenNothingMoves) {
  EXPECT_FALSE(next_page({0, 500, -1}, {0, 0, -1}, 700)) << "cursor ignored";
  EXPECT_FALSE(next_page({500, 500, 9000}, {1000, 500, 9000}, 0)) << "only known ids";
  EXPECT_FALSE(next_page({500, 500, 9000}, {500, 500, 9000}, 5)) << "offset stands still";
}

TEST(NextPage, UnknownTotalGoesOn) {
  const auto next = next_page({0, 500, -1}, {500, 0, -1}, 500);
  ASSERT_TRUE(next);
  EXPECT_EQ(next->limit, 500) << "the limit we asked for, when none comes back";
}

} // namespace
} // namespace syncer

// CnsCreateVolume and CnsDeleteVolume as they go over the wire.
#include "cns/cns_write_codec.h"

#include <gmock/gmock.h>

#include "golden.h"

namespace syncer {
namespace {

using testing::HasSubstr;
using testing::Not;

const std::string kManager = "_this@CnsVolumeManager{cns-volume-manager}";
constexpr std::string_view kUser = "VSPHERE.LOCAL\\Administrator";

CnsCluster cluster() { return CnsCluster{"cluster-1", "VANILLA", "OpenShift"}; }

CnsEntity pv() { return {{EntityKind::kVolume, "", "pv-1"}, {{"a", "1"}}, {}}; }
CnsEntity claim() { return {{EntityKind::kClaim, "shop", "data"}, {}, {pv().ref}}; }

CnsCreate disk() {
  CnsCreate create;
  create.backing_id = "disk-1";
  create.name = "pv-1";
  create.entities = {pv(), claim()};
  return create;
}

std::string written(const CnsCreate& create, std::string_view vsan_version = "8.0.0.3") {
  return canonical_request(
      create_request(create, cluster(), kUser, cns_features(vsan_version, "8.0.2", "8.0.2.0")));
}

TEST(CreateRequest, ElementsComeInTheOrderOfTheSchema) {
  CnsCreate create = disk();
  create.profile_id = "aa6d5a82";

  const std::string five =
      "{clusterType{KUBERNETES}clusterId{cluster-1}vSphereUser{VSPHERE.LOCAL\\Administrator}"
      "clusterFlavor{VANILLA}clusterDistribution{OpenShift}}";
  EXPECT_EQ(written(create),
            "urn:vsan CnsCreateVolume{" + kManager +
                "createSpecs{name{pv-1}volumeType{BLOCK}metadata{containerCluster" + five +
                "entityMetadata:CnsKubernetesEntityMetadata{entityName{pv-1}"
                "labels{key{a}value{1}}clusterId{cluster-1}entityType{PERSISTENT_VOLUME}}"
                "entityMetadata:CnsKubernetesEntityMetadata{entityName{data}clusterId{cluster-1}"
                "entityType{PERSISTENT_VOLUME_CLAIM}namespace{shop}"
                "referredEntity{entityType{PERSISTENT_VOLUME}entityName{pv-1}"
                "clusterId{cluster-1}}}"
                "containerClusterArray" +
                five +
                "}backingObjectDetails:CnsBlockBackingDetails{backingDiskId{disk-1}}"
                "profile:VirtualMachineDefinedProfileSpec{profileId{aa6d5a82}}}}");
}

TEST(CreateRequest, BackingOfEachKindIsTyped) {
  CnsCreate create = disk();
  EXPECT_THAT(written(create), Not(HasSubstr("profile")));

  create.backing = CnsCreate::Backing::kUrl;
  create.backing_id = "https://vc/folder/kubevols/d.vmdk?dcPath=%2FDC&dsName=a";
  const std::string url = written(create);
  EXPECT_THAT(url, HasSubstr("volumeType{BLOCK}"));
  EXPECT_THAT(url, HasSubstr("backingObjectDetails:CnsBlockBackingDetails{backingDiskUrlPath{" +
                             create.backing_id + "}}"));
  EXPECT_THAT(create_request(create, cluster(), kUser, CnsFeatures()), HasSubstr("&amp;dsName"));

  create.backing = CnsCreate::Backing::kFileId;
  create.backing_id = "file:1";
  const std::string file = written(create);
  EXPECT_THAT(file, HasSubstr("volumeType{FILE}"));
  EXPECT_THAT(file, HasSubstr("backingObjectDetails:CnsVsanFileShareBackingDetails{"
                              "backingFileId{file:1}}"));
}

TEST(CreateRequest, NothingThatWouldProvisionIsEverSent) {
  for (const auto backing :
       {CnsCreate::Backing::kDiskId, CnsCreate::Backing::kFileId, CnsCreate::Backing::kUrl}) {
    CnsCreate create = disk();
    create.backing = backing;
    EXPECT_THAT(written(create), Not(HasSubstr("capacityInMb")));
    EXPECT_THAT(written(create), Not(HasSubstr("datastores")));
  }
}

struct VersionCase {
  std::string version;
  bool flavor, distribution, array, entity_cluster, reference;
};

class CreateOfVersion : public testing::TestWithParam<VersionCase> {};

TEST_P(CreateOfVersion, CarriesOnlyWhatThatServerKnows) {
  const VersionCase& expected = GetParam();
  const std::string text = written(disk(), expected.version);
  const auto has = [&](const char* part) { return text.find(part) != std::string::npos; };

  EXPECT_EQ(has("clusterFlavor{"), expected.flavor);
  EXPECT_EQ(has("clusterDistribution{"), expected.distribution);
  EXPECT_EQ(has("containerClusterArray{"), expected.array);
  EXPECT_EQ(has("}clusterId{cluster-1}entityType{"), expected.entity_cluster);
  EXPECT_EQ(has("referredEntity{"), expected.reference);
}

INSTANTIATE_TEST_SUITE_P(Versions, CreateOfVersion,
                         testing::Values(VersionCase{"vSAN 6.7U3", false, false, false, false,
                                                     false},
                                         VersionCase{"7.0", true, false, true, true, true},
                                         VersionCase{"vSAN 7.0U1", true, false, true, true, true},
                                         VersionCase{"vSAN 7.0U2", true, true, true, true, true},
                                         VersionCase{"8.0.0.1", true, true, true, true, true},
                                         VersionCase{"10.0.0.0", true, true, true, true, true}));

TEST(CreateRequest, UserOfTheSessionStandsInBothClusters) {
  const std::string create = written(disk());
  const std::string update = canonical_request(
      update_request(CnsUpdate{VolumeId("v"), {pv()}, {}}, cluster(), kUser, CnsFeatures()));
  for (const std::string& text : {create, update}) {
    for (const char* element : {"containerCluster{", "containerClusterArray{"}) {
      EXPECT_THAT(text,
                  HasSubstr(std::string(element) + "clusterType{KUBERNETES}clusterId{cluster-1}"
                                                   "vSphereUser{VSPHERE.LOCAL\\Administrator}"));
    }
  }
}

TEST(CutVolumeName, AtMost80BytesAndNoHalfCharacter) {
  const std::string exact(80, 'a');
  EXPECT_EQ(cut_volume_name(exact), exact);
  EXPECT_EQ(cut_volume_name(exact + "b"), exact);
  EXPECT_EQ(cut_volume_name(""), "");
  // The two-byte character would end at byte 81.
  const std::string wide = std::string(79, 'a') + "\xC3\xA4" + "b";
  EXPECT_EQ(cut_volume_name(wide), std::string(79, 'a'));
  const std::string fits = std::string(78, 'a') + "\xC3\xA4" + "b";
  EXPECT_EQ(cut_volume_name(fits), std::string(78, 'a') + "\xC3\xA4");
}

TEST(CreateRequest, NameIsCut) {
  CnsCreate create = disk();
  create.name = std::string(100, 'n');
  EXPECT_THAT(written(create), HasSubstr("name{" + std::string(80, 'n') + "}volumeType"));
}

TEST(UnregisterRequest, KeepsTheDisk) {
  EXPECT_EQ(canonical_request(unregister_request(VolumeId("vol<1>"))),
            "urn:vsan CnsDeleteVolume{" + kManager + "volumeIds{id{vol<1>}}deleteDisk{false}}");
}

} // namespace
} // namespace syncer

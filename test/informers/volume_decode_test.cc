// What makes a PersistentVolume one kind of volume or another, in both encodings.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "informers/kube_decode.h"
#include "informers/object_parts.h"
#include "kube_bytes.h"

namespace syncer {
namespace {

using nlohmann::json;
using testing::HasSubstr;

class VolumeDecode : public testing::TestWithParam<KubeFormat> {
 protected:
  static DecodedObject decode(Resource resource, const json& object) {
    return decode_item(GetParam(), resource, object_bytes(GetParam(), resource, object));
  }
  static PersistentVolume volume(const json& object) {
    const DecodedObject decoded = decode(Resource::kVolumes, object);
    EXPECT_FALSE(decoded.broken()) << decoded.problem;
    const auto* pv = std::get_if<PersistentVolume>(&decoded.object);
    EXPECT_NE(pv, nullptr);
    return pv != nullptr ? *pv : PersistentVolume();
  }
  static bool is_dropped(const DecodedObject& decoded) {
    return !decoded.broken() && std::holds_alternative<std::monostate>(decoded.object);
  }
};
INSTANTIATE_TEST_SUITE_P(Formats, VolumeDecode,
                         testing::Values(KubeFormat::kProtobuf, KubeFormat::kJson),
                         [](const auto& info) {
                           return info.param == KubeFormat::kJson ? "Json" : "Protobuf";
                         });

TEST_P(VolumeDecode, DynamicIsWhatAProvisionerMade) {
  json object = pv_json("pv-1", "h1", 7);
  EXPECT_FALSE(volume(object).dynamic);

  object["spec"]["csi"]["volumeAttributes"] = {{"type", "vSphere CNS Block Volume"}};
  EXPECT_FALSE(volume(object).dynamic);

  object["spec"]["csi"]["volumeAttributes"]["storage.kubernetes.io/csiProvisionerIdentity"] = "";
  EXPECT_TRUE(volume(object).dynamic);
}

TEST_P(VolumeDecode, InTreeVolumeWithPolicy) {
  json object = in_tree_pv_json("pv-1", "[ds 1] kube/1.vmdk", 7);
  object["spec"]["vsphereVolume"]["storagePolicyName"] = "gold";

  const PersistentVolume pv = volume(object);

  EXPECT_EQ(pv.in_tree_path.view(), "[ds 1] kube/1.vmdk");
  EXPECT_EQ(pv.policy_name.view(), "gold");
  EXPECT_TRUE(pv.in_tree_ours); // static
  EXPECT_TRUE(pv.handle.empty());
  EXPECT_TRUE(pv.driver.empty());
  EXPECT_FALSE(pv.dynamic);
}

TEST_P(VolumeDecode, InTreeVolumeIsOursOnceItsAnnotationsSaySo) {
  json object = in_tree_pv_json("pv-1", "[ds] 1.vmdk", 7);
  object["metadata"]["annotations"]["pv.kubernetes.io/provisioned-by"] =
      "kubernetes.io/vsphere-volume";
  EXPECT_FALSE(volume(object).in_tree_ours);

  object["metadata"]["annotations"]["pv.kubernetes.io/migrated-to"] = "csi.vsphere.vmware.com";
  EXPECT_TRUE(volume(object).in_tree_ours);
}

TEST_P(VolumeDecode, CsiWinsOverInTree) {
  json object = pv_json("pv-1", "h1", 7);
  object["spec"]["vsphereVolume"] = {{"volumePath", "[ds] 1.vmdk"}, {"storagePolicyName", "gold"}};

  const PersistentVolume pv = volume(object);

  EXPECT_EQ(pv.handle.view(), "h1");
  EXPECT_TRUE(pv.in_tree_path.empty());
  EXPECT_TRUE(pv.policy_name.empty());
  EXPECT_FALSE(pv.in_tree_ours);
}

TEST_P(VolumeDecode, ForeignCsiWinsOverInTreeToo) {
  json object = pv_json("pv-1", "h1", 7);
  object["spec"]["csi"]["driver"] = "ebs.csi.aws.com";
  object["spec"]["vsphereVolume"] = {{"volumePath", "[ds] 1.vmdk"}};

  EXPECT_TRUE(is_dropped(decode(Resource::kVolumes, object)));
}

TEST_P(VolumeDecode, VolumeOfNeitherKindIsNotOurBusiness) {
  json object = pv_json("pv-1", "h1", 7);
  object["spec"].erase("csi");

  EXPECT_TRUE(is_dropped(decode(Resource::kVolumes, object)));
}

TEST_P(VolumeDecode, NodeAffinityKeepsWhatItRequires) {
  json object = pv_json("pv-1", "h1", 7);
  const json zone = {
      {"key", "topology.kubernetes.io/zone"}, {"operator", "In"}, {"values", {"zone-a", "zone-b"}}};
  const json region = {
      {"key", "topology.kubernetes.io/region"}, {"operator", "In"}, {"values", {"region-1"}}};
  const json not_here = {{"key", "rack"}, {"operator", "NotIn"}, {"values", {"r1"}}};
  const json field = {{"key", "metadata.name"}, {"operator", "In"}, {"values", {"node-1"}}};
  object["spec"]["nodeAffinity"]["required"]["nodeSelectorTerms"] = {
      {{"matchExpressions", {zone, region, not_here}}, {"matchFields", {field}}},
      {{"matchExpressions", {region}}},
      {{"matchFields", {field}}},
  };

  const std::vector<NodeTerm> nodes = volume(object).nodes;

  ASSERT_EQ(nodes.size(), 2u);
  const std::vector<std::pair<InternedString, std::vector<InternedString>>> both = {
      {"topology.kubernetes.io/zone", {"zone-a", "zone-b"}},
      {"topology.kubernetes.io/region", {"region-1"}}};
  EXPECT_TRUE(nodes[0].requirements == both);
  ASSERT_EQ(nodes[1].requirements.size(), 1u);
  EXPECT_EQ(nodes[1].requirements[0].first.view(), "topology.kubernetes.io/region");
}

TEST_P(VolumeDecode, VolumeWithoutClaimAndWithUnknownPhase) {
  json object = pv_json("pv-1", "h1", 7);
  object["spec"].erase("claimRef");
  object["status"]["phase"] = "Levitating";

  const PersistentVolume pv = volume(object);

  EXPECT_TRUE(pv.claim.name.empty());
  EXPECT_TRUE(pv.claim_uid.empty());
  EXPECT_EQ(pv.phase, VolumePhase::kUnknown);
}

TEST_P(VolumeDecode, UnknownPhasesOfClaimsAndPods) {
  json claim = claim_json("c-1", "pv-1", 8);
  claim["status"]["phase"] = "Levitating";
  json pod = pod_json("web-0", "c-1", 9);
  pod["status"]["phase"] = "Levitating";

  const DecodedObject first = decode(Resource::kClaims, claim);
  const DecodedObject second = decode(Resource::kPods, pod);
  ASSERT_TRUE(std::holds_alternative<Claim>(first.object));
  ASSERT_TRUE(std::holds_alternative<Pod>(second.object));
  EXPECT_EQ(std::get<Claim>(first.object).phase, ClaimPhase::kUnknown);
  EXPECT_EQ(std::get<Pod>(second.object).phase, PodPhase::kUnknown);
}

TEST_P(VolumeDecode, LongestNames) {
  const std::string name(253, 'n');
  json object = pv_json("pv-1", "h1", 7);
  object["metadata"]["name"] = name;
  object["spec"]["claimRef"]["name"] = name;

  const PersistentVolume pv = volume(object);

  EXPECT_EQ(pv.name.view(), name);
  EXPECT_EQ(pv.claim.name.view(), name);
}

TEST_P(VolumeDecode, HandleThatCanMeanNoVolumeIsBroken) {
  const DecodedObject empty = decode(Resource::kVolumes, pv_json("pv-1", "", 7));
  EXPECT_EQ(empty.problem, "spec.csi.volumeHandle is empty");
  EXPECT_EQ(empty.name, "pv-1");
  EXPECT_EQ(empty.version, "7");

  const DecodedObject large =
      decode(Resource::kVolumes, pv_json("pv-1", std::string(1'048'576, 'h'), 7));
  EXPECT_EQ(large.problem, "spec.csi.volumeHandle has 1048576 bytes, more than 1024");

  EXPECT_FALSE(decode(Resource::kVolumes, pv_json("pv-1", std::string(1024, 'h'), 7)).broken());
}

TEST_P(VolumeDecode, EmptyHandleOfAForeignDriverIsNotOurBusiness) {
  json object = pv_json("pv-1", "", 7);
  object["spec"]["csi"]["driver"] = "ebs.csi.aws.com";

  EXPECT_TRUE(is_dropped(decode(Resource::kVolumes, object)));
}

TEST_P(VolumeDecode, PathThatCanMeanNoDiskIsBroken) {
  const DecodedObject empty = decode(Resource::kVolumes, in_tree_pv_json("pv-1", "", 7));
  EXPECT_EQ(empty.problem, "spec.vsphereVolume.volumePath is empty");

  const DecodedObject large =
      decode(Resource::kVolumes, in_tree_pv_json("pv-1", std::string(5000, 'p'), 7));
  EXPECT_THAT(large.problem, HasSubstr("5000 bytes"));
}

TEST_P(VolumeDecode, EndlessPathInAPodIsLeftOut) {
  json pod = pod_json("web-0", "data", 9);
  pod["spec"]["volumes"].push_back(
      {{"name", "disk"}, {"vsphereVolume", {{"volumePath", std::string(5000, 'p')}}}});

  const DecodedObject decoded = decode(Resource::kPods, pod);

  ASSERT_TRUE(std::holds_alternative<Pod>(decoded.object)) << decoded.problem;
  ASSERT_EQ(std::get<Pod>(decoded.object).volumes.size(), 1u);
  EXPECT_EQ(std::get<Pod>(decoded.object).volumes[0].claim.view(), "data");
}

TEST_P(VolumeDecode, ClaimOfAMigratedVolume) {
  json object = claim_json("c-1", "pv-1", 8);
  EXPECT_FALSE(std::get<Claim>(decode(Resource::kClaims, object).object).in_tree_ours);

  object["metadata"]["annotations"] = {
      {"pv.kubernetes.io/migrated-to", "csi.vsphere.vmware.com"},
      {"volume.beta.kubernetes.io/storage-provisioner", "kubernetes.io/vsphere-volume"}};
  EXPECT_TRUE(std::get<Claim>(decode(Resource::kClaims, object).object).in_tree_ours);
}

TEST(VolumeDecodeJson, AffinityOfWrongTypeKeepsIdentity) {
  json object = pv_json("pv-1", "h1", 7);
  object["spec"]["nodeAffinity"]["required"]["nodeSelectorTerms"] = "everywhere";

  const DecodedObject decoded = decode_item(KubeFormat::kJson, Resource::kVolumes, object.dump());

  EXPECT_TRUE(decoded.broken());
  EXPECT_EQ(decoded.name, "pv-1");
}

TEST(VolumeDecodeProtobuf, AffinityOfAnotherWireTypeIsBroken) {
  // metadata with a name, uid and resourceVersion; spec.nodeAffinity (field 9) as a varint.
  const DecodedObject decoded = decode_item(KubeFormat::kProtobuf, Resource::kVolumes,
                                            from_hex("0a0c0a0270762a01753203313233"
                                                     "12024801"));

  EXPECT_TRUE(decoded.broken());
  EXPECT_EQ(decoded.name, "pv");
}

} // namespace
} // namespace syncer

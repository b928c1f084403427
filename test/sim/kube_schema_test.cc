// Every field the syncer may read arrives in both encodings. The numbers are those of the published
// schema (k8s.io/api), written down here a second time.
#include "sim/kube_schema.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>
#include <protozero/pbf_reader.hpp>

#include "sim/kube_encode.h"

namespace syncer::sim {

namespace {

using testing::ElementsAre;

// All texts found by following the field numbers.
void collect(protozero::pbf_reader message, const std::vector<unsigned>& path, std::size_t at,
             std::vector<std::string>& found) {
  while (message.next()) {
    if (message.tag() != path[at]) {
      message.skip();
    } else if (at + 1 == path.size()) {
      found.push_back(message.get_string());
    } else {
      collect(message.get_message(), path, at + 1, found);
    }
  }
}

class Encoded {
 public:
  Encoded(const char* plural, const json& object) : resource_(*find_resource(plural)) {
    const KubeObjectPtr made = make_object(resource_, object);
    const std::string body = encode_object(resource_, *made, KubeEncoding::kProtobuf);
    std::vector<std::string> raw;
    collect(protozero::pbf_reader(body.data() + 4, body.size() - 4), {2}, 0, raw);
    raw_ = raw.at(0);
    json_ = json::parse(encode_object(resource_, *made, KubeEncoding::kJson));
  }

  std::vector<std::string> texts(const std::vector<unsigned>& path) const {
    std::vector<std::string> found;
    collect(protozero::pbf_reader(raw_), path, 0, found);
    return found;
  }
  const json& as_json() const { return json_; }

 private:
  const KubeResource& resource_;
  std::string raw_;
  json json_;
};

} // namespace

TEST(KubeSchema, VolumeCarriesItsSourcesAffinityAndAnnotations) {
  const json term = {{"key", "topology.csi.vmware.com/k8s-zone"},
                     {"operator", "In"},
                     {"values", {"zone-a", "zone-b"}}};
  const json volume = {
      {"metadata", {{"name", "pv"}, {"annotations", {{"pv.kubernetes.io/migrated-to", "csi"}}}}},
      {"spec",
       {{"csi", {{"driver", "d"}, {"volumeHandle", "h"}, {"volumeAttributes", {{"type", "vs"}}}}},
        {"vsphereVolume",
         {{"volumePath", "[ds] a.vmdk"}, {"storagePolicyName", "gold"}, {"storagePolicyID", "7"}}},
        {"nodeAffinity",
         {{"required",
           {{"nodeSelectorTerms",
             json::array({{{"matchExpressions", json::array({term})}}})}}}}}}}};

  const Encoded encoded("persistentvolumes", volume);

  EXPECT_EQ(encoded.as_json()["spec"], volume["spec"]);
  EXPECT_EQ(encoded.as_json()["metadata"]["annotations"], volume["metadata"]["annotations"]);
  EXPECT_THAT(encoded.texts({1, 12, 1}), ElementsAre("pv.kubernetes.io/migrated-to"));
  EXPECT_THAT(encoded.texts({1, 12, 2}), ElementsAre("csi"));
  EXPECT_THAT(encoded.texts({2, 2, 22, 2}), ElementsAre("h"));
  EXPECT_THAT(encoded.texts({2, 2, 22, 5, 2}), ElementsAre("vs"));
  EXPECT_THAT(encoded.texts({2, 2, 14, 1}), ElementsAre("[ds] a.vmdk"));
  EXPECT_THAT(encoded.texts({2, 2, 14, 3}), ElementsAre("gold"));
  EXPECT_THAT(encoded.texts({2, 2, 14, 4}), ElementsAre("7"));
  EXPECT_THAT(encoded.texts({2, 9, 1, 1, 1, 1}), ElementsAre("topology.csi.vmware.com/k8s-zone"));
  EXPECT_THAT(encoded.texts({2, 9, 1, 1, 1, 3}), ElementsAre("zone-a", "zone-b"));
}

TEST(KubeSchema, ClaimCarriesItsAnnotations) {
  const json claim = {{"metadata",
                       {{"name", "c"},
                        {"namespace", "n"},
                        {"annotations", {{"volume.kubernetes.io/storage-provisioner", "p"}}}}},
                      {"spec", {{"volumeName", "pv"}}},
                      {"status", {{"phase", "Bound"}}}};

  const Encoded encoded("persistentvolumeclaims", claim);

  EXPECT_EQ(encoded.as_json()["metadata"]["annotations"], claim["metadata"]["annotations"]);
  EXPECT_THAT(encoded.texts({1, 12, 2}), ElementsAre("p"));
  EXPECT_THAT(encoded.texts({2, 3}), ElementsAre("pv"));
}

TEST(KubeSchema, PodCarriesEveryKindOfVolume) {
  const json inline_disk = {{"name", "a"}, {"vsphereVolume", {{"volumePath", "[ds] b.vmdk"}}}};
  const json csi_inline = {
      {"name", "b"}, {"csi", {{"driver", "secrets"}, {"volumeAttributes", {{"class", "x"}}}}}};
  const json ephemeral = {
      {"name", "c"},
      {"ephemeral",
       {{"volumeClaimTemplate",
         {{"metadata", {{"labels", {{"app", "web"}}}}}, {"spec", {{"storageClassName", "sc"}}}}}}}};
  const json nfs = {{"name", "d"}, {"nfs", {{"server", "s"}, {"path", "/p"}}}};
  const json claim = {{"name", "e"}, {"persistentVolumeClaim", {{"claimName", "data"}}}};
  const json owner = {{"kind", "Pod"}, {"name", "p"}, {"uid", "u"}, {"controller", true}};
  const json pod = {
      {"metadata", {{"name", "p"}, {"namespace", "n"}, {"ownerReferences", json::array({owner})}}},
      {"spec", {{"volumes", json::array({inline_disk, csi_inline, ephemeral, nfs, claim})}}},
      {"status", {{"phase", "Running"}}}};

  const Encoded encoded("pods", pod);

  EXPECT_EQ(encoded.as_json()["spec"]["volumes"], pod["spec"]["volumes"]);
  EXPECT_THAT(encoded.texts({1, 13, 4}), ElementsAre("u"));
  EXPECT_THAT(encoded.texts({2, 1, 1}), ElementsAre("a", "b", "c", "d", "e"));
  EXPECT_THAT(encoded.texts({2, 1, 2, 20, 1}), ElementsAre("[ds] b.vmdk"));
  EXPECT_THAT(encoded.texts({2, 1, 2, 28, 1}), ElementsAre("secrets"));
  EXPECT_THAT(encoded.texts({2, 1, 2, 28, 4, 2}), ElementsAre("x"));
  EXPECT_THAT(encoded.texts({2, 1, 2, 29, 1, 2, 5}), ElementsAre("sc"));
  EXPECT_THAT(encoded.texts({2, 1, 2, 29, 1, 1, 11, 2}), ElementsAre("web"));
  EXPECT_THAT(encoded.texts({2, 1, 2, 7, 1}), ElementsAre("s"));
  EXPECT_THAT(encoded.texts({2, 1, 2, 10, 1}), ElementsAre("data"));
}

TEST(KubeSchema, AttachmentAndConfigMapAreProtobufToo) {
  const json attachment = {
      {"metadata", {{"name", "csi-1"}}},
      {"spec",
       {{"attacher", "d"}, {"nodeName", "n-1"}, {"source", {{"persistentVolumeName", "pv"}}}}},
      {"status", {{"attached", true}}}};
  const json map = {{"metadata", {{"name", "m"}, {"namespace", "n"}}},
                    {"data", {{"clusterID", "c-1"}}}};

  const Encoded attached("volumeattachments", attachment);
  const Encoded mapped("configmaps", map);

  EXPECT_THAT(attached.texts({2, 1}), ElementsAre("d"));
  EXPECT_THAT(attached.texts({2, 2, 1}), ElementsAre("pv"));
  EXPECT_THAT(attached.texts({2, 3}), ElementsAre("n-1"));
  EXPECT_THAT(mapped.texts({2, 1}), ElementsAre("clusterID"));
  EXPECT_THAT(mapped.texts({2, 2}), ElementsAre("c-1"));
}

} // namespace syncer::sim

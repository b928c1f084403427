#include <gtest/gtest.h>

#include "sim/kube_encode.h"
#include "sim/kube_filler.h"
#include "sim/kube_schema.h"

namespace syncer::sim {

namespace {

std::string hex(const std::string& bytes) {
  std::string out;
  for (const char c : bytes) {
    constexpr const char* kDigits = "0123456789abcdef";
    out.push_back(kDigits[static_cast<unsigned char>(c) >> 4U]);
    out.push_back(kDigits[static_cast<unsigned char>(c) & 0xfU]);
  }
  return out;
}

const KubeResource& resource(const char* plural) { return *find_resource(plural); }

} // namespace

// The three frames were made by another encoder and read by protoc with the real schema.

TEST(KubeProtobuf, VolumeFrameEqualsTheGoldenOne) {
  const json volume = {
      {"metadata",
       {{"name", "pv-1"},
        {"uid", "u1"},
        {"resourceVersion", "42"},
        {"creationTimestamp", "2025-01-02T03:04:05Z"}}},
      {"spec",
       {{"capacity", {{"storage", "1Gi"}}},
        {"csi", {{"driver", "csi.vsphere.vmware.com"}, {"volumeHandle", "h1"}, {"fsType", "ext4"}}},
        {"accessModes", {"ReadWriteOnce"}},
        {"claimRef", {{"namespace", "ns"}, {"name", "c1"}}},
        {"persistentVolumeReclaimPolicy", "Delete"},
        {"storageClassName", "sc"}}},
      {"status", {{"phase", "Bound"}}}};
  const KubeResource& volumes = resource("persistentvolumes");
  std::string frame;

  append_event(frame, volumes, ChangeType::kAdded, *make_object(volumes, volume),
               KubeEncoding::kProtobuf);

  EXPECT_EQ(hex(frame),
            "000000cb0a05414444454412c1010abe016b3873000a160a027631121050657273697374656e74566f6c75"
            "6d65129b010a200a0470762d3112001a0022002a027531320234323800420808a584d8bb061000126a0a10"
            "0a0773746f7261676512050a033147691227b201240a166373692e767370686572652e766d776172652e63"
            "6f6d1202683118002204657874341a0d5265616457726974654f6e636522120a0012026e731a0263312200"
            "2a0032003a002a0644656c657465320273631a0b0a05426f756e6412001a001a002200");
}

TEST(KubeProtobuf, BookmarkFrameEqualsTheGoldenOne) {
  EXPECT_EQ(
      hex(bookmark_frame(resource("persistentvolumes"), 99, true, KubeEncoding::kProtobuf)),
      "000000770a08424f4f4b4d41524b126b0a696b3873000a160a027631121050657273697374656e74566f6c756d65"
      "12470a350a0012001a0022002a00320239393800420062210a196b38732e696f2f696e697469616c2d6576656e74"
      "732d656e64120474727565120612002a0032001a060a0012001a001a002200");
}

TEST(KubeProtobuf, ExpiredFrameEqualsTheGoldenOne) {
  EXPECT_EQ(hex(error_frame(expired("too old resource version: 1 (5)"), KubeEncoding::kProtobuf)),
            "000000610a054552524f5212580a566b3873000a0c0a0276311206537461747573123e0a060a0012001a00"
            "12074661696c7572651a1f746f6f206f6c64207265736f757263652076657273696f6e3a20312028352922"
            "0745787069726564309a031a002200");
}

TEST(KubeProtobuf, FillerIsTheSameAsThePlainValue) {
  const json managed = json::array({{{"manager", "kubelet"},
                                     {"operation", "Update"},
                                     {"fieldsV1", {{"f:status", {{"a", 1}}}}}}});
  const json containers = json::array({{{"name", "app"}, {"image", "registry/app:1"}}});
  const auto pod = [](const json& managed_fields, const json& container_list) {
    return json{{"metadata", {{"name", "p"}, {"managedFields", managed_fields}}},
                {"spec", {{"containers", container_list}, {"nodeName", "n"}}},
                {"status", {{"phase", "Running"}}}};
  };
  const KubeResource& pods = resource("pods");
  const KubeObjectPtr plain = make_object(pods, pod(managed, containers));
  const KubeObjectPtr filled = make_object(pods, pod(add_filler(managed), add_filler(containers)));

  for (const KubeEncoding encoding : {KubeEncoding::kJson, KubeEncoding::kProtobuf}) {
    EXPECT_EQ(encode_object(pods, *filled, encoding), encode_object(pods, *plain, encoding));
  }
  EXPECT_LT(filled->text.size(), plain->text.size());
}

TEST(KubeProtobuf, MicroTimeKeepsItsFraction) {
  const json lease = {{"metadata", {{"name", "l"}}},
                      {"spec", {{"renewTime", "2025-01-02T03:04:05.123456Z"}}}};

  const Rope rope = encode_message(kLeaseMessage, lease);

  // Field 4: {1: 1735787045, 2: 123456000}
  EXPECT_NE(hex(rope.bytes).find("220b08a584d8bb06108094ef3a"), std::string::npos);
}

} // namespace syncer::sim

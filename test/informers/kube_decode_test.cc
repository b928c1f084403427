#include "informers/kube_decode.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "informers/event_splitter.h"
#include "informers/object_parts.h"
#include "kube_bytes.h"

namespace syncer {
namespace {

using nlohmann::json;
using testing::HasSubstr;

// Frames with the API's own field numbers, checked with protoc against generated.proto.
constexpr std::string_view kAddedVolume =
    "000000cb0a05414444454412c1010abe016b3873000a160a027631121050657273697374656e74566f6c756d65129b"
    "010a200a0470762d3112001a0022002a027531320234323800420808a584d8bb061000126a0a100a0773746f726167"
    "6512050a033147691227b201240a166373692e767370686572652e766d776172652e636f6d12026831180022046578"
    "74341a0d5265616457726974654f6e636522120a0012026e731a02633122002a0032003a002a0644656c6574653202"
    "73631a0b0a05426f756e6412001a001a002200";
constexpr std::string_view kBookmark =
    "000000770a08424f4f4b4d41524b126b0a696b3873000a160a027631121050657273697374656e74566f6c756d6512"
    "470a350a0012001a0022002a00320239393800420062210a196b38732e696f2f696e697469616c2d6576656e74732d"
    "656e64120474727565120612002a0032001a060a0012001a001a002200";
constexpr std::string_view kExpired =
    "000000610a054552524f5212580a566b3873000a0c0a0276311206537461747573123e0a060a0012001a0012074661"
    "696c7572651a1f746f6f206f6c64207265736f757263652076657273696f6e3a203120283529220745787069726564"
    "309a031a002200";

Outcome<WatchEvent> decode_frame(std::string_view hex) {
  EventSplitter splitter(KubeFormat::kProtobuf);
  splitter.feed(from_hex(hex));
  const auto frame = splitter.next();
  return decode_watch_event(KubeFormat::kProtobuf, Resource::kVolumes, **frame);
}

TEST(KubeDecode, GoldenVolumeFrame) {
  const auto event = decode_frame(kAddedVolume);

  ASSERT_TRUE(event);
  EXPECT_EQ(event->type, WatchEvent::Type::kAdded);
  EXPECT_EQ(event->object.name, "pv-1");
  EXPECT_EQ(event->object.version, "42");
  const auto& pv = std::get<PersistentVolume>(event->object.object);
  EXPECT_EQ(pv.name.view(), "pv-1");
  EXPECT_EQ(pv.uid, Uid::parse("u1"));
  EXPECT_EQ(pv.version, 42u);
  EXPECT_EQ(pv.created, 1735787045);
  EXPECT_EQ(pv.driver.view(), "csi.vsphere.vmware.com");
  EXPECT_EQ(pv.handle.view(), "h1");
  EXPECT_EQ(pv.claim, (ObjectKey{"ns", "c1"}));
  EXPECT_EQ(pv.policy, ReclaimPolicy::kDelete);
  EXPECT_EQ(pv.phase, VolumePhase::kBound);
  EXPECT_FALSE(pv.deleting);
  EXPECT_FALSE(pv.multi_access);
}

TEST(KubeDecode, GoldenBookmarkFrame) {
  const auto event = decode_frame(kBookmark);

  ASSERT_TRUE(event);
  EXPECT_EQ(event->type, WatchEvent::Type::kBookmark);
  EXPECT_EQ(event->object.version, "99");
  EXPECT_TRUE(event->initial_events_end);
}

TEST(KubeDecode, GoldenExpiredFrame) {
  const auto event = decode_frame(kExpired);

  ASSERT_TRUE(event);
  EXPECT_EQ(event->type, WatchEvent::Type::kError);
  EXPECT_EQ(event->status.code, 410);
  EXPECT_EQ(event->status.reason, "Expired");
  EXPECT_EQ(event->status.message, "too old resource version: 1 (5)");
}

class BothFormats : public testing::TestWithParam<KubeFormat> {};
INSTANTIATE_TEST_SUITE_P(KubeDecode, BothFormats,
                         testing::Values(KubeFormat::kProtobuf, KubeFormat::kJson),
                         [](const auto& info) {
                           return info.param == KubeFormat::kJson ? "Json" : "Protobuf";
                         });

TEST_P(BothFormats, VolumeWithEveryField) {
  json object = pv_json("pv-1", "h1", 7);
  object["metadata"]["labels"] = {{"tier", "gold"}, {"app", "db"}};
  object["metadata"]["deletionTimestamp"] = "2025-01-03T00:00:00Z";
  object["spec"]["accessModes"] = {"ReadWriteOnce", "ReadOnlyMany"};
  object["spec"]["persistentVolumeReclaimPolicy"] = "Retain";
  object["status"]["phase"] = "Released";

  const DecodedObject decoded = decode_item(GetParam(), Resource::kVolumes,
                                            object_bytes(GetParam(), Resource::kVolumes, object));

  ASSERT_FALSE(decoded.broken()) << decoded.problem;
  PersistentVolume expected;
  expected.name = "pv-1";
  expected.uid = Uid::parse("uid-pv-1");
  expected.version = 7;
  expected.created = 1735787045;
  expected.phase = VolumePhase::kReleased;
  expected.policy = ReclaimPolicy::kRetain;
  expected.deleting = true;
  expected.multi_access = true;
  expected.driver = "csi.vsphere.vmware.com";
  expected.handle = "h1";
  expected.claim = ObjectKey{"shop", "c-pv-1"};
  expected.claim_uid = Uid::parse("uid-c-pv-1");
  expected.labels = {{"app", "db"}, {"tier", "gold"}};
  EXPECT_TRUE(std::get<PersistentVolume>(decoded.object) == expected);
}

TEST_P(BothFormats, InTreeVolumeIsKept) {
  json object = pv_json("pv-1", "", 7);
  object["spec"].erase("csi");
  object["spec"]["vsphereVolume"] = {{"volumePath", "[ds] kube/1.vmdk"}};

  const DecodedObject decoded = decode_item(GetParam(), Resource::kVolumes,
                                            object_bytes(GetParam(), Resource::kVolumes, object));

  const auto& pv = std::get<PersistentVolume>(decoded.object);
  EXPECT_EQ(pv.in_tree_path.view(), "[ds] kube/1.vmdk");
}

TEST_P(BothFormats, VolumeOfForeignDriverIsNotOurBusiness) {
  json object = pv_json("pv-1", "h1", 7);
  object["spec"]["csi"]["driver"] = "ebs.csi.aws.com";

  const DecodedObject decoded = decode_item(GetParam(), Resource::kVolumes,
                                            object_bytes(GetParam(), Resource::kVolumes, object));

  EXPECT_FALSE(decoded.broken());
  EXPECT_EQ(decoded.name, "pv-1");
  EXPECT_EQ(decoded.version, "7");
  EXPECT_TRUE(std::holds_alternative<std::monostate>(decoded.object));
}

TEST_P(BothFormats, ClaimOwnedByPod) {
  json object = claim_json("c-1", "pv-1", 8);
  object["metadata"]["labels"]["app"] = "db";
  object["metadata"]["ownerReferences"] = {
      {{"kind", "StatefulSet"}, {"uid", "other"}, {"controller", true}},
      {{"kind", "Pod"}, {"uid", "pod-uid"}, {"controller", true}},
      {{"kind", "Pod"}, {"uid", "no-controller"}},
  };

  const DecodedObject decoded = decode_item(GetParam(), Resource::kClaims,
                                            object_bytes(GetParam(), Resource::kClaims, object));

  Claim expected;
  expected.key = ObjectKey{"shop", "c-1"};
  expected.uid = Uid::parse("uid-c-1");
  expected.version = 8;
  expected.phase = ClaimPhase::kBound;
  expected.volume_name = "pv-1";
  expected.owner_pod = Uid::parse("pod-uid");
  expected.labels = {{"app", "db"}};
  EXPECT_TRUE(std::get<Claim>(decoded.object) == expected);
}

TEST_P(BothFormats, PodKeepsOnlyVolumesThatMatter) {
  json object = pod_json("web-0", "data", 9);
  object["metadata"]["labels"]["app"] = "web";
  object["spec"]["volumes"].push_back({{"name", "tmp"}, {"ephemeral", json::object()}});
  object["spec"]["volumes"].push_back(
      {{"name", "disk"}, {"vsphereVolume", {{"volumePath", "[ds] a.vmdk"}}}});

  const DecodedObject decoded =
      decode_item(GetParam(), Resource::kPods, object_bytes(GetParam(), Resource::kPods, object));

  Pod expected;
  expected.key = ObjectKey{"shop", "web-0"};
  expected.uid = Uid::parse("uid-web-0");
  expected.version = 9;
  expected.started = 1735787100;
  expected.phase = PodPhase::kRunning;
  expected.volumes = {{"data", false, ""}, {"web-0-tmp", true, ""}, {"", false, "[ds] a.vmdk"}};
  EXPECT_TRUE(std::get<Pod>(decoded.object) == expected);
}

TEST_P(BothFormats, PodWithoutSuchVolumesIsNotOurBusiness) {
  json object = pod_json("web-0", "data", 9);
  object["spec"]["volumes"].erase(1);

  const DecodedObject decoded =
      decode_item(GetParam(), Resource::kPods, object_bytes(GetParam(), Resource::kPods, object));

  EXPECT_FALSE(decoded.broken());
  EXPECT_EQ(decoded.version, "9");
  EXPECT_TRUE(std::holds_alternative<std::monostate>(decoded.object));
}

TEST_P(BothFormats, ErrorEventTooLargeVersion) {
  const std::string bytes = error_bytes(GetParam(), 504, "Timeout", true);
  EventSplitter splitter(GetParam());
  splitter.feed(bytes);
  const auto frame = splitter.next();

  const auto event = decode_watch_event(GetParam(), Resource::kPods, **frame);

  ASSERT_TRUE(event);
  EXPECT_TRUE(event->status.version_too_large);
}

TEST_P(BothFormats, ObjectWithoutUidIsBroken) {
  json object = pv_json("pv-1", "h1", 7);
  object["metadata"].erase("uid");

  const DecodedObject decoded = decode_item(GetParam(), Resource::kVolumes,
                                            object_bytes(GetParam(), Resource::kVolumes, object));

  EXPECT_TRUE(decoded.broken());
  EXPECT_EQ(decoded.name, "pv-1");
}

TEST(KubeDecode, ProtobufBrokenBehindItsMetadataKeepsIdentity) {
  std::string bytes =
      object_bytes(KubeFormat::kProtobuf, Resource::kClaims, claim_json("c-1", "pv-1", 8));
  bytes.resize(bytes.size() - 3); // inside status

  const DecodedObject decoded = decode_item(KubeFormat::kProtobuf, Resource::kClaims, bytes);

  EXPECT_TRUE(decoded.broken());
  EXPECT_EQ(decoded.ns, "shop");
  EXPECT_EQ(decoded.name, "c-1");
  EXPECT_EQ(decoded.version, "8");
}

TEST(KubeDecode, ProtobufCutAnywhereNeverThrows) {
  const std::string whole =
      single_bytes(KubeFormat::kProtobuf, Resource::kPods, pod_json("p", "c", 3));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const DecodedObject decoded = decode_single(KubeFormat::kProtobuf, Resource::kPods,
                                                std::string_view(whole).substr(0, size));
    // The two empty strings behind the object may be missing.
    if (size < whole.size() - 4) {
      EXPECT_TRUE(decoded.broken()) << size;
    }
  }
}

TEST(KubeDecode, ProtobufFieldOfAnotherWireTypeIsBroken) {
  // metadata (field 1) as a varint.
  const DecodedObject decoded =
      decode_item(KubeFormat::kProtobuf, Resource::kVolumes, std::string("\x08\x01", 2));

  EXPECT_TRUE(decoded.broken());
  EXPECT_THAT(decoded.problem, HasSubstr("wire type"));
}

TEST(KubeDecode, JsonLabelsOfWrongTypeKeepIdentity) {
  json object = claim_json("c-1", "pv-1", 8);
  object["metadata"]["labels"] = json::array({1});

  const DecodedObject decoded = decode_item(KubeFormat::kJson, Resource::kClaims, object.dump());

  EXPECT_TRUE(decoded.broken());
  EXPECT_EQ(decoded.name, "c-1");
  EXPECT_EQ(decoded.version, "8");
}

TEST(KubeDecode, ObjectLargerThanThreeMebibytesKeepsIdentityOnly) {
  for (const KubeFormat format : {KubeFormat::kProtobuf, KubeFormat::kJson}) {
    json object = pv_json("pv-1", "h1", 7);
    object["metadata"]["annotations"]["big"] = std::string(kMaxObject, 'x');

    const DecodedObject decoded =
        decode_item(format, Resource::kVolumes, object_bytes(format, Resource::kVolumes, object));

    EXPECT_TRUE(decoded.broken());
    EXPECT_EQ(decoded.name, "pv-1");
    EXPECT_THAT(decoded.problem, HasSubstr("3 MiB"));
  }
}

TEST(KubeDecode, UnknownEventTypeIsAnError) {
  const auto event = decode_watch_event(KubeFormat::kJson, Resource::kPods, R"({"type":"X"})");

  ASSERT_FALSE(event);
  EXPECT_EQ(event.error().kind, ErrorKind::kStale);
}

TEST(KubeDecode, TimesOutsideTheFormatAreZero) {
  EXPECT_EQ(parse_time("1970-01-02T00:00:01Z"), 86401);
  EXPECT_EQ(parse_time("2024-02-29T12:00:00.123456Z"), 1709208000);
  EXPECT_EQ(parse_time("2025-02-29T12:00:00Z"), 0);
  EXPECT_EQ(parse_time("2025-02-20T12:00:00+01:00"), 0);
  EXPECT_EQ(parse_time(""), 0);
}

TEST(KubeDecode, VersionThatIsNoNumberComparesWithNothing) {
  EXPECT_EQ(version_number("18446744073709551615"), 18446744073709551615u);
  EXPECT_EQ(version_number("99999999999999999999999"), 0u);
  EXPECT_EQ(version_number("12a"), 0u);
  EXPECT_EQ(version_number(""), 0u);
}

} // namespace
} // namespace syncer

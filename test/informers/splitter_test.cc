#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "informers/event_splitter.h"
#include "informers/list_splitter.h"
#include "kube_bytes.h"

namespace syncer {
namespace {

using nlohmann::json;
using testing::ElementsAre;

std::vector<std::string> names_of_events(KubeFormat format, std::string_view bytes,
                                         std::size_t piece) {
  EventSplitter splitter(format);
  std::vector<std::string> names;
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    splitter.feed(bytes.substr(at, piece));
    for (;;) {
      const auto frame = splitter.next();
      if (!frame) return {"broken"};
      if (!*frame) break;
      const auto event = decode_watch_event(format, Resource::kPods, **frame);
      names.push_back(event ? event->object.name : "undecodable");
    }
  }
  return names;
}

struct SplitList {
  std::vector<std::string> names;
  std::string version;
  bool complete = false;
  bool broken = false;
};

SplitList split_list(KubeFormat format, std::string_view bytes, std::size_t piece) {
  ListSplitter splitter(format);
  SplitList result;
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    splitter.feed(bytes.substr(at, piece));
    for (;;) {
      const auto part = splitter.next();
      if (!part) {
        result.broken = true;
        return result;
      }
      if (!*part) break;
      if ((*part)->kind == ListSplitter::Part::Kind::kMeta) {
        result.version = decode_list_meta(format, (*part)->bytes)->version;
      } else {
        result.names.push_back(decode_item(format, Resource::kPods, (*part)->bytes).name);
      }
    }
  }
  result.complete = splitter.complete();
  return result;
}

class Splitting : public testing::TestWithParam<KubeFormat> {};
INSTANTIATE_TEST_SUITE_P(Formats, Splitting,
                         testing::Values(KubeFormat::kProtobuf, KubeFormat::kJson),
                         [](const auto& info) {
                           return info.param == KubeFormat::kJson ? "Json" : "Protobuf";
                         });

TEST_P(Splitting, EventsCutAtEveryByte) {
  const std::string bytes =
      event_bytes(GetParam(), Resource::kPods, "ADDED", pod_json("a\"{", "c", 1)) +
      event_bytes(GetParam(), Resource::kPods, "MODIFIED", pod_json("b\\", "c", 2)) +
      event_bytes(GetParam(), Resource::kPods, "DELETED", pod_json("c", "c", 3));

  for (std::size_t piece = 1; piece <= bytes.size(); ++piece) {
    EXPECT_THAT(names_of_events(GetParam(), bytes, piece), ElementsAre("a\"{", "b\\", "c"))
        << "pieces of " << piece;
  }
}

TEST_P(Splitting, ListCutAtEveryByte) {
  const std::string bytes = list_bytes(GetParam(), Resource::kPods,
                                       {pod_json("a", "c", 1), pod_json("b]}\"", "c", 2)}, "77");

  for (std::size_t piece = 1; piece <= bytes.size(); ++piece) {
    const SplitList list = split_list(GetParam(), bytes, piece);
    EXPECT_THAT(list.names, ElementsAre("a", "b]}\"")) << "pieces of " << piece;
    EXPECT_EQ(list.version, "77");
    EXPECT_TRUE(list.complete);
  }
}

TEST_P(Splitting, EmptyListIsComplete) {
  const SplitList list =
      split_list(GetParam(), list_bytes(GetParam(), Resource::kPods, {}, "5"), 7);

  EXPECT_TRUE(list.names.empty());
  EXPECT_EQ(list.version, "5");
  EXPECT_TRUE(list.complete);
}

TEST_P(Splitting, ListWithoutItsEndIsNotComplete) {
  const std::string bytes = list_bytes(GetParam(), Resource::kPods, {pod_json("a", "c", 1)}, "77");
  // Behind the protobuf list stand two empty strings of the envelope.
  const std::size_t tail = GetParam() == KubeFormat::kProtobuf ? 4 : 0;

  for (std::size_t size = 0; size < bytes.size() - tail; ++size) {
    EXPECT_FALSE(split_list(GetParam(), std::string_view(bytes).substr(0, size), 64).complete)
        << size;
  }
}

TEST(Splitting, PrettyPrintedEventsOfAProxy) {
  json event;
  event["type"] = "ADDED";
  event["object"] = pod_json("a", "c", 1);
  const std::string bytes = event.dump(2) + "\n\n" + event.dump(2);

  EXPECT_THAT(names_of_events(KubeFormat::kJson, bytes, 11), ElementsAre("a", "a"));
}

TEST(Splitting, ProtobufFrameOfMoreThan16MebibytesIsBroken) {
  EventSplitter splitter(KubeFormat::kProtobuf);
  splitter.feed(std::string("\x01\x00\x00\x01", 4));

  EXPECT_FALSE(splitter.next());
}

TEST(Splitting, TextBetweenJsonEventsIsBroken) {
  EXPECT_THAT(names_of_events(KubeFormat::kJson, "oops", 4), ElementsAre("broken"));
}

TEST(Splitting, StatusAndTableAreNoLists) {
  EXPECT_TRUE(split_list(KubeFormat::kJson, R"({"kind":"Status","code":500})", 5).broken);
  EXPECT_TRUE(split_list(KubeFormat::kJson, R"({"kind":"Table","items":[]})", 5).broken);
  EXPECT_TRUE(split_list(KubeFormat::kProtobuf, "not protobuf", 5).broken);
}

TEST(Splitting, ProtobufItemBeyondItsListIsBroken) {
  // raw of 2 bytes, in it an item that claims 9.
  EXPECT_TRUE(split_list(KubeFormat::kProtobuf, std::string("k8s\0\x12\x02\x12\x09", 8), 8).broken);
}

TEST(Splitting, KeysInsideItemsAreNotThoseOfTheList) {
  const std::string bytes =
      R"({"items":[{"items":[{"metadata":{"name":"inner"}}],"metadata":{"name":"outer"}}],)"
      R"("other":{"metadata":{"resourceVersion":"1"}},"metadata":{"resourceVersion":"9"}})";

  const SplitList list = split_list(KubeFormat::kJson, bytes, 3);

  EXPECT_THAT(list.names, ElementsAre("outer"));
  EXPECT_EQ(list.version, "9");
}

} // namespace
} // namespace syncer

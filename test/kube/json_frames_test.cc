#include "kube/json_frames.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace syncer {
namespace {

using testing::ElementsAre;

using Kind = JsonFrames::Part::Kind;

struct Read {
  std::vector<std::string> objects;
  std::vector<std::string> metas;
  int oversized = 0;
  bool failed = false;
  bool complete = false;
};

Read read(JsonFrames::Body body, const std::vector<std::string>& pieces) {
  JsonFrames frames(body);
  Read result;
  for (const std::string& piece : pieces) {
    frames.feed(piece);
    for (;;) {
      const auto part = frames.next();
      if (!part) {
        result.failed = true;
        return result;
      }
      if (!*part) break;
      if ((*part)->kind == Kind::kOversized) ++result.oversized;
      if ((*part)->kind == Kind::kObject) result.objects.emplace_back((*part)->text);
      if ((*part)->kind == Kind::kMeta) result.metas.emplace_back((*part)->text);
    }
  }
  result.complete = frames.complete();
  return result;
}

// The text whole, and cut in two at every byte.
std::vector<std::vector<std::string>> cuts(const std::string& text) {
  std::vector<std::vector<std::string>> ways{{text}};
  for (std::size_t at = 1; at < text.size(); ++at) {
    ways.push_back({text.substr(0, at), text.substr(at)});
  }
  return ways;
}

TEST(JsonFrames, EventsComeWholeHoweverTheyAreCut) {
  const std::string text = "{\"a\":\"}\\\"{\",\"b\":{\"c\":[{}]}}\n\r {\n  \"d\": 1\n}\n";

  for (const auto& pieces : cuts(text)) {
    const Read got = read(JsonFrames::Body::kWatch, pieces);
    ASSERT_FALSE(got.failed);
    ASSERT_THAT(got.objects,
                ElementsAre("{\"a\":\"}\\\"{\",\"b\":{\"c\":[{}]}}", "{\n  \"d\": 1\n}"));
  }
}

TEST(JsonFrames, ItemsAndMetadataOfAListComeWholeHoweverItIsCut) {
  const std::string text =
      "{\"kind\":\"XList\",\"metadata\" : {\"resourceVersion\":\"7\",\"x\":{}},"
      "\"other\":[{\"items\":[{}]}],\"items\":[{\"n\":\"]\"},{\"m\":[{}]}],\"z\":{\"y\":1}}";

  for (const auto& pieces : cuts(text)) {
    const Read got = read(JsonFrames::Body::kList, pieces);
    ASSERT_FALSE(got.failed);
    ASSERT_TRUE(got.complete);
    ASSERT_THAT(got.objects, ElementsAre("{\"n\":\"]\"}", "{\"m\":[{}]}"));
    ASSERT_THAT(got.metas, ElementsAre("{\"resourceVersion\":\"7\",\"x\":{}}"));
  }
}

TEST(JsonFrames, ListThatIsCutOffIsNotComplete) {
  EXPECT_FALSE(read(JsonFrames::Body::kList, {"{\"items\":[{}]"}).complete);
}

TEST(JsonFrames, TextThatIsNoObjectIsAnError) {
  EXPECT_TRUE(read(JsonFrames::Body::kWatch, {"{}oops"}).failed);
  EXPECT_TRUE(read(JsonFrames::Body::kList, {"[]"}).failed);
  EXPECT_TRUE(read(JsonFrames::Body::kList, {"{}{}"}).failed);
}

TEST(JsonFrames, LargeObjectIsPassedOverAndTheNextOneComes) {
  const std::string large = "{\"a\":\"" + std::string(JsonFrames::kMaxObject, 'x') + "\"}";

  const Read watch = read(JsonFrames::Body::kWatch, {large, "{\"b\":1}"});
  const Read list = read(JsonFrames::Body::kList, {"{\"items\":[", large, ",{\"b\":1}]}"});

  EXPECT_EQ(watch.oversized, 1);
  EXPECT_THAT(watch.objects, ElementsAre("{\"b\":1}"));
  EXPECT_EQ(list.oversized, 1);
  EXPECT_THAT(list.objects, ElementsAre("{\"b\":1}"));
}

TEST(JsonFrames, EventWithoutEndIsAnError) {
  const std::vector<std::string> pieces(17, std::string(1024 * 1024, 'x'));
  std::vector<std::string> all{"{\"a\":\""};
  all.insert(all.end(), pieces.begin(), pieces.end());

  EXPECT_TRUE(read(JsonFrames::Body::kWatch, all).failed);
}

} // namespace
} // namespace syncer

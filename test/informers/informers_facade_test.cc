#include "informers_rig.h"

namespace syncer {
namespace {

using namespace std::chrono_literals;

TEST_F(InformersTest, ThreeListsMakeOneView) {
  EXPECT_EQ(synced, 1);
  EXPECT_TRUE(informers->view().synced());
  EXPECT_TRUE(informers->view().complete());
  const VolumeFacts facts = informers->view().facts("h1");
  ASSERT_EQ(facts.volumes.size(), 1u);
  EXPECT_TRUE(facts.volumes[0].claim);
  EXPECT_EQ(facts.volumes[0].pods.size(), 1u);
}

TEST_F(InformersTest, ChangesTouchTheVolume) {
  touched.clear();
  nlohmann::json claim = claim_json("c-pv-1", "pv-1", 0);
  claim["metadata"]["labels"]["app"] = "db";
  claims.put(claim);
  clock.settle();

  EXPECT_EQ(touched, std::vector<std::string>{"h1"});
}

TEST_F(InformersTest, StatusTellsHowLongTheServerIsSilent) {
  clock.advance(30s);

  const auto rows = informers->status();

  ASSERT_EQ(rows.size(), 3u);
  EXPECT_EQ(rows[2].resource, Resource::kPods);
  EXPECT_TRUE(rows[2].synced);
  EXPECT_EQ(rows[2].objects, 1u);
  EXPECT_EQ(rows[2].silence, 30s);
}

TEST_F(InformersTest, ViewThatWentBackWaitsForConfirmation) {
  pods.push(bookmark_bytes(KubeFormat::kProtobuf, Resource::kPods, "5", false));
  clock.advance(1s);
  EXPECT_TRUE(informers->view_went_back());
  EXPECT_FALSE(informers->view().complete());

  informers->confirm_view();
  EXPECT_TRUE(informers->view().complete());
}

TEST_F(InformersTest, AServerThatDoesNotAnswerIsATroubleUntilItDoes) {
  EXPECT_FALSE(informers->trouble());
  pods.fail_all(FakeApiServer::Fault{});
  pods.cut_watches();
  clock.advance(40s);

  const std::optional<Trouble> trouble = informers->trouble();
  ASSERT_TRUE(trouble);
  EXPECT_GE(clock.now() - trouble->since, 30s);
  EXPECT_THAT(trouble->detail, testing::StartsWith("pods: "));

  pods.fail_all(std::nullopt);
  clock.advance(2min);
  EXPECT_FALSE(informers->trouble());
}

TEST_F(InformersTest, ObjectsThatCannotBeReadAreCountedAndOneIsNamed) {
  EXPECT_EQ(informers->undecodable(), "");
  nlohmann::json bad = pv_json("pv-bad", "", 0);
  volumes.put(bad);
  bad["metadata"]["name"] = "pv-awful";
  volumes.put(bad);
  clock.settle();

  EXPECT_EQ(informers->undecodable(),
            "2 of persistentvolumes cannot be read, the first is pv-awful");
}

TEST_F(InformersTest, EndsWithoutAnErrorWhenCancelled) {
  EXPECT_FALSE(ended);
  cancel.emit(asio::cancellation_type::terminal);
  clock.settle();

  EXPECT_TRUE(ended);
  EXPECT_FALSE(failed);
}

} // namespace
} // namespace syncer

// An API server that is not what it was: empty, from an old snapshot, or another cluster's.
// Whatever it shows, nothing counts as seen to go, and as long as it shows, nothing may be taken
// away.
#include "informers_rig.h"

namespace syncer {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

class ServerChangeTest : public InformersTest {
 protected:
  static json versioned(json object, int version) {
    object["metadata"]["resourceVersion"] = std::to_string(version);
    return object;
  }
  void restore_all(int version, const std::vector<json>& all_volumes,
                   const std::vector<json>& all_claims, const std::vector<json>& all_pods) {
    volumes.restore(version, all_volumes);
    claims.restore(version, all_claims);
    pods.restore(version, all_pods);
  }
  void compact_all() {
    volumes.compact();
    claims.compact();
    pods.compact();
  }
  void expect_held() const {
    EXPECT_TRUE(informers->view_went_back());
    EXPECT_FALSE(informers->view().complete());
    const VolumeFacts facts = informers->view().facts("h1");
    EXPECT_FALSE(facts.view_complete);
    EXPECT_TRUE(facts.claims_unclear);
    EXPECT_TRUE(facts.pods_unclear);
    EXPECT_EQ(seen_to_go, 0);
  }
};

TEST_F(ServerChangeTest, EmptyServerThatStartsAnew) {
  restore_all(1, {}, {}, {});
  clock.advance(2min);

  expect_held();
  EXPECT_EQ(missed, 1);
  EXPECT_TRUE(informers->view().volumes().empty());
}

TEST_F(ServerChangeTest, OldSnapshotWithoutTheClaimAndThePod) {
  restore_all(50, {versioned(pv_json("pv-1", "h1", 0), 40)}, {}, {});
  clock.advance(2min);

  expect_held();
  const VolumeFacts facts = informers->view().facts("h1");
  ASSERT_EQ(facts.volumes.size(), 1u);
  EXPECT_FALSE(facts.volumes[0].claim);
  EXPECT_FALSE(facts.volumes[0].claim_gone_since);
  EXPECT_FALSE(facts.volumes[0].claim_removal_observed);

  informers->confirm_view();
  const VolumeFacts confirmed = informers->view().facts("h1");
  EXPECT_TRUE(confirmed.view_complete);
  EXPECT_FALSE(confirmed.claims_unclear);
  EXPECT_TRUE(confirmed.volumes[0].claim_gone_since);
  EXPECT_FALSE(confirmed.volumes[0].claim_removal_observed);
}

TEST_F(ServerChangeTest, OldSnapshotOfOneResourceIsEnough) {
  claims.restore(50, {});
  clock.advance(2min);

  expect_held();
}

// Every version is higher and it is the same cluster: as far as anyone can tell that is the truth.
// Yet what went was missed, not seen.
TEST_F(ServerChangeTest, EmptyServerWithHigherVersionsLooksTrue) {
  restore_all(900, {}, {}, {});
  compact_all();
  clock.advance(2min);

  EXPECT_FALSE(informers->view_went_back());
  EXPECT_TRUE(informers->view().complete());
  EXPECT_EQ(seen_to_go, 0);
  EXPECT_EQ(missed, 1);
}

TEST_F(ServerChangeTest, ClaimsThatAreGoneWithHigherVersionsWereNotSeenToGo) {
  claims.restore(900, {});
  claims.compact();
  clock.advance(2min);

  const VolumeFacts facts = informers->view().facts("h1");
  ASSERT_EQ(facts.volumes.size(), 1u);
  EXPECT_TRUE(facts.volumes[0].claim_gone_since);
  EXPECT_FALSE(facts.volumes[0].claim_removal_observed);
}

TEST_F(ServerChangeTest, AnotherClusterThatHasToBeListed) {
  claims.cluster = "cluster-2"; // this fake answers for kube-system
  restore_all(900, {versioned(pv_json("pv-9", "h9", 0), 30)}, {}, {});
  compact_all();
  clock.advance(2min);

  expect_held();
  // It is followed nevertheless: this may be what the operator wants.
  EXPECT_EQ(informers->view().volumes(), std::vector<VolumeId>{"h9"});

  informers->confirm_view();
  clock.advance(1h); // many watches later nothing new is found
  EXPECT_FALSE(informers->view_went_back());
  EXPECT_TRUE(informers->view().complete());
}

// Its history reaches back beyond our version, so its watch would just go on.
TEST_F(ServerChangeTest, AnotherClusterThatGoesOnWithOurWatch) {
  claims.cluster = "cluster-2";
  restore_all(110, {}, {}, {});
  json pv = pv_json("pv-1", "h1", 0);
  pv["metadata"]["uid"] = "uid-of-another";
  volumes.put(pv);
  volumes.remove("pv-1");
  clock.advance(2min);

  expect_held();
  EXPECT_EQ(missed, 1);
}

// An object of the same name keeps its place by its version otherwise.
TEST_F(ServerChangeTest, ObjectsOfAnotherClusterReplaceNewerOnesOfOurs) {
  claims.cluster = "cluster-2";
  json pv = versioned(pv_json("pv-1", "h2", 0), 5);
  pv["metadata"]["uid"] = "uid-of-another";
  restore_all(900, {pv}, {}, {});
  compact_all();
  clock.advance(2min);

  expect_held();
  EXPECT_EQ(informers->view().volumes(), std::vector<VolumeId>{"h2"});
}

} // namespace
} // namespace syncer

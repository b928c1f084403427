#include "reconcile/routing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fakes/fake_topology.h"
#include "fakes/kube_builders.h"

namespace syncer {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using Kind = Route::Kind;

NodeTerm term(std::vector<std::pair<const char*, std::vector<const char*>>> requirements) {
  NodeTerm result;
  for (const auto& [key, values] : requirements) {
    result.requirements.emplace_back(key,
                                     std::vector<InternedString>(values.begin(), values.end()));
  }
  return result;
}

// Two vCenters with a zone each and one region in common.
class Routing : public testing::Test {
 protected:
  Routing() {
    topology.add("vc-a", "zone", "z1");
    topology.add("vc-b", "zone", "z2");
    topology.add("vc-a", "region", "r1");
    topology.add("vc-b", "region", "r1");
  }
  void nodes(std::vector<NodeTerm> terms) {
    facts = facts_of({bound_volume("vol-1")});
    facts.volumes.front().pv.nodes = std::move(terms);
  }
  Route route() const {
    const RoutingInput input{id, facts, recorded, records_synced, vcenters};
    return route_of(input, topology);
  }

  VolumeId id = "vol-1";
  FakeTopology topology;
  std::vector<std::string> vcenters{"vc-a", "vc-b"};
  VolumeFacts facts = facts_of({bound_volume("vol-1")});
  std::optional<std::string> recorded;
  bool records_synced = true;
};

TEST_F(Routing, WithOneVCenterItIsAlwaysThatOne) {
  vcenters = {"vc-b"};
  recorded = "vc-elsewhere";
  records_synced = false;
  topology.is_synced = false;
  nodes({term({{"zone", {"z1"}}})});

  EXPECT_EQ(route(), (Route{Kind::kVCenter, "vc-b", false, {}}));
}

TEST_F(Routing, WithoutAnyVCenterThereIsNoAnswerYet) {
  vcenters.clear();

  EXPECT_EQ(route().kind, Kind::kNotYet);
}

TEST_F(Routing, RecordWinsOverNodeAffinity) {
  recorded = "vc-b";
  nodes({term({{"zone", {"z1"}}})});

  EXPECT_EQ(route(), (Route{Kind::kVCenter, "vc-b", true, {}}));
}

TEST_F(Routing, RecordDecidesForAVolumeWithoutPv) {
  recorded = "vc-b";
  facts = VolumeFacts();

  EXPECT_EQ(route().vcenter, "vc-b");
}

TEST_F(Routing, RecordOfAHostThatIsNotConfiguredIsNotOverruled) {
  recorded = "vc-old";
  nodes({term({{"zone", {"z1"}}})});

  EXPECT_EQ(route().kind, Kind::kUnknownVCenter);
  EXPECT_EQ(route().vcenter, "vc-old");
  EXPECT_THAT(route().reason, HasSubstr("vc-old"));
}

TEST_F(Routing, NothingIsDecidedBeforeTheRecordsAreListed) {
  records_synced = false;
  nodes({term({{"zone", {"z1"}}})});

  EXPECT_EQ(route().kind, Kind::kNotYet);
}

TEST_F(Routing, AffinityWaitsForTheTopology) {
  topology.is_synced = false;
  nodes({term({{"zone", {"z1"}}})});

  EXPECT_EQ(route().kind, Kind::kNotYet);
}

TEST_F(Routing, AffinityToAZoneOfOneVCenterLeadsThere) {
  nodes({term({{"zone", {"z2"}}})});

  EXPECT_EQ(route(), (Route{Kind::kVCenter, "vc-b", false, {}}));
}

TEST_F(Routing, EveryKeyOfATermCounts) {
  nodes({term({{"region", {"r1"}}, {"zone", {"z1"}}})});

  EXPECT_EQ(route().vcenter, "vc-a");
}

TEST_F(Routing, AnyValueOfAKeyIsEnough) {
  nodes({term({{"zone", {"z1", "z9"}}})});

  EXPECT_EQ(route().vcenter, "vc-a");
}

TEST_F(Routing, EqualValuesOfDifferentCategoriesDoNotCollide) {
  topology.add("vc-b", "region", "z1");
  nodes({term({{"zone", {"z1"}}})});

  EXPECT_EQ(route().vcenter, "vc-a");
}

TEST_F(Routing, TwoCandidatesAreNamed) {
  nodes({term({{"region", {"r1"}}})});

  EXPECT_EQ(route().kind, Kind::kUnresolved);
  EXPECT_THAT(route().reason, AllOf(HasSubstr("vc-a"), HasSubstr("vc-b"), HasSubstr("region=r1")));
}

TEST_F(Routing, ValuesOfTwoVCentersAreNoAnswer) {
  nodes({term({{"zone", {"z1", "z2"}}})});

  EXPECT_EQ(route().kind, Kind::kUnresolved);
}

TEST_F(Routing, KeysThatNoSingleVCenterCarriesTogetherAreNoAnswer) {
  topology.add("vc-b", "rack", "k1");
  nodes({term({{"zone", {"z1"}}, {"rack", {"k1"}}})});

  EXPECT_EQ(route().kind, Kind::kUnresolved);
  EXPECT_THAT(route().reason, AllOf(HasSubstr("zone=z1"), HasSubstr("rack=k1")));
}

TEST_F(Routing, ValueThatNoNodeCarriesIsNamed) {
  nodes({term({{"zone", {"z1"}}, {"rack", {"k7"}}})});

  EXPECT_EQ(route().kind, Kind::kUnresolved);
  EXPECT_THAT(route().reason, HasSubstr("no node of a configured vCenter carries rack=k7"));
}

TEST_F(Routing, NodesOfAVCenterThatIsNotConfiguredDoNotCount) {
  topology.add("vc-old", "zone", "z3");
  topology.add("vc-old", "zone", "z1");

  nodes({term({{"zone", {"z3"}}})});
  EXPECT_EQ(route().kind, Kind::kUnresolved);
  nodes({term({{"zone", {"z1"}}})});
  EXPECT_EQ(route().vcenter, "vc-a");
}

TEST_F(Routing, TermsThatAgreeLeadToTheirVCenter) {
  topology.add("vc-a", "zone", "z4");
  nodes({term({{"zone", {"z1"}}}), term({{"zone", {"z4"}}})});

  EXPECT_EQ(route().vcenter, "vc-a");
}

TEST_F(Routing, TermsThatDisagreeAreNoAnswerAndBothAreNamed) {
  nodes({term({{"zone", {"z1"}}}), term({{"zone", {"z2"}}})});

  EXPECT_EQ(route().kind, Kind::kUnresolved);
  EXPECT_THAT(route().reason, AllOf(HasSubstr("vc-a"), HasSubstr("vc-b")));
}

TEST_F(Routing, OneTermThatLeadsNowhereSpoilsTheOthers) {
  nodes({term({{"zone", {"z1"}}}), term({{"zone", {"z9"}}})});

  EXPECT_EQ(route().kind, Kind::kUnresolved);
}

TEST_F(Routing, AllPvsOfOneHandleMustAgree) {
  facts = facts_of({bound_volume("vol-1"), bound_volume("vol-1")});
  facts.volumes[0].pv.nodes = {term({{"zone", {"z1"}}})};
  facts.volumes[1].pv.nodes = {term({{"zone", {"z2"}}})};

  EXPECT_EQ(route().kind, Kind::kUnresolved);
}

TEST_F(Routing, DiskWithoutAffinityIsAskedFor) {
  nodes({});

  EXPECT_EQ(route().kind, Kind::kAsk);
}

TEST_F(Routing, TermWithoutRequirementsSaysNothing) {
  nodes({NodeTerm()});
  EXPECT_EQ(route().kind, Kind::kAsk);

  nodes({NodeTerm(), term({{"zone", {"z1"}}})});
  EXPECT_EQ(route().vcenter, "vc-a");
}

TEST_F(Routing, FileShareIsAskedForWhateverItsAffinity) {
  nodes({term({{"zone", {"z1"}}})});
  id = "file:2f3c";

  EXPECT_EQ(route().kind, Kind::kAsk);
}

TEST_F(Routing, VolumeThatNothingNamesNeedsNoAnswer) {
  facts = VolumeFacts();

  EXPECT_EQ(route().kind, Kind::kNoVolume);
}

TEST(FileVolume, IsKnownByItsIdOrItsAccessModes) {
  VolumeFacts facts = facts_of({bound_volume("vol-1")});
  EXPECT_FALSE(is_file_volume("vol-1", facts));
  EXPECT_TRUE(is_file_volume("file:2f3c", facts));

  facts.volumes.front().pv.multi_access = true;
  EXPECT_TRUE(is_file_volume("vol-1", facts));
}

} // namespace
} // namespace syncer

#include "operators/topology_labels.h"

#include <gmock/gmock.h>

namespace syncer {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TopologySettings settings(std::vector<std::string> categories, std::string zone = "",
                          std::string region = "") {
  TopologySettings made;
  made.categories = std::move(categories);
  made.zone = std::move(zone);
  made.region = std::move(region);
  return made;
}

TEST(WantedLabels, NothingConfiguredWantsNone) {
  const auto wanted = wanted_labels(settings({}));
  ASSERT_TRUE(wanted);
  EXPECT_THAT(*wanted, IsEmpty());
}

TEST(WantedLabels, EachCategoryHasTheDriversKey) {
  const auto wanted = wanted_labels(settings({"k8s-region", "rack"}));
  ASSERT_TRUE(wanted);
  EXPECT_THAT(*wanted, ElementsAre(WantedLabel{"topology.csi.vmware.com/k8s-region", "k8s-region"},
                                   WantedLabel{"topology.csi.vmware.com/rack", "rack"}));
}

TEST(WantedLabels, ZoneAndRegionHaveTheOldKeysUnlessTheirOwnAreGiven) {
  TopologySettings given = settings({}, "z", "r");
  given.labels["r"] = "topology.kubernetes.io/region";
  const auto wanted = wanted_labels(given);
  ASSERT_TRUE(wanted);
  EXPECT_THAT(*wanted, ElementsAre(WantedLabel{"failure-domain.beta.kubernetes.io/zone", "z"},
                                   WantedLabel{"topology.kubernetes.io/region", "r"}));
}

TEST(WantedLabels, OneOfZoneAndRegionIsAMistake) {
  for (const TopologySettings& given : {settings({}, "z", ""), settings({}, "", "r")}) {
    const auto wanted = wanted_labels(given);
    ASSERT_FALSE(wanted);
    EXPECT_EQ(wanted.error().kind, ErrorKind::kRejected);
    EXPECT_EQ(wanted.error().detail,
              "missing zone or region information in vSphere CSI config `Labels` section");
  }
}

const std::vector<WantedLabel> kZoneAndRegion = {{"key/zone", "zone"}, {"key/region", "region"}};

struct Walk {
  const char* what;
  std::vector<ObjectTags> above; // from the host up
  std::vector<TopologyLabel> labels;
};

class TopologyLabels : public testing::TestWithParam<Walk> {};

TEST_P(TopologyLabels, FollowFromTheTags) {
  const auto labels = topology_labels(kZoneAndRegion, GetParam().above);
  ASSERT_TRUE(labels) << labels.error().detail;
  EXPECT_EQ(*labels, GetParam().labels);
}

INSTANTIATE_TEST_SUITE_P(
    Walks, TopologyLabels,
    testing::Values(Walk{"both on the host",
                         {{{"zone", "z1"}, {"region", "r1"}}},
                         {{"key/zone", "z1"}, {"key/region", "r1"}}},
                    Walk{"each on another level",
                         {{}, {{"zone", "z1"}}, {}, {{"region", "r1"}}},
                         {{"key/zone", "z1"}, {"key/region", "r1"}}},
                    Walk{"higher goes before lower while something is missing",
                         {{{"zone", "low"}}, {{"zone", "high"}, {"region", "r1"}}},
                         {{"key/zone", "high"}, {"key/region", "r1"}}},
                    Walk{"above the last one found nothing counts",
                         {{{"zone", "z1"}, {"region", "r1"}},
                          {{"zone", "other"}, {"region", "other"}}},
                         {{"key/zone", "z1"}, {"key/region", "r1"}}},
                    Walk{"other categories do not matter",
                         {{{"owner", "me"}, {"zone", "z1"}}, {{"owner", "you"}, {"region", "r1"}}},
                         {{"key/zone", "z1"}, {"key/region", "r1"}}},
                    Walk{"of two tags on one object the last one counts",
                         {{{"zone", "z1"}, {"zone", "z2"}, {"region", "r1"}}},
                         {{"key/zone", "z2"}, {"key/region", "r1"}}}));

TEST(TopologyLabelsMissing, EveryCategoryWithoutATagIsNamed) {
  const auto labels = topology_labels(kZoneAndRegion, {{{"owner", "me"}}, {}});
  ASSERT_FALSE(labels);
  EXPECT_EQ(labels.error().kind, ErrorKind::kNotFound);
  EXPECT_THAT(labels.error().detail, HasSubstr("zone, region"));
}

} // namespace
} // namespace syncer

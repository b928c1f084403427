#include "reconcile/departures_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fakes/kube_builders.h"

namespace syncer {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

const Labels kLabelled = make_labels({{"pv_missing", "true"}});

TEST(MissingLabel, ThePvEntityKeepsItsLabelsAndReferences) {
  CnsVolume volume;
  volume.id = "vol-1";
  CnsEntity pv = pv_entity("pv-1", make_labels({{"team", "blue"}, {"pv_retained", "true"}}));
  pv.refers_to = {claim_ref("data")};
  volume.entities = {pv, claim_entity("data", "pv-1"), pod_entity("web-1", "data")};

  const auto update = missing_label(volume);

  ASSERT_TRUE(update);
  pv.labels = make_labels({{"team", "blue"}, {"pv_retained", "true"}, {"pv_missing", "true"}});
  EXPECT_THAT(update->upserts, ElementsAre(pv));
  EXPECT_THAT(update->removals, IsEmpty());
}

TEST(MissingLabel, AVolumeWithoutAPvEntityGetsOneOfItsName) {
  CnsVolume volume;
  volume.id = "vol-1";
  volume.name = "pvc-123";
  volume.entities = {claim_entity("data", "pv-1")};

  EXPECT_THAT(missing_label(volume)->upserts, ElementsAre(pv_entity("pvc-123", kLabelled)));

  volume.name.clear();
  EXPECT_THAT(missing_label(volume)->upserts, ElementsAre(pv_entity("vol-1", kLabelled)));
}

TEST(MissingLabel, OfSeveralPvEntitiesAllGetIt) {
  CnsVolume volume;
  volume.entities = {pv_entity("pv-2"), pv_entity("pv-1", kLabelled)};

  EXPECT_THAT(missing_label(volume)->upserts,
              UnorderedElementsAre(pv_entity("pv-1", kLabelled), pv_entity("pv-2", kLabelled)));
}

TEST(MissingLabel, NothingIsSentWhenItIsThere) {
  CnsVolume volume;
  volume.entities = {pv_entity("pv-1", kLabelled), claim_entity("data", "pv-1")};

  EXPECT_FALSE(missing_label(volume));
}

TEST(MissingLabel, AnotherValueIsReplaced) {
  CnsVolume volume;
  volume.entities = {pv_entity("pv-1", make_labels({{"pv_missing", "false"}}))};

  ASSERT_TRUE(missing_label(volume));
  EXPECT_THAT(missing_label(volume)->upserts, ElementsAre(pv_entity("pv-1", kLabelled)));
}

} // namespace
} // namespace syncer

#include "sim/vcenter_cns_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace syncer::sim {
namespace {

using testing::HasSubstr;
using testing::UnorderedElementsAre;

SimEntity entity(const char* type, const std::string& name, const std::string& cluster = "c1",
                 std::map<std::string, std::string> labels = {}) {
  const bool volume = type == std::string(kEntityVolume);
  return {{type, name, volume ? "" : "ns", cluster}, std::move(labels), {}};
}

CnsMetadata metadata(std::vector<CnsEntityChange> entities, const std::string& cluster = "c1") {
  CnsMetadata made;
  made.cluster.id = cluster;
  made.cluster.user = "U";
  made.clusters = {made.cluster};
  made.entities = std::move(entities);
  return made;
}

class CnsStoreMerge : public testing::Test {
 protected:
  CnsVolume& volume(SimVolumeType type = SimVolumeType::kBlock) {
    SimVolume given;
    given.id = "v1";
    given.type = type;
    given.cluster_id = "c1";
    return store_.put(std::move(given));
  }
  static std::vector<std::string> names(const CnsVolume& volume) {
    std::vector<std::string> found;
    for (const SimEntity& held : volume.base.entities) {
      found.push_back(held.self.cluster_id + " " + held.self.type + " " + held.self.name);
    }
    return found;
  }
  std::string refusal(const CnsMetadata& given, SimVolumeType type = SimVolumeType::kBlock) {
    const auto fault = store_.check_metadata(given, type);
    return fault ? fault->type + ": " + fault->message + fault->fields : "";
  }

  CnsStore store_{CnsStore::Rules{}};
};

TEST_F(CnsStoreMerge, EntityThatTheCallDoesNotNameStays) {
  CnsVolume& held = volume();
  store_.apply(held, metadata({{entity(kEntityVolume, "pv"), false}}));

  store_.apply(held, metadata({{entity(kEntityClaim, "claim"), false}}));

  EXPECT_THAT(names(held),
              UnorderedElementsAre("c1 PERSISTENT_VOLUME pv", "c1 PERSISTENT_VOLUME_CLAIM claim"));
}

TEST_F(CnsStoreMerge, LabelsOfAnEntityAreReplacedAsAWhole) {
  CnsVolume& held = volume();
  store_.apply(held,
               metadata({{entity(kEntityVolume, "pv", "c1", {{"a", "1"}, {"b", "2"}}), false}}));

  store_.apply(held, metadata({{entity(kEntityVolume, "pv", "c1", {{"b", "3"}}), false}}));

  ASSERT_EQ(held.base.entities.size(), 1U);
  EXPECT_EQ(held.base.entities[0].labels, (std::map<std::string, std::string>{{"b", "3"}}));
}

TEST_F(CnsStoreMerge, DeleteRemovesTheNamedEntityOnly) {
  CnsVolume& held = volume();
  store_.apply(
      held, metadata({{entity(kEntityVolume, "pv"), false}, {entity(kEntityPod, "pod"), false}}));

  store_.apply(held, metadata({{entity(kEntityPod, "pod"), true}}));

  EXPECT_THAT(names(held), UnorderedElementsAre("c1 PERSISTENT_VOLUME pv"));
}

TEST_F(CnsStoreMerge, RemovalOfAnUnknownEntityIsAcceptedUnlessTheServerObjects) {
  CnsVolume& held = volume();
  const CnsMetadata removal = metadata({{entity(kEntityPod, "pod"), true}});
  EXPECT_FALSE(store_.check_duplicates(held, removal));

  CnsStore::Rules rules;
  rules.unknown_removal_is_an_error = true;
  store_.set_rules(rules);

  EXPECT_TRUE(store_.check_duplicates(held, removal));
}

TEST_F(CnsStoreMerge, EntitiesOfAnotherClusterStayUntouched) {
  CnsVolume& held = volume();
  store_.apply(held, metadata({{entity(kEntityVolume, "pv", "c2"), false}}, "c2"));

  store_.apply(held, metadata({{entity(kEntityVolume, "pv"), false}}));
  store_.apply(held, metadata({{entity(kEntityVolume, "pv"), true}}));

  EXPECT_THAT(names(held), UnorderedElementsAre("c2 PERSISTENT_VOLUME pv"));
  EXPECT_EQ(held.clusters.size(), 2U);
}

TEST_F(CnsStoreMerge, SecondPodOfABlockVolumeIsRefusedAndNothingChanges) {
  CnsVolume& held = volume();
  store_.apply(held, metadata({{entity(kEntityPod, "a"), false}}));

  const auto fault = store_.apply(held, metadata({{entity(kEntityPod, "b"), false}}));

  ASSERT_TRUE(fault);
  EXPECT_EQ(fault->type, "InvalidArgument");
  EXPECT_EQ(fault->message, "Duplicated entity for each entity type in one cluster is found.");
  EXPECT_THAT(names(held), UnorderedElementsAre("c1 POD a"));
}

TEST_F(CnsStoreMerge, PodOfAnotherClusterIsNoDuplicate) {
  CnsVolume& held = volume();
  store_.apply(held, metadata({{entity(kEntityPod, "a"), false}}));

  EXPECT_FALSE(store_.apply(held, metadata({{entity(kEntityPod, "b", "c2"), false}}, "c2")));
}

TEST_F(CnsStoreMerge, FileVolumeHoldsSeveralPods) {
  CnsVolume& held = volume(SimVolumeType::kFile);
  const CnsMetadata two =
      metadata({{entity(kEntityPod, "a"), false}, {entity(kEntityPod, "b"), false}});

  EXPECT_EQ(refusal(two, SimVolumeType::kFile), "");
  EXPECT_FALSE(store_.apply(held, two));
  EXPECT_EQ(names(held).size(), 2U);
}

TEST_F(CnsStoreMerge, RemovingOnePodAndAddingAnotherInOneCallIsADuplicate) {
  EXPECT_THAT(
      refusal(metadata({{entity(kEntityPod, "a"), true}, {entity(kEntityPod, "b"), false}})),
      HasSubstr("Duplicated entity"));
}

TEST_F(CnsStoreMerge, LabelsOfPodsAreDropped) {
  CnsVolume& held = volume();

  store_.apply(held, metadata({{entity(kEntityPod, "a", "c1", {{"app", "web"}}), false}}));

  EXPECT_TRUE(held.base.entities.at(0).labels.empty());
}

TEST_F(CnsStoreMerge, RemovedEntityIsKeptForOneReadWhereTheServerDoesSo) {
  CnsStore::Rules rules;
  rules.keep_removed_for_a_read = true;
  store_.set_rules(rules);
  CnsVolume& held = volume();
  store_.apply(held, metadata({{entity(kEntityPod, "a"), false}}));

  store_.apply(held, metadata({{entity(kEntityPod, "a"), true}}));

  EXPECT_EQ(held.just_removed.size(), 1U);
}

TEST_F(CnsStoreMerge, NamespaceIsAbsentForVolumesAndPresentForTheOthers) {
  SimEntity pv = entity(kEntityVolume, "pv");
  pv.self.ns = "ns";
  EXPECT_THAT(refusal(metadata({{pv, false}})), HasSubstr("no namespace"));

  SimEntity pod = entity(kEntityPod, "pod");
  pod.self.ns.clear();
  EXPECT_THAT(refusal(metadata({{pod, false}})), HasSubstr("namespace"));
}

TEST_F(CnsStoreMerge, LabelLimits) {
  std::map<std::string, std::string> many;
  for (int i = 0; i < 32; ++i) many["k" + std::to_string(i)] = "v";
  EXPECT_EQ(refusal(metadata({{entity(kEntityVolume, "pv", "c1", many), false}})), "");
  many["one too many"] = "v";
  EXPECT_THAT(refusal(metadata({{entity(kEntityVolume, "pv", "c1", many), false}})),
              HasSubstr("labels"));

  const auto with = [&](std::size_t key, std::size_t value) {
    return refusal(metadata(
        {{entity(kEntityVolume, "pv", "c1", {{std::string(key, 'k'), std::string(value, 'v')}}),
          false}}));
  };
  EXPECT_EQ(with(319, 63), "");
  EXPECT_THAT(with(320, 63), HasSubstr("labels"));
  EXPECT_THAT(with(319, 64), HasSubstr("labels"));
}

TEST_F(CnsStoreMerge, ClusterListIsRequiredSinceSevenZero) {
  CnsMetadata given = metadata({{entity(kEntityVolume, "pv"), false}});
  given.clusters.clear();
  EXPECT_THAT(refusal(given), HasSubstr("containerClusterArray"));

  CnsStore::Rules rules;
  rules.cluster_array_required = false;
  store_.set_rules(rules);
  EXPECT_EQ(refusal(given), "");
}

TEST_F(CnsStoreMerge, EntityOfAClusterThatTheCallDoesNotNameIsRefused) {
  EXPECT_THAT(refusal(metadata({{entity(kEntityVolume, "pv", "c9"), false}})),
              HasSubstr("clusterId"));
}

TEST_F(CnsStoreMerge, ClusterIdLimit) {
  const std::string longest(64, 'c');
  EXPECT_EQ(refusal(metadata({{entity(kEntityVolume, "pv", longest), false}}, longest)), "");
  const std::string longer(65, 'c');
  EXPECT_THAT(refusal(metadata({{entity(kEntityVolume, "pv", longer), false}}, longer)),
              HasSubstr("containerCluster"));
}

} // namespace
} // namespace syncer::sim

// One volume, several clusters.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/vcenter_probe.h"

namespace syncer::sim {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class SimVcenterClusters : public VcenterProbe {
 protected:
  void begin(SimVcenterOptions options = SimVcenterOptions()) {
    start(std::move(options));
    SimVolume volume = block_volume("v1");
    volume.other_clusters = {"c2"};
    volume.entities = {{{kEntityVolume, "pv", "", "c1"}, {}, {}},
                       {{kEntityVolume, "pv", "", "c2"}, {}, {}},
                       {{kEntityPod, "pod", "ns", "c2"}, {}, {}}};
    vcenter_->put_volume(std::move(volume));
    login();
  }
  CnsVolume& held() { return *vcenter_->store().find("v1"); }
  std::vector<std::string> clusters() {
    std::vector<std::string> ids;
    for (const CnsCluster& cluster : held().clusters) ids.push_back(cluster.id);
    return ids;
  }
  // An update of cluster `caller` that names these in containerClusterArray.
  Reply send(const std::string& caller, const std::string& entities, const std::string& array) {
    const Reply accepted = vsan(
        cns("CnsUpdateVolumeMetadata", "<updateSpecs><volumeId><id>v1</id></volumeId><metadata>" +
                                           cluster_xml("containerCluster", caller) + entities +
                                           array + "</metadata></updateSpecs>"));
    return accepted.status == 200 ? wait_for_task(accepted.text("returnval")) : accepted;
  }
  static std::string array(const std::string& id, bool remove = false) {
    std::string xml = cluster_xml("containerClusterArray", id);
    if (remove) xml.insert(xml.rfind("</"), "<delete>true</delete>");
    return xml;
  }
};

TEST_F(SimVcenterClusters, UpdateOfOneLeavesTheOthersAlone) {
  begin();

  send("c1", entity_xml(kEntityVolume, "pv", "", true), array("c1"));

  EXPECT_THAT(clusters(), ElementsAre("c1", "c2"));
  ASSERT_THAT(held().base.entities, SizeIs(2));
  EXPECT_EQ(held().base.entities[0].self.cluster_id, "c2");
  EXPECT_THAT(vcenter_->record().violations, IsEmpty());
  EXPECT_EQ(vcenter_->record().entities_removed, 1U);
}

TEST_F(SimVcenterClusters, NewClusterIsAddedToTheList) {
  begin();

  send("c3", entity_xml(kEntityVolume, "pv", "", false, "c3"), array("c3"));

  EXPECT_THAT(clusters(), ElementsAre("c1", "c2", "c3"));
  EXPECT_THAT(held().base.entities, SizeIs(4));
}

TEST_F(SimVcenterClusters, DeletedClusterTakesItsEntitiesAlong) {
  begin();

  send("c1", entity_xml(kEntityVolume, "pv"), array("c1") + array("c2", true));

  EXPECT_THAT(clusters(), ElementsAre("c1"));
  EXPECT_THAT(held().base.entities, SizeIs(1));
  EXPECT_EQ(vcenter_->record().clusters_removed, 1U);
  EXPECT_EQ(vcenter_->record().entities_removed, 2U);
}

TEST_F(SimVcenterClusters, DeletingAClusterIsUnknownToServersBeforeEightZeroOne) {
  SimVcenterOptions options;
  options.api_version = "8.0.0.0";
  begin(options);

  const Reply reply = send("c1", entity_xml(kEntityVolume, "pv"), array("c1") + array("c2", true));

  EXPECT_EQ(reply.fault(), "InvalidRequest");
}

TEST_F(SimVcenterClusters, EntityOfAnotherClusterThanTheCallerIsCounted) {
  begin();

  send("c1", entity_xml(kEntityPod, "pod", "", true, "c2"), array("c1") + array("c2"));

  EXPECT_EQ(vcenter_->record().foreign_entities, 1U);
  EXPECT_THAT(vcenter_->record().violations, ElementsAre(HasSubstr("POD pod is of cluster c2")));
  EXPECT_THAT(held().base.entities, SizeIs(2));
}

TEST_F(SimVcenterClusters, QueryFindsAVolumeByAnyOfItsClusters) {
  begin();
  const auto found = [&](const std::string& cluster) {
    return vsan(cns("CnsQueryAllVolume", "<filter><containerClusterIds>" + cluster +
                                             "</containerClusterIds></filter><selection/>"))
        .count("<volumes>");
  };

  EXPECT_EQ(found("c1"), 1);
  EXPECT_EQ(found("c2"), 1);
  EXPECT_EQ(found("c3"), 0);
}

TEST_F(SimVcenterClusters, QueryShowsAllClustersAndTheirEntities) {
  begin();

  const Reply shown = vsan(cns("CnsQueryVolume", "<filter xsi:type=\"CnsQueryFilter\"/>"));

  EXPECT_EQ(shown.count("<containerClusterArray>"), 2);
  EXPECT_EQ(shown.count("<entityMetadata "), 3);
}

TEST_F(SimVcenterClusters, DiskThatIsNoVolumeIsNotRegisteredWhereTheServerSaysSo) {
  SimVcenterOptions options;
  options.not_registered_fault = true;
  begin(options);
  vcenter_->add_disk({"d1", SimVolumeType::kBlock, 1024, ""});

  const Reply reply = vsan(update("d1", entity_xml(kEntityVolume, "pv")));

  EXPECT_EQ(reply.fault(), "CnsNotRegisteredFault");
  EXPECT_EQ(vsan(update("d2", entity_xml(kEntityVolume, "pv"))).fault(), "NotFound");
}

} // namespace
} // namespace syncer::sim

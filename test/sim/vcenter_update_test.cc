#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/vcenter_probe.h"

namespace syncer::sim {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class SimVcenterUpdate : public VcenterProbe {
 protected:
  void begin_with_volume(SimVcenterOptions options = SimVcenterOptions()) {
    start(std::move(options));
    vcenter_->put_volume(block_volume("v1"));
    login();
  }
  const std::vector<SimEntity>& entities() { return vcenter_->store().find("v1")->base.entities; }
  static std::string pv() { return entity_xml(kEntityVolume, "pv"); }
  static std::string claim() { return entity_xml(kEntityClaim, "claim"); }
};

TEST_F(SimVcenterUpdate, AppliesAtTheEndOfItsTask) {
  begin_with_volume();
  vcenter_->hold_tasks(true);

  const std::string task = vsan(update("v1", pv() + claim())).text("returnval");
  EXPECT_THAT(entities(), IsEmpty());
  EXPECT_EQ(read_task(task).text("state"), "running");

  vcenter_->hold_tasks(false);
  const Reply done = wait_for_task(task);
  EXPECT_EQ(entities().size(), 2U);
  EXPECT_EQ(done.text("state"), "success");
  EXPECT_THAT(done.body, HasSubstr("<volumeResults xsi:type=\"CnsVolumeOperationResult\"><volumeId>"
                                   "<id>v1</id></volumeId></volumeResults>"));
  EXPECT_EQ(vcenter_->record().updates_applied, 1U);
}

TEST_F(SimVcenterUpdate, ResultIsThereOnlyForReadersThatNegotiatedVsan) {
  begin_with_volume();
  const std::string task = vsan(update("v1", pv())).text("returnval");

  EXPECT_TRUE(wait_for_task(task).has("<result "));
  EXPECT_FALSE(read_task(task, "urn:vim25/8.0.2.0").has("<result "));
  EXPECT_FALSE(read_task(task, "").has("<result "));
}

TEST_F(SimVcenterUpdate, LabelsSurviveTheWayThereAndBack) {
  begin_with_volume();

  update_and_wait("v1",
                  entity_xml(kEntityVolume, "pv", label_xml("a", "x &amp; &lt;y&gt; \xc3\xa4")));

  EXPECT_EQ(entities().at(0).labels.at("a"), "x & <y> \xc3\xa4");
  EXPECT_TRUE(vsan(cns("CnsQueryVolume", "<filter xsi:type=\"CnsQueryFilter\"/>"))
                  .has("<key>a</key><value>x &amp; &lt;y&gt; \xc3\xa4</value>"));
}

TEST_F(SimVcenterUpdate, IdenticalRepeatIsAccepted) {
  begin_with_volume();
  update_and_wait("v1", pv());

  EXPECT_EQ(update_and_wait("v1", pv()).text("state"), "success");
  EXPECT_EQ(entities().size(), 1U);
}

struct Refused {
  const char* name;
  std::string body;
  const char* told;
  bool violation;
};

class RefusedUpdate : public SimVcenterUpdate, public testing::WithParamInterface<Refused> {};

TEST_P(RefusedUpdate, IsAnInvalidArgument) {
  begin_with_volume();

  const Reply reply = vsan(GetParam().body);

  EXPECT_EQ(reply.status, 500);
  EXPECT_EQ(reply.fault(), "InvalidArgument");
  EXPECT_THAT(reply.body, HasSubstr(GetParam().told));
  EXPECT_EQ(vcenter_->record().violation_count, GetParam().violation ? 1U : 0U);
  EXPECT_THAT(entities(), IsEmpty());
}

std::vector<Refused> refused() {
  const std::string pv = entity_xml(kEntityVolume, "pv");
  std::string labels;
  for (int i = 0; i < 33; ++i) labels += label_xml("k" + std::to_string(i), "v");
  std::string no_array = update("v1", pv);
  const std::string array = cluster_xml("containerClusterArray");
  no_array.erase(no_array.find(array), array.size());
  std::string namespaced = update("v1", pv);
  const std::string end = "</entityType>";
  namespaced.insert(namespaced.find(end) + end.size(), "<namespace>ns</namespace>");
  std::string bare = update("v1", entity_xml(kEntityPod, "pod"));
  const std::string ns = "<namespace>ns</namespace>";
  bare.erase(bare.find(ns), ns.size());
  return {
      {"NoSpec", cns("CnsUpdateVolumeMetadata", ""), "not equal to 1", true},
      {"TwoSpecs", cns("CnsUpdateVolumeMetadata", update_spec("v1", pv) + update_spec("v2", pv)),
       "not equal to 1", true},
      {"NoEntity", update("v1", ""), "list of entities is empty", true},
      {"EmptyVolumeId", update("", pv), "volume id is empty", true},
      {"TwoPods", update("v1", entity_xml(kEntityPod, "a") + entity_xml(kEntityPod, "b")),
       "Duplicated entity for each entity type in one cluster is found.", true},
      {"PodRemovedAndPodAdded",
       update("v1", entity_xml(kEntityPod, "a", "", true) + entity_xml(kEntityPod, "b")),
       "Duplicated entity", true},
      {"NoClusterArray", no_array, "containerClusterArray", true},
      {"VolumeWithNamespace", namespaced, "has no namespace", true},
      {"PodWithoutNamespace", bare, "namespace of the entity must be set", true},
      {"TooManyLabels", update("v1", entity_xml(kEntityVolume, "pv", labels)), "labels", false},
      {"UnknownEntityType", update("v1", entity_xml("NODE", "n")), "Unknown entity type", true},
  };
}

INSTANTIATE_TEST_SUITE_P(Each, RefusedUpdate, testing::ValuesIn(refused()),
                         [](const auto& info) { return info.param.name; });

TEST_F(SimVcenterUpdate, OtherPodThanTheOneHeldIsRefusedButIsNoViolation) {
  begin_with_volume();
  update_and_wait("v1", entity_xml(kEntityPod, "a"));

  EXPECT_EQ(vsan(update("v1", entity_xml(kEntityPod, "b"))).fault(), "InvalidArgument");
  EXPECT_EQ(vcenter_->record().violation_count, 0U);
  EXPECT_EQ(vcenter_->record().refusals.size(), 1U);

  update_and_wait("v1", entity_xml(kEntityPod, "a", "", true));
  update_and_wait("v1", entity_xml(kEntityPod, "b"));
  EXPECT_EQ(entities().at(0).self.name, "b");
}

TEST_F(SimVcenterUpdate, TwoUpdatesOfOneVolumeAtATimeAreAViolation) {
  begin_with_volume();
  vcenter_->hold_tasks(true);
  vsan(update("v1", pv()));
  EXPECT_EQ(vcenter_->record().violation_count, 0U);

  vsan(update("v1", claim()));

  EXPECT_EQ(vcenter_->record().max_running_updates, 2U);
  EXPECT_EQ(vcenter_->record().violation_count, 1U);
}

TEST_F(SimVcenterUpdate, OneAfterTheOtherIsNoViolation) {
  begin_with_volume();
  update_and_wait("v1", pv());
  update_and_wait("v1", claim());

  EXPECT_EQ(vcenter_->record().max_running_updates, 1U);
  EXPECT_THAT(vcenter_->record().violations, IsEmpty());
  ASSERT_EQ(vcenter_->record().updates.size(), 2U);
  EXPECT_GE(vcenter_->record().updates[1].accepted, vcenter_->record().updates[0].applied);
}

TEST_F(SimVcenterUpdate, SessionThatGoesOnWhenAnotherLeadsIsAViolation) {
  std::string holder = "one";
  SimVcenterOptions options;
  options.lease_holder = [&holder] { return holder; };
  begin_with_volume(std::move(options));
  update_and_wait("v1", pv());
  update_and_wait("v1", pv() + claim());
  EXPECT_THAT(vcenter_->record().violations, IsEmpty());
  EXPECT_EQ(vcenter_->record().updates.back().holder, "one");

  holder = "two";
  update_and_wait("v1", pv());
  EXPECT_THAT(vcenter_->record().violations,
              ElementsAre("CnsUpdateVolumeMetadata by the session of \"one\" while \"two\" leads"));
}

TEST_F(SimVcenterUpdate, UnknownVolumeIsNotFoundInThePlaceTheReleaseUses) {
  begin_with_volume();
  EXPECT_EQ(vsan(update("v9", pv())).fault(), "NotFound");

  SimVcenterOptions options;
  options.unknown_volume_place = FaultPlace::kResultEntry;
  cookie_.clear();
  begin_with_volume(options);
  const Reply done = update_and_wait("v9", pv());

  EXPECT_EQ(done.text("state"), "success");
  EXPECT_THAT(done.body, HasSubstr("</volumeId><fault><fault xsi:type=\"NotFound\">"));
}

TEST_F(SimVcenterUpdate, OrderedFaultOfAVolumeShowsInTheOrderedPlace) {
  begin_with_volume();
  const auto order = [&](FaultPlace place, bool applied) {
    vcenter_->mischief().fault_volume("v1", {"CnsNotRegisteredFault", place, 1, applied});
  };
  order(FaultPlace::kSoapFault, false);
  EXPECT_EQ(vsan(update("v1", pv())).fault(), "CnsNotRegisteredFault");

  order(FaultPlace::kTaskError, false);
  const Reply failed = update_and_wait("v1", pv());
  EXPECT_EQ(failed.text("state"), "error");
  EXPECT_TRUE(failed.has("<error><fault xsi:type=\"CnsNotRegisteredFault\">"));
  EXPECT_THAT(entities(), IsEmpty());

  order(FaultPlace::kResultEntry, true);
  const Reply entry = update_and_wait("v1", pv());
  EXPECT_EQ(entry.text("state"), "success");
  EXPECT_TRUE(entry.has("<fault><fault xsi:type=\"CnsNotRegisteredFault\">"));
  EXPECT_EQ(entities().size(), 1U);

  EXPECT_FALSE(update_and_wait("v1", pv()).has("CnsNotRegisteredFault"));
}

TEST_F(SimVcenterUpdate, DeleteWithTheDiskIsRefusedAndRecorded) {
  begin_with_volume();

  const Reply reply = vsan(cns("CnsDeleteVolume",
                               "<volumeIds><id>v1</id></volumeIds>"
                               "<deleteDisk>true</deleteDisk>"));

  EXPECT_EQ(reply.fault(), "NoPermission");
  EXPECT_THAT(vcenter_->record().violations, ElementsAre(HasSubstr("deleteDisk")));
  EXPECT_TRUE(vcenter_->store().find("v1"));
}

TEST_F(SimVcenterUpdate, DeletedVolumeCanBeRegisteredAgainByItsDisk) {
  begin_with_volume();
  const std::string create =
      cns("CnsCreateVolume",
          "<createSpecs><name>n</name><volumeType>BLOCK</volumeType><metadata>" +
              cluster_xml("containerCluster") + pv() + cluster_xml("containerClusterArray") +
              "</metadata><backingObjectDetails xsi:type=\"CnsBlockBackingDetails\">"
              "<backingDiskId>v1</backingDiskId></backingObjectDetails></createSpecs>");
  EXPECT_TRUE(wait_for_task(vsan(create).text("returnval")).has("CnsAlreadyRegisteredFault"));
  wait_for_task(vsan(cns("CnsDeleteVolume",
                         "<volumeIds><id>v1</id></volumeIds>"
                         "<deleteDisk>false</deleteDisk>"))
                    .text("returnval"));
  EXPECT_FALSE(vcenter_->store().find("v1"));

  const Reply created = wait_for_task(vsan(create).text("returnval"));

  EXPECT_TRUE(created.has("<volumeResults xsi:type=\"CnsVolumeCreateResult\"><volumeId><id>v1"));
  EXPECT_EQ(entities().size(), 1U);
}

} // namespace
} // namespace syncer::sim

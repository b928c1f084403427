#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/vcenter_create_probe.h"

namespace syncer::sim {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

TEST_F(SimVcenterCreate, DiskBecomesAVolumeWithItsEntities) {
  begin();

  const Reply done = create_and_wait(spec(disk("d1"), pv()));

  EXPECT_EQ(done.text("state"), "success");
  EXPECT_THAT(done.body, HasSubstr("<volumeResults xsi:type=\"CnsVolumeCreateResult\"><volumeId>"
                                   "<id>d1</id></volumeId><name>n</name></volumeResults>"));
  ASSERT_TRUE(held("d1"));
  EXPECT_EQ(held("d1")->base.capacity_mib, 2048);
  EXPECT_THAT(held("d1")->base.entities, SizeIs(1));
  EXPECT_THAT(held("d1")->clusters, SizeIs(1));
  EXPECT_THAT(vcenter_->record().created, ElementsAre("d1"));
  EXPECT_EQ(vcenter_->record().creates, 1U);
}

TEST_F(SimVcenterCreate, EffectComesAtTheEndOfTheTask) {
  begin();
  vcenter_->hold_tasks(true);

  vsan(create(spec(disk("d1"))));

  EXPECT_FALSE(held("d1"));
}

TEST_F(SimVcenterCreate, VmdkGetsANewIdAndKeepsIt) {
  begin();

  const std::string id = create_and_wait(spec(vmdk_url())).text("id");

  ASSERT_EQ(id.size(), 36U);
  ASSERT_TRUE(held(id));
  EXPECT_EQ(held(id)->base.disk_path, "[sim-datastore] kubevols/x.vmdk");
  EXPECT_EQ(held(id)->base.datastore_url, "ds:///vmfs/volumes/sim-datastore/");
  delete_and_wait(id);
  EXPECT_EQ(create_and_wait(spec(vmdk_url())).text("id"), id);
}

TEST_F(SimVcenterCreate, DatacenterMayStandByItsName) {
  begin();

  EXPECT_FALSE(create_and_wait(spec(vmdk_url("DC0"))).has("<fault>"));
}

TEST_F(SimVcenterCreate, ConfiguredHostIsOneOfTheServersNames) {
  SimVcenterOptions options;
  options.hosts = {"vc.example"};
  begin(options);

  const Reply done = create_and_wait(
      spec(url("https://vc.example/folder/kubevols/x.vmdk?dcPath=%2FDC0&dsName=sim-datastore")));

  EXPECT_FALSE(done.has("<fault>"));
}

TEST_F(SimVcenterCreate, ShareBecomesAFileVolumeThatShowsItself) {
  begin();

  create_and_wait(spec(share("file:f1"),
                       entity_xml(kEntityPod, "a") + entity_xml(kEntityPod, "b") + pv() +
                           entity_xml(kEntityVolume, "pv2"),
                       "FILE"));

  ASSERT_TRUE(held("file:f1"));
  EXPECT_THAT(held("file:f1")->base.entities, SizeIs(4));
  const Reply shown = vsan(cns("CnsQueryVolume", "<filter xsi:type=\"CnsQueryFilter\"/>"));
  EXPECT_EQ(shown.text("volumeType"), "FILE");
  EXPECT_THAT(shown.body,
              HasSubstr("<backingObjectDetails xsi:type=\"CnsVsanFileShareBackingDetails"
                        "\"><capacityInMb>100</capacityInMb><backingFileId>file:f1</"));
  EXPECT_THAT(shown.body, HasSubstr("<key>NFSv4.1</key>"));
}

TEST_F(SimVcenterCreate, ProfileIsKept) {
  begin();
  const std::string policy = vcenter_->options().profiles.at(0).id;
  const std::string profile =
      R"(<profile xsi:type="VirtualMachineDefinedProfileSpec"><profileId>)" + policy +
      "</profileId></profile>";

  create_and_wait(spec(disk("d1") + profile));

  EXPECT_EQ(held("d1")->base.storage_policy_id, policy);
}

TEST_F(SimVcenterCreate, NamesMayRepeat) {
  begin();

  create_and_wait(spec(disk("d1")));
  EXPECT_FALSE(create_and_wait(spec(vmdk_url())).has("<fault>"));
}

TEST_F(SimVcenterCreate, SecondRegistrationNamesTheFirst) {
  begin();
  const std::string id = create_and_wait(spec(vmdk_url())).text("id");

  const Reply again = create_and_wait(spec(vmdk_url(), pv()));

  EXPECT_EQ(again.text("state"), "success");
  EXPECT_THAT(again.body, HasSubstr("<fault xsi:type=\"CnsAlreadyRegisteredFault\">"));
  EXPECT_THAT(again.body, HasSubstr("<volumeId><id>" + id + "</id></volumeId></fault>"));
  EXPECT_THAT(held(id)->base.entities, IsEmpty());
  EXPECT_THAT(vcenter_->record().violations, IsEmpty());
}

TEST_F(SimVcenterCreate, SecondRegistrationMayNameNothing) {
  SimVcenterOptions options;
  options.already_registered_with_id = false;
  begin(options);
  create_and_wait(spec(disk("d1")));

  const Reply again = create_and_wait(spec(disk("d1")));

  EXPECT_THAT(again.body, HasSubstr("CnsAlreadyRegisteredFault"));
  EXPECT_FALSE(again.has("<id>d1</id>"));
}

TEST_F(SimVcenterCreate, ServerBeforeSevenTwoHasNoTypeForThat) {
  SimVcenterOptions options;
  options.api_version = "7.0.0.0";
  begin(options);
  create_and_wait(spec(disk("d1")));

  EXPECT_THAT(create_and_wait(spec(disk("d1"))).body, HasSubstr("xsi:type=\"CnsFault\""));
}

TEST_F(SimVcenterCreate, FaultShowsInThePlaceTheServerUses) {
  SimVcenterOptions options;
  options.create_fault_place = FaultPlace::kTaskError;
  begin(options);
  EXPECT_EQ(create_and_wait(spec(disk("nowhere"))).text("state"), "error");

  options.create_fault_place = FaultPlace::kSoapFault;
  cookie_.clear();
  begin(options);
  EXPECT_EQ(vsan(create(spec(disk("nowhere")))).fault(), "CnsFault");
}

struct Missing {
  const char* name;
  std::string spec;
  const char* told;
};

class BackingThatIsNotThere : public SimVcenterCreate,
                              public testing::WithParamInterface<Missing> {};

TEST_P(BackingThatIsNotThere, IsAFaultAndNoViolation) {
  begin();

  const Reply done = create_and_wait(GetParam().spec);

  EXPECT_THAT(done.body, HasSubstr("<fault><fault xsi:type=\"CnsFault\">"));
  EXPECT_THAT(done.text("localizedMessage"), HasSubstr(GetParam().told));
  EXPECT_THAT(vcenter_->record().violations, IsEmpty());
  EXPECT_THAT(vcenter_->record().refusals, SizeIs(1));
  EXPECT_THAT(vcenter_->store().volumes(), IsEmpty());
}

std::vector<Missing> missing() {
  const auto at = [](const std::string& path, const std::string& datacenter,
                     const std::string& datastore) {
    return spec(
        url("https://localhost/folder/" + path + "?dcPath=" + datacenter + "&dsName=" + datastore));
  };
  return {
      {"Disk", spec(disk("d9")), "no disk or file share d9"},
      {"ShareNamedAsADisk", spec(disk("file:f1")), "no disk or file share"},
      {"DiskNamedAsAShare", spec(share("d1"), "", "FILE"), "no disk or file share"},
      {"Datacenter", at("kubevols/x.vmdk", "%2FDC9", "sim-datastore"), "no datacenter /DC9"},
      {"DatacenterEncodedTwice", at("kubevols/x.vmdk", "%252FDC0", "sim-datastore"),
       "no datacenter %2FDC0"},
      {"Datastore", at("kubevols/x.vmdk", "%2FDC0", "other"), "no datastore other"},
      {"File", at("kubevols/y.vmdk", "%2FDC0", "sim-datastore"),
       "no file [sim-datastore] kubevols/y.vmdk"},
      {"FileEncodedTwice", at("kubevols%252Fx.vmdk", "%2FDC0", "sim-datastore"), "no file"},
      {"Policy",
       spec(disk("d1") + R"(<profile xsi:type="VirtualMachineDefinedProfileSpec">)"
                         "<profileId>p9</profileId></profile>"),
       "no storage policy p9"},
  };
}

INSTANTIATE_TEST_SUITE_P(Each, BackingThatIsNotThere, testing::ValuesIn(missing()),
                         [](const auto& info) { return info.param.name; });

struct Mistaken {
  const char* name;
  std::string body;
  const char* fault;
  const char* told;
};

class MistakenCreate : public SimVcenterCreate, public testing::WithParamInterface<Mistaken> {};

TEST_P(MistakenCreate, IsRefusedAndAViolation) {
  begin();

  const Reply reply = vsan(GetParam().body);

  EXPECT_EQ(reply.fault(), GetParam().fault);
  EXPECT_THAT(reply.text("faultstring"), HasSubstr(GetParam().told));
  EXPECT_EQ(vcenter_->record().violation_count, 1U);
  EXPECT_THAT(vcenter_->store().volumes(), IsEmpty());
}

std::vector<Mistaken> mistaken() {
  const char* argument = "InvalidArgument";
  const char* request = "InvalidRequest";
  const std::string good = spec(disk("d1"));
  const auto without = [](std::string text, const std::string& part) {
    return text.erase(text.find(part), part.size());
  };
  const std::string profile =
      R"(<profile xsi:type="VirtualMachineDefinedProfileSpec"><profileId>p</profileId></profile>)";
  return {
      {"NoSpec", create(""), argument, "not equal to 1"},
      {"TwoSpecs", create(good + good), argument, "not equal to 1"},
      {"NoName", create(spec(disk("d1"), "", "BLOCK", "")), argument, "name is empty"},
      {"LongName", create(spec(disk("d1"), "", "BLOCK", std::string(81, 'n'))), argument, "80"},
      {"UnknownType", create(spec(disk("d1"), "", "TAPE")), argument, "volume type"},
      {"NoMetadata", create(without(good, metadata(""))), argument, "cluster it belongs to"},
      {"NoClusterArray", create(without(good, cluster_xml("containerClusterArray"))), argument,
       "list must not be empty"},
      {"TwoPodsOnADisk",
       create(spec(disk("d1"), entity_xml(kEntityPod, "a") + entity_xml(kEntityPod, "b"))),
       argument, "Duplicated entity"},
      {"RemovalOfAnEntity", create(spec(disk("d1"), entity_xml(kEntityPod, "a", "", true))),
       argument, "nothing to delete"},
      {"EntityOfAnUnnamedCluster",
       create(spec(disk("d1"), entity_xml(kEntityVolume, "pv", "", false, "c9"))), argument,
       "a cluster the call does not name"},
      {"NothingExisting", create(spec(block("<capacityInMb>5</capacityInMb>"))), argument,
       "exactly one existing"},
      {"DiskAndUrl",
       create(spec(block("<backingDiskId>d1</backingDiskId><backingDiskUrlPath>u"
                         "</backingDiskUrlPath>"))),
       argument, "exactly one existing"},
      {"DiskForAFileVolume", create(spec(disk("d1"), "", "FILE")), argument, "does not fit"},
      {"ShareForABlockVolume", create(spec(share("file:f1"))), argument, "does not fit"},
      {"OtherHost",
       create(spec(url("https://vc9/folder/kubevols/x.vmdk?dcPath=%2FDC0&dsName=sim-datastore"))),
       argument, "this server is not vc9"},
      {"BadUrl", create(spec(url("https://127.0.0.1/kubevols/x.vmdk?dcPath=a&dsName=b"))), argument,
       "not valid"},
      {"TwoProfiles", create(spec(disk("d1") + profile + profile)), argument, "More than one"},
      {"ProfileBeforeTheBacking", create(spec(profile + disk("d1"))), request,
       "backingObjectDetails is missing"},
      {"UntypedBacking",
       create(spec("<backingObjectDetails><capacityInMb>1</capacityInMb></backingObjectDetails>")),
       request, "must carry an xsi:type"},
  };
}

INSTANTIATE_TEST_SUITE_P(Each, MistakenCreate, testing::ValuesIn(mistaken()),
                         [](const auto& info) { return info.param.name; });

TEST_F(SimVcenterCreate, TooManyLabelsAreNoViolation) {
  begin();
  std::string labels;
  for (int i = 0; i < 33; ++i) labels += label_xml("k" + std::to_string(i), "v");

  const Reply reply = vsan(create(spec(disk("d1"), entity_xml(kEntityVolume, "pv", labels))));

  EXPECT_EQ(reply.fault(), "InvalidArgument");
  EXPECT_THAT(vcenter_->record().violations, IsEmpty());
}

TEST_F(SimVcenterCreate, UrlIsUnknownToServersBeforeSevenTwo) {
  SimVcenterOptions options;
  options.api_version = "7.0.0.0";
  begin(options);

  EXPECT_EQ(vsan(create(spec(vmdk_url()))).fault(), "InvalidRequest");
}

TEST_F(SimVcenterCreate, FileVolumesAreUnknownToServersBeforeSeven) {
  SimVcenterOptions options;
  options.api_version = "6.7.3.0";
  begin(options);
  const std::string cluster =
      "<containerCluster><clusterType>KUBERNETES</clusterType><clusterId>c1</clusterId>"
      "<vSphereUser>U</vSphereUser></containerCluster>";

  const Reply reply =
      vsan(create("<createSpecs><name>n</name><volumeType>FILE</volumeType>"
                  "<metadata>" +
                  cluster + "</metadata>" + share("file:f1") + "</createSpecs>"));

  EXPECT_EQ(reply.fault(), "NotSupported");
}

} // namespace
} // namespace syncer::sim

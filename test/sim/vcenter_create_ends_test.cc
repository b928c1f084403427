// How creates and deletes end when something goes wrong.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/vcenter_create_probe.h"

namespace syncer::sim {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

class SimVcenterCreateEnds : public SimVcenterCreate {};

TEST_F(SimVcenterCreateEnds, OrderedFaultShowsInItsPlaceWithOrWithoutEffect) {
  begin();
  const auto order = [&](FaultPlace place, bool applied) {
    vcenter_->mischief().fault_volume("d1", {"CnsFault", place, 1, applied});
  };
  order(FaultPlace::kSoapFault, false);
  EXPECT_EQ(vsan(create(spec(disk("d1")))).fault(), "CnsFault");
  order(FaultPlace::kTaskError, false);
  EXPECT_EQ(create_and_wait(spec(disk("d1"))).text("state"), "error");
  EXPECT_FALSE(held("d1"));

  order(FaultPlace::kResultEntry, true);
  EXPECT_TRUE(create_and_wait(spec(disk("d1"))).has("<fault><fault xsi:type=\"CnsFault\">"));
  EXPECT_TRUE(held("d1"));
}

TEST_F(SimVcenterCreateEnds, FaultOfAVmdkIsOrderedByItsPlace) {
  begin();
  vcenter_->mischief().fault_volume("[sim-datastore] kubevols/x.vmdk",
                                    {"CnsFault", FaultPlace::kTaskError});

  EXPECT_EQ(create_and_wait(spec(vmdk_url())).text("state"), "error");
  EXPECT_FALSE(create_and_wait(spec(vmdk_url())).has("<fault>"));
}

TEST_F(SimVcenterCreateEnds, LateCreateHasItsEffectLate) {
  begin();
  vcenter_->mischief().delay_tasks(std::chrono::milliseconds(40), 1);
  vsan(create(spec(disk("d1"))));
  const auto sent = Clock::time_point::clock::now();
  EXPECT_FALSE(held("d1"));

  ASSERT_TRUE(run_until([&] { return held("d1") != nullptr; }));

  EXPECT_GE(Clock::time_point::clock::now() - sent, std::chrono::milliseconds(30));
}

TEST_F(SimVcenterCreateEnds, PlacesChangeWhileItRuns) {
  begin();

  vcenter_->handle_admin("POST", "/sim/vcenter/fault_style",
                         R"({"create_fault_place":"task","unknown_volume_fault":"CnsFault",
                             "unknown_delete_place":"soap","not_registered_fault":true})");

  EXPECT_EQ(create_and_wait(spec(disk("d9"))).text("state"), "error");
  EXPECT_EQ(vsan(cns("CnsDeleteVolume",
                     "<volumeIds><id>v9</id></volumeIds><deleteDisk>false</deleteDisk>"))
                .fault(),
            "CnsFault");
  EXPECT_EQ(vsan(update("d1", pv())).fault(), "CnsNotRegisteredFault");
}

TEST_F(SimVcenterCreateEnds, LostReplyHasItsEffectAndResetBeforeHasNone) {
  begin();
  vcenter_->mischief().reset_before("CnsCreateVolume", 1);
  EXPECT_FALSE(vsan(create(spec(disk("d1")))).arrived);
  EXPECT_EQ(vcenter_->tasks().size(), 0U);

  vcenter_->mischief().drop_replies("CnsCreateVolume", 1);
  EXPECT_FALSE(vsan(create(spec(disk("d1")))).arrived);

  ASSERT_TRUE(run_until([&] { return vcenter_->tasks().unfinished() == 0; }));
  EXPECT_TRUE(held("d1"));
}

TEST_F(SimVcenterCreateEnds, TwoCreatesOfOneDiskEndAsOneVolume) {
  begin();
  vcenter_->hold_tasks(true);
  vsan(create(spec(disk("d1"))));
  const std::string second = vsan(create(spec(disk("d1")))).text("returnval");

  vcenter_->hold_tasks(false);

  EXPECT_THAT(wait_for_task(second).body, HasSubstr("CnsAlreadyRegisteredFault"));
  EXPECT_THAT(vcenter_->store().volumes(), SizeIs(1));
}

TEST_F(SimVcenterCreateEnds, UnregisteredDiskStaysAndIsRecordedAsItWas) {
  begin();
  create_and_wait(spec(disk("d1"), pv()));

  EXPECT_FALSE(delete_and_wait("d1").has("<fault>"));

  EXPECT_FALSE(held("d1"));
  ASSERT_THAT(vcenter_->record().deleted, SizeIs(1));
  EXPECT_THAT(vcenter_->record().deleted[0].entities, SizeIs(1));
  EXPECT_FALSE(create_and_wait(spec(disk("d1"))).has("<fault>"));
}

TEST_F(SimVcenterCreateEnds, DeleteOfAnUnknownVolumeIsNotFoundInTheChosenPlace) {
  SimVcenterOptions options;
  begin(options);
  const Reply entry = delete_and_wait("v9");
  EXPECT_EQ(entry.text("state"), "success");
  EXPECT_TRUE(entry.has("<fault><fault xsi:type=\"NotFound\">"));

  options.unknown_delete_place = FaultPlace::kTaskError;
  options.unknown_volume_fault = "CnsVolumeNotFoundFault";
  cookie_.clear();
  begin(options);
  const Reply failed = delete_and_wait("v9");
  EXPECT_EQ(failed.text("state"), "error");
  EXPECT_TRUE(failed.has("<error><fault xsi:type=\"CnsVolumeNotFoundFault\">"));

  options.unknown_delete_place = FaultPlace::kSoapFault;
  cookie_.clear();
  begin(options);
  EXPECT_EQ(vsan(cns("CnsDeleteVolume",
                     "<volumeIds><id>v9</id></volumeIds><deleteDisk>false</deleteDisk>"))
                .fault(),
            "CnsVolumeNotFoundFault");
}

TEST_F(SimVcenterCreateEnds, OrderedFaultOfADeleteMayHaveItsEffect) {
  begin();
  create_and_wait(spec(disk("d1")));
  vcenter_->mischief().fault_volume("d1", {"CnsFault", FaultPlace::kTaskError, 1, true});

  EXPECT_EQ(delete_and_wait("d1").text("state"), "error");

  EXPECT_FALSE(held("d1"));
  EXPECT_EQ(vcenter_->record().deletes, 1U);
}

} // namespace
} // namespace syncer::sim

// Several vCenters in one process.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/vcenter_create_probe.h"

namespace syncer::sim {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;
using testing::Not;

class SeveralVcenters : public VcenterProbe {
 protected:
  // Everything after this goes to a new one; the old one stays.
  void next(SimVcenterOptions options = SimVcenterOptions()) {
    if (vcenter_) others_.push_back(std::move(vcenter_));
    if (client_) clients_.push_back(std::move(client_)); // its requests may be under way
    start(std::move(options));
    vcenter_->put_volume(block_volume("v1"));
    vcenter_->add_vmdk({"", "kubevols/x.vmdk", 512});
  }
  std::string time_call() { return vim("CurrentTime", "ServiceInstance", "ServiceInstance"); }
  std::string instance_uuid() {
    return sdk(vim("RetrieveServiceContent", "ServiceInstance", "ServiceInstance"))
        .text("instanceUuid");
  }
  std::string registered() {
    const Reply accepted = vsan(create(spec(vmdk_url())));
    return wait_for_task(accepted.text("returnval")).text("id");
  }

  std::vector<std::unique_ptr<SimVcenter>> others_;
  std::vector<std::unique_ptr<HttpClient>> clients_;
};

TEST_F(SeveralVcenters, HaveNothingInCommon) {
  next();
  login();
  const std::string uuid = instance_uuid();
  const std::string task = vsan(update("v1", entity_xml(kEntityVolume, "pv"))).text("returnval");
  ASSERT_FALSE(task.empty());
  wait_for_task(task);
  const std::string volume = registered();

  next();

  EXPECT_EQ(sdk(time_call()).fault(), "NotAuthenticated");
  cookie_.clear();
  login();
  EXPECT_NE(instance_uuid(), uuid);
  EXPECT_EQ(read_task(task).fault(), "ManagedObjectNotFound");
  EXPECT_TRUE(vcenter_->store().find("v1")->base.entities.empty());
  EXPECT_FALSE(vcenter_->store().find(volume));
  EXPECT_NE(vsan(update("v1", entity_xml(kEntityVolume, "pv"))).text("returnval"), task);
  EXPECT_NE(registered(), volume);
  EXPECT_EQ(vcenter_->record().count("Login"), 1U);
}

TEST_F(SeveralVcenters, InstanceUuidThatIsGivenDecidesTheIds) {
  SimVcenterOptions options;
  options.instance_uuid = "0a1f6aa5-8017-5373-91c0-122e70218746";
  next(options);
  login();
  EXPECT_EQ(instance_uuid(), options.instance_uuid);
  const std::string volume = registered();

  next(options);
  cookie_.clear();
  login();

  EXPECT_EQ(registered(), volume);
}

TEST_F(SeveralVcenters, BlackHoleSwallowsOnlyItsOwnRequests) {
  SimVcenterOptions dead;
  dead.black_hole = true;
  next(dead);
  const auto swallowed = begin("/sdk", time_call());
  next();

  EXPECT_EQ(sdk(time_call()).fault(), "NotAuthenticated");
  EXPECT_FALSE(swallowed->reply);

  others_[0]->handle_admin("POST", "/sim/vcenter/black_hole", R"({"on":false})");
  EXPECT_FALSE(finish(swallowed).arrived);
}

TEST_F(SeveralVcenters, AdminSpeaksToOneOfThem) {
  next();
  next();
  const auto stats = [](SimVcenter& of) {
    return of.handle_admin("GET", "/sim/vcenter/stats", "").body;
  };

  vcenter_->handle_admin("POST", "/sim/vcenter/put_volume", R"({"id":"v2","cluster":"c1"})");

  EXPECT_THAT(stats(*vcenter_), HasSubstr(R"("volumes":2)"));
  EXPECT_THAT(stats(*others_[0]), HasSubstr(R"("volumes":1)"));
}

TEST_F(SeveralVcenters, AdminFillsInWhatCanBeRegisteredAndShowsWhatHappened) {
  next();
  login();
  const auto post = [&](const std::string& command, const std::string& body) {
    return vcenter_->handle_admin("POST", "/sim/vcenter/" + command, body).status;
  };
  EXPECT_EQ(post("put_disk", R"({"id":"d1"})"), 200);
  EXPECT_EQ(post("put_disk", R"({"id":"file:f1","type":"FILE"})"), 200);
  EXPECT_EQ(post("put_vmdk", R"({"path":"kubevols/y.vmdk","volume":"v-y"})"), 200);
  EXPECT_EQ(post("put_volume",
                 R"({"id":"v3","cluster":"c1","other_clusters":["c2"],
                     "entities":[{"type":"PERSISTENT_VOLUME","name":"pv","cluster":"c2"}]})"),
            200);

  const Reply file = vsan(create(spec(share("file:f1"), "", "FILE")));
  EXPECT_FALSE(wait_for_task(file.text("returnval")).has("<fault>"));
  const Reply url_create = vsan(create(
      spec(url("https://localhost/folder/kubevols/y.vmdk?dcPath=%2FDC0&dsName=sim-datastore"))));
  EXPECT_EQ(wait_for_task(url_create.text("returnval")).text("id"), "v-y");
  wait_for_task(vsan(cns("CnsDeleteVolume",
                         "<volumeIds><id>v3</id></volumeIds><deleteDisk>false</deleteDisk>"))
                    .text("returnval"));

  const std::string stats = vcenter_->handle_admin("GET", "/sim/vcenter/stats", "").body;
  EXPECT_THAT(stats, HasSubstr(R"("created":["file:f1","v-y"])"));
  EXPECT_THAT(stats, HasSubstr(R"("creates":2)"));
  EXPECT_THAT(stats, HasSubstr(R"("deletes":1)"));
  EXPECT_THAT(stats, HasSubstr(R"("deleted":[{"entities":[{"cluster":"c2")"));
  EXPECT_THAT(stats, HasSubstr(R"("violations":[])"));
  EXPECT_THAT(vcenter_->handle_admin("GET", "/sim/vcenter/volumes?cluster=c2", "").body,
              Not(HasSubstr(R"("id":"v1")")));
}

} // namespace
} // namespace syncer::sim

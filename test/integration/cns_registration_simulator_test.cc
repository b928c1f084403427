// Registering, unregistering and finding things at the strict simulator over real sockets.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/sinks/null_sink.h>
#include <spdlog/spdlog.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "cns/soap_cns_api.h"
#include "core/asio_clock.h"
#include "net/http.h"
#include "sim/vcenter_server.h"

namespace syncer {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

class Registration : public testing::Test {
 protected:
  // A new vCenter and a new client of it; the ones before live on, their coroutines still run.
  void start(sim::SimVcenterOptions options = {}) {
    options.tls = false;
    earlier.push_back(World{std::move(vc), std::move(http), std::move(api)});
    auto created = sim::SimVcenter::create(io.get_executor(), options);
    ASSERT_TRUE(created) << created.error().detail;
    vc = *std::move(created);
    ClientOptions client;
    client.host = "127.0.0.1";
    client.port = vc->port();
    client.tls = false;
    auto connected = create_beast_http_client(io.get_executor(), client);
    ASSERT_TRUE(connected) << connected.error().detail;
    http = *std::move(connected);
    CnsOptions cns;
    cns.vcenter = "127.0.0.1";
    cns.user = "Administrator@vsphere.local";
    cns.password = Secret("vc-pass");
    cns.cluster_id = "c1";
    cns.cluster_distribution = "Test";
    api = std::make_unique<SoapCnsApi>(SoapCnsApi::Deps{io.get_executor(), *http, clock, observer,
                                                        leader, log, [] { return 0.5; }},
                                       cns);
    asio::co_spawn(io, api->run(), [](std::exception_ptr failure) {
      if (failure) std::rethrow_exception(failure);
    });
  }

  template <class T>
  T run(asio::awaitable<T> call) {
    std::optional<T> result;
    asio::co_spawn(io, std::move(call), [&result](std::exception_ptr failure, T value) {
      if (failure) std::rethrow_exception(failure);
      result = std::move(value);
    });
    while (!result) io.run_one();
    return *std::move(result);
  }

  void add_disk(const std::string& id, sim::SimVolumeType type = sim::SimVolumeType::kBlock) {
    sim::SimDisk disk;
    disk.id = id;
    disk.type = type;
    vc->add_disk(disk);
  }

  static std::vector<CnsEntity> entities() {
    CnsEntity pv{{EntityKind::kVolume, "", "pv-1"}, {{"a", "1"}}, {}};
    CnsEntity claim{{EntityKind::kClaim, "ns", "claim-1"}, {}, {pv.ref}};
    return {pv, claim};
  }
  static CnsCreate registration(CnsCreate::Backing backing, const std::string& id) {
    CnsCreate create;
    create.backing = backing;
    create.backing_id = id;
    create.name = "pv-1";
    create.entities = entities();
    return create;
  }
  CnsVolume read(const std::string& id) {
    const auto volumes = run(api->query_volumes({VolumeId(id)}));
    EXPECT_TRUE(volumes && volumes->size() == 1) << id;
    return volumes && !volumes->empty() ? volumes->front() : CnsVolume();
  }

  asio::io_context io;
  AsioClock clock{io.get_executor()};
  Observer observer;
  AlwaysLeader leader;
  spdlog::logger log{"test", std::make_shared<spdlog::sinks::null_sink_st>()};
  struct World {
    std::unique_ptr<sim::SimVcenter> vc;
    std::unique_ptr<HttpClient> http;
    std::unique_ptr<SoapCnsApi> api;
  };
  std::vector<World> earlier;
  std::unique_ptr<sim::SimVcenter> vc;
  std::unique_ptr<HttpClient> http;
  std::unique_ptr<SoapCnsApi> api;
};

TEST_F(Registration, DiskComesAndGoesWithItsEntities) {
  start();
  add_disk("disk-1");
  const CnsCreate create = registration(CnsCreate::Backing::kDiskId, "disk-1");

  const CreateResult created = run(api->create(create));
  ASSERT_EQ(created.write.end, WriteEnd::kAcknowledged) << created.write.error.detail;
  EXPECT_EQ(created.id, VolumeId("disk-1"));
  const CnsVolume volume = read("disk-1");
  EXPECT_THAT(volume.entities, testing::UnorderedElementsAreArray(entities()));
  EXPECT_TRUE(volume.distribution_current);
  EXPECT_EQ(volume.type, CnsVolumeType::kBlock);

  const WriteResult removed = run(api->unregister("disk-1"));
  EXPECT_EQ(removed.end, WriteEnd::kAcknowledged) << removed.error.detail;
  const auto ids = run(api->query_ids());
  ASSERT_TRUE(ids);
  EXPECT_THAT(*ids, IsEmpty());
  EXPECT_EQ(run(api->unregister("disk-1")).end, WriteEnd::kAcknowledged) << "a second time";
  EXPECT_THAT(vc->record().violations, IsEmpty());
}

TEST_F(Registration, AlreadyRegisteredIsSeenInEveryPlaceAFaultCanCome) {
  sim::SimVcenterOptions options;
  for (const bool with_id : {true, false}) {
    for (const sim::FaultPlace place : {sim::FaultPlace::kSoapFault, sim::FaultPlace::kTaskError,
                                        sim::FaultPlace::kResultEntry}) {
      options.already_registered_with_id = with_id;
      options.create_fault_place = place;
      start(options);
      add_disk("disk-1");
      const CnsCreate create = registration(CnsCreate::Backing::kDiskId, "disk-1");
      ASSERT_EQ(run(api->create(create)).write.end, WriteEnd::kAcknowledged);

      const CreateResult again = run(api->create(create));

      EXPECT_TRUE(again.already_registered) << again.write.error.detail;
      EXPECT_EQ(again.id, VolumeId("disk-1"));
      EXPECT_EQ(again.write.end, WriteEnd::kRefused);
      EXPECT_EQ(vc->record().creates, 1u);
    }
  }
}

TEST_F(Registration, ShareIsRegisteredByItsFileId) {
  start();
  add_disk("file:1", sim::SimVolumeType::kFile);

  const CreateResult created =
      run(api->create(registration(CnsCreate::Backing::kFileId, "file:1")));

  ASSERT_EQ(created.write.end, WriteEnd::kAcknowledged) << created.write.error.detail;
  EXPECT_EQ(created.id, VolumeId("file:1"));
  EXPECT_EQ(read("file:1").type, CnsVolumeType::kFile);
  EXPECT_THAT(vc->record().violations, IsEmpty());
}

TEST_F(Registration, VmdkIsFoundAndRegisteredWhereverItsDatastoreHangs) {
  sim::SimVcenterOptions options;
  options.datacenters.push_back({"datacenter-3", "DC 1", {"F0", "a/b"}});
  options.datastores.push_back(
      {"datastore-22", "in pod", "ds:///3/", "datacenter-3", {"f"}, "pod"});
  options.datastores.push_back({"datastore-23", "sim-datastore", "ds:///4/", "datacenter-3"});
  options.retrieve_page = 2;
  options.profiles = {{"p-1", "gold"}, {"p-2", "gold & silver"}};
  start(options);
  sim::SimVmdk vmdk;
  vmdk.datastore = "datastore-22";
  vmdk.path = "kubevols/d.vmdk";
  vc->add_vmdk(vmdk);

  const auto places = run(api->inventory().datastores("in pod"));
  ASSERT_TRUE(places) << places.error().detail;
  ASSERT_THAT(*places, SizeIs(1));
  EXPECT_EQ((*places)[0].datacenter_path, "/F0/a%2fb/DC 1");
  const auto twice = run(api->inventory().datastores("sim-datastore"));
  ASSERT_TRUE(twice);
  EXPECT_THAT(*twice, SizeIs(2));
  const auto policy = run(api->inventory().policy_id("gold & silver"));
  ASSERT_TRUE(policy) << policy.error().detail;
  EXPECT_TRUE(api->inventory().registers_by_url());

  CnsCreate create = registration(CnsCreate::Backing::kUrl,
                                  "https://" + api->inventory().host() +
                                      "/folder/kubevols/d.vmdk"
                                      "?dcPath=%2FF0%2Fa%252fb%2FDC%201&dsName=in%20pod");
  create.profile_id = *policy;
  const CreateResult created = run(api->create(create));
  ASSERT_EQ(created.write.end, WriteEnd::kAcknowledged) << created.write.error.detail;
  EXPECT_FALSE(created.id.empty());
  EXPECT_EQ(vc->store().find(created.id.view())->base.storage_policy_id, "p-2");

  const CreateResult again = run(api->create(create));
  EXPECT_TRUE(again.already_registered);
  EXPECT_EQ(again.id, created.id);
  EXPECT_THAT(vc->record().violations, IsEmpty());
}

TEST_F(Registration, ServersOfEveryVersionTakeIt) {
  for (const char* version :
       {"7.0", "vSAN 7.0U1", "vSAN 7.0U2", "vSAN 7.0U3", "8.0.0.1", "9.1.0.0"}) {
    sim::SimVcenterOptions options;
    options.vsan_version = version;
    start(options);
    add_disk("disk-1");

    const CreateResult created =
        run(api->create(registration(CnsCreate::Backing::kDiskId, "disk-1")));

    EXPECT_EQ(created.write.end, WriteEnd::kAcknowledged)
        << version << ": " << created.write.error.detail;
    EXPECT_TRUE(read("disk-1").distribution_current) << version;
    EXPECT_EQ(run(api->unregister("disk-1")).end, WriteEnd::kAcknowledged) << version;
    EXPECT_THAT(vc->record().violations, IsEmpty()) << version;
  }
}

TEST_F(Registration, DistributionOfAnotherTimeIsNoticedAndWritten) {
  start();
  sim::SimVolume volume;
  volume.id = "vol-1";
  volume.cluster_id = "c1";
  volume.cluster_distribution = "Old";
  vc->put_volume(volume);

  EXPECT_FALSE(read("vol-1").distribution_current);
  const CnsUpdate update{VolumeId("vol-1"), entities(), {}};
  ASSERT_EQ(run(api->update(update)).end, WriteEnd::kAcknowledged);
  EXPECT_TRUE(read("vol-1").distribution_current);
}

TEST_F(Registration, EntitiesOfAnotherClusterAreTakenAwayUnderItsId) {
  start();
  sim::SimVolume volume;
  volume.id = "vol-1";
  volume.cluster_id = "old";
  volume.entities = {{{sim::kEntityVolume, "pv-1", "", "old"}, {}, {}}};
  vc->put_volume(volume);
  const std::unique_ptr<CnsApi> old = api->for_cluster("old");
  const auto before = run(old->query_volumes({"vol-1"}));
  ASSERT_TRUE(before);
  ASSERT_THAT((*before)[0].entities, SizeIs(1));
  EXPECT_THAT(read("vol-1").entities, IsEmpty()) << "not ours";

  const CnsUpdate removal{VolumeId("vol-1"), {}, {(*before)[0].entities[0].ref}};
  const WriteResult removed = run(old->update(removal));

  EXPECT_EQ(removed.end, WriteEnd::kAcknowledged) << removed.error.detail;
  EXPECT_THAT(vc->store().find("vol-1")->base.entities, IsEmpty());
  EXPECT_THAT(vc->record().violations, IsEmpty());
}

TEST_F(Registration, PolicyOutlivesItsSessionAndNodesAreFound) {
  sim::SimVcenterOptions options;
  options.vms = {{"vm-1", "node-1", "4237-a"}};
  start(options);
  ASSERT_TRUE(run(api->query_ids()));
  vc->sessions().end_all();

  const auto policy = run(api->inventory().policy_id("vSAN Default Storage Policy"));
  ASSERT_TRUE(policy) << policy.error().detail;
  EXPECT_EQ(*policy, "aa6d5a82-1c88-45da-85d3-3d74b91a5bad");
  const auto missing = run(api->inventory().policy_id("vsan default storage policy"));
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().kind, ErrorKind::kNotFound);

  const auto here = run(api->nodes().has_vm("4237-A"));
  const auto elsewhere = run(api->nodes().has_vm("4237-b"));
  ASSERT_TRUE(here && elsewhere);
  EXPECT_TRUE(*here);
  EXPECT_FALSE(*elsewhere);
  EXPECT_THAT(vc->record().violations, IsEmpty());
}

TEST_F(Registration, TagsAboveANodeAreReadInBothGenerationsOfTheApi) {
  for (const bool with_new_api : {true, false}) {
    sim::SimVcenterOptions options;
    options.serve_api = with_new_api;
    options.esx_hosts = {{"host-1", "esx-1", "cluster-a"}};
    options.vms = {{"vm-1", "node-1", "4237-a", "5037-a", "", "host-1"}};
    options.retrieve_page = 2;
    start(options);
    vc->tags().attach("k8s-zone", "zone-1", {"HostSystem", "host-1"});
    vc->tags().attach("k8s-region", "region-1", {"Datacenter", "datacenter-2"});
    vc->tags().attach("owner", "gone", {"HostSystem", "host-1"});
    vc->tags().forget("owner", "gone");

    const auto tags = run(api->nodes().tags_above_vm("5037-A"));

    ASSERT_TRUE(tags) << tags.error().detail;
    std::vector<std::string> found;
    for (const ObjectTags& object : *tags) {
      std::string text;
      for (const AttachedTag& tag : object) text += tag.category + "=" + tag.name;
      found.push_back(text);
    }
    // Host, cluster, the folder of hosts, datacenter and root folder.
    EXPECT_THAT(found, testing::ElementsAre("k8s-zone=zone-1", "", "", "k8s-region=region-1", ""));
    EXPECT_THAT(vc->record().violations, IsEmpty());
    // The logout goes out after the answer; the next question finds it done.
    ASSERT_TRUE(run(api->nodes().has_vm("5037-A")));
    while (vc->tags().sessions() > 0) io.run_one();
    EXPECT_EQ(vc->tags().logins(), 1u);
  }
}

} // namespace
} // namespace syncer

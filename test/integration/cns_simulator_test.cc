// SoapCnsApi against the strict simulator over real sockets. The two share no code.
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

using std::chrono::seconds;
using testing::IsEmpty;
using testing::SizeIs;

const std::string kOdd = "<&>\"' \xC3\xBC \xF0\x9F\x90\xA7 ]]>";

class CallCounter final : public Observer {
 public:
  void cns_call(std::string_view operation, std::string_view, Seconds) override {
    ++calls[std::string(operation)];
    ++total;
  }
  std::map<std::string, std::size_t> calls;
  std::size_t total = 0;
};

class Simulator : public testing::Test {
 protected:
  // A new vCenter and a new client of it; the ones before live on, their coroutines still run.
  void start(sim::SimVcenterOptions options = {}, std::string password = "vc-pass") {
    options.tls = false;
    worlds.push_back(std::make_unique<World>());
    World& world = *worlds.back();
    auto created = sim::SimVcenter::create(io.get_executor(), options);
    ASSERT_TRUE(created) << created.error().detail;
    world.vc = *std::move(created);
    vc = world.vc.get();
    ClientOptions client;
    client.host = "127.0.0.1";
    client.port = vc->port();
    client.tls = false;
    client.max_idle = 80;
    auto connected = create_beast_http_client(io.get_executor(), client);
    ASSERT_TRUE(connected) << connected.error().detail;
    world.http = *std::move(connected);
    CnsOptions cns;
    cns.vcenter = "sim";
    cns.user = "Administrator@vsphere.local";
    cns.password = Secret(std::move(password));
    cns.cluster_id = "c1";
    cns.cluster_distribution = "Test";
    cns.late_task_window = seconds(30);
    world.api =
        std::make_unique<SoapCnsApi>(SoapCnsApi::Deps{io.get_executor(), *world.http, clock,
                                                      counter, leader, log, [] { return 0.5; }},
                                     cns);
    api = world.api.get();
    asio::co_spawn(io, api->run(), rethrow);
  }

  void put_volumes(int count) {
    for (int i = 0; i < count; ++i) {
      sim::SimVolume volume;
      volume.id = "vol-" + std::to_string(i);
      volume.name = "pvc-" + std::to_string(i);
      volume.datastore_url = "ds:///vmfs/volumes/sim-datastore/";
      volume.cluster_id = "c1";
      vc->put_volume(volume);
    }
  }

  static std::vector<CnsEntity> entities(int i) {
    const std::string n = std::to_string(i);
    CnsEntity pv{{EntityKind::kVolume, "", "pv-" + n}, {{"odd", kOdd}, {"plain", "x"}}, {}};
    CnsEntity claim{{EntityKind::kClaim, "ns", "claim-" + n}, {{"app", "db"}}, {pv.ref}};
    CnsEntity pod{{EntityKind::kPod, "ns", "pod-" + n}, {}, {claim.ref}};
    return {pv, claim, pod};
  }
  static CnsUpdate update_of(int i) {
    return CnsUpdate{VolumeId("vol-" + std::to_string(i)), entities(i), {}};
  }

  template <class T>
  T run(asio::awaitable<T> call) {
    std::optional<T> result;
    asio::co_spawn(io, std::move(call), [&result](std::exception_ptr failure, T value) {
      rethrow(failure);
      result = std::move(value);
    });
    while (!result) io.run_one();
    return *std::move(result);
  }

  // Updates of volumes 0 to count-1, `workers` at a time.
  std::vector<WriteResult> update_all(int count, int workers) {
    std::vector<WriteResult> results(static_cast<std::size_t>(count));
    next_ = 0;
    int open = workers;
    for (int i = 0; i < workers; ++i) {
      asio::co_spawn(io, worker(results), [&open](std::exception_ptr failure) {
        rethrow(failure);
        --open;
      });
    }
    while (open > 0) io.run_one();
    return results;
  }

  static void rethrow(std::exception_ptr failure) {
    if (failure) std::rethrow_exception(failure);
  }

  asio::awaitable<void> worker(std::vector<WriteResult>& results) {
    while (next_ < results.size()) {
      const std::size_t mine = next_++;
      CnsUpdate update = update_of(static_cast<int>(mine));
      WriteResult result = co_await api->update(std::move(update));
      results[mine] = std::move(result);
    }
  }

  asio::io_context io;
  AsioClock clock{io.get_executor()};
  CallCounter counter;
  AlwaysLeader leader;
  spdlog::logger log{"test", std::make_shared<spdlog::sinks::null_sink_st>()};
  struct World {
    std::unique_ptr<sim::SimVcenter> vc;
    std::unique_ptr<HttpClient> http;
    std::unique_ptr<SoapCnsApi> api;
  };
  std::vector<std::unique_ptr<World>> worlds;
  sim::SimVcenter* vc = nullptr; // of the last one started
  SoapCnsApi* api = nullptr;
  std::size_t next_ = 0;
};

TEST_F(Simulator, WhatWasWrittenIsReadBack) {
  start();
  put_volumes(2);

  const WriteResult written = run(api->update(update_of(0)));
  ASSERT_EQ(written.end, WriteEnd::kAcknowledged) << written.error.detail;
  const CnsUpdate removal{VolumeId("vol-0"), {}, {entities(0)[2].ref}};
  const WriteResult removed = run(api->update(removal));
  ASSERT_EQ(removed.end, WriteEnd::kAcknowledged) << removed.error.detail;

  const auto ids = run(api->query_ids());
  ASSERT_TRUE(ids) << ids.error().detail;
  EXPECT_THAT(*ids, SizeIs(2));
  const auto volumes = run(api->query_volumes({"vol-0", "vol-unknown"}));
  ASSERT_TRUE(volumes) << volumes.error().detail;
  ASSERT_THAT(*volumes, SizeIs(1));
  EXPECT_THAT((*volumes)[0].entities,
              testing::UnorderedElementsAre(entities(0)[0], entities(0)[1]));
  EXPECT_EQ((*volumes)[0].type, CnsVolumeType::kBlock);
  EXPECT_TRUE((*volumes)[0].has_our_cluster);
  EXPECT_FALSE((*volumes)[0].has_other_clusters);
  EXPECT_THAT(vc->record().violations, IsEmpty());
}

TEST_F(Simulator, ManyAtOnceShareTheWaiting) {
  start();
  put_volumes(640);

  for (const WriteResult& result : update_all(640, 64))
    ASSERT_EQ(result.end, WriteEnd::kAcknowledged) << result.error.detail;

  EXPECT_EQ(vc->record().updates_applied, 640u);
  EXPECT_EQ(vc->record().count("CnsUpdateVolumeMetadata"), 640u);
  EXPECT_LT(counter.total, 640u * 3 / 2);
  EXPECT_THAT(vc->record().violations, IsEmpty());
}

TEST_F(Simulator, LoneUpdatesNeedFourRequestsAtMost) {
  start();
  put_volumes(20);
  run(api->update(update_of(0)));
  counter.total = 0;

  update_all(20, 1);

  EXPECT_LE(counter.total, 80u);
}

TEST_F(Simulator, OlderServersOfEveryKind) {
  for (const char* version : {"7.0", "vSAN 7.0U1", "vSAN 7.0U2", "vSAN 7.0U3", "8.0.0.1"}) {
    sim::SimVcenterOptions options;
    options.vsan_version = version;
    start(options);
    put_volumes(130);
    const WriteResult written = run(api->update(update_of(5)));
    EXPECT_EQ(written.end, WriteEnd::kAcknowledged) << version << ": " << written.error.detail;

    std::vector<VolumeId> ids;
    for (int i = 0; i < 130; ++i) ids.emplace_back("vol-" + std::to_string(i));
    const auto volumes = run(api->query_volumes(ids));
    ASSERT_TRUE(volumes) << version << ": " << volumes.error().detail;
    EXPECT_THAT(*volumes, SizeIs(130)) << version;
    EXPECT_THAT(vc->record().violations, IsEmpty()) << version;
  }
}

TEST_F(Simulator, UnknownVolumeIsRefusedAsNotFound) {
  for (const sim::FaultPlace place :
       {sim::FaultPlace::kSoapFault, sim::FaultPlace::kTaskError, sim::FaultPlace::kResultEntry}) {
    sim::SimVcenterOptions options;
    options.unknown_volume_place = place;
    start(options);

    const WriteResult result = run(api->update(update_of(1)));

    EXPECT_EQ(result.end, WriteEnd::kRefused);
    EXPECT_EQ(result.fault, CnsFault::kNotFound) << result.error.detail;
  }
}

TEST_F(Simulator, WrongPasswordIsTriedOnce) {
  sim::SimVcenterOptions options;
  options.lockout_after = 3;
  start(options, "wrong");
  put_volumes(50);

  for (const WriteResult& result : update_all(50, 8)) {
    EXPECT_EQ(result.end, WriteEnd::kRefused);
    EXPECT_TRUE(result.error.unsent);
  }
  EXPECT_EQ(vc->sessions().failed_logins(), 1u);

  api->set_credentials("Administrator@vsphere.local", Secret("vc-pass"));
  EXPECT_EQ(run(api->update(update_of(1))).end, WriteEnd::kAcknowledged);
}

TEST_F(Simulator, KilledSessionsAndLostRepliesClaimNothingFalse) {
  start();
  put_volumes(200);
  sim::RandomFaults faults;
  faults.seed = 7;
  faults.drop_reply = 0.03;
  faults.reset_before = 0.03;
  faults.unavailable = 0.01;
  faults.kill_session = 0.01;
  vc->mischief().random(faults);

  const std::vector<WriteResult> results = update_all(200, 16);

  vc->calm();
  const auto volumes = run(api->query_ids());
  ASSERT_TRUE(volumes) << volumes.error().detail;
  std::size_t acknowledged = 0;
  for (std::size_t i = 0; i < results.size(); ++i) {
    const sim::CnsVolume* held = vc->store().find("vol-" + std::to_string(i));
    ASSERT_NE(held, nullptr);
    const bool applied = held->updates_applied > 0;
    if (results[i].end == WriteEnd::kAcknowledged) {
      EXPECT_TRUE(applied) << i;
      ++acknowledged;
    }
    if (results[i].end == WriteEnd::kRefused) {
      EXPECT_FALSE(applied) << i << ": " << results[i].error.detail;
    }
  }
  EXPECT_GT(acknowledged, 100u);
  EXPECT_GT(vc->mischief().count(), 10u);
  EXPECT_THAT(vc->record().violations, IsEmpty());
}

TEST_F(Simulator, LostTaskIsUnknown) {
  start();
  put_volumes(1);
  vc->mischief().lose_tasks(sim::TaskLoss::kAfterWork, 1);

  const WriteResult result = run(api->update(update_of(0)));

  EXPECT_EQ(result.end, WriteEnd::kUnknown) << result.error.detail;
}

TEST_F(Simulator, LogoutLeavesNoSession) {
  start();
  put_volumes(1);
  run(api->update(update_of(0)));
  EXPECT_EQ(vc->sessions().size(), 1u);
  bool ended = false;
  asio::co_spawn(io, api->logout(), [&ended](std::exception_ptr failure) {
    rethrow(failure);
    ended = true;
  });
  while (!ended) io.run_one();

  EXPECT_EQ(vc->sessions().size(), 0u);
}

} // namespace
} // namespace syncer

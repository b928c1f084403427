#include "operators/backing_disk_mapper.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <sstream>

#include "fakes/fake_leadership.h"
#include "fakes/object_server.h"

namespace syncer {
namespace {

using namespace std::chrono_literals;
using Json = nlohmann::json;
using testing::HasSubstr;

constexpr const char* kPvUid = "0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9";
constexpr const char* kClaimUid = "1a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9";

Json noted(const Json& notes) { return {{"metadata", {{"annotations", notes}}}}; }

TEST(BackingDiskPair, HasBothPartsOrIsEmpty) {
  EXPECT_EQ(backing_disk_pair(Uid::parse(kPvUid), "disk-1"), std::string(kPvUid) + ":disk-1");
  EXPECT_EQ(backing_disk_pair(Uid(), "disk-1"), "");
  EXPECT_EQ(backing_disk_pair(Uid::parse(kPvUid), ""), "");
}

TEST(NoteBackingDisk, APairIsWritten) {
  Json claim = noted({{"theirs", "1"}});

  note_backing_disk(claim, "pv:disk");

  EXPECT_EQ(claim, noted({{"theirs", "1"}, {kBackingDiskNote, "pv:disk"}}));
}

TEST(NoteBackingDisk, WithoutAPairAnAnnotationThatIsThereBecomesEmpty) {
  Json claim = noted({{kBackingDiskNote, "pv:old"}});

  note_backing_disk(claim, "");

  EXPECT_EQ(claim, noted({{kBackingDiskNote, ""}}));
}

TEST(NoteBackingDisk, WithoutAPairNoneIsMade) {
  Json claim = {{"metadata", {{"name", "data"}}}};
  const Json before = claim;

  note_backing_disk(claim, "");

  EXPECT_EQ(claim, before);
}

class FakeDisks final : public BackingDisks {
 public:
  asio::awaitable<Outcome<std::vector<BackingDisk>>> backing_disks(
      std::vector<VolumeId> ids) override {
    pages.push_back(ids.size());
    if (error) co_return *error;
    std::vector<BackingDisk> found;
    for (const VolumeId& id : ids) {
      const auto disk = disks.find(id.str());
      if (disk != disks.end()) found.push_back({id, disk->second});
    }
    co_return found;
  }
  std::map<std::string, std::string> disks; // by volume
  std::optional<Error> error;
  std::vector<std::size_t> pages;
};

class BackingDiskMapperTest : public testing::Test {
 protected:
  static std::string path(const std::string& volume) {
    return "/api/v1/namespaces/shop/persistentvolumeclaims/claim-" + volume;
  }
  // A volume, its disk, and its claim in the cluster and in the view.
  void add(const std::string& volume, const std::string& disk = "disk") {
    volumes.emplace_back(volume);
    disks.disks[volume] = disk;
    server.put(path(volume), {{"metadata", {{"name", "claim-" + volume}, {"uid", kClaimUid}}},
                              {"spec", {{"volumeName", "pv-" + volume}}}});
  }
  void start() {
    asio::co_spawn(io, mapper.run(), [](const std::exception_ptr& failure) {
      if (failure) std::rethrow_exception(failure);
    });
    clock.settle();
  }
  // The view shows each claim as the server has it.
  std::vector<MappedClaim> claims_of(const VolumeId& id) {
    const Json claim = server.get(path(id.str()));
    if (claim.is_null()) return {};
    MappedClaim mapped;
    mapped.key = {"shop", "claim-" + id.str()};
    mapped.uid = Uid::parse(kClaimUid);
    mapped.version = std::stoull(claim["metadata"]["resourceVersion"].get<std::string>());
    mapped.pv_uid = Uid::parse(kPvUid);
    return {mapped};
  }
  std::string note(const std::string& volume) {
    const Json metadata = server.get(path(volume))["metadata"];
    return metadata.value("annotations", Json::object()).value(kBackingDiskNote, "none");
  }

  asio::io_context io;
  FakeClock clock{io};
  FakeLeadership leadership;
  std::ostringstream lines;
  spdlog::logger log{"test", std::make_shared<spdlog::sinks::ostream_sink_st>(lines)};
  ObjectServer server{io.get_executor()};
  std::unique_ptr<KubeClient> client = client_of(server, clock, log);
  FakeDisks disks;
  std::vector<VolumeId> volumes;
  bool ready = true;
  BackingDiskMapper mapper{{{*client, clock, leadership, log, [] { return 0.0; }},
                            disks,
                            [this] { return ready; },
                            [this] { return volumes; },
                            [this](const VolumeId& id) { return claims_of(id); }},
                           10min};
};

TEST_F(BackingDiskMapperTest, EveryClaimIsToldItsDisk) {
  add("v1", "disk-1");
  add("v2", "disk-2");

  start();

  EXPECT_EQ(note("v1"), std::string(kPvUid) + ":disk-1");
  EXPECT_EQ(note("v2"), std::string(kPvUid) + ":disk-2");
}

TEST_F(BackingDiskMapperTest, WhatIsNoBlockVolumeInCnsIsLeftAlone) {
  add("v1");
  disks.disks.clear();

  start();

  EXPECT_EQ(server.count("GET"), 0u);
}

TEST_F(BackingDiskMapperTest, NothingIsAskedBeforeTheClusterIsKnown) {
  add("v1");
  ready = false;
  start();
  EXPECT_TRUE(disks.pages.empty());
  ready = true;

  clock.advance(1s);

  EXPECT_NE(note("v1"), "none");
}

TEST_F(BackingDiskMapperTest, AClaimThatDidNotChangeIsWrittenOnceAndReadOnceMore) {
  add("v1");
  start();
  clock.advance(10min);
  EXPECT_EQ(server.count("PUT"), 1u);
  EXPECT_EQ(server.count("GET"), 2u);

  clock.advance(1h);

  EXPECT_EQ(server.count("PUT"), 1u);
  EXPECT_EQ(server.count("GET"), 2u);
}

TEST_F(BackingDiskMapperTest, AnAnnotationThatSomebodyTakesOffComesBack) {
  add("v1");
  start();
  clock.advance(10min);
  Json bare = server.get(path("v1"));
  bare["metadata"].erase("annotations");
  server.put(path("v1"), bare);

  clock.advance(10min);

  EXPECT_NE(note("v1"), "none");
}

TEST_F(BackingDiskMapperTest, AMovedDiskIsToldAtTheNextPass) {
  add("v1", "disk-1");
  start();
  disks.disks["v1"] = "disk-2";

  clock.advance(10min);

  EXPECT_EQ(note("v1"), std::string(kPvUid) + ":disk-2");
}

TEST_F(BackingDiskMapperTest, AConflictIsTriedAgain) {
  add("v1");
  server.fail("PUT", ObjectServer::Fault::kConflict);

  start();

  EXPECT_NE(note("v1"), "none");
}

TEST_F(BackingDiskMapperTest, OneBadClaimDoesNotStopTheOthers) {
  for (const char* volume : {"v1", "v2", "v3"}) add(volume);
  server.fail("PUT", ObjectServer::Fault::kRefused);

  start();

  EXPECT_EQ(note("v1"), "none");
  EXPECT_NE(note("v2"), "none");
  EXPECT_NE(note("v3"), "none");
  EXPECT_THAT(lines.str(), HasSubstr("1 claims could not be annotated: shop/claim-v1: "));
}

TEST_F(BackingDiskMapperTest, AClaimThatIsGoneIsNoTrouble) {
  add("v1");
  disks.disks["v2"] = "disk";
  volumes.emplace_back("v2");

  start();

  EXPECT_NE(note("v1"), "none");
  EXPECT_EQ(lines.str().find("could not"), std::string::npos);
}

TEST_F(BackingDiskMapperTest, AnotherClaimOfThatNameIsLeftAlone) {
  add("v1");
  Json other = server.get(path("v1"));
  other["metadata"]["uid"] = kPvUid;
  server.put(path("v1"), other);

  start();

  EXPECT_EQ(server.count("PUT"), 0u);
}

TEST_F(BackingDiskMapperTest, AnApiServerThatDoesNotAnswerEndsThePassAndTheNextOneGoesOn) {
  for (int number = 0; number < 20; ++number) add("v" + std::to_string(number));
  for (int times = 0; times < 5; ++times) server.fail("GET", ObjectServer::Fault::kBusy);
  start();
  EXPECT_EQ(server.count("GET"), 5u);

  clock.advance(10min);

  EXPECT_NE(note("v0"), "none");
  EXPECT_NE(note("v19"), "none");
}

TEST_F(BackingDiskMapperTest, NothingIsWrittenWithoutLeadership) {
  add("v1");
  add("v2");
  leadership.held = false;

  start();

  EXPECT_EQ(server.count("PUT"), 0u);
}

TEST_F(BackingDiskMapperTest, VolumesAreAskedForInPages) {
  for (int number = 0; number < 501; ++number) volumes.emplace_back("v" + std::to_string(number));

  start();

  EXPECT_THAT(disks.pages, testing::ElementsAre(500u, 1u));
}

TEST_F(BackingDiskMapperTest, AVCenterThatDoesNotTellIsAskedAgainAndLoggedOnce) {
  add("v1");
  Error old;
  old.kind = ErrorKind::kRejected;
  old.detail = "too old";
  disks.error = old;
  start();
  clock.advance(10min);
  EXPECT_EQ(disks.pages.size(), 2u);
  const std::string said = lines.str();
  EXPECT_EQ(said.find("too old"), said.rfind("too old"));
  disks.error.reset();

  clock.advance(10min);

  EXPECT_NE(note("v1"), "none");
}

} // namespace
} // namespace syncer

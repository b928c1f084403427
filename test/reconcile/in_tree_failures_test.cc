// What goes wrong while in-tree volumes are registered, and when it is tried again.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "in_tree_rig.h"

namespace syncer {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::SizeIs;

constexpr const char* kPath = "[ds] k/a.vmdk";

class InTreeFailuresTest : public ::testing::Test, public InTreeRig {
 protected:
  InTreeFailuresTest() {
    add_pv(kPath, "a");
    add_disk("k/a.vmdk", "id-a");
  }
};

TEST_F(InTreeFailuresTest, ALostCallThatWasAppliedIsFoundOutByCallingAgain) {
  cns.create_mischief[0] = Mischief::kLostApplied;
  restart();
  const Clock::time_point posted = clock.now();
  EXPECT_THAT(linked, IsEmpty());
  EXPECT_THAT(failure(kPath), HasSubstr("reply lost"));

  clock.advance(seconds(9));
  EXPECT_THAT(cns.creates, SizeIs(1));
  clock.advance(seconds(1));
  EXPECT_THAT(cns.creates, SizeIs(2));
  EXPECT_THAT(linked, ElementsAre(Pair(kPath, "id-a")));
  EXPECT_THAT(doubtful, ElementsAre(Pair("id-a", posted)));
  EXPECT_EQ(failure(kPath), "");
}

TEST_F(InTreeFailuresTest, ALostCallThatWasNotAppliedIsRepeated) {
  cns.create_mischief[0] = Mischief::kLostNotApplied;
  restart();
  clock.advance(seconds(10));

  EXPECT_THAT(linked, SizeIs(1));
  EXPECT_THAT(doubtful, SizeIs(1));
}

TEST_F(InTreeFailuresTest, ALateTaskChangesNothing) {
  cns.create_mischief[0] = Mischief::kLostAppliedLate;
  restart();
  clock.advance(minutes(10));

  EXPECT_FALSE(cns.late_tasks_outstanding());
  EXPECT_THAT(linked, ElementsAre(Pair(kPath, "id-a")));
  EXPECT_THAT(doubtful, SizeIs(1));
}

TEST_F(InTreeFailuresTest, TheFirstLostCallIsTheOneInDoubt) {
  cns.create_mischief[0] = Mischief::kLostApplied;
  cns.create_mischief[1] = Mischief::kLostApplied;
  restart();
  const Clock::time_point first = clock.now();
  clock.advance(minutes(1));

  EXPECT_THAT(doubtful, ElementsAre(Pair("id-a", first)));
}

TEST_F(InTreeFailuresTest, ALinkThatCannotBeStoredIsTriedAgainWithoutRegistering) {
  migrations.failing_puts = 2;
  restart();
  EXPECT_THAT(failure(kPath), HasSubstr("registered as id-a"));
  EXPECT_THAT(failure(kPath), HasSubstr("the API server is away"));
  EXPECT_TRUE(registrar().awaits_link("id-a"));

  clock.advance(seconds(10));
  EXPECT_THAT(linked, ElementsAre(Pair(kPath, "id-a")));
  EXPECT_THAT(cns.creates, SizeIs(1));
  EXPECT_EQ(failure(kPath), "");
}

TEST_F(InTreeFailuresTest, ANewProcessAdoptsWhatTheOldOneCouldNotLink) {
  migrations.failing_puts = 1000;
  restart();
  migrations.failing_puts = 0;
  restart();

  EXPECT_THAT(linked, ElementsAre(Pair(kPath, "id-a")));
  EXPECT_THAT(cns.creates, SizeIs(2));
  EXPECT_EQ(cns.entities("id-a").size(), 2u);
}

TEST_F(InTreeFailuresTest, ARefusalIsTriedAgainWithGrowingPauses) {
  cns.weather = Mischief::kRefused;
  restart();
  EXPECT_THAT(failure(kPath), HasSubstr("/DC0: refused by the script"));
  EXPECT_FALSE(registrar().failures().at(kPath).permanent);
  EXPECT_THAT(cns.creates, SizeIs(1));
  clock.advance(milliseconds(1249));
  EXPECT_THAT(cns.creates, SizeIs(1));
  clock.advance(milliseconds(1)); // 1 s and a quarter
  EXPECT_THAT(cns.creates, SizeIs(2));
  clock.advance(milliseconds(2500));
  EXPECT_THAT(cns.creates, SizeIs(3));

  clock.advance(hours(2));
  const std::size_t before = cns.creates.size();
  clock.advance(hours(1));
  EXPECT_NEAR(static_cast<double>(cns.creates.size() - before), 3600 / 375.0, 1);
  EXPECT_THAT(events.messages, SizeIs(1)) << "one reason is one Event";
  cns.weather = Mischief::kNone;
  clock.advance(seconds(375));
  EXPECT_THAT(linked, SizeIs(1));
}

TEST_F(InTreeFailuresTest, AMissingDatastoreMayAppear) {
  inventory.places.clear();
  restart();
  EXPECT_THAT(failure(kPath), HasSubstr("no datastore \"ds\""));
  EXPECT_FALSE(registrar().failures().at(kPath).permanent);

  inventory.add("ds", "/DC0");
  clock.advance(seconds(2));
  EXPECT_THAT(linked, SizeIs(1));
}

TEST_F(InTreeFailuresTest, AnAmbiguousDatastoreIsNotGuessed) {
  inventory.add("ds", "/DC1");
  restart();
  EXPECT_THAT(failure(kPath), HasSubstr("/DC0, /DC1"));
  EXPECT_TRUE(registrar().failures().at(kPath).permanent);
  EXPECT_THAT(events.names, ElementsAre("pv-a"));
  EXPECT_THAT(events.reasons, ElementsAre("InTreeVolumeNotRegistered"));

  clock.advance(minutes(59));
  EXPECT_EQ(inventory.datastore_reads, 1u);
  clock.advance(minutes(1));
  EXPECT_EQ(inventory.datastore_reads, 2u);
  EXPECT_THAT(cns.creates, IsEmpty());
  EXPECT_THAT(events.messages, SizeIs(1));

  inventory.places.pop_back();
  clock.advance(hours(1));
  EXPECT_THAT(linked, SizeIs(1));
  EXPECT_EQ(registrar().counts().failed, 0u);
}

TEST_F(InTreeFailuresTest, PodsThatComeAndGoDoNotShortenAPause) {
  inventory.add("ds", "/DC1");
  restart();
  for (int i = 0; i < 10; ++i) {
    view.in_tree(kPath).inline_pods = {running_pod("web-" + std::to_string(i))};
    touch(kPath);
    clock.advance(seconds(90));
  }
  EXPECT_EQ(inventory.datastore_reads, 1u);
}

TEST_F(InTreeFailuresTest, AnotherPvOfThePathIsTriedAtOnce) {
  inventory.add("ds", "/DC1");
  restart();
  inventory.places.pop_back();
  clock.advance(minutes(2));
  EXPECT_THAT(linked, IsEmpty());

  view.in_tree(kPath).volumes[0].pv.uid = Uid::parse("made anew");
  touch(kPath);
  EXPECT_THAT(linked, SizeIs(1));
}

TEST_F(InTreeFailuresTest, APathThatNothingNamesAnyMoreIsDropped) {
  inventory.add("ds", "/DC1");
  restart();
  EXPECT_EQ(registrar().counts().failed, 1u);

  view.remove_in_tree(kPath);
  touch(kPath);

  EXPECT_EQ(registrar().counts().failed, 0u);
  EXPECT_EQ(registrar().counts().pending, 0u);
}

TEST_F(InTreeFailuresTest, APathThatVanishesWhileItsDatastoreIsLookedUpIsNotRegistered) {
  inventory.read_time = seconds(5);
  restart();
  view.remove_in_tree(kPath);
  clock.advance(minutes(1));

  EXPECT_THAT(cns.creates, IsEmpty());
  EXPECT_EQ(registrar().counts().pending, 0u);
}

TEST_F(InTreeFailuresTest, AnOldVCenterIsToldApart) {
  inventory.knows_urls = false;
  restart();
  EXPECT_THAT(failure(kPath), HasSubstr("7.0U1"));
  EXPECT_TRUE(registrar().failures().at(kPath).permanent);

  inventory.knows_urls = true; // upgraded
  clock.advance(hours(1));
  EXPECT_THAT(linked, SizeIs(1));
}

TEST_F(InTreeFailuresTest, AVCenterThatCannotBeReachedMakesAllPathsWaitTogether) {
  for (int i = 0; i < 50; ++i) {
    add_pv("[ds] k/" + std::to_string(i) + ".vmdk", std::to_string(i));
    add_disk("k/" + std::to_string(i) + ".vmdk", "id-" + std::to_string(i));
  }
  inventory.error = Error{ErrorKind::kTransient, "connection refused", true};
  inventory.read_time = milliseconds(10);
  restart();
  clock.advance(minutes(10));
  EXPECT_LE(inventory.datastore_reads, 4 * 10 * 60 / 5u);
  EXPECT_EQ(registrar().counts().failed, 0u) << "no path has failed";
  EXPECT_THAT(events.messages, IsEmpty());

  inventory.error.reset();
  clock.advance(seconds(10));
  EXPECT_THAT(linked, SizeIs(51));
}

TEST_F(InTreeFailuresTest, ACreateCallThatCouldNotBeSentIsNoFailure) {
  cns.create_mischief[0] = Mischief::kUnsent;
  restart();
  EXPECT_EQ(failure(kPath), "");
  clock.advance(seconds(2));

  EXPECT_THAT(linked, SizeIs(1));
  EXPECT_THAT(doubtful, IsEmpty());
}

TEST_F(InTreeFailuresTest, AnInventoryThatFailsForThisNameIsTriedAgain) {
  inventory.error = Error{ErrorKind::kTransient, "SystemError", false};
  restart();
  EXPECT_THAT(failure(kPath), HasSubstr("SystemError"));
  inventory.error.reset();
  clock.advance(seconds(2));

  EXPECT_THAT(linked, SizeIs(1));
}

// Knows that the disk is registered, but not as what.
class NamelessCns final : public CnsApi {
 public:
  asio::awaitable<Outcome<std::vector<VolumeId>>> query_ids() override {
    co_return std::vector<VolumeId>();
  }
  asio::awaitable<Outcome<std::vector<CnsVolume>>> query_volumes(std::vector<VolumeId>) override {
    co_return std::vector<CnsVolume>();
  }
  asio::awaitable<WriteResult> update(CnsUpdate) override { co_return WriteResult(); }
  asio::awaitable<WriteResult> unregister(VolumeId) override { co_return WriteResult(); }
  asio::awaitable<CreateResult> create(CnsCreate) override {
    ++creates;
    CreateResult result;
    result.write.end = WriteEnd::kRefused;
    result.write.error = Error{ErrorKind::kRejected, "CnsAlreadyRegisteredFault"};
    result.already_registered = true;
    co_return result;
  }
  std::size_t creates = 0;
};

TEST(InTreeAdoption, ADiskRegisteredAsNobodyKnowsWhatIsTriedHourly) {
  NamelessCns cns;
  InTreeRig rig(&cns);
  rig.add_pv(kPath, "a");
  rig.restart();

  EXPECT_THAT(rig.failure(kPath), HasSubstr("does not say as which volume"));
  EXPECT_THAT(rig.failure(kPath), HasSubstr("CnsAlreadyRegisteredFault"));
  EXPECT_TRUE(rig.registrar().failures().at(kPath).permanent);
  rig.clock.advance(minutes(59));
  EXPECT_EQ(cns.creates, 1u);
  rig.clock.advance(minutes(1));
  EXPECT_EQ(cns.creates, 2u);
}

} // namespace
} // namespace syncer

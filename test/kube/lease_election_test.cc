#include "kube/lease_election.h"

#include <gtest/gtest.h>

#include "kube/kube_time.h"

namespace syncer {
namespace {

using namespace std::chrono_literals;
using Kind = LeaseStep::Kind;

constexpr std::chrono::system_clock::time_point kWall{1'700'000'000s};

Lease held_by(const std::string& holder, const std::string& version) {
  Lease lease;
  lease.holder = holder;
  lease.duration = 15s;
  lease.renewed = "renewal " + version;
  lease.transitions = 7;
  lease.version = version;
  return lease;
}
Lease free_lease(const std::string& version) {
  Lease lease = held_by("", version);
  lease.duration = 1s;
  return lease;
}

// One elector, its server played by hand. Both clocks advance together unless a test says so.
class LeaseElectionTest : public testing::Test {
 protected:
  LeaseStep next() { return election.next(now, kWall); }
  LeaseSent sent() const { return {now, moment}; }
  void pass(Clock::duration time) {
    now += time;
    moment.since_boot += time;
    moment.wall += time;
  }
  // The server stores what the step wants.
  void store(const LeaseStep& step, const std::string& version) {
    Lease stored = step.lease;
    stored.version = version;
    stored.object = "{}";
    election.written(sent(), stored);
  }
  void win() {
    ASSERT_EQ(next().kind, Kind::kRead);
    election.read(now, free_lease("1"));
    store(next(), "2");
    ASSERT_TRUE(election.leads());
  }
  Clock::duration waits() {
    const LeaseStep step = next();
    EXPECT_EQ(step.kind, Kind::kWait);
    return step.until - now;
  }

  double chance = 0.5;
  Clock::time_point now{std::chrono::hours(1000)};
  Clock::Moment moment{std::chrono::hours(1000), std::chrono::hours(9000)};
  ElectionTiming timing{15s, 10s, 5s};
  LeaseElection election{"me", timing, [this] { return chance; }};
};

TEST_F(LeaseElectionTest, AbsentLeaseIsCreated) {
  ASSERT_EQ(next().kind, Kind::kRead);
  election.absent(now);
  const LeaseStep step = next();

  EXPECT_EQ(step.kind, Kind::kCreate);
  EXPECT_EQ(step.lease.holder, "me");
  EXPECT_EQ(step.lease.duration, 15s);
  EXPECT_EQ(step.lease.transitions, 0);
  EXPECT_EQ(step.lease.acquired, format_kube_micro_time(kWall));
  EXPECT_EQ(step.lease.renewed, step.lease.acquired);

  store(step, "1");
  EXPECT_TRUE(election.leads());
  EXPECT_EQ(election.term(), 1u);
}

TEST_F(LeaseElectionTest, FreeLeaseIsTakenAtOnceWithOneTransitionMore) {
  next();
  election.read(now, free_lease("1"));
  const LeaseStep step = next();

  EXPECT_EQ(step.kind, Kind::kReplace);
  EXPECT_EQ(step.lease.version, "1");
  EXPECT_EQ(step.lease.transitions, 8);
  EXPECT_EQ(step.lease.acquired, format_kube_micro_time(kWall));
}

TEST_F(LeaseElectionTest, OurOwnLeaseOfBeforeARestartGoesOn) {
  Lease ours = held_by("me", "1");
  ours.acquired = "long ago";
  next();
  election.read(now, ours);
  const LeaseStep step = next();

  EXPECT_EQ(step.kind, Kind::kReplace);
  EXPECT_EQ(step.lease.acquired, "long ago");
  EXPECT_EQ(step.lease.transitions, 7);
  EXPECT_EQ(step.lease.renewed, format_kube_micro_time(kWall));
}

TEST_F(LeaseElectionTest, HeldLeaseIsLookedAtAfterOneToTwoRetryPeriods) {
  next();
  election.read(now, held_by("other", "1"));
  EXPECT_EQ(waits(), 8s); // 5 s and half of 1.2 times that
  EXPECT_FALSE(election.leads());
  EXPECT_EQ(election.holder(), "other");

  pass(8s);
  EXPECT_EQ(next().kind, Kind::kRead);
}

TEST_F(LeaseElectionTest, SilentHolderLosesItAfterTheDurationInTheRecord) {
  Lease lease = held_by("other", "1");
  lease.duration = 40s;
  next();
  election.read(now, lease);
  for (Clock::duration left = 40s; left > 8s; left -= 8s) {
    ASSERT_EQ(waits(), 8s);
    pass(8s);
    ASSERT_EQ(next().kind, Kind::kRead);
    election.read(now, lease);
  }
  pass(waits());

  EXPECT_EQ(next().kind, Kind::kReplace);
}

TEST_F(LeaseElectionTest, EveryRenewalStartsTheHoldersTimeAnew) {
  next();
  election.read(now, held_by("other", "1"));
  for (int version = 2; version < 20; ++version) {
    pass(5s);
    election.seen(now, held_by("other", std::to_string(version)));
    ASSERT_EQ(next().kind, Kind::kWait);
  }
  EXPECT_EQ(waits(), 8s);
  pass(15s - 1ns);
  ASSERT_EQ(next().kind, Kind::kRead);
  election.failed(now);
  EXPECT_EQ(waits(), 1ns);
}

TEST_F(LeaseElectionTest, ATouchThatChangesNoRecordDoesNotRenew) {
  Lease lease = held_by("other", "1");
  next();
  election.read(now, lease);
  pass(8s);
  lease.version = "2"; // somebody set an annotation
  election.seen(now, lease);

  EXPECT_EQ(waits(), 7s);
}

TEST_F(LeaseElectionTest, WallClockAndSuspensionSayNothingAboutOthers) {
  next();
  election.read(now, held_by("other", "1"));
  moment.wall += 1h;
  moment.since_boot += 1h;

  EXPECT_EQ(waits(), 8s);
}

TEST_F(LeaseElectionTest, ReleasedLeaseIsTakenTheMomentTheWatchShowsIt) {
  next();
  election.read(now, held_by("other", "1"));
  ASSERT_EQ(next().kind, Kind::kWait);
  election.seen(now, free_lease("2"));
  const LeaseStep step = next();

  EXPECT_EQ(step.kind, Kind::kReplace);
  EXPECT_EQ(step.lease.version, "2");
}

TEST_F(LeaseElectionTest, WhoLosesTheRaceForAFreeLeaseWaits) {
  next();
  election.read(now, free_lease("1"));
  ASSERT_EQ(next().kind, Kind::kReplace);
  election.failed(now); // 409

  EXPECT_EQ(waits(), 8s);
  election.seen(now, free_lease("1"));
  EXPECT_EQ(next().kind, Kind::kReplace);
}

TEST_F(LeaseElectionTest, DeletedLeaseLeavesItsHolderTheRestOfItsTime) {
  next();
  election.read(now, held_by("other", "1"));
  pass(7s);
  election.deleted(now);
  ASSERT_EQ(next().kind, Kind::kRead);
  election.absent(now);
  EXPECT_EQ(waits(), 8s);
  pass(8s);

  EXPECT_EQ(next().kind, Kind::kCreate);
}

TEST_F(LeaseElectionTest, LeaderRenewsEachRetryPeriodFromWhenItSent) {
  win();
  EXPECT_EQ(waits(), 5s);
  pass(5s);
  const LeaseStep step = next();
  EXPECT_EQ(step.kind, Kind::kReplace);
  EXPECT_EQ(step.lease.version, "2");
  EXPECT_EQ(step.lease.transitions, 8);
  const LeaseSent before = sent();
  pass(3s); // a slow answer
  Lease stored = step.lease;
  stored.version = "3";
  election.written(before, stored);

  EXPECT_EQ(waits(), 2s);
  EXPECT_EQ(election.term(), 1u);
}

TEST_F(LeaseElectionTest, TimeOfALeaderCountsFromWhenItSentAndEndsASecondEarly) {
  win();
  EXPECT_TRUE(election.covers(moment, 14s));
  EXPECT_FALSE(election.covers(moment, 14s + 1ns));
  pass(9s);
  EXPECT_TRUE(election.covers(moment, 5s));
  EXPECT_FALSE(election.covers(moment, 5s + 1ns));
}

TEST_F(LeaseElectionTest, FractionsOfASecondAreNotInTheLease) {
  timing.lease = 15900ms;
  LeaseElection other("me", timing, [] { return 0.0; });
  other.next(now, kWall);
  other.absent(now);
  const LeaseStep step = other.next(now, kWall);
  EXPECT_EQ(step.lease.duration, 15s);
  other.written(sent(), step.lease);

  EXPECT_FALSE(other.covers(moment, 14s + 1ns));
}

TEST_F(LeaseElectionTest, JumpOfEitherClockEndsTheTimeOfALeaderUntilItRenewed) {
  for (Clock::duration Clock::Moment::*clock : {&Clock::Moment::since_boot, &Clock::Moment::wall}) {
    LeaseElection one("me", timing, [] { return 0.0; });
    one.next(now, kWall);
    one.absent(now);
    one.written(sent(), one.next(now, kWall).lease);
    ASSERT_TRUE(one.covers(moment, 0s));

    moment.*clock += 1h;
    EXPECT_FALSE(one.covers(moment, 0s));
    pass(5s);
    ASSERT_EQ(one.next(now, kWall).kind, Kind::kReplace);
    one.written(sent(), one.next(now, kWall).lease);
    EXPECT_TRUE(one.covers(moment, 14s));
  }
}

TEST_F(LeaseElectionTest, WallClockSetBackDoesNotLengthenTheTimeOfALeader) {
  win();
  moment.wall -= 1h;
  pass(14s + 1ns);

  EXPECT_FALSE(election.covers(moment, 0s));
}

TEST_F(LeaseElectionTest, FailedRenewalIsTriedOnceMoreByReadingThenEachRetryPeriod) {
  win();
  pass(5s);
  ASSERT_EQ(next().kind, Kind::kReplace);
  election.failed(now);
  ASSERT_EQ(next().kind, Kind::kRead);
  election.read(now, held_by("me", "3")); // the answer was lost, or somebody set an annotation
  const LeaseStep again = next();
  EXPECT_EQ(again.kind, Kind::kReplace);
  EXPECT_EQ(again.lease.version, "3");
  election.failed(now);

  EXPECT_EQ(waits(), 5s);
  EXPECT_TRUE(election.leads());
}

TEST_F(LeaseElectionTest, LeaderThatCannotRenewGivesUpBeforeAnybodyElseMayLead) {
  win();
  for (int attempt = 0; attempt < 2; ++attempt) {
    pass(waits());
    ASSERT_EQ(next().kind, attempt == 0 ? Kind::kReplace : Kind::kRead);
    election.failed(now);
    if (attempt == 0) {
      ASSERT_EQ(next().kind, Kind::kRead);
      election.failed(now);
    }
  }
  pass(waits());

  next();
  EXPECT_FALSE(election.leads());
  EXPECT_EQ(now, election.gives_up_at());
  EXPECT_EQ(election.lost_because(), "it could not be renewed in time");
  EXPECT_FALSE(election.covers(moment, 0s));
}

TEST_F(LeaseElectionTest, LongLeaseIsGivenUpAtTheRenewDeadline) {
  timing.lease = 60s;
  LeaseElection patient("me", timing, [] { return 0.0; });
  patient.next(now, kWall);
  patient.absent(now);
  patient.written(sent(), patient.next(now, kWall).lease);

  EXPECT_EQ(patient.gives_up_at() - now, 15s);
}

TEST_F(LeaseElectionTest, LeaseInOtherHandsIsLostAtOnce) {
  for (const char* holder : {"other", ""}) {
    LeaseElection one("me", timing, [] { return 0.0; });
    one.next(now, kWall);
    one.absent(now);
    one.written(sent(), one.next(now, kWall).lease);
    one.failed(now); // 409
    one.read(now, held_by(holder, "9"));

    EXPECT_FALSE(one.leads()) << holder;
    EXPECT_NE(one.lost_because(), "") << holder;
    EXPECT_FALSE(one.covers(moment, 0s)) << holder;
  }
}

TEST_F(LeaseElectionTest, LeaderMakesADeletedLeaseAgain) {
  win();
  pass(5s);
  next();
  election.failed(now); // 404
  ASSERT_EQ(next().kind, Kind::kRead);
  election.absent(now);

  EXPECT_EQ(next().kind, Kind::kCreate);
  EXPECT_TRUE(election.leads());
}

TEST_F(LeaseElectionTest, LeaderDoesNotListenToItsWatch) {
  win();
  election.seen(now, held_by("other", "1")); // late news from before the win
  election.deleted(now);

  EXPECT_TRUE(election.leads());
  EXPECT_EQ(waits(), 5s);
}

TEST_F(LeaseElectionTest, TermCountsTheWins) {
  win();
  election.failed(now);
  election.read(now, held_by("other", "9"));
  election.seen(now, free_lease("10"));
  store(next(), "11");

  EXPECT_TRUE(election.leads());
  EXPECT_EQ(election.term(), 2u);
}

TEST_F(LeaseElectionTest, WhoResignedWinsNothingAnyMore) {
  win();
  election.resign();
  EXPECT_FALSE(election.covers(moment, 0s));
  election.written(sent(), held_by("me", "3")); // the answer to a renewal that was under way

  EXPECT_FALSE(election.leads());
}

TEST_F(LeaseElectionTest, OnlyOurOwnLeaseIsFreed) {
  EXPECT_FALSE(election.freed(held_by("other", "4"), kWall));
  EXPECT_FALSE(election.freed(free_lease("4"), kWall));
  const std::optional<Lease> freed = election.freed(held_by("me", "4"), kWall);

  ASSERT_TRUE(freed);
  EXPECT_EQ(freed->holder, "");
  EXPECT_EQ(freed->duration, 1s);
  EXPECT_EQ(freed->transitions, 7);
  EXPECT_EQ(freed->version, "4");
  EXPECT_EQ(freed->renewed, format_kube_micro_time(kWall));
}

} // namespace
} // namespace syncer

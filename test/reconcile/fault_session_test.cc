// Sessions of many changes, with calls to CNS failing in every way. Asserted is always the same:
// once all is quiet CNS holds what Kubernetes wants, and the reconciler never believes so earlier.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <functional>
#include <random>

#include "full_sync_rig.h"

namespace syncer {
namespace {

using namespace std::chrono_literals;

// Longer than the longest backoff and the late-task window after it.
constexpr auto kUntilQuiet = 15min;

void expect_no_false_belief(FullSyncRig& rig) {
  if (!rig.reconciler().idle() || !rig.reconciler().failures().empty()) return;
  for (const VolumeId& id : rig.view.volumes()) {
    EXPECT_TRUE(rig.agrees(id)) << "idle, but not in sync: volume " << id.view();
  }
}

void expect_exact_after_quiet(FullSyncRig& rig) {
  rig.clock.advance(kUntilQuiet);
  EXPECT_TRUE(rig.reconciler().idle());
  EXPECT_THAT(rig.reconciler().failures(), testing::IsEmpty());
  const std::size_t updates = rig.cns.updates.size();
  for (const VolumeId& id : rig.view.volumes()) {
    const Desired desired = desired_state(rig.view.facts(id), rig.clock.now());
    if (desired.hands_off == HandsOff::kNo) {
      EXPECT_EQ(rig.cns.entities(id), by_ref(desired.entities)) << "volume " << id.view();
    }
    rig.touch(id);
  }
  rig.clock.advance(1min);
  EXPECT_EQ(rig.cns.updates.size(), updates) << "the record differs from what CNS holds";
}

void touch_all(FullSyncRig& rig) {
  for (const char* id : {"1", "2"}) rig.reconciler().touched(id, ChangeKind::kVolume);
  rig.clock.settle();
}

using Step = std::function<void(FullSyncRig&)>;

// What users and controllers do to two volumes.
std::vector<Step> story() {
  const auto first = [](FullSyncRig& rig) -> BoundVolume& { return rig.view.volume("1"); };
  return {
      [=](FullSyncRig& rig) { first(rig); },
      [=](FullSyncRig& rig) { first(rig).pods = {running_pod("web-1")}; },
      [=](FullSyncRig& rig) {
        first(rig).claim->labels = make_labels({{"app", "db"}});
      },
      [=](FullSyncRig& rig) {
        first(rig).pv.labels = make_labels({{"tier", "gold"}});
      },
      [=](FullSyncRig& rig) { first(rig).claim->labels.clear(); },
      [=](FullSyncRig& rig) { rig.view.volume("2").pods = {running_pod("job-1")}; },
      [=](FullSyncRig& rig) { first(rig).pods = {running_pod("web-2")}; },
      [=](FullSyncRig& rig) { rig.view.volume("2").pods[0].phase = PodPhase::kSucceeded; },
      [=](FullSyncRig& rig) {
        first(rig).claim->labels = make_labels({{"edit", "1"}});
        touch_all(rig);
        first(rig).claim->labels = make_labels({{"edit", "2"}});
      },
      [=](FullSyncRig& rig) { first(rig).pods[0].deleting = true; },
      [=](FullSyncRig& rig) { first(rig).pods.push_back(running_pod("web-3", 1'700'000'200)); },
      [=](FullSyncRig& rig) { first(rig).pods.erase(first(rig).pods.begin()); },
      [=](FullSyncRig& rig) { first(rig).pv.policy = ReclaimPolicy::kRetain; },
      [=](FullSyncRig& rig) {
        lose_claim(first(rig), rig.clock.now());
        first(rig).pods.clear();
        first(rig).pv.phase = VolumePhase::kReleased;
      },
      [=](FullSyncRig& rig) {
        Claim next = *bound_volume("1").claim;
        next.key.name = "claim-1-restored";
        first(rig).claim = next;
        first(rig).claim_gone_since.reset();
        first(rig).pv.phase = VolumePhase::kBound;
      },
      [=](FullSyncRig& rig) { first(rig).pods = {running_pod("web-4")}; },
      [=](FullSyncRig& rig) { rig.view.remove("2"); },
      [=](FullSyncRig& rig) { rig.view.volume("2").pv.name = "pv-2-restored"; },
      [=](FullSyncRig& rig) { rig.view.volume("2").claim->volume_name = "pv-2-restored"; },
      [=](FullSyncRig& rig) { rig.view.volume("2").pods = {running_pod("job-2")}; },
  };
}

void play(FullSyncRig& rig) {
  rig.cns.store.create("1");
  rig.cns.store.create("2");
  rig.cns.task_time = 100ms;
  rig.cns.read_time = 50ms;
  for (const Step& step : story()) {
    step(rig);
    touch_all(rig);
    rig.clock.advance(3s);
    expect_no_false_belief(rig);
  }
}

struct Failure {
  const char* name;
  Mischief mischief;
  Clock::duration late{};
};
void PrintTo(const Failure& failure, std::ostream* out) { *out << failure.name; }

class FailAtEveryStep : public testing::TestWithParam<Failure> {};

TEST_P(FailAtEveryStep, EndsExact) {
  FullSyncRig undisturbed;
  play(undisturbed);
  expect_exact_after_quiet(undisturbed);
  const std::size_t calls = undisturbed.cns.updates.size();
  ASSERT_GE(calls, 20u);

  for (std::size_t failing = 0; failing < calls; ++failing) {
    SCOPED_TRACE(testing::Message() << "failing update " << failing);
    FullSyncRig rig;
    rig.cns.late = GetParam().late;
    rig.cns.update_mischief[failing] = GetParam().mischief;
    play(rig);
    expect_exact_after_quiet(rig);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Ways, FailAtEveryStep,
    testing::Values(Failure{"unsent", Mischief::kUnsent}, Failure{"refused", Mischief::kRefused},
                    Failure{"invalid", Mischief::kInvalidArgument},
                    Failure{"not_found", Mischief::kNotFound},
                    Failure{"lost_applied", Mischief::kLostApplied},
                    Failure{"lost_not_applied", Mischief::kLostNotApplied},
                    Failure{"lost_applied_before_the_read", Mischief::kLostAppliedLate, 9s},
                    Failure{"lost_applied_after_the_read", Mischief::kLostAppliedLate, 11s},
                    Failure{"lost_applied_at_the_end", Mischief::kLostAppliedLate, 299s}),
    [](const auto& way) { return std::string(way.param.name); });

TEST(FailAtEveryRead, EndsExact) {
  FullSyncRig undisturbed;
  play(undisturbed);
  const std::size_t reads = undisturbed.cns.reads.size();
  ASSERT_GE(reads, 2u);

  for (std::size_t failing = 0; failing < reads; ++failing) {
    SCOPED_TRACE(failing);
    FullSyncRig rig;
    rig.cns.failing_reads = {failing};
    play(rig);
    expect_exact_after_quiet(rig);
  }
}

// Random changes, delays and failures, many at a time; odd seeds with full syncs in between.
class RandomSession : public testing::TestWithParam<unsigned> {
 protected:
  static FullSyncOptions often() {
    FullSyncOptions options;
    options.interval = 1min;
    options.page = 2;
    return options;
  }
  static ReconcilerOptions ordinary() {
    ReconcilerOptions options;
    options.bulk_rate = 5;
    return options;
  }
  std::size_t below(std::size_t bound) { return random() % bound; }
  bool one_in(std::size_t n) { return below(n) == 0; }
  std::string number() { return std::to_string(below(4)); }
  Clock::duration up_to(Clock::duration most) {
    return most * static_cast<int>(below(1000)) / 1000;
  }
  Labels some_labels() {
    Labels labels;
    for (std::size_t i = below(3); i > 0; --i) labels.emplace_back("key-" + number(), number());
    sort_labels(labels);
    return labels;
  }
  std::vector<Pod> some_pods() {
    std::vector<Pod> pods;
    for (std::size_t i = below(3); i > 0; --i) {
      pods.push_back(running_pod("pod-" + number()));
      if (one_in(4)) pods.back().phase = PodPhase::kSucceeded;
      if (one_in(4)) pods.back().deleting = true;
    }
    return pods;
  }

  void change() {
    const VolumeId id("volume-" + number());
    if (one_in(12)) {
      rig.view.remove(id);
      rig.touch(id);
      return;
    }
    BoundVolume& volume = rig.view.volume(id);
    switch (below(6)) {
      case 0:
        volume.pv.labels = some_labels();
        break;
      case 1:
        if (volume.claim) volume.claim->labels = some_labels();
        break;
      case 2:
      case 3:
        volume.pods = some_pods();
        break;
      case 4:
        if (one_in(3)) volume.pv.policy = ReclaimPolicy::kRetain;
        if (one_in(3)) lose_claim(volume, rig.clock.now());
        break;
      case 5:
        volume.claim = bound_volume(id.view()).claim;
        volume.claim->key.name = "claim-" + number();
        volume.claim_gone_since.reset();
        rig.view.all(id).marked = one_in(8);
        break;
    }
    rig.touch(id, static_cast<ChangeKind>(below(3)));
  }

  void foretell_mischief() {
    for (std::size_t call = 0; call < 3000; ++call) {
      if (one_in(6)) rig.cns.update_mischief[call] = kTrouble[below(kTrouble.size())];
      if (one_in(10)) rig.cns.failing_reads.insert(call);
    }
  }

  static constexpr std::array kTrouble{Mischief::kUnsent,         Mischief::kRefused,
                                       Mischief::kNotFound,       Mischief::kLostApplied,
                                       Mischief::kLostNotApplied, Mischief::kLostAppliedLate,
                                       Mischief::kLostAppliedLate};
  std::mt19937 random{GetParam()};
  FullSyncRig rig{ordinary(), often()};
};

TEST_P(RandomSession, EndsExact) {
  for (int i = 0; i < 4; ++i) rig.cns.store.create("volume-" + std::to_string(i));
  foretell_mischief();
  if (GetParam() % 2 == 1) rig.begin_full_sync();

  for (int step = 0; step < 200; ++step) {
    SCOPED_TRACE(step);
    rig.cns.task_time = up_to(3s);
    rig.cns.read_time = up_to(2s);
    rig.cns.late = up_to(299s);
    rig.leader.held = !one_in(12);
    change();
    rig.clock.advance(rig.leader.held && one_in(30) ? 5min : up_to(2s));
    expect_no_false_belief(rig);
  }

  rig.leader.held = true;
  rig.cns.update_mischief.clear();
  rig.cns.failing_reads.clear();
  for (const VolumeId& id : rig.view.volumes()) rig.view.all(id).marked = false;
  for (const VolumeId& id : rig.view.volumes()) rig.touch(id);
  expect_exact_after_quiet(rig);
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomSession, testing::Range(1u, 9u));

} // namespace
} // namespace syncer

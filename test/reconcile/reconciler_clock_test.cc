// Time goes on between two looks at the clock.
#include <gtest/gtest.h>

#include "reconciler_rig.h"

namespace syncer {
namespace {

using namespace std::chrono_literals;

// Every look takes a while.
class PassingClock final : public Clock {
 public:
  PassingClock(FakeClock& base, duration look) : base_(base), look_(look) {}
  time_point now() const override { return base_.now() + (passed_ += look_); }
  std::chrono::system_clock::time_point wall_now() const override { return base_.wall_now(); }
  asio::awaitable<void> sleep_until(time_point when) override {
    const time_point real = when - passed_;
    co_await base_.sleep_until(real);
  }

 private:
  FakeClock& base_;
  duration look_;
  mutable duration passed_{};
};

class PassingTimeTest : public testing::TestWithParam<int> {};

TEST_P(PassingTimeTest, PacedWorkNeverGoesToSleepForGood) {
  asio::io_context io;
  FakeClock base(io);
  PassingClock clock(base, std::chrono::microseconds(GetParam()));
  FakeView view;
  StatefulCns cns(base);
  FakeLeadership leader;
  Observer observer;
  spdlog::logger log("test");
  ReconcilerOptions options;
  options.bulk_rate = 20;
  Reconciler reconciler(
      {io.get_executor(), view, cns, clock, observer, leader, log, [] { return 0.5; }}, options);
  bool running = true;
  asio::co_spawn(io, reconciler.run(), [&](const std::exception_ptr&) { running = false; });
  std::vector<VolumeId> ids;
  std::vector<CnsVolume> answers;
  for (int i = 0; i < 100; ++i) {
    ids.emplace_back("bulk-" + std::to_string(i));
    view.volume(ids.back());
    cns.store.create(ids.back());
    answers.push_back(*cns.store.answer(ids.back()));
  }
  reconciler.learned(ids, answers, clock.now(), reconciler.read_mark());

  base.advance(1min);

  EXPECT_EQ(cns.updates.size(), 100u);
  reconciler.stop();
  base.advance(1min);
  EXPECT_FALSE(running);
}

INSTANTIATE_TEST_SUITE_P(Microseconds, PassingTimeTest, testing::Values(1, 100, 3000, 7000, 11000));

} // namespace
} // namespace syncer

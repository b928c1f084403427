#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <map>
#include <memory>
#include <optional>

#include "core/clock.h"

namespace syncer {

// Time that moves only when a test says so. All coroutines under test must run on `io`.
class FakeClock final : public Clock {
 public:
  explicit FakeClock(asio::io_context& io) : io_(io), state_(std::make_shared<State>()) {}

  time_point now() const override { return state_->now; }
  std::chrono::system_clock::time_point wall_now() const override {
    const auto elapsed = state_->now - kStart;
    return kWallStart + std::chrono::duration_cast<std::chrono::system_clock::duration>(elapsed);
  }
  Moment moment() const override {
    return {now().time_since_epoch() + suspended_,
            std::chrono::duration_cast<duration>(wall_now().time_since_epoch()) + wall_set_};
  }

  asio::awaitable<void> sleep_until(time_point when) override {
    if (when <= state_->now) co_return;
    // The state is shared: io_context destroys parked frames after the clock is gone.
    Parked parked(state_, when, io_);
    co_await parked.timer.async_wait(asio::as_tuple(asio::use_awaitable));
  }

  // Runs everything that is ready, then moves to each deadline on the way in order, waking its
  // sleeper and running everything that became ready before the next one.
  void advance(duration step) {
    const time_point target = state_->now + step;
    settle();
    while (!state_->sleepers.empty() && state_->sleepers.begin()->first <= target) {
      wake_first();
      settle();
    }
    state_->now = target;
    settle();
  }

  // Moves to the earliest deadline, if there is one.
  bool advance_to_next() {
    settle();
    if (state_->sleepers.empty()) return false;
    wake_first();
    settle();
    return true;
  }

  // The machine sleeps that long: `now` and all sleepers stand still.
  void suspend(duration time) { suspended_ += time; }
  // Somebody sets the wall clock, as far as `moment` shows it.
  void set_wall(duration by) { wall_set_ += by; }

  // Runs everything that is ready; time stands still.
  void settle() {
    io_.restart();
    io_.poll();
  }

  std::size_t sleepers() const { return state_->sleepers.size(); }
  std::optional<time_point> next_deadline() const {
    if (state_->sleepers.empty()) return std::nullopt;
    return state_->sleepers.begin()->first;
  }

 private:
  // Far from the epoch of both clocks, so that arithmetic with a default time_point shows.
  static constexpr time_point kStart{std::chrono::hours(1000)};
  static constexpr std::chrono::system_clock::time_point kWallStart{
      std::chrono::seconds(1'700'000'000)};

  struct Parked;
  struct State {
    time_point now = kStart;
    std::multimap<time_point, Parked*> sleepers; // equal deadlines wake in the order of sleeping
  };

  struct Parked {
    Parked(std::shared_ptr<State> shared, time_point when, asio::io_context& io)
        : state(std::move(shared)), timer(io, asio::steady_timer::time_point::max()) {
      place = state->sleepers.emplace(when, this);
    }
    Parked(const Parked&) = delete;
    Parked& operator=(const Parked&) = delete;
    ~Parked() {
      if (!woken) state->sleepers.erase(place);
    }
    std::shared_ptr<State> state;
    asio::steady_timer timer;
    std::multimap<time_point, Parked*>::iterator place;
    bool woken = false;
  };

  void wake_first() {
    const auto first = state_->sleepers.begin();
    if (first->first > state_->now) state_->now = first->first;
    Parked* parked = first->second;
    state_->sleepers.erase(first);
    parked->woken = true;
    parked->timer.cancel();
  }

  asio::io_context& io_;
  std::shared_ptr<State> state_;
  duration suspended_{0};
  duration wall_set_{0};
};

} // namespace syncer

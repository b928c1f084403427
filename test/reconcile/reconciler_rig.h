// The real Reconciler between a cluster and a CNS that a test controls, on fake time.
#pragma once

#include <spdlog/logger.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <memory>
#include <string>
#include <vector>

#include "fakes/fake_clock.h"
#include "fakes/fake_leadership.h"
#include "fakes/fake_view.h"
#include "fakes/stateful_cns.h"
#include "reconcile/reconciler.h"

namespace syncer {

// Keeps what the reconciler reports.
class CountingObserver final : public Observer {
 public:
  void change_acknowledged(EntityKind kind, Seconds seconds) override {
    acknowledged.emplace_back(kind, seconds.count());
  }
  void update_finished(std::string_view result) override { results.emplace_back(result); }
  void full_sync_finished(std::string_view result, Seconds, bool) override {
    full_syncs.emplace_back(result);
  }

  std::vector<std::pair<EntityKind, double>> acknowledged;
  std::vector<std::string> results;
  std::vector<std::string> full_syncs;
};

class ReconcilerRig {
 public:
  explicit ReconcilerRig(ReconcilerOptions options = unhurried()) : options_(options) { restart(); }
  ReconcilerRig(const ReconcilerRig&) = delete;
  ReconcilerRig& operator=(const ReconcilerRig&) = delete;
  ~ReconcilerRig() {
    if (reconciler_) stop();
  }

  // The defaults of the product, but bulk work is not paced.
  static ReconcilerOptions unhurried() {
    ReconcilerOptions options;
    options.bulk_rate = 0;
    return options;
  }

  // As a new process: nothing is remembered, calls in flight end first.
  void restart() {
    if (reconciler_) stop();
    Reconciler::Deps deps{io.get_executor(), view,   cns, clock,
                          observer,          leader, log, [] { return 0.5; }};
    deps.lost_claim_may_go = lost_claim_may_go;
    reconciler_ = std::make_unique<Reconciler>(std::move(deps), options_);
    running_ = true;
    asio::co_spawn(io, reconciler_->run(), [this](const std::exception_ptr& failure) {
      running_ = false;
      if (failure) std::rethrow_exception(failure);
    });
    clock.settle();
  }
  void stop() {
    reconciler_->stop();
    clock.advance(std::chrono::hours(1));
    EXPECT_FALSE(running_) << "run() did not return after stop()";
  }

  // A volume that both sides know and that is in sync.
  BoundVolume& in_sync(const VolumeId& id) {
    BoundVolume& volume = view.volume(id);
    cns.store.set(id, desired_state(view.facts(id), clock.now()).entities);
    return volume;
  }
  void touch(const VolumeId& id, ChangeKind kind = ChangeKind::kVolume) {
    reconciler_->touched(id, kind);
    clock.settle();
  }
  // Everything that waits for less than the settle delay is done, however many steps it takes.
  void quiet() { clock.advance(std::chrono::seconds(9)); }

  // What CNS holds is what Kubernetes wants.
  bool agrees(const VolumeId& id) {
    const Desired desired = desired_state(view.facts(id), clock.now());
    return desired.hands_off != HandsOff::kNo || cns.entities(id) == by_ref(desired.entities);
  }

  Reconciler& reconciler() { return *reconciler_; }

  asio::io_context io;
  FakeClock clock{io};
  FakeView view;
  StatefulCns cns{clock};
  FakeLeadership leader;
  CountingObserver observer;
  spdlog::logger log{"test"};
  // Taken over by the next restart.
  std::function<bool(Clock::time_point)> lost_claim_may_go;

 private:
  ReconcilerOptions options_;
  std::unique_ptr<Reconciler> reconciler_;
  bool running_ = false;
};

} // namespace syncer

// The real Departures between a cluster and a CNS that a test controls, on fake time.
#pragma once

#include <gtest/gtest.h>
#include <spdlog/logger.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "fakes/fake_clock.h"
#include "fakes/fake_view.h"
#include "fakes/stateful_cns.h"
#include "reconcile/departures.h"

namespace syncer {

// The API server as quorum reads see it. `before` runs when a question comes, to change the world
// while it is being answered.
class FakeQuorum final : public QuorumReads {
 public:
  explicit FakeQuorum(Clock& clock) : clock_(clock) {}

  asio::awaitable<Outcome<bool>> volume_exists(std::string name) override {
    ++gets;
    if (before) before();
    const bool fails = gets_fail;
    co_await clock_.sleep_until(clock_.now() + answer_time);
    if (fails) co_return Error{ErrorKind::kTransient, "no answer"};
    co_return volumes.contains(name);
  }
  asio::awaitable<Outcome<std::vector<std::string>>> attached_volumes() override {
    ++lists;
    const bool fails = lists_fail;
    co_await clock_.sleep_until(clock_.now() + answer_time);
    if (fails) co_return Error{ErrorKind::kTransient, "no answer"};
    co_return std::vector<std::string>(attached.begin(), attached.end());
  }

  std::set<std::string> volumes;
  std::set<std::string> attached;
  bool gets_fail = false;
  bool lists_fail = false;
  Clock::duration answer_time{};
  std::size_t gets = 0;
  std::size_t lists = 0;
  std::function<void()> before;

 private:
  Clock& clock_;
};

class FakeTerm final : public Leadership {
 public:
  bool may_write(Clock::duration) const override { return held; }
  Clock::duration write_budget() const override { return std::chrono::seconds(10); }
  std::uint64_t term() const override { return number; }

  bool held = true;
  std::uint64_t number = 1;
};

class RecordedEvents final : public EventSink {
 public:
  void warning(const EventTarget& about, std::string_view, std::string_view message) override {
    warnings.push_back(about.key.name.str() + ": " + std::string(message));
  }
  std::vector<std::string> warnings;
};

class DeparturesRig {
 public:
  explicit DeparturesRig(DepartureOptions options = switched_on()) : options_(std::move(options)) {
    restart();
  }
  DeparturesRig(const DeparturesRig&) = delete;
  DeparturesRig& operator=(const DeparturesRig&) = delete;

  static DepartureOptions switched_on() {
    DepartureOptions options;
    options.vcenter = "vc-1";
    options.missing.enabled = true;
    options.unregister.enabled = true;
    return options;
  }

  // As a new process: nothing is remembered.
  void restart() {
    Departures::Deps deps{
        view, kube, cns, leader, clock, conditions, events, log, [] { return 0.5; }};
    deps.named = [this](const VolumeId& id) { return named_by_path.contains(id); };
    deps.in_doubt = [this](const VolumeId& id) { return doubtful.contains(id); };
    deps.allowed = [this] { return no_conflict; };
    departures = std::make_unique<Departures>(std::move(deps), options_);
  }

  // In CNS with a PV and a claim of ours; a Retain PV in Kubernetes, provisioned.
  BoundVolume retained(const VolumeId& id) {
    BoundVolume volume = bound_volume(id.view());
    volume.pv.policy = ReclaimPolicy::kRetain;
    volume.pv.dynamic = true;
    return volume;
  }
  void in_cns(const VolumeId& id, CnsVolumeType type = CnsVolumeType::kBlock) {
    cns.store.create(id, type);
    cns.store.set(id, {pv_entity("pv-" + id.str(), make_labels({{"team", "blue"}})),
                       claim_entity("claim-" + id.str(), "pv-" + id.str())});
  }
  // Its PV is seen to go and the grace has passed.
  void departed(const VolumeId& id, CnsVolumeType type = CnsVolumeType::kBlock) {
    in_cns(id, type);
    departures->volume_deleted(id, retained(id), true);
    clock.advance(std::chrono::minutes(5));
  }
  // Two complete cycles and the minimum age have passed without a name for it.
  void missing(const VolumeId& id, std::string name = {}) {
    if (!cns.store.contains(id)) in_cns(id);
    cns.store.traits(id).name = std::move(name);
    cycle({id});
    clock.advance(std::chrono::minutes(30));
    cycle({id});
  }
  void cycle(const std::vector<VolumeId>& ids, std::size_t cns_volumes = 100) {
    CycleFindings findings;
    findings.complete = true;
    findings.cns_volumes = cns_volumes;
    for (const VolumeId& id : ids) findings.missing.push_back({id, "", false});
    departures->cycle(findings);
  }

  // Asks and, if something is due, lets it be done.
  Endings::Result end(const VolumeId& id) {
    bool done = false;
    Endings::Result result;
    start(id, [&](const Endings::Result& r) {
      done = true;
      result = r;
    });
    while (!done && clock.advance_to_next()) {
    }
    EXPECT_TRUE(done) << "end() did not return";
    return result;
  }
  void start(const VolumeId& id, std::function<void(const Endings::Result&)> then) {
    asio::co_spawn(
        io, departures->end(id),
        [then = std::move(then)](const std::exception_ptr& failure, const Endings::Result& result) {
          if (failure) std::rethrow_exception(failure);
          then(result);
        });
    clock.settle();
  }
  // As a reconciler that asks again when told to, for so long at most.
  void persist(const VolumeId& id, Clock::duration limit = std::chrono::hours(1)) {
    const Clock::time_point stop = clock.now() + limit;
    while (departures->due(id)) {
      const Endings::Result result = end(id);
      if (!result.again || *result.again > stop) return;
      clock.advance(std::max<Clock::duration>(*result.again - clock.now(), Clock::duration()));
    }
  }
  bool conditions_say(Condition condition) const { return conditions.stands(condition, "vc-1"); }

  asio::io_context io;
  FakeClock clock{io};
  FakeView view;
  StatefulCns cns{clock};
  FakeQuorum kube{clock};
  FakeTerm leader;
  Conditions conditions{clock};
  RecordedEvents events;
  spdlog::logger log{"test"};
  std::set<VolumeId> named_by_path;
  std::set<VolumeId> doubtful;
  bool no_conflict = true;
  std::unique_ptr<Departures> departures;

 private:
  DepartureOptions options_;
};

} // namespace syncer

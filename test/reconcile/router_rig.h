// The real Router between a cluster and vCenters that a test controls, on fake time.
#pragma once

#include <gmock/gmock.h>
#include <spdlog/logger.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "fakes/fake_clock.h"
#include "fakes/fake_leadership.h"
#include "fakes/fake_topology.h"
#include "fakes/fake_view.h"
#include "fakes/fake_volume_info_store.h"
#include "fakes/stateful_cns.h"
#include "reconcile/router.h"

namespace syncer {

class KeptEvents final : public EventSink {
 public:
  void normal(const EventTarget& about, std::string_view, std::string_view message) override {
    normals.push_back(about.key.name.str() + ": " + std::string(message));
  }
  void warning(const EventTarget& about, std::string_view, std::string_view message) override {
    warnings.push_back(about.key.name.str() + ": " + std::string(message));
  }
  std::vector<std::string> normals;
  std::vector<std::string> warnings;
};

// One vCenter and what the router told it.
struct RoutedPlace {
  RoutedPlace(Clock& clock, std::string name) : host(std::move(name)), cns(clock) {}

  Router::VCenter vcenter() {
    return {host, &cns, [this](const VolumeId& id, ChangeKind kind) { told.emplace(id, kind); }};
  }
  bool was_told(const VolumeId& id) const {
    return std::any_of(told.begin(), told.end(), [&](const auto& one) { return one.first == id; });
  }

  std::string host;
  StatefulCns cns;
  std::multiset<std::pair<VolumeId, ChangeKind>> told;
};

class RouterRig : public testing::Test {
 protected:
  RouterRig() {
    configure({&a, &b});
    asio::co_spawn(io, router.run(), [this](const std::exception_ptr& failure) {
      running_ = false;
      if (failure) std::rethrow_exception(failure);
    });
    clock.settle();
  }
  ~RouterRig() override {
    router.stop();
    clock.advance(kForEver);
    EXPECT_FALSE(running_) << "run() did not return after stop()";
  }

  void configure(const std::vector<RoutedPlace*>& places) {
    std::vector<Router::VCenter> vcenters;
    for (RoutedPlace* place : places) vcenters.push_back(place->vcenter());
    router.set_vcenters(vcenters);
    clock.settle();
  }
  // Calls to this vCenter do not end from now on.
  static void black_hole(RoutedPlace& place) {
    place.cns.read_time = kForEver;
    place.cns.task_time = kForEver;
  }
  // A PV whose vCenter nothing tells.
  BoundVolume& placeless(const VolumeId& id) { return view.volume(id); }
  BoundVolume& share(const VolumeId& id) {
    BoundVolume& volume = view.volume(id);
    volume.pv.multi_access = true;
    return volume;
  }
  BoundVolume& in_zone(const VolumeId& id, const char* zone) {
    BoundVolume& volume = view.volume(id);
    NodeTerm term;
    term.requirements.emplace_back("zone", std::vector<InternedString>{zone});
    volume.pv.nodes = {term};
    return volume;
  }
  void touch(const VolumeId& id, ChangeKind kind = ChangeKind::kVolume) {
    router.touched(id, kind);
    clock.settle();
  }
  std::string host_of(const VolumeId& id) {
    const std::optional<std::size_t> number = router.route(id);
    clock.settle();
    for (const RoutedPlace* place : {&a, &b, &c}) {
      if (number && router.number_of(place->host) == number) return place->host;
    }
    return "";
  }
  std::string reason(const VolumeId& id) const {
    const auto found = router.failures().find(id);
    return found == router.failures().end() ? "" : found->second.reason;
  }

  static constexpr std::chrono::hours kForEver{100};
  asio::io_context io;
  FakeClock clock{io};
  FakeView view;
  FakeVolumeInfoStore records{clock};
  FakeTopology topology;
  FakeLeadership leader;
  KeptEvents events;
  Conditions conditions{clock};
  spdlog::logger log{"test"};
  RoutedPlace a{clock, "vc-a"};
  RoutedPlace b{clock, "vc-b"};
  RoutedPlace c{clock, "vc-c"};
  Router router{{io.get_executor(), view, records, topology, clock, leader, events, conditions, log,
                 [] { return 0.0; }},
                RouterOptions()};

 private:
  bool running_ = true;
};

} // namespace syncer

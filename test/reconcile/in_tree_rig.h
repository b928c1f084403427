// The real registrar between a cluster and a vCenter that a test controls, on fake time.
#pragma once

#include <spdlog/logger.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "fakes/fake_clock.h"
#include "fakes/fake_inventory.h"
#include "fakes/fake_leadership.h"
#include "fakes/fake_migration_store.h"
#include "fakes/fake_view.h"
#include "fakes/stateful_cns.h"
#include "reconcile/in_tree_registrar.h"

namespace syncer {

class EventLog final : public EventSink {
 public:
  void warning(const EventTarget& about, std::string_view reason,
               std::string_view message) override {
    names.push_back(about.key.name.str());
    reasons.emplace_back(reason);
    messages.emplace_back(message);
  }
  std::vector<std::string> names;
  std::vector<std::string> reasons;
  std::vector<std::string> messages;
};

class InTreeRig {
 public:
  explicit InTreeRig(CnsApi* other_cns = nullptr) : other_cns_(other_cns) {
    inventory.add("ds", "/DC0");
  }
  InTreeRig(const InTreeRig&) = delete;
  InTreeRig& operator=(const InTreeRig&) = delete;
  ~InTreeRig() {
    if (registrar_) stop();
  }

  // As a new process: nothing is remembered, calls in flight end first.
  void restart() {
    if (registrar_) stop();
    CnsApi& used = other_cns_ == nullptr ? cns : *other_cns_;
    InTreeRegistrar::Deps deps{
        io.get_executor(), view, migrations, used, inventory, clock, leader, events, log,
        [] { return 0.5; }};
    InTreeRegistrar::Callbacks told;
    told.linked = [this](const InternedString& path, const VolumeId& id) {
      linked.emplace_back(path.str(), id.str());
      if (on_linked) on_linked(id);
    };
    told.doubtful = [this](const VolumeId& id, Clock::time_point at) {
      doubtful.emplace_back(id.str(), at);
      if (on_doubtful) on_doubtful(id, at);
    };
    registrar_ = std::make_unique<InTreeRegistrar>(std::move(deps), std::move(told), options);
    running_ = true;
    asio::co_spawn(io, registrar_->run(), [this](const std::exception_ptr& failure) {
      running_ = false;
      if (failure) std::rethrow_exception(failure);
    });
    clock.settle();
  }
  void stop() {
    registrar_->stop();
    clock.advance(std::chrono::minutes(10));
    EXPECT_FALSE(running_) << "run() did not return after stop()";
  }

  // A bound PV of the in-tree plugin that CSI has taken over, and its claim.
  BoundVolume& add_pv(const std::string& path, const std::string& name) {
    BoundVolume volume = bound_volume(name);
    volume.pv.driver = {};
    volume.pv.handle = {};
    volume.pv.in_tree_path = path;
    volume.pv.in_tree_ours = true;
    VolumeFacts& facts = view.in_tree(path);
    facts.volumes.push_back(std::move(volume));
    return facts.volumes.back();
  }
  // The disk exists; it becomes this volume when it is registered.
  void add_disk(const std::string& file, const VolumeId& id, const std::string& datacenter = "DC0",
                const std::string& datastore = "ds") {
    cns.store.add_vmdk(url(file, datacenter, datastore), id);
  }
  static std::string url(const std::string& file, const std::string& datacenter = "DC0",
                         const std::string& datastore = "ds") {
    return "https://vc.example.com/folder/" + file + "?dcPath=%2F" + datacenter +
           "&dsName=" + datastore;
  }
  void touch(const std::string& path) {
    registrar_->touched(path);
    clock.settle();
  }
  std::string failure(const std::string& path) const {
    const auto found = registrar_->failures().find(path);
    return found == registrar_->failures().end() ? "" : found->second.detail;
  }
  InTreeRegistrar& registrar() { return *registrar_; }

  asio::io_context io;
  FakeClock clock{io};
  FakeView view;
  FakeMigrationStore migrations{clock};
  StatefulCns cns{clock};
  FakeInventory inventory{clock};
  FakeLeadership leader;
  EventLog events;
  spdlog::logger log{"test"};
  InTreeOptions options;
  std::vector<std::pair<std::string, std::string>> linked;
  std::vector<std::pair<std::string, Clock::time_point>> doubtful;
  std::function<void(const VolumeId&)> on_linked;
  std::function<void(const VolumeId&, Clock::time_point)> on_doubtful;

 private:
  CnsApi* other_cns_;
  std::unique_ptr<InTreeRegistrar> registrar_;
  bool running_ = false;
};

} // namespace syncer

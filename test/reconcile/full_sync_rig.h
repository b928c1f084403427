// A ReconcilerRig with the real FullSync beside it.
#pragma once

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <memory>
#include <set>
#include <utility>
#include <vector>

#include "fakes/fake_inventory.h"
#include "reconcile/full_sync.h"
#include "reconciler_rig.h"

namespace syncer {

class FullSyncRig : public ReconcilerRig {
 public:
  explicit FullSyncRig(ReconcilerOptions options = unhurried(), FullSyncOptions sync = {})
      : ReconcilerRig(options), sync_options_(sync) {}
  ~FullSyncRig() { end_full_sync(); }

  void begin_full_sync() {
    FullSync::Deps deps{io.get_executor(),  view,        cns, clock, observer, log,
                        [] { return 0.5; }, reconciler()};
    deps.named_otherwise = [this](const VolumeId& id) { return named_by_path.contains(id); };
    deps.ended = [this](const CycleFindings& found) { findings.push_back(found); };
    drift_ = std::make_unique<DriftWatch>(
        DriftWatch::Deps{view, reconciler(), clock, inventory, [this] { return failed_paths; }},
        drift_min_age);
    deps.drift = drift_.get();
    full_sync_ = std::make_unique<FullSync>(std::move(deps), sync_options_);
    running_ = true;
    auto ended = [this](const std::exception_ptr&) { running_ = false; };
    asio::co_spawn(io, full_sync_->run(),
                   asio::bind_cancellation_slot(cancel_.slot(), std::move(ended)));
    clock.settle();
  }
  void end_full_sync() {
    if (!running_) return;
    cancel_.emit(asio::cancellation_type::terminal);
    clock.advance(std::chrono::hours(1));
    EXPECT_FALSE(running_) << "run() did not return when cancelled";
  }
  FullSync& full_sync() { return *full_sync_; }
  std::shared_ptr<const DriftReport> drift() const { return drift_->report(); }

  std::set<VolumeId> named_by_path;
  std::vector<CycleFindings> findings;
  FakeInventory inventory{clock};
  std::vector<std::pair<InternedString, std::string>> failed_paths;
  Clock::duration drift_min_age{std::chrono::minutes(5)};

 private:
  FullSyncOptions sync_options_;
  std::unique_ptr<DriftWatch> drift_;
  std::unique_ptr<FullSync> full_sync_;
  asio::cancellation_signal cancel_;
  bool running_ = false;
};

} // namespace syncer

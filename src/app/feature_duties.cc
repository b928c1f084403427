#include "app/feature_duties.h"

namespace syncer {

FeatureDuties::FeatureDuties(Deps deps)
    : deps_(std::move(deps)),
      watch_(deps_.cr.watch(), deps_.shared.settings.fss_namespace, deps_.shared.settings.fss_name,
             [this](const FeatureStates& states) { changed(states); }),
      trigger_gate_(deps_.shared.executor) {}

void FeatureDuties::start(TaskGroup& tasks) {
  tasks.spawn(watch_.run());
  tasks.spawn(trigger_gate_.run([this] { return answer_triggers(); }));
}

void FeatureDuties::changed(const FeatureStates& states) {
  for (const auto& vcenter : deps_.vcenters) vcenter->retain(states.improved_volume_visibility);
  if (states.trigger_full_sync) deps_.install(Crd::kTriggerFullSync);
  trigger_gate_.set(states.trigger_full_sync);
}

std::string FeatureDuties::last_run() const {
  return trigger_gate_.on() && trigger_ ? trigger_->last_run() : std::string();
}

TriggerController::Runs FeatureDuties::runs() {
  return {[this] { return deps_.cluster.synced(); }, [this](bool may_join) { begin_run(may_join); },
          [this] { return progress(); }};
}

void FeatureDuties::begin_run(bool may_join) {
  FullSyncRun::Cycles cycles;
  for (const auto& vcenter : deps_.vcenters) {
    cycles.emplace_back(vcenter->host(),
                        may_join ? vcenter->join_full_sync() : vcenter->request_full_sync());
  }
  run_ = FullSyncRun(cycles);
}

std::vector<RunAtVCenter> FeatureDuties::progress() {
  for (const auto& vcenter : deps_.vcenters) {
    run_.look(vcenter->host(), vcenter->full_sync().status(),
              vcenter->reconciler().tally().counts());
  }
  return run_.vcenters();
}

asio::awaitable<void> FeatureDuties::answer_triggers() {
  using namespace asio::experimental::awaitable_operators;
  const SharedParts& shared = deps_.shared;
  TriggerController::Deps deps{deps_.cr, shared.executor, shared.events, runs()};
  trigger_ =
      std::make_unique<TriggerController>(std::move(deps), shared.settings.full_sync_interval);
  ObjectWatch watch(deps_.cr.watch(), kFullSyncTriggers, *trigger_);
  co_await (watch.run() && trigger_->run());
}

} // namespace syncer

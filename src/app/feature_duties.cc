#include "app/feature_duties.h"

namespace syncer {

namespace {

// The claims of the bound CSI PVs of a volume.
std::vector<MappedClaim> mapped_claims(const ClusterView& view, const VolumeId& id) {
  std::vector<MappedClaim> claims;
  const VolumeFacts facts = view.facts(id);
  if (facts.marked) return claims;
  for (const BoundVolume& volume : facts.volumes) {
    const bool bound = volume.pv.phase == VolumePhase::kBound && volume.pv.handle == id;
    if (!bound || !volume.claim) continue;
    const Claim& claim = *volume.claim;
    claims.push_back({claim.key, claim.uid, claim.version, volume.pv.uid});
  }
  return claims;
}

} // namespace

FeatureDuties::FeatureDuties(Deps deps)
    : deps_(std::move(deps)),
      watch_(deps_.cr.watch(), deps_.shared.settings.fss_namespace, deps_.shared.settings.fss_name,
             [this](const FeatureStates& states) { changed(states); }),
      trigger_gate_(deps_.shared.executor) {}

void FeatureDuties::start(TaskGroup& tasks) {
  tasks.spawn(when_granted(deps_.shared.rights, Duty::kFeatureStates, watch_.run()));
  tasks.spawn(trigger_gate_.run([this] { return answer_triggers(); }));
  for (const auto& vcenter : deps_.vcenters) {
    FeatureGate& gate = disk_gates_.emplace_back(deps_.shared.executor);
    tasks.spawn(gate.run([this, &mapped = *vcenter] { return map_backing_disks(mapped); }));
  }
}

void FeatureDuties::changed(const FeatureStates& states) {
  for (const auto& vcenter : deps_.vcenters) vcenter->retain(states.improved_volume_visibility);
  if (states.trigger_full_sync) deps_.install(Crd::kTriggerFullSync);
  trigger_gate_.set(states.trigger_full_sync);
  for (FeatureGate& gate : disk_gates_) gate.set(states.backing_disk_mapping);
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

asio::awaitable<void> FeatureDuties::map_backing_disks(VCenterActor& vcenter) {
  const CrDeps& cr = deps_.cr;
  const ClusterView& view = vcenter.view();
  BackingDiskMapper::Deps deps{{cr.client, cr.clock, cr.leadership, vcenter.log(), cr.random},
                               vcenter.cns(),
                               [&view] { return view.synced(); },
                               [&view] { return view.volumes(); },
                               [&view](const VolumeId& id) { return mapped_claims(view, id); }};
  BackingDiskMapper mapper(std::move(deps), deps_.shared.settings.backing_disk_interval);
  co_await mapper.run();
}

} // namespace syncer

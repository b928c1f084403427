// What a world knows of single volumes, for people.
#include "app/sync_world.h"

namespace syncer {

namespace {

constexpr const char* kNotLinked = "Not in CNS yet: this in-tree path is being registered.";
constexpr const char* kUnsupported =
    "Left alone: in-tree volumes are not supported with several vCenters.";
constexpr const char* kNotRouted = "No vCenter yet: which one has the volume is being found out.";

} // namespace

std::vector<VolumeExplanation> SyncWorld::explain(const NamedVolumes& named,
                                                  const std::string& name) {
  std::vector<VolumeExplanation> all;
  for (const VolumeKey& key : named.keys) {
    const auto linked = key.id.empty() ? migrations_.find(key.in_tree_path) : std::nullopt;
    if (!key.id.empty() || (linked && registrar_)) {
      all.push_back(explain(key.id.empty() ? *linked : key.id));
      all.back().key.in_tree_path = key.in_tree_path;
    } else {
      all.push_back(explain_path(key.in_tree_path));
    }
  }
  if (!named.known) {
    for (const auto& actor : actors_) {
      if (actor->knows(name)) all.push_back(explain(name, *actor));
    }
  }
  return all;
}

VolumeExplanation SyncWorld::explain(const VolumeId& id) {
  if (VCenterActor* const actor = actor_of(id)) return explain(id, *actor);
  VolumeExplanation volume;
  volume.key.id = id;
  volume.facts = deps_.cluster.facts(id);
  const auto failure = router_.failures().find(id);
  volume.waiting = failure == router_.failures().end()
                       ? kNotRouted
                       : "No vCenter: " + failure->second.reason + ".";
  return volume;
}

VolumeExplanation SyncWorld::explain(const VolumeId& id, VCenterActor& actor) {
  VolumeExplanation volume;
  volume.key.id = id;
  volume.vcenter = actor.host();
  volume.report = actor.reconciler().report(id);
  volume.facts = volume.report->facts;
  volume.ending = actor.ending(id);
  return volume;
}

VolumeExplanation SyncWorld::explain_path(const InternedString& path) {
  VolumeExplanation volume;
  volume.key.in_tree_path = path;
  volume.facts = deps_.cluster.in_tree_facts(path);
  if (!registrar_) {
    volume.waiting = kUnsupported;
    return volume;
  }
  volume.vcenter = actors_.front()->host();
  if (volume.facts.volumes.empty() && volume.facts.inline_pods.empty()) {
    volume.waiting = "Left alone: CSI has not taken this in-tree volume over.";
    return volume;
  }
  const auto failure = registrar_->failures().find(path);
  volume.waiting = failure == registrar_->failures().end()
                       ? kNotLinked
                       : "Not in CNS: " + failure->second.detail + ".";
  return volume;
}

std::vector<SyncWorld::Resync> SyncWorld::resync(const NamedVolumes& named,
                                                 const std::string& name) {
  std::vector<Resync> begun;
  for (const VolumeExplanation& volume : explain(named, name)) {
    if (!volume.report) continue;
    VCenterActor* const actor = actor_named(volume.vcenter);
    begun.push_back({volume.key.id, actor->host(), actor->reconciler().resync(volume.key.id)});
  }
  return begun;
}

VCenterActor* SyncWorld::actor_named(const std::string& host) const {
  for (const auto& actor : actors_) {
    if (actor->host() == host) return actor.get();
  }
  return nullptr;
}

std::unique_ptr<DiffPass> SyncWorld::diff(const std::string& host) {
  VCenterActor* const actor = actor_named(host);
  return actor == nullptr ? nullptr : actor->diff();
}

std::vector<std::string> SyncWorld::hosts() const {
  std::vector<std::string> all;
  all.reserve(actors_.size());
  for (const auto& actor : actors_) all.push_back(actor->host());
  return all;
}

} // namespace syncer

#include "reconcile/drift_watch.h"

#include <map>

#include "reconcile/disk_places.h"
#include "reconcile/drift_rules.h"

namespace syncer {

void DriftWatch::begin() {
  suspects_.clear();
  moved_.clear();
  datastores_read_ = false;
}

void DriftWatch::page(const VolumeId& id, const VolumeFacts& facts, const CnsVolume* answer) {
  if (facts.volumes.size() > 1 || !released_without_consumer(id, facts).empty()) {
    suspects_.push_back(id);
  }
  if (answer != nullptr && !facts.in_tree_path.empty()) judge_place(id, facts, answer->disk_path);
}

void DriftWatch::judge_place(const VolumeId& id, const VolumeFacts& facts,
                             const std::string& shown) {
  const Outcome<VmdkPath> named = parse_vmdk_path(facts.in_tree_path.view());
  const Outcome<VmdkPath> there = parse_vmdk_path(shown);
  if (!named || !there) return;
  const Whereabouts where = compare_places(*named, *there);
  if (where == Whereabouts::kMoved) moved_.push_back({id, shown, ""});
  if (where == Whereabouts::kOtherDatastore) moved_.push_back({id, shown, named->datastore});
}

// At one go, with what the cycle found at its very end: what was mended meanwhile is no drift.
void DriftWatch::end(const CycleFindings& findings) {
  if (!findings.complete || !datastores_read_) return;
  std::vector<Drift> found;
  found.reserve(findings.missing.size());
  for (const MissingVolume& volume : findings.missing) found.push_back(cns_without_pv(volume));
  add_absent(findings, found);
  add_named(found);
  book_.cycle(std::move(found), findings.began, deps_.clock.now());
}

void DriftWatch::add_named(std::vector<Drift>& found) const {
  const Clock::time_point now = deps_.clock.now();
  for (const VolumeId& id : suspects_) {
    const VolumeFacts facts = deps_.view.facts(id);
    for (Drift& drift : released_without_consumer(id, facts)) found.push_back(std::move(drift));
    if (auto drift = shared_handle(id, facts, deps_.reconciler.type_of(id), now)) {
      found.push_back(std::move(*drift));
    }
  }
  for (const Moved& moved : moved_) {
    const VolumeFacts facts = deps_.view.facts(moved.id);
    if (facts.marked || facts.volumes.empty()) continue;
    found.push_back(moved_backing(moved.id, facts, moved.place));
  }
}

void DriftWatch::add_absent(const CycleFindings& findings, std::vector<Drift>& found) const {
  const Clock::time_point now = deps_.clock.now();
  for (const VolumeId& id : findings.absent) {
    if (!deps_.reconciler.absent(id) || deps_.reconciler.in_doubt(id)) continue;
    const auto failure = deps_.reconciler.failures().find(id);
    const std::string why =
        failure == deps_.reconciler.failures().end() ? "" : failure->second.detail;
    if (auto drift = pv_without_cns(id, deps_.view.facts(id), why, now)) {
      found.push_back(std::move(*drift));
    }
  }
  if (!deps_.failed_paths) return;
  for (const auto& [path, why] : deps_.failed_paths()) {
    if (auto drift = path_without_cns(path, deps_.view.in_tree_facts(path), why, now)) {
      found.push_back(std::move(*drift));
    }
  }
}

// Each that is in question once: one that is gone was renamed, and its disks with it.
asio::awaitable<void> DriftWatch::read_datastores() {
  std::map<std::string, bool> exists;
  for (const Moved& moved : moved_) {
    if (moved.datastore.empty() || exists.contains(moved.datastore)) continue;
    const Outcome<std::vector<DatastorePlace>> places =
        co_await deps_.inventory.datastores(moved.datastore);
    if (!places) co_return;
    exists[moved.datastore] = !places->empty();
  }
  std::erase_if(moved_, [&](const Moved& moved) {
    return !moved.datastore.empty() && !exists.at(moved.datastore);
  });
  datastores_read_ = true;
}

} // namespace syncer

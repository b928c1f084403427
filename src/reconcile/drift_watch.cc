#include "reconcile/drift_watch.h"

#include <algorithm>

#include "reconcile/disk_places.h"
#include "reconcile/drift_rules.h"

namespace syncer {

namespace {

// CnsQueryAllVolume answers them in one piece.
constexpr std::size_t kDisksPerQuestion = 500;

} // namespace

void DriftWatch::begin() {
  suspects_.clear();
  in_tree_.clear();
  moved_.clear();
  datastores_.clear();
  places_read_ = false;
}

void DriftWatch::page(const VolumeId& id, const VolumeFacts& facts) {
  if (facts.volumes.size() > 1 || !released_without_consumer(id, facts).empty()) {
    suspects_.push_back(id);
  }
  if (!facts.in_tree_path.empty()) in_tree_.push_back(id);
}

// At one go, with what the cycle found at its very end: what was mended meanwhile is no drift.
void DriftWatch::end(const CycleFindings& findings) {
  if (!findings.complete || !places_read_) return;
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
  for (const auto& [id, place] : moved_) {
    const VolumeFacts facts = deps_.view.facts(id);
    if (facts.marked || facts.volumes.empty()) continue;
    found.push_back(moved_backing(id, facts, place));
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

asio::awaitable<void> DriftWatch::read_places() {
  for (std::size_t from = 0; from < in_tree_.size(); from += kDisksPerQuestion) {
    const std::size_t to = std::min(in_tree_.size(), from + kDisksPerQuestion);
    std::vector<VolumeId> ids(in_tree_.begin() + static_cast<std::ptrdiff_t>(from),
                              in_tree_.begin() + static_cast<std::ptrdiff_t>(to));
    const Outcome<> read = co_await read_page_of_places(std::move(ids));
    // A vCenter that does not tell where disks are has no moved ones.
    if (!read && read.error().kind != ErrorKind::kRejected) co_return;
  }
  places_read_ = true;
}

asio::awaitable<Outcome<>> DriftWatch::read_page_of_places(std::vector<VolumeId> ids) {
  Outcome<std::vector<BackingDisk>> disks = co_await deps_.disks.backing_disks(std::move(ids));
  if (!disks) co_return disks.error();
  for (BackingDisk& disk : *disks) {
    const Outcome<> judged = co_await judge_place(std::move(disk));
    if (!judged) co_return judged.error();
  }
  co_return Done{};
}

asio::awaitable<Outcome<>> DriftWatch::judge_place(BackingDisk disk) {
  const VolumeFacts facts = deps_.view.facts(disk.id);
  const Outcome<VmdkPath> named = parse_vmdk_path(facts.in_tree_path.view());
  const Outcome<VmdkPath> shown = parse_vmdk_path(disk.path);
  if (!named || !shown) co_return Done{};
  Whereabouts where = compare_places(*named, *shown);
  if (where == Whereabouts::kOtherDatastore) {
    const Outcome<bool> exists = co_await datastore_exists(named->datastore);
    if (!exists) co_return exists.error();
    where = *exists ? Whereabouts::kMoved : Whereabouts::kUnclear;
  }
  if (where == Whereabouts::kMoved) moved_.emplace_back(disk.id, disk.path);
  co_return Done{};
}

asio::awaitable<Outcome<bool>> DriftWatch::datastore_exists(std::string name) {
  const auto known = datastores_.find(name);
  if (known != datastores_.end()) co_return known->second;
  const Outcome<std::vector<DatastorePlace>> places = co_await deps_.inventory.datastores(name);
  if (!places) co_return places.error();
  datastores_[name] = !places->empty();
  co_return !places->empty();
}

} // namespace syncer

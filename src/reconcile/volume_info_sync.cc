#include "reconcile/volume_info_sync.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <unordered_set>

namespace syncer {

namespace {

constexpr std::size_t kCycles = 2;

} // namespace

asio::awaitable<Outcome<>> VolumeInfoSync::after_cycle(bool complete) {
  if (!deps_.router.several() || !deps_.records.synced()) {
    gone_.clear();
    co_return Done{};
  }
  const Outcome<> made = co_await make_missing();
  if (!made) co_return made;
  if (!complete || !deps_.cluster.complete()) co_return Done{};
  co_return co_await delete_gone();
}

asio::awaitable<Outcome<std::vector<VolumeId>>> VolumeInfoSync::present(std::vector<VolumeId> ids) {
  std::vector<VolumeId> there;
  for (std::size_t from = 0; from < ids.size(); from += options_.page) {
    const std::size_t to = std::min(ids.size(), from + options_.page);
    std::vector<VolumeId> page(ids.begin() + static_cast<std::ptrdiff_t>(from),
                               ids.begin() + static_cast<std::ptrdiff_t>(to));
    const Outcome<std::vector<CnsVolume>> found = co_await deps_.cns.query_volumes(std::move(page));
    if (!found) co_return in_context("read for CNSVolumeInfo", found.error());
    for (const CnsVolume& volume : *found) there.push_back(volume.id);
  }
  co_return std::move(there);
}

asio::awaitable<Outcome<>> VolumeInfoSync::make_missing() {
  std::vector<VolumeId> unrecorded;
  const std::optional<std::size_t> here = deps_.router.number_of(host_);
  for (const VolumeId& id : deps_.cluster.volumes()) {
    if (!here || deps_.router.route(id) != here) continue;
    if (!deps_.records.find(id)) unrecorded.push_back(id);
  }
  const Outcome<std::vector<VolumeId>> there = co_await present(std::move(unrecorded));
  if (!there) co_return there.error();
  for (const VolumeId& id : *there) deps_.router.present(id, host_);
  co_return Done{};
}

// Of this vCenter, and nothing in Kubernetes needs it.
bool VolumeInfoSync::may_be_gone(const VolumeId& id) const {
  return deps_.records.find(id) == host_ && deps_.cluster.facts(id).volumes.empty();
}

asio::awaitable<Outcome<>> VolumeInfoSync::delete_gone() {
  std::vector<VolumeId> candidates;
  for (const VolumeInfo& info : deps_.records.all()) {
    if (info.vcenter == host_ && may_be_gone(info.id)) candidates.push_back(info.id);
  }
  const Outcome<std::vector<VolumeId>> there = co_await present(candidates);
  if (!there) co_return there.error();
  const std::unordered_set<VolumeId> in_cns(there->begin(), there->end());
  std::erase_if(candidates, [&](const VolumeId& id) { return in_cns.contains(id); });

  const std::unordered_set<VolumeId> still(candidates.begin(), candidates.end());
  std::erase_if(gone_, [&](const auto& entry) { return !still.contains(entry.first); });
  const Clock::time_point now = deps_.clock.now();
  for (const VolumeId& id : candidates) {
    Gone& gone = gone_.try_emplace(id, Gone{now, 0}).first->second;
    ++gone.cycles;
    if (gone.cycles < kCycles || now - gone.since < options_.min_age) continue;
    co_await remove(id);
  }
  co_return Done{};
}

asio::awaitable<void> VolumeInfoSync::remove(VolumeId id) {
  // Asked again: time has passed since the read.
  if (!deps_.cluster.complete() || !may_be_gone(id)) co_return;
  if (!deps_.leadership.may_write(deps_.leadership.write_budget())) co_return;
  const Outcome<> removed = co_await deps_.records.remove(id);
  if (!removed) {
    deps_.log.warn("CNSVolumeInfo not deleted, trying again after the next full sync volume={}: {}",
                   id.view(), removed.error().detail);
    co_return;
  }
  deps_.log.info("CNSVolumeInfo deleted volume={} vcenter={}: the volume is gone", id.view(),
                 host_);
  gone_.erase(id);
}

} // namespace syncer
